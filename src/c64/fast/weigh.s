; The table of softmax's weights.

        .include "fast.inc"
        .importzp fast_p, fast_q, fast_t, fast_index
        .import _fast_exp2, _fast_near_weights
        .export _fast_weigh

OCTAVE = 64                     ; weights: every fourth of fast_exp2, 16 bits, and halves of these

        .segment "FAST"

; void fast_weigh(void): see fast.h, src/definition/fast_attention.c.
; Clobbers A, X, Y, fast_p, fast_q, fast_t, fast_index. 28,000 cycles.
_fast_weigh:
        lda #<_fast_exp2
        sta fast_p
        lda #>_fast_exp2
        sta fast_p+1
        lda #<_fast_near_weights
        sta fast_q
        ldx #OCTAVE
@next:  stx fast_index
        lda #>_fast_near_weights
        sta fast_q+1
        ldy #1
        lda (fast_p),y
        sta fast_t+1
        dey
        lda (fast_p),y
        sta fast_t
        ldx #NEAR / OCTAVE
@octave:
        lda fast_t
        asl a                   ; the rounding
        lda fast_t+1
        adc #0
        sta (fast_q),y
        lsr fast_t+1
        ror fast_t
        tya
        clc
        adc #OCTAVE
        tay
        bcc :+
        inc fast_q+1
:       dex
        bne @octave
        inc fast_q
        lda fast_p
        clc
        adc #8
        sta fast_p
        bcc :+
        inc fast_p+1
:       ldx fast_index
        dex
        bne @next
        rts
        .assert <_fast_near_weights = 0, lderror, "an octave crosses a page"
