; The interrupt, 60 times a second: keyboard, the clock once a second, and while
; a story is told the bar of the position at work, 15 times a second.

        .include "c64.inc"
        .export irq
        .export _jiffies, _clock_seconds, _clock_runs, _story_running
        .export _bar_begin, _bar_move, _bar_speed
        .export clock_tod, clock_digits
        .import keyboard_scan, key_held, step_show, popa
        .importzp key_counter, stop_flag

CLOCK := SCREEN + 31            ; HH:MM:SS in the title bar
DIGIT_0 = '0' | $80             ; the title bar is reversed
KEY_STOP = 3                    ; PETSCII of RUN/STOP
BAR := SCREEN + 24*40           ; BAR_ROW, BAR_CELLS of story_screen.h
BAR_CELLS = 20

        .segment "LOW"
_jiffies:       .res 1          ; counts interrupts
_clock_seconds: .res 4          ; since _clock_restart
_clock_runs:    .res 1          ; 1: time passes, and is shown
_story_running: .res 1          ; 1: RUN/STOP sets machine_stopped, other keys switch the screen off and on
clock_tod:      .res 1          ; seconds of the time-of-day clock at the last look
clock_digits:   .res 8          ; HH:MM:SS as reversed screen codes
_bar_speed:     .res 4          ; pixels / 65536 for each 4 interrupts; less than 256 pixels
bar_at:         .res 3          ; pixels * 65536, little-endian
bar_end:        .res 1          ; the bar waits at this pixel; 0: it does not move
bar_drawn:      .res 1          ; pixels on the screen
bar_cell:       .res 1

        .segment "CODE"

; With no key down and no new second: 96 cycles with the CPU's own 7 and the
; rti, 0.58 % of the time, and every fourth time 80 more for the bar, 120 if a
; pixel is drawn. A key that is held costs about 500, a new second 300.
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
        lda _jiffies
        and #3
        beq @bar
@out:   pla
        sta $01
        pla
        rti

@bar:   lda bar_end
        beq @out
        cld
        txa
        pha
        tya
        pha
        jsr bar_advance
        jmp @done

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
        bne @next               ; always
@other: lda VIC_CONTROL1
        and #$7F                ; read as the beam's position, written as that of an interrupt
        eor #SCREEN_ON
        sta VIC_CONTROL1
@next:  dex
        bne @key
        stx key_counter
        jsr step_show           ; at once, if it is to stop
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
tick:   lda _clock_runs
        beq @done
        inc _clock_seconds
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
@show:  ldx #7
@copy:  lda clock_digits,x
        sta CLOCK,x
        dex
        bpl @copy
@done:  rts

; void bar_begin(void): the bar is empty and does not move. Clobbers A, X.
_bar_begin:
        lda #0
        sta bar_end
        sta bar_at
        sta bar_at+1
        sta bar_at+2
        sta bar_drawn
        lda #' '
        ldx #BAR_CELLS-1
@cell:  sta BAR,x
        dex
        bpl @cell
        rts

; void __fastcall__ bar_move(uint8_t at, uint8_t end): the bar is at pixel `at`, if
; it is not beyond, and moves on to `end`. Clobbers A, Y.
_bar_move:
        pha
        jsr popa
        cmp bar_at+2
        bcc @end
        sta bar_at+2
@end:   pla
        sta bar_end
        rts

; The bar, and the step's name. Clobbers A, X, Y.
bar_advance:
        lda bar_at+2
        cmp bar_end
        bcs @draw
        lda bar_at
        adc _bar_speed
        sta bar_at
        lda bar_at+1
        adc _bar_speed+1
        sta bar_at+1
        lda bar_at+2
        adc _bar_speed+2
        bcs @end
        cmp bar_end
        bcc @store
@end:   lda bar_end
@store: sta bar_at+2
@draw:  lda bar_drawn
        cmp bar_at+2
        bcs @step
        lsr
        lsr
        lsr
        tax                     ; the first cell that changes
        lda bar_at+2
        sta bar_drawn
        lsr
        lsr
        lsr
        sta bar_cell            ; the last one
        lda bar_at+2
        and #7
        tay
@full:  cpx bar_cell
        beq @part
        lda #$A0
        sta BAR,x
        inx
        bne @full               ; always
@part:  lda bar_parts,y
        sta BAR,x
@step:  jmp step_show

        .segment "RODATA"
bar_parts:                      ; screen codes: the left 0 to 7 pixels
        .byte ' ', $65, $74, $75, $61, $F6, $EA, $E7
limits: .byte DIGIT_0+9, DIGIT_0+9, 0, DIGIT_0+5, DIGIT_0+9, 0, DIGIT_0+5, DIGIT_0+9 ; the highest of each place
