; Time: a cycle counter in CIA 2 and the time-of-day clock of CIA 1.

        .include "c64.inc"
        .export _clock_start, _clock_restart, _timer_restart, timer_lap, _work_time
        .import clock_tod, clock_digits, _clock_seconds, _accelerator
        .importzp clock_now, clock_before, lap, sreg

; void clock_start(void): starts the cycle counter and the time-of-day clock.
; The clock counts the mains, so its divider must fit 50 or 60 Hz, which is no
; matter of PAL or NTSC: a tenth of a second is timed with the divider for 60.
; At 50 Hz that lasts 0.12 s, more than MAINS cycles on PAL and NTSC, and at
; 60 Hz it lasts 0.1 s, fewer than MAINS. Without mains the clock stands still.
; Call with interrupts disabled. Clobbers A, X, Y. At most 0.4 s.
MAINS = 110000 / 256
NO_MAINS = $400                 ; 0.27 s in units of 256 cycles

        .segment "BOOT"         ; not needed during a story

_clock_start:
        lda #$FF
        ldx #3
@latch: sta CIA2_TIMER_A,x
        dex
        bpl @latch
        lda #$51                ; timer B counts underflows of A; load and start
        sta CIA2_CRB
        lda #$11                ; timer A counts cycles; load and start
        sta CIA2_CRA
        jsr read_counter
        lda #1                  ; writing the hour stops the clock, the tenth starts it
        sta CIA1_TOD_HOUR
        lda #0
        sta CIA1_TOD_MIN
        sta CIA1_TOD_SEC
        sta CIA1_TOD_TENTHS
        jsr tenth               ; up to the first change: of unknown length
        bcs @done
        jsr tenth
        bcs @done
        lda lap+1
        cmp #<MAINS
        lda lap+2
        sbc #>MAINS
        bcc @done
        lda CIA1_CRA
        ora #$80                ; 50 Hz
        sta CIA1_CRA
@done:  rts

; Waits until the tenths change. Out: lap = cycles of waiting; carry set if in
; vain. Clobbers A, X, Y.
tenth:  jsr read_counter
        jsr take_lap
@wait:  jsr read_counter
        sec
        lda clock_before+1
        sbc clock_now+1
        tax
        lda clock_before+2
        sbc clock_now+2
        cpx #<NO_MAINS
        sbc #>NO_MAINS
        bcs @done
        lda CIA1_TOD_TENTHS
        cmp tenths
        beq @wait
        sta tenths
        jsr take_lap
        clc
@done:  rts

; uint32_t __fastcall__ work_time(uint8_t dark): how many cycles of the counter a
; fixed piece of work takes with the screen on (0) or off: WORK_TIME of c64.h on
; a PAL C64 whose screen is on. About 13 pictures, so that parts of one make no
; difference. A C128 is at 2 MHz with its screen off. The screen is left on.
; Clobbers A, X, Y.
C128_SPEED := $D030
_work_time:
        php
        sei
        cmp #0
        beq @on
        lda #SCREEN_ON          ; from the next picture on
@on:    eor #SCREEN_ON
        sta tenths
        lda VIC_CONTROL1
        and #$7F ^ SCREEN_ON
        ora tenths
        sta VIC_CONTROL1
        ldx _accelerator
        dex                     ; ACCELERATOR_C128?
        bne @low
        lda tenths
        eor #SCREEN_ON
        beq @low
        inx
        stx C128_SPEED
@low:   bit VIC_CONTROL1
        bpl @low
@high:  bit VIC_CONTROL1
        bmi @high
        jsr _timer_restart
        ldx #200
        ldy #0
@work:  dey                     ; 256 times 5 cycles less one
        bne @work
        dex
        bne @work
        jsr timer_lap
        ldx _accelerator
        dex
        bne :+
        stx C128_SPEED
:       lda VIC_CONTROL1
        and #$7F
        ora #SCREEN_ON
        sta VIC_CONTROL1
        plp
        lda lap+2
        sta sreg
        lda lap+3
        sta sreg+1
        ldx lap+1
        lda lap
        rts

        .segment "BSS"
tenths: .res 1

        .segment "CODE"

; void clock_restart(void): the clock HH:MM:SS begins again at 0.
; Clobbers A, X.
_clock_restart:
        php
        sei
        lda #1
        sta CIA1_TOD_HOUR
        lda #0
        sta CIA1_TOD_MIN
        sta CIA1_TOD_SEC
        sta CIA1_TOD_TENTHS
        sta clock_tod
        ldx #3
@seconds:
        sta _clock_seconds,x
        dex
        bpl @seconds
        ldx #7
@digit: lda zero_clock,x
        sta clock_digits,x
        dex
        bpl @digit
        plp
        rts

        .segment "RODATA"
zero_clock:
        .repeat 8, i
        .if i = 2 || i = 5
        .byte ':' | $80
        .else
        .byte '0' | $80
        .endif
        .endrepeat

        .segment "CODE"

; void timer_restart(void): the next lap begins now. About 90 cycles.
; timer_lap: lap = cycles since the last lap, of 2^32, and the next lap begins.
; About 130 cycles. The counter never stands still, so no cycle is lost.
; Both clobber A, X, Y; zero page clock_now, clock_before, lap.
timer_lap:
        jsr read_counter
take_lap:
        sec
        .repeat 4, i
        lda clock_before+i
        sbc clock_now+i
        sta lap+i
        .endrepeat
        jmp keep

_timer_restart:
        jsr read_counter
keep:   ldx #3
@byte:  lda clock_now,x
        sta clock_before,x
        dex
        bpl @byte
        rts

; clock_now = the counter, which counts down. It is read again when a carry
; went by meanwhile. Clobbers A, X, Y. 56 cycles with jsr and rts.
read_counter:
        lda CIA2_TIMER_B+1
        sta clock_now+3
        ldx CIA2_TIMER_B
        lda CIA2_TIMER_A+1
        ldy CIA2_TIMER_A
        cmp CIA2_TIMER_A+1
        bne read_counter
        cpx CIA2_TIMER_B
        bne read_counter
        sty clock_now
        sta clock_now+1
        stx clock_now+2
        rts
