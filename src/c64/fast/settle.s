; The part of the fast engine that runs behind the I/O registers.

        .import __FAST_UNDER_IO_LOAD__, __FAST_UNDER_IO_RUN__, __FAST_UNDER_IO_SIZE__
        .importzp ptr1, ptr2
        .export _fast_settle

        .segment "FAST"

; void fast_settle(void)
; Puts it there: its place in the engine's file becomes that of FAST_STORY.
; Interrupts are off for 50,000 cycles. Clobbers A, X, Y, ptr1, ptr2.
_fast_settle:
        lda #<__FAST_UNDER_IO_LOAD__
        sta ptr1
        lda #>__FAST_UNDER_IO_LOAD__
        sta ptr1+1
        lda #<__FAST_UNDER_IO_RUN__
        sta ptr2
        lda #>__FAST_UNDER_IO_RUN__
        sta ptr2+1
        php
        sei
        dec $01                 ; $34: only RAM
        ldx #>(__FAST_UNDER_IO_SIZE__ + 255)
        ldy #0
:       lda (ptr1),y
        sta (ptr2),y
        iny
        bne :-
        inc ptr1+1
        inc ptr2+1
        dex
        bne :-
        inc $01
        plp
        rts
