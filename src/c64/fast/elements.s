; Kernels of the fast engine on up to 64 elements. C: fast.h.

        .include "fast.inc"
        .include "multiply.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high
        .importzp fast_at, fast_x, fast_product, fast_sum, fast_shift_by, fast_weights
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .importzp mul2_sl, mul2_sh, mul2_nl, mul2_nh
        .import sqr_lo, sqr_hi, nsqr_lo, nsqr_hi, _window
        .import incsp2, incsp3, incsp4, incsp5, incsp6, incsp7, incsp8
        .import fast_put32, fast_row, fast_most, fast_least, _fast_bounds
        .import fast_shift
        .export _fast_length, _fast_residual, _fast_narrow, _fast_multiply, _fast_scale, _fast_logits, _fast_products, _fast_greatest
        .export _fast_rotate, _fast_norm_factor, fast_divide_t, _fast_offset
        .export return_sum

        .segment "FAST"

; A,X,sreg = fast_sum.
return_sum:
        lda fast_sum+3
        sta sreg+1
        lda fast_sum+2
        sta sreg
        ldx fast_sum+1
        lda fast_sum
        rts

; --- the residual and rmsnorm -------------------------------------------------------

; uint8_t fast_length(uint32_t a)
; 60 cycles, + 10 for each zero in front. Clobbers A, X, Y.
_fast_length:
        tay
        lda sreg+1
        bne @four
        lda sreg
        bne @three
        txa
        bne @two
        tya
        beq @done
        ldx #8
        bne @bits
@two:   ldx #16
        bne @bits
@three: ldx #24
        bne @bits
@four:  ldx #32
@bits:  tay
        bmi @found
:       dex
        asl a
        bpl :-
@found: txa
@done:  ldx #0
        rts

; In the window: the residual's bytes, zeros before them; the rows' scales.
zeros  = _window
r0     = _window + 64
r1     = _window + 128
r2     = _window + 192
r3     = _window + 256
scales = _window + FAST_SCALES

; An int16, high byte in A and low byte in fast_low, times the last `factor`: byte 0 goes to fast_t, byte
; 1 into A, with the carry into byte 2, fast_t+2. Clobbers Y, fast_t+1.
.macro  scaled
        tay
        sec
        low fast_t+1
        high
        cpy #$80
        bcc :+
        sbc mul_sl
:       sta fast_t+2
        ldy fast_low
        sec
        low fast_t
        high
        clc
        adc fast_t+1
.endmacro

; uint32_t fast_residual(const int16_t *d, int8_t shift, uint8_t n)
; 205 cycles an element, + 14 for each place; 400 where the shift is not 0..7. fast_sum:
; the or. Clobbers A, X, Y, fast_p, fast_t, fast_x, fast_sum, fast_index, fast_end,
; fast_shift_by, fast_low, fast_high.
_fast_residual:
        sta fast_end
        ldy #0
        sty fast_index
        sty fast_sum+1
        sty fast_sum+2
        sty fast_sum+3
        lda (sp),y
        sta fast_shift_by
        argument fast_p, 1
        sta residual_low+2
        sta residual_high+2
        lda fast_p
        sta residual_low+1
        sta residual_high+1
        jsr incsp3
        lda #<residual_far
        ldx #>residual_far
        ldy fast_shift_by
        cpy #8
        bcs :+                  ; 7 bytes a place
        lda residual_entries,y
        clc
        adc #<residual_places
        ldx #>residual_places
        bcc :+
        inx
:       sta residual_enter+1
        stx residual_enter+2
        ldx #0
        dex
        stx fast_sum
        inx
residual_next:
        lda scales,x
        factor
        ldy fast_index
residual_low:
        lda $ffff,y
        sta fast_low
        iny
residual_high:
        lda $ffff,y
        iny
        sty fast_index
        scaled
        sta fast_t+1
        lda fast_t+2
        adc #0
        clc
residual_enter:
        jmp residual_places
residual_places:
        .repeat 7
        cmp #$80
        ror a
        ror fast_t+1
        ror fast_t
        .endrepeat
        sta fast_t+2            ; the carry is the last bit shifted out
        lda fast_t
        adc r0,x
        sta r0,x
        lda fast_t+1
        adc r1,x
        sta r1,x
        lda fast_t+2
        bmi residual_minus
        adc r2,x
        sta r2,x
        tay
        lda r3,x
        bcc residual_bits
        adc #0
        bvs residual_most
        bvc residual_put
residual_minus:
        adc r2,x
        sta r2,x
        tay
        lda r3,x
        bcs residual_bits
        sbc #0
        bvs residual_least
residual_put:
        sta r3,x
residual_bits:
        bmi residual_negative           ; byte 3 in A, byte 2 in Y
        ora fast_sum+3
        sta fast_sum+3
        tya
        ora fast_sum+2
        sta fast_sum+2
        lda r1,x
residual_more:
        ora fast_sum+1
        sta fast_sum+1
        inx
        cpx fast_end
        bne residual_again
        jmp return_sum
residual_again:
        jmp residual_next
residual_negative:
        eor #$ff
        ora fast_sum+3
        sta fast_sum+3
        tya
        eor #$ff
        ora fast_sum+2
        sta fast_sum+2
        lda r1,x
        eor #$ff
        jmp residual_more

residual_over:
        bpl residual_least
residual_most:
        ldy #$ff
        lda #$7f
        bne residual_set                ; always
residual_least:
        ldy #0
        lda #$80
residual_set:
        sta r3,x
        tya
        sta r0,x
        sta r1,x
        sta r2,x
        lda r3,x
        jmp residual_bits

residual_far:
        sta fast_t+2
        asl a
        lda #0
        adc #$ff
        eor #$ff
        sta fast_t+3
        stx fast_x
        ldx fast_shift_by
        bmi @left
        jsr fast_shift
@add:   ldx fast_x
        clc
        lda fast_t
        adc r0,x
        sta r0,x
        lda fast_t+1
        adc r1,x
        sta r1,x
        lda fast_t+2
        adc r2,x
        sta r2,x
        tay
        lda fast_t+3
        adc r3,x
        bvs residual_over
        jmp residual_put
@left:  lda fast_t+3            ; until it no longer fits
        sta fast_high
:       asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        lda fast_t+3
        eor fast_high
        bmi @no_longer
        inx
        bne :-
        beq @add
@no_longer:
        ldx fast_x
        lda fast_high
        eor #$80
        jmp residual_over
residual_entries:
        .repeat 8, i
        .byte 7 * (7 - i)
        .endrepeat

; uint32_t fast_narrow(int16_t *x, int8_t shift, uint8_t n)
; 150 cycles an element, + 12 for each of up to 4 places. Clobbers A, X, Y, fast_p, fast_t,
; fast_sum, fast_index, fast_end, fast_low, fast_high.
_fast_narrow:
        sta fast_end
        lsr a
        sta fast_sum
        ldy #0
        sty fast_sum+1
        sty fast_sum+2
        sty fast_sum+3
        sty fast_index
        lda (sp),y
        sta fast_low
        argument fast_p, 1
        sta narrow_put_low+2
        sta narrow_put_high+2
        lda fast_p
        sta narrow_put_low+1
        sta narrow_put_high+1
        jsr incsp3
        lda fast_low            ; places within a byte
        and #7
        tay
        lda narrow_entries,y
        clc
        adc #<narrow_right
        sta narrow_enter+1
        lda #>narrow_right
        adc #0
        sta narrow_enter+2
        lda fast_low            ; bytes: -1..2; 64 times 1 more
        and #$f8
        clc
        adc #8
        asl a
        asl a
        asl a
        adc #<zeros             ; the carry is clear
        sta narrow_0+1
        lda #>zeros
        adc #0
        sta narrow_0+2
        lda narrow_0+1
        adc #64
        sta narrow_1+1
        lda narrow_0+2
        adc #0
        sta narrow_1+2
        lda narrow_1+1
        adc #64
        sta narrow_2+1
        lda narrow_1+2
        adc #0
        sta narrow_2+2
        ldx #0
narrow_next:
narrow_0:
        lda $ffff,x
        sta fast_t
narrow_1:
        lda $ffff,x
        sta fast_t+1
narrow_2:
        lda $ffff,x
narrow_enter:
        jmp narrow_right
narrow_right:                   ; 5 bytes a place
        .repeat 4
        lsr a
        ror fast_t+1
        ror fast_t
        .endrepeat
        lda fast_t+1
        ldy fast_t
narrow_put:
        sty fast_low
        ldy fast_index
        iny
narrow_put_high:
        sta $ffff,y
        dey
        sta fast_high
        lda fast_low
narrow_put_low:
        sta $ffff,y
        iny
        iny
        sty fast_index
        ldy fast_high
        bpl :+
        eor #$ff
        sta fast_low
        tya
        eor #$ff
        tay
:       tya
        asl a
        tay
        sta mul_sh
        eor #$ff
        sta mul_nh
        clc
        lda sqr_lo,y            ; high * high
        adc fast_sum
        sta fast_sum
        lda sqr_hi,y
        adc fast_sum+1
        sta fast_sum+1
        bcc :+
        inc fast_sum+2
:       ldy fast_low            ; 2 * high * low
        sec
        high
        clc
        adc fast_sum
        sta fast_sum
        bcc :+
        inc fast_sum+1
        bne :+
        inc fast_sum+2
:       inx
        cpx fast_end
        bne :+
        jmp return_sum
:       jmp narrow_next
narrow_left:
        .repeat 3
        asl fast_t
        rol fast_t+1
        rol a
        .endrepeat
        ldy fast_t+1
        jmp narrow_put
narrow_entries:
        .byte 20, 15, 10, 5, 0, narrow_left-narrow_right, narrow_left-narrow_right+5, narrow_left-narrow_right+10

; void fast_multiply(int16_t *y, uint16_t factor, uint8_t n)
; 160 cycles an element. Clobbers A, X, Y, fast_p, fast_x, fast_t, fast_product, fast_end.

; Makes A the factor of a product in the code at `at`. Clobbers A.
.macro  set_factor at
        sta at+1
        sta at+9
        eor #$ff
        sta at+4
        sta at+12
.endmacro
; to = Y times that factor; carry set before and after.
.macro  times_factor to
        lda sqr_lo,y
        sbc nsqr_lo,y
        sta to
        lda sqr_hi,y
        sbc nsqr_hi,y
        sta to+1
.endmacro
_fast_multiply:
        asl a
        sta fast_end
        argument fast_x, 0
        argument fast_p, 2
        sta multiply_low+2
        sta multiply_put_low+2
        tax
        lda fast_p
        sta multiply_low+1
        sta multiply_put_low+1
        clc
        adc #1
        sta multiply_high+1
        sta multiply_put_high+1
        bcc :+
        inx
:       stx multiply_high+2
        stx multiply_put_high+2
        jsr incsp4
        lda fast_x+1
        set_factor multiply_by_high
        lda fast_x
        set_factor multiply_by_low
        lda fast_x
        asl a
        lda fast_x+1
        adc #0
        set_factor multiply_by_nearest
        sec                     ; - 128 * factor + 128 + factor / 512 + (its low byte, signed) / 2
        lda #0
        sbc fast_x
        sta fast_product+1
        lda #0
        sbc fast_x+1
        sta fast_product+2
        lda #0
        sbc #0
        ldx #0
        jsr times_128
        sta fast_product
        lda fast_x
        cmp #$80
        ror a
        eor #$80                ; + 128
        lsr fast_x+1
        clc
        adc fast_x+1
        clc
        adc fast_product
        sta multiply_1+1
        lda fast_product+1
        adc #0
        sta multiply_2+1
        lda fast_product+2
        adc #0
        sta multiply_3+1
        ldx #0
multiply_next:
multiply_low:
        ldy $ffff,x
        sec
multiply_by_nearest:
        times_factor fast_t
multiply_high:
        lda $ffff,x
        eor #$80
        tay
multiply_by_low:
        times_factor fast_t+2
multiply_by_high:
        times_factor fast_t+4
        ldy #0
        clc
multiply_1:
        lda #0
        add_y fast_t
        add_y fast_t+2
        tya
multiply_3:
        ldy #0
multiply_2:
        adc #0
        bcc :+
        iny
        clc
:       add_y fast_t+1
        add_y fast_t+3
        add_y fast_t+4
multiply_put_low:
        sta $ffff,x
        tya
        adc fast_t+5
multiply_put_high:
        sta $ffff,x
        inx
        inx
        cpx fast_end
        bne :+
        rts
:       jmp multiply_next

; uint16_t fast_norm_factor(uint32_t norm, uint32_t squares)
; 2,000 cycles. fast_t: squares, then norm; fast_x: root. Clobbers A, X, Y, fast_t, fast_x,
; fast_low, fast_high.
_fast_norm_factor:
        sta fast_t
        stx fast_t+1
        lda sreg
        sta fast_t+2
        lda sreg+1
        sta fast_t+3
        ldy #FAST_NORM_SHIFT-12 ; less the places that squares is raised by, in pairs
@raise: lda fast_t+3
        and #$c0
        bne @root
        ldx #2
:       asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        dex
        bne :-
        dey
        jmp @raise
@root:  sty fast_high
        lda #$80                ; its high byte is at least that
        sta fast_x+1
        lsr a
        sta fast_low
@bit:   lda fast_x+1
        ora fast_low
        tax
        asl a                   ; squares from the tables' second halves
        tay
        lda fast_t+2
        cmp sqr_lo+256,y
        lda fast_t+3
        sbc sqr_hi+256,y
        bcc :+
        stx fast_x+1
:       lsr fast_low
        bne @bit
        lda fast_x+1            ; the rest by twice that, which is 256 more than fast_low
        asl a
        sta fast_low
        tay
        sec
        lda fast_t+2
        sbc sqr_lo+256,y
        sta fast_t+2
        lda fast_t+3
        sbc sqr_hi+256,y
        sta fast_t+3
        lda fast_t+2
        cmp fast_low
        lda fast_t+3
        sbc #1
        lda #$ff
        bcs @low
        ldx #8
@rest:  asl fast_t+1
        rol fast_t+2
        rol fast_t+3
        sec
        lda fast_t+2
        sbc fast_low
        tay
        lda fast_t+3
        sbc #1
        bcc :+
        sta fast_t+3
        sty fast_t+2
        inc fast_t+1
:       dex
        bne @rest
        lda fast_t+1
@low:   sta fast_x
        ldy #3
:       lda (sp),y
        sta fast_t,y
        dey
        bpl :-
        jsr incsp4
        jsr fast_divide_t
        ldy fast_high
        beq @done
        bmi @most
        clc
:       lsr fast_t+1
        ror fast_t
        dey
        bne :-
        lda fast_t              ; rounded
        adc #0
        ldx fast_t+1
        bcc @done
        inx
@done:  rts
@most:  lda #$ff
        ldx #$7f
        rts

; A,X and the lower half of fast_t = fast_t / fast_x, less than 2^16. 700 cycles.
fast_divide_t:
        ldx #16
@bit:   asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        bcs @less
        lda fast_t+2
        cmp fast_x
        lda fast_t+3
        sbc fast_x+1
        bcc @zero
@less:  lda fast_t+2
        sbc fast_x
        sta fast_t+2
        lda fast_t+3
        sbc fast_x+1
        sta fast_t+3
        inc fast_t
@zero:  dex
        bne @bit
        lda fast_t
        ldx fast_t+1
        rts

; uint32_t fast_offset(uint16_t a, uint16_t b)
; 80 cycles, + 65 for each bit of b. Clobbers A, X, Y, fast_x, fast_t, fast_sum.
_fast_offset:
        sta fast_x
        stx fast_x+1
        argument fast_t, 0
        jsr incsp2
        lda #0
        sta fast_t+2
        sta fast_t+3
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        sta fast_sum+3
@next:  lsr fast_x+1
        ror fast_x
        bcc @zero
        clc
        ldx #<-4
:       lda fast_sum+4,x
        adc fast_t+4,x
        sta fast_sum+4,x
        inx
        bne :-
@zero:  asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        lda fast_x
        ora fast_x+1
        bne @next
        jmp return_sum

; void fast_scale(int16_t *y, const int16_t *d, uint8_t shift, uint8_t n)
; 160 cycles an element, + 17 for each place. Clobbers A, X, Y, fast_p, fast_t, fast_index, fast_end, fast_low,
; fast_shift_by.
_fast_scale:
        sta fast_end
        ldy #0
        lda (sp),y
        sta fast_shift_by
        argument fast_p, 1
        sta @low+2
        sta @high+2
        lda fast_p
        sta @low+1
        sta @high+1
        argument fast_p, 3
        sta @put_low+2
        sta @put_high+2
        lda fast_p
        sta @put_low+1
        sta @put_high+1
        jsr incsp5
        ldx #0
        ldy #0
@next:  sty fast_index
        lda scales,x
        factor
@low:   lda $ffff,y
        sta fast_low
        iny
@high:  lda $ffff,y
        scaled
        bcc :+
        inc fast_t+2
:       ldy fast_shift_by
        beq @round
:       asl fast_t
        rol a
        rol fast_t+2
        dey
        bne :-
@round: asl fast_t
        ldy fast_index
        adc #0
@put_low:
        sta $ffff,y
        iny
        lda fast_t+2
        adc #0
@put_high:
        sta $ffff,y
        iny
        inx
        cpx fast_end
        bne @next
        rts

; fast_t = element fast_index of the int16 at fast_q times that of the scales, 32 bits. 145
; cycles. Clobbers A, Y, fast_low.
scaled_product:
        ldy fast_index
        lda scales,y
        factor
        tya
        asl a
        tay
        lda (fast_q),y
        sta fast_low
        iny
        lda (fast_q),y
        scaled
        sta fast_t+1
        bcc :+
        inc fast_t+2
:       lda fast_t+2
        asl a
        lda #0
        adc #$ff
        eor #$ff
        sta fast_t+3
        rts

; void fast_logits(f32 *y, const int16_t *d, int8_t exponent, uint8_t n)
; 300 cycles an element. A product has less than 24 bits.
_fast_logits:
        sta fast_end
        ldy #0
        sty fast_index
        lda (sp),y
        clc
        adc #150                ; exponent of a number with bit 23
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
@next:  jsr scaled_product
        sta fast_high           ; the sign
        tay
        bpl @positive
        sec
        ldx #<-3
:       lda #0
        sbc fast_t+3,x
        sta fast_t+3,x
        inx
        bne :-
@positive:
        lda fast_t
        ora fast_t+1
        ora fast_t+2
        beq @put                ; and fast_t+3 is 0
        ldx fast_shift_by
        lda fast_t+2
        bmi @normal
:       dex
        asl fast_t
        rol fast_t+1
        rol a
        bpl :-
@normal:
        asl a                   ; bit 23 goes
        sta fast_t+2
        txa
        asl fast_high
        ror a
        sta fast_t+3
        txa
        lsr a                   ; exponent's last bit
        ror fast_t+2
@put:   jsr fast_put32
        inc fast_index
        lda fast_index
        cmp fast_end
        bne @next
        rts

; void fast_products(int32_t *y, const int16_t *d, uint8_t n)
; 170 cycles an element. Clobbers A, X, Y, fast_p, fast_q, fast_t, fast_index, fast_end, fast_low.
_fast_products:
        sta fast_end
        argument fast_q, 0
        argument fast_p, 2
        jsr incsp4
        lda #0
        sta fast_index
:       jsr scaled_product
        jsr fast_put32
        inc fast_index
        lda fast_index
        cmp fast_end
        bne :-
        rts

; uint8_t fast_greatest(int32_t *most, int16_t *d, uint8_t n)
; 21 cycles an element that can't be the greatest by its byte 1, else 200, and a row's where
; elements are bounds. fast_t+4: where d ends; fast_t+5: index; fast_x: what byte 1 must be at
; least, for a positive element; fast_x+1: found.
; Clobbers A, X, Y, fast_p, fast_q, fast_r, fast_t, fast_x, fast_index, fast_end, fast_low, fast_high,
; fast_at, fast_product, fast_weights.
_fast_greatest:
        asl a
        sta fast_t+4
        argument fast_q, 0
        argument fast_p, 2
        lda #0
        sta fast_x+1
        ldy #2
:       lda (fast_p),y
        sta fast_most,y
        dey
        bpl :-
        jsr limit
        ldy #1
@next:  lda (fast_q),y
        bmi @minus
        cmp fast_x
        bcs @product
@less:  iny
        iny
        cpy fast_t+4
        bcc @next
        argument fast_p, 2
        jsr incsp4
        lda fast_x+1
        beq @done
        ldy #3
        lda fast_most+2              ; the sign
        asl a
        lda #0
        bcc :+
        lda #$ff
:       sta (fast_p),y
        dey
:       lda fast_most,y
        sta (fast_p),y
        dey
        bpl :-
        lda fast_x+1
@done:  ldx #0
        rts

@minus: bit fast_least+2
        bpl @less
@product:
        tya
        lsr a
        sta fast_t+5
        ldx #<(fast_least-fast_most)
        jsr compare
        bpl @not
        ldy _fast_bounds+4
        beq @greater
        jsr exact
        ldx #0
        jsr compare
        bpl @not
@greater:
        ldx fast_t+5
        inx
        stx fast_x+1
        ldx #2
:       lda fast_t,x
        sta fast_most,x
        dex
        bpl :-
        jsr limit
@not:   lda fast_t+5
        sec
        rol a
        tay
        bne @less               ; always

; N if element fast_t+5 is greater than what is X bytes behind fast_most.
compare:
        lda fast_t+5
        sta fast_index
        jsr scaled_product
        lda fast_most,x
        cmp fast_t
        lda fast_most+1,x
        sbc fast_t+1
        lda fast_most+2,x
        sbc fast_t+2
        bvc :+
        eor #$80
:       rts

; What fast_most asks of an element, or, halved, of a bound, into fast_least and fast_x. Clobbers A, X.
limit:  ldx #2
:       lda fast_most,x
        sta fast_least,x
        dex
        bpl :-
        ldx _fast_bounds+4
        beq :+
        lda fast_least+2
        cmp #$80
        ror fast_least+2
        ror fast_least+1
        ror fast_least
:       lda fast_least+2
        bpl :+
        lda #0
:       sta fast_x
        rts

; Element fast_t+5 = the row's sum. Y: stride.
exact:  lda fast_t+5
        factor
        sec
        low fast_at
        high
        tax
        clc
        lda fast_at
        adc _fast_bounds
        sta fast_at
        txa
        adc _fast_bounds+1
        sta fast_at+1
        lda _fast_bounds+2
        adc #0
        sta fast_at+2
        lda fast_t+5
        asl a
        adc fast_q              ; the carry is clear
        sta fast_p
        lda fast_q+1
        adc #0
        sta fast_p+1
        jmp fast_row

; void fast_rotate(int16_t *v, const int16_t *end, const int16_t *table, uint16_t stride, uint8_t n)
; 740 cycles a pair of a vector, + 450 a pair of the table. Clobbers A, X, Y, fast_weights,
; fast_p, fast_q, fast_r, fast_t, fast_x, fast_product, fast_sum, fast_index, fast_end,
; fast_low, fast_high.

; Pointers for the low bytes of cosine and sine, as mul_ and mul2_ are for the high ones.
cos_sl = fast_weights
cos_sh = fast_weights+2
cos_nl = fast_weights+4
cos_nh = fast_weights+6
sin_sl = fast_weights+8
sin_sh = fast_weights+10
sin_nl = fast_weights+12
sin_nh = fast_weights+14
; Products of bytes: of x, y with cosine, sine, each low (0) or high (1) byte.
x0c0   = fast_weights+16        ; high byte
x0c1   = fast_weights+17
x1c0   = fast_weights+19
x1c1   = fast_weights+21
y0s0   = fast_weights+23        ; y * sine: their complements
y0s1   = fast_weights+24
y1s0   = fast_weights+26
y1s1   = fast_weights+28
x0s0   = fast_weights+30
x0s1   = fast_weights+31
x1s0   = fast_weights+33
x1s1   = fast_weights+35
y0c0   = fast_weights+37
y0c1   = fast_weights+38
y1c0   = fast_weights+40
y1c1   = fast_weights+42
stride = fast_weights+44        ; bytes
x0     = fast_t                 ; offset binary
x1     = fast_t+1
y0     = fast_t+2
y1     = fast_t+3
first  = fast_product           ; what the first output's products lack
second = fast_product+3
cosine = fast_sum
sine   = fast_sum+2

; to = Y times a factor; carry set before and after.
.macro  times s_low, n_low, s_high, n_high, to
        lda (s_low),y
        sbc (n_low),y
        sta to
        lda (s_high),y
        sbc (n_high),y
        sta to+1
.endmacro
; An output at fast_p + Y: the sum of what is at `start`, 24 bits, and of two factors'
; products with a value, as they begin at one and other. Carries are counted in X.
.macro  output start, one, other
        ldx #0
        clc
        lda start
        .repeat 2, i
        add_x one+i               ; +0: the high byte of low * low, +1: low * high
        add_x other+i
        .endrepeat
        add_x one+3               ; +3: high * low
        add_x other+3
        txa
        ldx start+2
        .repeat 3, i
        .if i <> 1
        add_x one+2+i
        add_x other+2+i
        .else
        add_x start+1
        .endif
        .endrepeat
        add_x one+5               ; +5: high * high
        add_x other+5
        sta (fast_p),y
        iny
        txa
        adc one+6
        clc
        adc other+6
        sta (fast_p),y
        iny
.endmacro

_fast_rotate:
        asl a
        sta fast_end
        ldy #0
        lda (sp),y
        asl a
        sta stride
        iny
        lda (sp),y
        rol a
        sta stride+1
        argument fast_r, 2
        argument fast_x, 4
        argument fast_q, 6
        jsr incsp8
        lda mul_sl+1
        sta cos_sl+1
        sta sin_sl+1
        lda mul_sh+1
        sta cos_sh+1
        sta sin_sh+1
        lda mul_nl+1
        sta cos_nl+1
        sta sin_nl+1
        lda mul_nh+1
        sta cos_nh+1
        sta sin_nh+1
        ldy #0
rotate_pair:  ldx #cosine-fast_sum
        jsr size
        sta x_mask+1
        sta fast_low
        eor #$80
        sta x_high+1
        lda fast_low
        and #1
        sta x_plus+1
        ldx #sine-fast_sum
        jsr size
        sta y_mask+1
        sty fast_index
        tay
        eor #$80
        sta y_high+1
        tya
        and #1
        sta y_plus+1
        tya
        eor fast_low
        beq @even
        ldx #1                  ; a quarter of a turn: cosine and sine change places
:       lda cosine,x
        ldy sine,x
        sta sine,x
        sty cosine,x
        dex
        bpl :-
        lda #2                  ; and so do the elements
@even:  sta x_at+1
        eor #2
        sta y_at+1
        lda cosine+1
        factor
        lda sine+1
        factor2
        lda cosine
        sta cos_sl
        sta cos_sh
        eor #$ff
        sta cos_nl
        sta cos_nh
        lda sine
        sta sin_sl
        sta sin_sh
        eor #$ff
        sta sin_nl
        sta sin_nh

        sec                     ; first = 128 * (sine - cosine) - 130941: 128 for rounding, the
        lda sine                ; rest because of the complements
        sbc cosine
        sta first+1
        lda sine+1
        sbc cosine+1
        sta first+2
        lda #0
        sbc #0
        ldx #first-fast_product
        jsr times_128
        clc
        adc #$83
        sta first
        lda first+1
        adc #$00
        sta first+1
        lda first+2
        adc #$fe
        sta first+2
        clc                     ; second = 128 * (1 - (cosine + sine))
        lda cosine
        adc sine
        tay
        lda cosine+1
        adc sine+1
        tax
        lda #0
        rol a
        sta second
        sty second+1
        stx second+2
        sec
        lda #1
        sbc second+1
        sta second+1
        lda #0
        sbc second+2
        sta second+2
        lda #0
        sbc second
        ldx #second-fast_product
        jsr times_128
        sta second

        lda fast_q
        sta fast_p
        lda fast_q+1
        sta fast_p+1
rotate_vector:
x_at:  ldy #0
        lda (fast_p),y
x_mask:
        eor #0
        clc
x_plus:
        adc #0
        sta x0
        iny
        lda (fast_p),y
x_high:
        eor #$80
        adc #0
        sta x1
y_at:  ldy #2
        lda (fast_p),y
y_mask:
        eor #0
        clc
y_plus:
        adc #0
        sta y0
        iny
        lda (fast_p),y
y_high:
        eor #$80
        adc #0
        sta y1

        ldy x0
        sec
        times mul_sl, mul_nl, mul_sh, mul_nh, x0c1
        times mul2_sl, mul2_nl, mul2_sh, mul2_nh, x0s1
        lda (cos_sh),y
        sbc (cos_nh),y
        sta x0c0
        lda (sin_sh),y
        sbc (sin_nh),y
        sta x0s0
        ldy x1
        times mul_sl, mul_nl, mul_sh, mul_nh, x1c1
        times mul2_sl, mul2_nl, mul2_sh, mul2_nh, x1s1
        times cos_sl, cos_nl, cos_sh, cos_nh, x1c0
        times sin_sl, sin_nl, sin_sh, sin_nh, x1s0
        ldy y0
        times mul_sl, mul_nl, mul_sh, mul_nh, y0c1
        lda (cos_sh),y
        sbc (cos_nh),y
        sta y0c0
        clc
        times mul2_nl, mul2_sl, mul2_nh, mul2_sh, y0s1
        lda (sin_nh),y
        sbc (sin_sh),y
        sta y0s0
        ldy y1
        times mul2_nl, mul2_sl, mul2_nh, mul2_sh, y1s1
        times sin_nl, sin_sl, sin_nh, sin_sh, y1s0
        sec
        times mul_sl, mul_nl, mul_sh, mul_nh, y1c1
        times cos_sl, cos_nl, cos_sh, cos_nh, y1c0
        ldy #0
        output first, x0c0, y0s0
        output second, x0s0, y0c0

        clc
        lda fast_p
        adc stride
        sta fast_p
        tax
        lda fast_p+1
        adc stride+1
        sta fast_p+1
        cpx fast_x
        bne rotate_again
        cmp fast_x+1
        bne rotate_again
        clc                     ; the next pair
        lda fast_q
        adc #4
        sta fast_q
        bcc :+
        inc fast_q+1
        clc
:       lda fast_x
        adc #4
        sta fast_x
        bcc :+
        inc fast_x+1
:       ldy fast_index
        cpy fast_end
        beq :+
        jmp rotate_pair
:       rts
rotate_again: jmp rotate_vector

; fast_sum + X = twice the size of the fraction at fast_r + Y, a negative one's less 1;
; A = $ff if it is negative, else 0. Y goes on to the next.
size:   lda (fast_r),y
        asl a
        sta fast_sum,x
        iny
        lda (fast_r),y
        iny
        rol a
        sta fast_sum+1,x
        lda #0
        bcc :+
        lda fast_sum,x
        eor #$ff
        sta fast_sum,x
        lda fast_sum+1,x
        eor #$ff
        sta fast_sum+1,x
        lda #$ff
:       rts

; The number of 17 bits in A, fast_product+2, +1 (+ X) times 128: low byte in A, the rest
; there, modulo 2^24.
times_128:
        lsr a
        ror fast_product+2,x
        ror fast_product+1,x
        lda #0
        ror a
        rts
