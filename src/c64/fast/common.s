; What the kernels on elements share: 32-bit numbers in fast_t, arrays behind
; fast_p, fast_q and fast_r, and the index of an element in fast_index.

        .include "fast.inc"
        .importzp fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high
        .importzp mul_sl, mul_sh, mul_nl, mul_nh, mul2_sl, mul2_sh, mul2_nl, mul2_nh
        .export fast_put32, fast_shift, fast_second_factor

        .segment "FAST"

; Element fast_index at fast_p = fast_t. Clobbers A, Y.
fast_put32:
        lda fast_index
        asl a
        asl a
        tay
        lda fast_t
        sta (fast_p),y
        iny
        lda fast_t+1
        sta (fast_p),y
        iny
        lda fast_t+2
        sta (fast_p),y
        iny
        lda fast_t+3
        sta (fast_p),y
        rts

; fast_t = fast_t / 2^X, signed, rounded half up, 0 <= X. 20 cycles + 45 for
; each 8 of X, + 27 for each of the rest. Clobbers A, X, Y, fast_low.
fast_shift:
        lda #0
        sta fast_low            ; bit 7: the last bit shifted out
@bytes: cpx #8
        bcc @bits
        lda fast_t
        sta fast_low
        lda fast_t+1
        sta fast_t
        lda fast_t+2
        sta fast_t+1
        lda fast_t+3
        sta fast_t+2
        asl a
        lda #0
        bcc :+
        lda #$ff
:       sta fast_t+3
        txa
        sec
        sbc #8
        tax
        jmp @bytes
@bits:  asl fast_low
        txa
        beq @round
@bit:   lda fast_t+3
        cmp #$80
        ror fast_t+3
        ror fast_t+2
        ror fast_t+1
        ror fast_t
        dex
        bne @bit
@round: bcc @done
        inc fast_t
        bne @done
        inc fast_t+1
        bne @done
        inc fast_t+2
        bne @done
        inc fast_t+3
@done:  rts

; Sets the pages of the pointers for factor2, which stay.
fast_second_factor:
        lda mul_sl+1
        sta mul2_sl+1
        lda mul_sh+1
        sta mul2_sh+1
        lda mul_nl+1
        sta mul2_nl+1
        lda mul_nh+1
        sta mul2_nh+1
        rts
