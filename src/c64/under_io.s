; The RAM behind the I/O registers.

        .export _under_io_copy
        .import popax
        .importzp ptr1, ptr2, ptr3

        .segment "BOOT"         ; not needed during a story

; void under_io_copy(void *to, const void *from, uint16_t n): as memcpy, with
; interrupts off and only RAM visible. Clobbers A, X, Y, ptr1, ptr2, ptr3.
; 14 cycles a byte.
_under_io_copy:
        sta ptr3
        stx ptr3+1
        jsr popax
        sta ptr1
        stx ptr1+1
        jsr popax
        sta ptr2
        stx ptr2+1
        php
        sei
        dec $01                 ; $34
        ldy #0
        ldx ptr3+1
        beq @rest
@page:  lda (ptr1),y
        sta (ptr2),y
        iny
        bne @page
        inc ptr1+1
        inc ptr2+1
        dex
        bne @page
@rest:  cpy ptr3
        beq @done
        lda (ptr1),y
        sta (ptr2),y
        iny
        bne @rest
@done:  inc $01
        plp
        rts
