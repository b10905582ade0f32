; Checksums of the image; their C definition is src/definition/checksum.c.

        .export _page_digest, _crc32
        .import popax, popeax
        .importzp ptr1, ptr2, sreg, tmp1

        .segment "BOOT"         ; not needed during a story

; uint8_t __fastcall__ page_digest(const uint8_t *page): see checksum.h.
; In: A/X page. Out: A digest, X 0. Clobbers Y, ptr1.
; 8.6 cycles a byte and 120 a call: 2,320 in all, and one more for each addition
; that crosses a page when the address is no multiple of 256. 600 more when the
; address's low byte is not that of the last call or above 240.
;
; Sixteen additions in a row have the addresses page + 0 .. page + 15 for
; operands (self-modified), and X steps by 16.
ROW = 16
STEP = 3 + 1 + 2                ; bytes of adc absolute,x, asl and adc immediate

_page_digest:
        cmp #256 - ROW + 1      ; the operands' high bytes differ: no shortcut
        bcs :+
        cmp patched_low
        beq :++
:       jmp patch_all
:       txa
        .repeat ROW, i
        sta additions + i * STEP + 2
        .endrepeat
digest:
        ldy #ROW - 1
        lda #0
        clc
row:    ldx row_starts,y
additions:
        .repeat ROW
        adc $FFFF,x
        asl
        adc #0                  ; leaves the carry clear: an even number plus 1
        .endrepeat
        dey
        bpl row
        ldx #0
        rts

patch_all:
        sta patched_low
        sta ptr1
        stx ptr1+1
        ldx #0
patch:  lda ptr1
        sta additions+1,x
        lda ptr1+1
        sta additions+2,x
        inc ptr1
        bne :+
        inc ptr1+1
:       txa
        clc
        adc #STEP
        tax
        cpx #ROW * STEP
        bne patch
        jmp digest

patched_low: .byte $FF          ; low byte of the first operand; $FF: none yet

row_starts:
        .repeat 256 / ROW, i
        .byte 256 - ROW - i * ROW
        .endrepeat

; uint32_t __fastcall__ crc32(uint32_t crc, const uint8_t *bytes, uint16_t n)
; In: A/X n, cc65's stack: crc, bytes. Out: EAX. Clobbers Y, ptr1, ptr2, tmp1.
; About 400 cycles a byte.
_crc32: sta ptr2
        stx ptr2+1
        jsr popax
        sta ptr1
        stx ptr1+1
        jsr popeax
        eor #$FF
        sta tmp1                ; the CRC: tmp1, X, sreg, sreg+1
        txa
        eor #$FF
        tax
        lda sreg
        eor #$FF
        sta sreg
        lda sreg+1
        eor #$FF
        sta sreg+1
        jmp @count

@byte:  ldy #0
        lda (ptr1),y
        eor tmp1
        sta tmp1
        inc ptr1
        bne :+
        inc ptr1+1
:       ldy #8
@bit:   lsr sreg+1
        ror sreg
        txa
        ror
        tax
        ror tmp1
        bcc @no
        lda sreg+1
        eor #$ED
        sta sreg+1
        lda sreg
        eor #$B8
        sta sreg
        txa
        eor #$83
        tax
        lda tmp1
        eor #$20
        sta tmp1
@no:    dey
        bne @bit
        lda ptr2
        bne :+
        dec ptr2+1
:       dec ptr2
@count: lda ptr2
        ora ptr2+1
        bne @byte

        lda sreg+1
        eor #$FF
        sta sreg+1
        lda sreg
        eor #$FF
        sta sreg
        txa
        eor #$FF
        tax
        lda tmp1
        eor #$FF
        rts
