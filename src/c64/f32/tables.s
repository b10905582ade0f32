; Quarter-square tables for 8x8-bit products:
;       x*y = f(x + y) - f(|x - y|),  f(n) = floor(n*n/4)
; exact because x + y and x - y are both odd or both even.

        .importzp mul_sl, mul_sh, mul_nl, mul_nh, f32_work
        .export tables_init, _tables_init
        .export sqr_lo, sqr_hi, nsqr_lo, nsqr_hi

        .segment "PAGES"        ; page-aligned, not initialised
        .align 256

sqr_lo:         .res 512        ; low byte of f(n) at sqr_lo + n, 0 <= n < 512
sqr_hi:         .res 512        ; high byte
nsqr_lo:        .res 512        ; low byte of f(|n - 255|) at nsqr_lo + n: with
nsqr_hi:        .res 512        ;   n = (255 - x) + y this is f(|y - x|)

        .segment "BOOT"         ; not needed afterwards

; Fills the tables and sets the high bytes of the mul_ pointers, which no other
; routine changes. Call once, before any f32 or exact routine.
; Clobbers A, X, Y, f32_work, the low bytes of mul_sl..mul_nh. 33,000 cycles.
square = f32_work
tables_init:
_tables_init:
        lda #>sqr_lo
        sta mul_sl+1
        lda #>sqr_hi
        sta mul_sh+1
        lda #0
        sta mul_sl
        sta mul_sh
        sta square
        sta square+1
        tax
        tay
fill:                           ; f(2m) = m*m and f(2m + 1) = m*m + m, m = X
        jsr put
        inx
        jsr put
        cpy #0
        bne fill
        inc mul_sl+1
        inc mul_sh+1
        cpx #0
        bne fill

mirror:                         ; f(X) to where n - 255 is -X and X
        txa
        eor #$ff
        tay
        lda sqr_lo,x
        sta nsqr_lo,y
        sta nsqr_lo+255,x
        lda sqr_hi,x
        sta nsqr_hi,y
        sta nsqr_hi+255,x
        inx
        bne mirror
        lda sqr_lo+256
        sta nsqr_lo+511
        lda sqr_hi+256
        sta nsqr_hi+511

        lda #>sqr_lo
        sta mul_sl+1
        lda #>sqr_hi
        sta mul_sh+1
        lda #>nsqr_lo
        sta mul_nl+1
        lda #>nsqr_hi
        sta mul_nh+1
        rts

; Stores the square at index Y, steps Y, adds X to the square.
put:
        lda square
        sta (mul_sl),y
        lda square+1
        sta (mul_sh),y
        iny
        txa
        clc
        adc square
        sta square
        bcc :+
        inc square+1
:       rts
