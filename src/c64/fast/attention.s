; Kernels of the fast engine for attention. C: fast.h.

        .include "fast.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_t, fast_end, fast_high
        .importzp fast_x, fast_sum, fast_shift_by, fast_weights
        .import incsp2, incsp5
        .export _fast_headroom, _fast_extent_16, _fast_shift_16, _fast_planes, _fast_bytes

        .segment "FAST"

; --- what runs behind the I/O registers ----------------------------------------------

; name: calls `routine` there; A and X are kept on the way in and out. 20 cycles.
.macro  behind_io name, routine
name:   ldy #$34
        sty $01
        jsr routine
        ldy #$35
        sty $01
        rts
.endmacro

        behind_io _fast_planes, fast_planes
        behind_io _fast_bytes, fast_bytes
        behind_io _fast_headroom, fast_headroom
        behind_io _fast_extent_16, fast_extent_16
        behind_io _fast_shift_16, fast_shift_16

        .segment "FAST_UNDER_IO"

; uint8_t fast_headroom(const int16_t *x, uint16_t n)
fast_headroom:
        sta fast_x
        stx fast_x+1
        argument fast_q, 0
        jsr incsp2
        lda #0
        sta fast_t
        sta fast_t+1
@next:  ldy #1
        lda (fast_q),y
        bmi @minus
        ora fast_t+1
        sta fast_t+1
        dey
        lda (fast_q),y
        jmp @low
@minus: eor #$ff
        ora fast_t+1
        sta fast_t+1
        dey
        lda (fast_q),y
        eor #$ff
@low:   ora fast_t
        sta fast_t
        lda fast_q
        clc
        adc #2
        sta fast_q
        bcc :+
        inc fast_q+1
:       lda fast_x
        bne :+
        dec fast_x+1
:       dec fast_x
        lda fast_x
        ora fast_x+1
        bne @next
        ldx #0
        lda #15
        ldy fast_t
        bne @some
        ldy fast_t+1
        beq @done
@some:  ldy #0
:       bit fast_t+1
        bvs @found
        iny
        asl fast_t
        rol fast_t+1
        jmp :-
@found: tya
@done:  rts

; uint32_t fast_extent_16(const int16_t *x, uint8_t n)
; 32 cycles an element.
fast_extent_16:
        sta fast_sum            ; n, and the high bytes
        asl a
        sta fast_end
        argument fast_q, 0
        jsr incsp2
        ldy #0
        sty fast_sum+1
@next:  iny
        lda (fast_q),y
        bpl :+
        eor #$ff
:       clc
        adc fast_sum
        sta fast_sum
        bcc :+
        inc fast_sum+1
:       iny
        cpy fast_end
        bne @next
        lda #0
        sta sreg+1
        lda fast_sum+1
        sta sreg
        ldx fast_sum
        lda #0
        rts

; void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n)
; 45 cycles an element, + 14 for each place.
fast_shift_16:
        asl a
        sta fast_end
        ldy #0
        lda (sp),y
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
        ldy #0
@next:  lda (fast_q),y
        sta fast_t
        iny
        lda (fast_q),y
        ldx fast_shift_by
        beq @put
        bmi @right
:       asl fast_t
        rol a
        dex
        bne :-
        beq @put
@right: cmp #$80
        ror a
        ror fast_t
        inx
        bne @right
        bcc @put                ; round
        inc fast_t
        bne @put
        clc
        adc #1
@put:   sta (fast_p),y
        dey
        lda fast_t
        sta (fast_p),y
        iny
        iny
        cpy fast_end
        bne @next
        rts

; --- into the caches ----------------------------------------------------------

; Arguments to, x, shift, and A: 8 elements * 2^shift to fast_weights, `to` to
; fast_p; A to fast_end. 300 cycles, + 160 for each place.
elements:
        sta fast_end
        ldy #0
        lda (sp),y
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
        ldy #15
:       lda (fast_q),y
        sta fast_weights,y
        dey
        bpl :-
        ldy fast_shift_by
        beq @done
@place: ldx #14
:       asl fast_weights,x
        rol fast_weights+1,x
        dex
        dex
        bpl :-
        dey
        bne @place
@done:  rts

; void fast_planes(uint8_t *to, const int16_t *x, uint8_t shift, uint8_t planes)
; 70 cycles a plane, + 400, + 160 for each place.
fast_planes:
        jsr elements
        ldx #14
:       lda fast_weights+1,x
        eor #$80
        sta fast_weights+1,x
        dex
        dex
        bpl :-
        ldy fast_end
        dey
        ldx #8
@high:  .repeat 8, j
        asl fast_weights+15-2*j
        rol a
        .endrepeat
        sta (fast_p),y
        dey
        bmi @done
        dex
        bne @high
@low:   .repeat 8, j
        asl fast_weights+14-2*j
        rol a
        .endrepeat
        sta (fast_p),y
        dey
        bpl @low
@done:  rts

; void fast_bytes(uint8_t *to, const int16_t *x, uint8_t shift, uint8_t precise)
; 600 cycles, + 160 for each place.
fast_bytes:
        jsr elements
        ldx #0
        ldy #0
@next:  lda fast_end
        bne @wide
        lda fast_weights,x      ; round
        asl a
        lda fast_weights+1,x
        adc #0
        bvc :+
        lda #$7f
:       eor #$80
        bne @put
        lda #1
        bne @put                ; always
@wide:  tya
        pha
        clc
        adc #8
        tay
        lda fast_weights,x
        sta (fast_p),y
        pla
        tay
        lda fast_weights+1,x
        eor #$80
@put:   sta (fast_p),y
        inx
        inx
        iny
        cpy #8
        bne @next
        rts
