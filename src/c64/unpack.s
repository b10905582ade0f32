; Unpacks what tools/pack.c has packed; the format is described there.

        .export _unpack
        .import popax
        .importzp ptr1, ptr2, ptr3, ptr4, sreg, tmp1

packed = ptr1                   ; next byte
to = ptr2                       ; where the next byte comes out
from = ptr3
offset = ptr4                   ; of the last match, less 1
number = sreg                   ; the last one read
bits = tmp1                     ; those not used yet, then a 1 and zeros

; The next bit to the carry: 8 cycles, 16 more for each new byte. Clobbers A, Y.
.macro  read_bit
        asl bits
        bne *+5
        jsr next_bits
.endmacro

        .segment "BOOT"         ; not needed during a story

; void unpack(void *to, const void *packed). 93 cycles a byte that comes out, for
; code like ours. Clobbers A, X, Y, ptr1-4, sreg, tmp1.
_unpack:
        sta packed
        stx packed+1
        jsr popax
        sta to
        stx to+1
        lda #$80
        sta bits
        lda #0
        sta offset
        sta offset+1
literals:
        jsr read_number
        lda packed
        sta from
        lda packed+1
        sta from+1
        jsr copy
        lda from
        sta packed
        lda from+1
        sta packed+1
        read_bit
        bcs match
        jsr read_number
repeat: clc                     ; to - offset - 1
        lda to
        sbc offset
        sta from
        lda to+1
        sbc offset+1
        sta from+1
        jsr copy
        read_bit
        bcc literals
match:  jsr read_number
        lda number+1
        bne done                ; 256: the end
        ldx number
        dex
        txa
        lsr a
        sta offset+1
        ldy #0
        lda (packed),y
        ror a
        sta offset
        inc packed
        bne :+
        inc packed+1
:       jsr read_number_on
        inc number
        bne repeat
        inc number+1
        bne repeat              ; always
done:   rts

; The next number; at read_number_on its first bit is in the carry.
; Clobbers A, Y.
read_number:
        read_bit
read_number_on:
        lda #1
        sta number
        lda #0
        sta number+1
        bcs @done
@digit: read_bit
        rol number
        rol number+1
        read_bit
        bcc @digit
@done:  rts

; The first of the next eight bits to the carry. The carry is set, from the 1
; behind the last ones. Clobbers A, Y.
next_bits:
        ldy #0
        lda (packed),y
        inc packed
        bne :+
        inc packed+1
:       rol a
        sta bits
        rts

; `number` bytes, 1 or more, from `from` to `to`, the first first; both are then
; behind them. 20 cycles a byte. Clobbers A, X, Y.
copy:   ldy #0
        ldx number
        beq @byte
        inc number+1
@byte:  lda (from),y
        sta (to),y
        iny
        bne :+
        inc from+1
        inc to+1
:       dex
        bne @byte
        dec number+1
        bne @byte
        tya
        clc
        adc from
        sta from
        bcc :+
        inc from+1
:       tya
        clc
        adc to
        sta to
        bcc :+
        inc to+1
:       rts
