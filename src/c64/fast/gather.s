; A row's bit planes put together again. C: fast.h.

        .include "fast.inc"
        .importzp sp, fast_p, fast_t, fast_end, fast_index, fast_low
        .import incsp3, _window
        .export _fast_gather

planes = fast_low

        .bss
groups: .res 1
last:   .res 1                  ; of the group's bytes in the window

        .segment "FAST"

; void fast_gather(int16_t *y, uint8_t groups, uint8_t planes)
; 40 cycles an element, + 31 for each plane. The window's bytes are used up. Clobbers A, X,
; Y, fast_p, fast_t, fast_low, fast_end, fast_index.
_fast_gather:
        sta planes
        tax
        ldy #0
        lda (sp),y
        sta groups
        sta fast_end
        argument fast_p, 1
        jsr incsp3
        lda #0
        beq @last
:       clc
        adc groups
@last:  dex
        bne :-
        sta last
@group: lda #8
        sta fast_index
@element:
        lda #0
        sta fast_t
        lda #$80                ; the middle, behind the least significant plane
        sta fast_t+1
        ldx last
        ldy planes
@plane: lsr _window,x
        ror fast_t+1
        ror fast_t
        txa
        sec
        sbc groups
        tax
        dey
        bne @plane
        lda fast_t
        sta (fast_p),y
        iny
        lda fast_t+1
        eor #$80
        sta (fast_p),y
        lda fast_p
        clc
        adc #2
        sta fast_p
        bcc :+
        inc fast_p+1
:       dec fast_index
        bne @element
        inc last
        dec fast_end
        bne @group
        rts
