; Kernels for sampling: src/definition/fast_draw.c.

        .importzp fast_t, fast_index, fast_end, fast_low, fast_high
        .import _window, _fast_exp2
        .export _fast_draw, _fast_distances, _fast_exponentials

COLUMNS = 64                    ; FAST_COLUMNS of fast.h
OCTAVES = 24                    ; FAST_OCTAVES

        .segment "FAST_STORY"
_fast_draw:                     ; struct fast_draw of fast.h
most:           .res 4
sum:            .res 4
mass:           .res 4 * OCTAVES
exponent:       .res 1
shift:          .res 1
finer:          .res 1
octaves:        .res 1
distance:       .res 2 * COLUMNS
weight:         .res 4 * COLUMNS
index:          .res COLUMNS

        .segment "FAST"

; fast_t, 24 bits, = fast_t / 2^X, rounded down, X >= 0. 20 cycles, + 25 for each 8 of X, + 23
; for each of the rest. Clobbers A, X.
lower_t:
        txa
        beq @done
@bytes: cmp #8
        bcc @bits
        ldx fast_t+1
        stx fast_t
        ldx fast_t+2
        stx fast_t+1
        ldx #0
        stx fast_t+2
        sbc #8
        bne @bytes
@done:  rts
@bits:  tax
        lda fast_t
:       lsr fast_t+2
        ror fast_t+1
        ror a
        dex
        bne :-
        sta fast_t
        rts

; void fast_distances(uint8_t n)
; 100 cycles an element, + 23 for each place of a shift to the right. Clobbers A, X, Y, fast_t, fast_index, fast_end.
_fast_distances:
        sta fast_end
        lda #0
        sta fast_index
@next:  asl a
        asl a
        tay
        sec
        lda most
        sbc _window,y
        sta fast_t
        lda most+1
        sbc _window+1,y
        sta fast_t+1
        lda most+2
        sbc _window+2,y
        sta fast_t+2            ; a positive number of 24 bits
        ldx shift
        bmi @raise
        jsr lower_t
        lda fast_t+2
        bne @far
@test:  lda fast_t+1
        bpl @put
@far:   lda #$ff
        sta fast_t
        lda #$7f
@put:   tax
        lda fast_index
        asl a
        tay
        txa
        sta distance+1,y
        lda fast_t
        sta distance,y
        inc fast_index
        lda fast_index
        cmp fast_end
        bne @next
        rts

@raise: lda fast_t+2
        bne @far
        asl fast_t
        rol fast_t+1
        bcs @far
        inx
        bne @raise
        beq @test

; uint8_t fast_exponentials(uint8_t n)
; 30 cycles an element that is too far away, else 240 to 390. Clobbers A, X, Y, fast_t, fast_index, fast_end, fast_low, fast_high.
_fast_exponentials:
        sta fast_end
        ldy #0
        sty fast_high           ; listed
        sty fast_index
@next:  lda distance+1,y
        cmp octaves
        bcs @none
        sta fast_low
        adc finer
        tax
        lda distance,y
        asl a
        tay
        lda #0
        sta fast_t
        bcs @second
        lda _fast_exp2,y
        sta fast_t+1
        lda _fast_exp2+1,y
        jmp @lower
@second:
        lda _fast_exp2+256,y
        sta fast_t+1
        lda _fast_exp2+257,y
@lower: sta fast_t+2
        jsr lower_t
        ldy #sum - _fast_draw
        jsr @add
        lda fast_low
        asl a
        asl a
        adc #mass - _fast_draw
        tay
        jsr @add
        ldx fast_high
        inc fast_high
        lda fast_index
        sta index,x
        txa
        asl a
        asl a
        tay
        lda fast_t
        sta weight,y
        lda fast_t+1
        sta weight+1,y
        lda fast_t+2
        sta weight+2,y
        lda #0
        sta weight+3,y
@none:  inc fast_index
        lda fast_index
        asl a
        tay
        lsr a
        cmp fast_end
        bne @next
        lda fast_high
        ldx #0
        rts

@add:   clc                     ; fast_t to the sum that begins at _fast_draw + Y
        lda _fast_draw,y
        adc fast_t
        sta _fast_draw,y
        lda _fast_draw+1,y
        adc fast_t+1
        sta _fast_draw+1,y
        lda _fast_draw+2,y
        adc fast_t+2
        sta _fast_draw+2,y
        bcc :+
        lda _fast_draw+3,y
        adc #0
        sta _fast_draw+3,y
:       rts
