; Kernels of the fast engine for attention. C: fast.h.

        .include "fast.inc"
        .include "fast_fetch.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high
        .importzp fast_x, fast_product, fast_sum, fast_shift_by, fast_weights, fast_at, fast_length
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .import incsp2, incsp4, incsp5, incsp6, incsp7, addysp, pushax, pusha, pusheax
        .import fast_get16, fast_get32, fast_put16, fast_put32, fast_get16_r
        .import fast_negate, fast_shift, fast_multiply_signed, fast_divide_t, _fast_magnitude, _reu_read
        .export _fast_headroom, _fast_extent_16, _fast_shift_16, _fast_high_bytes, _fast_planes, _fast_scores, _fast_weights
        .export _fast_values, _fast_divide
        .export _fast_exp2

        .segment "FAST_STORY"
_fast_exp2:     .res 512

        .bss
buffer:         .res 128
width:          .res 1
wide:           .res 1
least:          .res 1
greatest:       .res 2
total:          .res 4
down:           .res 1
n_planes:       .res 1
group:          .res 1
n_groups:       .res 1

        .segment "FAST"

; fast_t = fast_t * 2^-X, towards minus infinity; X is signed: saturated to int16.
; Clobbers A, X.
shift_saturate:
        txa
        bmi @left
        beq @saturate
@right: cpx #8
        bcc @bit
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
        bne @right
        beq @saturate
@bit:   lda fast_t+3
        cmp #$80
        ror fast_t+3
        ror fast_t+2
        ror fast_t+1
        ror fast_t
        dex
        bne @bit
        beq @saturate
@left:  lda fast_t+3
@more:  asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        eor fast_t+3
        bmi @far
        lda fast_t+3
        inx
        bne @more
@saturate:
        lda fast_t+1
        asl a
        lda #0
        bcc :+
        lda #$ff
:       cmp fast_t+2
        bne @over
        cmp fast_t+3
        bne @over
        rts
@far:   lda fast_t+3            ; the sign has just changed
        eor #$80
        sta fast_t+3
@over:  lda #$ff
        ldx #$7f
        bit fast_t+3
        bpl :+
        lda #0
        ldx #$80
:       sta fast_t
        stx fast_t+1
        rts

; uint8_t fast_headroom(const int16_t *x, uint16_t n)
_fast_headroom:
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
; 70 cycles an element.
_fast_extent_16:
        asl a
        sta fast_end
        argument fast_q, 0
        jsr incsp2
        lda #0
        sta fast_t              ; or
        sta fast_t+1
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        tay
@next:  lda (fast_q),y
        tax
        iny
        lda (fast_q),y
        bpl :+
        eor #$ff
        sta fast_high
        txa
        eor #$ff
        clc
        adc #1
        tax
        lda fast_high
        adc #0
:       sta fast_high
        ora fast_t+1
        sta fast_t+1
        txa
        ora fast_t
        sta fast_t
        txa
        clc
        adc fast_sum
        sta fast_sum
        lda fast_high
        adc fast_sum+1
        sta fast_sum+1
        bcc :+
        inc fast_sum+2
:       iny
        cpy fast_end
        bne @next
        lda #0
        sta sreg+1
        asl fast_t
        rol fast_t+1
        rol a
        sta sreg
        lda fast_sum            ; the sum, if it is larger
        cmp fast_t
        lda fast_sum+1
        sbc fast_t+1
        lda fast_sum+2
        sbc sreg
        bcs :+
        ldx fast_t+1
        lda fast_t
        rts
:       lda fast_sum+2
        sta sreg
        ldx fast_sum+1
        lda fast_sum
        rts

; void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n)
; 45 cycles an element, + 14 for each place.
_fast_shift_16:
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
@put:   sta (fast_p),y
        dey
        lda fast_t
        sta (fast_p),y
        iny
        iny
        cpy fast_end
        bne @next
        rts

; void fast_high_bytes(int8_t *y, const int16_t *x, uint8_t n)
; 45 cycles an element.
_fast_high_bytes:
        sta fast_end
        argument fast_q, 0
        argument fast_p, 2
        jsr incsp4
        ldx #0
@next:  txa
        asl a
        tay
        lda (fast_q),y
        asl a
        iny
        lda (fast_q),y
        adc #0
        bvc :+
        lda #$7f
:       sta fast_low
        txa
        tay
        lda fast_low
        sta (fast_p),y
        inx
        cpx fast_end
        bne @next
        rts

; void fast_planes(uint8_t *to, const int16_t *x, uint8_t planes, uint8_t groups)
; 250 cycles a plane and group.
_fast_planes:
        sta n_groups
        ldy #0
        sty group
        lda (sp),y
        sta n_planes
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
@group: ldy #15
:       lda (fast_q),y
        sta fast_weights,y
        dey
        bpl :-
        ldx #14
@sign:  lda fast_weights+1,x
        eor #$80
        sta fast_weights+1,x
        dex
        dex
        bpl @sign
        ldy group
        lda n_planes
        sta fast_end
@plane: ldx #14
:       asl fast_weights,x
        rol fast_weights+1,x
        rol fast_low
        dex
        dex
        bpl :-
        lda fast_low
        sta (fast_p),y
        tya
        clc
        adc n_groups
        tay
        dec fast_end
        bne @plane
        clc
        lda fast_q
        adc #16
        sta fast_q
        bcc :+
        inc fast_q+1
:       inc group
        lda group
        cmp n_groups
        bne @group
        rts

; int16_t fast_scores(int16_t *scores, const int16_t *d, const uint8_t *exponents, int8_t shift, uint8_t n)
_fast_scores:
        sta fast_end
        ldy #0
        sty fast_index
        sty greatest
        lda (sp),y
        sta fast_shift_by
        lda #$80
        sta greatest+1
        argument fast_r, 1
        argument fast_q, 3
        argument fast_p, 5
        jsr incsp7
@next:  jsr fast_get16
        lda fast_index
        asl a
        tay
        lda (fast_r),y
        clc
        adc fast_shift_by
        tax
        jsr shift_saturate
        jsr fast_put16
        lda greatest
        cmp fast_t
        lda greatest+1
        sbc fast_t+1
        bvc :+
        eor #$80
:       bpl @less
        lda fast_t
        sta greatest
        lda fast_t+1
        sta greatest+1
@less:  inc fast_index
        lda fast_index
        cmp fast_end
        bne @next
        lda greatest
        ldx greatest+1
        rts

; uint32_t fast_weights(int16_t *scores, int16_t greatest, uint8_t n)
; 110 cycles an element, + 12 for each halving.
_fast_weights:
        asl a
        sta fast_end
        argument greatest, 0
        argument fast_p, 2
        jsr incsp4
        ldx #0
        stx fast_sum
        stx fast_sum+1
        stx fast_sum+2
        stx fast_sum+3
        ldy #0
@next:  sec
        lda greatest
        sbc (fast_p),y
        sta fast_low
        iny
        lda greatest+1
        sbc (fast_p),y
        cmp #16
        bcs @none
        tax
        sty fast_index
        lda fast_low
        asl a
        tay
        bcs @upper
        lda _fast_exp2,y
        sta fast_low
        lda _fast_exp2+1,y
        bcc @halve
@upper: lda _fast_exp2+256,y
        sta fast_low
        lda _fast_exp2+257,y
@halve: cpx #0
        beq @put
:       lsr a
        ror fast_low
        dex
        bne :-
@put:   ldy fast_index
        sta (fast_p),y
        tax
        dey
        lda fast_low
        sta (fast_p),y
        clc
        adc fast_sum
        sta fast_sum
        txa
        adc fast_sum+1
        sta fast_sum+1
        bcc @more
        inc fast_sum+2
        bne @more
        inc fast_sum+3
        bne @more               ; always
@none:  lda #0
        sta (fast_p),y
        dey
        sta (fast_p),y
@more:  iny
        iny
        cpy fast_end
        bne @next
        lda fast_sum+3
        sta sreg+1
        lda fast_sum+2
        sta sreg
        ldx fast_sum+1
        lda fast_sum
        rts

; void fast_values(int32_t *sum, reu_address values, const int16_t *weights, const uint8_t *exponents,
;                  uint8_t least, uint8_t n, uint8_t width, uint8_t wide)
_fast_values:
        sta wide
        ldy #0
        sty fast_index
        lda (sp),y
        sta width
        iny
        lda (sp),y
        sta fast_end
        iny
        lda (sp),y
        sta least
        argument fast_r, 3
        argument fast_q, 5
        ldy #7
        lda (sp),y
        sta fast_at
        iny
        lda (sp),y
        sta fast_at+1
        iny
        lda (sp),y
        sta fast_at+2
        argument fast_p, 11
        ldy #13
        jsr addysp
@next:  lda fast_index
        asl a
        tay
        lda (fast_q),y
        sta fast_t
        iny
        lda (fast_q),y
        sta fast_t+1
        dey
        lda (fast_r),y
        sec
        sbc least
        tax
        beq :++
:       lsr fast_t+1
        ror fast_t
        dex
        bne :-
:       lda wide
        beq @narrow
        jmp @wide
@narrow:
        lda fast_t              ; round to 8 bits
        asl a
        lda fast_t+1
        adc #0
        bne :+
        jmp @skip
:       factor
        sta fast_x              ; 255 - weight
        lda width
        sta fast_length
        lda fast_at
        ldx fast_at+1
        ldy fast_at+2
        fetch_at
        ldx #0
        stx fast_low
@value: ldy fast_weights,x
        sec
        low fast_product
        high
        cpy #$80
        bcc @positive
        adc fast_x              ; - weight * 2^8: carry is set
        ldy #0
        bcs @add
        dey
        bne @add                ; always
@positive:
        ldy #0
@add:   sta fast_product+1
        sty fast_product+2
        ldy fast_low
        clc
        lda fast_product
        adc (fast_p),y
        sta (fast_p),y
        iny
        lda fast_product+1
        adc (fast_p),y
        sta (fast_p),y
        iny
        lda fast_product+2
        adc (fast_p),y
        sta (fast_p),y
        iny
        lda fast_product+2
        adc (fast_p),y
        sta (fast_p),y
        iny
        sty fast_low
        inx
        cpx width
        bne @value
@skip:  lda width
@advance:
        clc
        adc fast_at
        sta fast_at
        bcc @count
        inc fast_at+1
        bne @count
        inc fast_at+2
@count: inc fast_index
        lda fast_index
        cmp fast_end
        beq :+
        jmp @next
:       rts

@wide:  lda fast_t
        sta fast_x
        lda fast_t+1
        sta fast_x+1
        lda #<buffer            ; reu_read(buffer, fast_at, 2 * width)
        ldx #>buffer
        jsr pushax
        lda fast_at+2
        sta sreg
        lda #0
        sta sreg+1
        lda fast_at
        ldx fast_at+1
        jsr pusheax
        lda width
        asl a
        ldx #0
        jsr _reu_read
        ldx #0
@wide_value:
        stx fast_length
        txa
        asl a
        tax
        lda buffer,x
        sta fast_t
        lda buffer+1,x
        sta fast_t+1
        asl a
        lda #0
        bcc :+
        lda #$ff
:       sta fast_t+2
        sta fast_t+3
        jsr fast_multiply_signed
        ldx #13
        jsr fast_shift
        lda fast_length
        asl a
        asl a
        tay
        clc
        .repeat 4, i
        lda fast_t+i
        adc (fast_p),y
        sta (fast_p),y
        .if i < 3
        iny
        .endif
        .endrepeat
        ldx fast_length
        inx
        cpx width
        beq :+
        jmp @wide_value
:
        lda width
        asl a
        jmp @advance

; void fast_divide(int32_t *x, uint32_t total, int8_t shift, uint8_t n)
; 2,000 cycles + 600 an element.
_fast_divide:
        pha
        ldy #0
        sec
        lda #31
        sbc (sp),y
        sta fast_shift_by
        iny
        lda (sp),y
        sta total
        iny
        lda (sp),y
        sta total+1
        iny
        lda (sp),y
        sta total+2
        iny
        lda (sp),y
        sta total+3
        argument fast_p, 5
        jsr incsp7
        lda fast_p
        ldx fast_p+1
        jsr pushax
        pla
        pha
        jsr _fast_magnitude     ; leaves fast_sum
        pla
        sta fast_end
        lda fast_p
        sta fast_q
        lda fast_p+1
        sta fast_q+1
@halve: lda total+2
        ora total+3
        beq @reciprocal
        lsr total+3
        ror total+2
        ror total+1
        ror total
        inc fast_shift_by
        jmp @halve

@reciprocal:                    ; fast_x = $7fffffff / total, at least 2^15
        lda #$ff
        sta fast_t
        sta fast_t+1
        sta fast_t+2
        lda #$7f
        sta fast_t+3
        lda total
        sta fast_x
        lda total+1
        sta fast_x+1
        jsr fast_divide_t
        sta fast_x
        stx fast_x+1

        ldx #0                  ; magnitude >> down < $4000
@down:  lda fast_sum+3
        ora fast_sum+2
        bne :+
        lda fast_sum+1
        cmp #$40
        bcc @enough
:       lsr fast_sum+3
        ror fast_sum+2
        ror fast_sum+1
        ror fast_sum
        inx
        bne @down
@enough:
        stx down
        lda fast_shift_by
        sec
        sbc down
        sta fast_shift_by
        lda #0
        sta fast_index
@next:  jsr fast_get32
        ldx down
        beq :+
        jsr fast_shift
:       jsr fast_multiply_signed
        ldx fast_shift_by
        bmi @left
        jsr fast_shift
        jmp @put
@left:  asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        inx
        bne @left
@put:   jsr fast_put32
        inc fast_index
        lda fast_index
        cmp fast_end
        bne @next
        rts

