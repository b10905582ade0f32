; The interrupt, 60 times a second: keyboard, and the clock once a second.

        .include "c64.inc"
        .export irq
        .export _jiffies, _clock_seconds, _clock_shown, _story_running
        .export clock_tod, clock_digits
        .import keyboard_scan, key_held
        .importzp key_counter, stop_flag

CLOCK := SCREEN + 31            ; HH:MM:SS in the title bar
DIGIT_0 = '0' | $80             ; the title bar is reversed
KEY_STOP = 3                    ; PETSCII of RUN/STOP

        .segment "LOW"
_jiffies:       .res 1          ; counts interrupts
_clock_seconds: .res 4          ; since _clock_restart
_clock_shown:   .res 1          ; 1: the clock is on the screen
_story_running: .res 1          ; 1: RUN/STOP sets machine_stopped, other keys are dropped
clock_tod:      .res 1          ; seconds of the time-of-day clock at the last look
clock_digits:   .res 8          ; HH:MM:SS as reversed screen codes

        .segment "CODE"

; With no key down and no new second: 87 cycles with the CPU's own 7 and the
; rti, 0.53 % of the time. A key that is held costs about 500, a new second 300.
irq:    pha
        lda $01
        pha
        lda #$35                ; I/O in, if it was not
        sta $01
        lda CIA1_ICR            ; acknowledge
        inc _jiffies
        lda CIA1_TOD_SEC
        cmp clock_tod
        bne @work
        lda CIA1_PRB
        cmp #$FF
        bne @work
        lda key_held
        ora key_counter
        bne @work
        pla
        sta $01
        pla
        rti

@work:  cld
        txa
        pha
        tya
        pha
        jsr keyboard_scan
        lda _story_running
        beq @clock
        ldx key_counter
        beq @clock
@key:   lda KEY_BUFFER-1,x
        cmp #KEY_STOP
        bne @other
        lda #1
        sta stop_flag
@other: dex
        bne @key
        stx key_counter
@clock: lda CIA1_TOD_SEC
        cmp clock_tod
        beq @done
        sta clock_tod
        jsr tick
@done:  pla
        tay
        pla
        tax
        pla
        sta $01
        pla
        rti

; A second is over. Clobbers A, X.
tick:   inc _clock_seconds
        bne @digits
        inc _clock_seconds+1
        bne @digits
        inc _clock_seconds+2
        bne @digits
        inc _clock_seconds+3
@digits:
        ldx #7
@digit: lda clock_digits,x
        cmp limits,x
        bcs @carry
        adc #1
        sta clock_digits,x
        bne @show
@carry: lda #DIGIT_0
        sta clock_digits,x
        dex
        cpx #5
        beq @colon
        cpx #2
        bne @next
@colon: dex
@next:  txa
        bpl @digit
@show:  lda _clock_shown
        beq @done
        ldx #7
@copy:  lda clock_digits,x
        sta CLOCK,x
        dex
        bpl @copy
@done:  rts

        .segment "RODATA"
limits: .byte DIGIT_0+9, DIGIT_0+9, 0, DIGIT_0+5, DIGIT_0+9, 0, DIGIT_0+5, DIGIT_0+9 ; the highest of each place
