; Kernels of the fast engine on up to 64 elements. C: fast.h.

        .include "fast.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high
        .importzp fast_x, fast_product, fast_sum, fast_shift_by
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .importzp mul2_sl, mul2_sh, mul2_nl, mul2_nh
        .import sqr_lo, sqr_hi
        .import incsp2, incsp3, incsp4, incsp5, incsp6, incsp7
        .import fast_get16, fast_put32
        .import fast_negate, fast_shift, fast_multiply_signed
        .export _fast_magnitude, _fast_widen, _fast_narrow
        .export _fast_squares, _fast_multiply, _fast_scale, _fast_residual, _fast_logits, _fast_greatest
        .export _fast_rotate, _fast_root, _fast_quotient, fast_divide_t, _fast_offset
        .export fast_scaled_product, return_sum

        .segment "FAST"

; fast_t = absolute value of fast_t.
.macro  absolute
        bit fast_t+3
        bpl *+5
        jsr fast_negate
.endmacro

; Takes n and the vector, clears fast_sum and fast_index.
start_vector:
        sta fast_end
        argument fast_q, 0
        jsr incsp2
        lda #0
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        sta fast_sum+3
        sta fast_index
        rts

; A,X,sreg = fast_sum.
return_sum:
        lda fast_sum+3
        sta sreg+1
        lda fast_sum+2
        sta sreg
        ldx fast_sum+1
        lda fast_sum
        rts

; uint32_t fast_magnitude(const int32_t *x, uint8_t n)
; 75 cycles an element. Clobbers A, X, Y, fast_q, fast_sum, fast_index, fast_end.
.macro  or_bytes invert
        .repeat 4, i
        lda (fast_q),y
        .if invert
        eor #$ff
        .endif
        ora fast_sum+3-i
        sta fast_sum+3-i
        .if i < 3
        dey
        .endif
        .endrepeat
.endmacro
_fast_magnitude:
        jsr start_vector
        tay
        ldx fast_end
@next:  iny
        iny
        iny
        lda (fast_q),y
        bmi @minus
        or_bytes 0
@more:  iny
        iny
        iny
        iny
        dex
        bne @next
        jmp return_sum
@minus: or_bytes 1
        jmp @more

; void fast_widen(int32_t *y, const int16_t *x, uint8_t shift, uint8_t n)
; 110 cycles an element + 18 for each place. Clobbers A, X, Y, fast_p, fast_q,
; fast_t, fast_index, fast_end, fast_shift_by.
_fast_widen:
        sta fast_end
        ldy #0
        sty fast_index
        lda (sp),y
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
@next:  jsr fast_get16
        ldx fast_shift_by
        beq @put
        lda fast_t
:       asl a
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        dex
        bne :-
        sta fast_t
@put:   jsr fast_put32
        inc fast_index
        lda fast_index
        cmp fast_end
        bne @next
        rts

; void fast_narrow(int16_t *y, const int32_t *x, uint8_t shift, uint8_t n)
; 130 cycles an element on average.
_fast_narrow:
        sta fast_end
        lda #0
        sta fast_index
        ldx #3                  ; half of 2^shift in fast_product
:       sta fast_product,x
        dex
        bpl :-
        tay
        lda (sp),y
        pha
        lsr a
        lsr a
        lsr a
        sta fast_low            ; whole bytes of the shift
        pla
        beq @exact
        sec
        sbc #1
        pha
        lsr a
        lsr a
        lsr a
        tax
        pla
        and #7
        tay
        lda #1
:       dey
        bmi :+
        asl a
        bne :-
:       sta fast_product,x
@exact: ldy #0
        lda (sp),y
        and #7
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
        ldy #0
@next:  clc
        .repeat 4, i
        lda (fast_q),y
        adc fast_product+i
        sta fast_t+i
        iny
        .endrepeat
        asl a
        lda #0
        bcc :+
        lda #$ff
:       sta fast_t+4
        sty fast_high
        ldx fast_low
        ldy fast_shift_by
        beq @put
        cpy #5
        bcs @left
        lda fast_t+2,x
:       lsr a
        ror fast_t+1,x
        ror fast_t,x
        dey
        bne :-
        beq @put
@left:  lda fast_t+2,x
:       asl fast_t,x
        rol fast_t+1,x
        rol a
        iny
        cpy #8
        bne :-
        sta fast_t+2,x
        inx
@put:   ldy fast_index
        lda fast_t,x
        sta (fast_p),y
        iny
        lda fast_t+1,x
        sta (fast_p),y
        iny
        sty fast_index
        ldy fast_high
        dec fast_end
        bne @next
        rts

; uint32_t fast_squares(const int16_t *x, uint8_t n)
; 165 cycles an element.
_fast_squares:
        asl a
        jsr start_vector
@next:  ldy fast_index
        lda (fast_q),y
        tax
        iny
        lda (fast_q),y
        bpl :+
        eor #$ff
        tay
        txa
        eor #$ff
        clc
        adc #1
        tax
        tya
        adc #0
:       sta fast_high           ; |x|, less than 2^14: high byte, low byte in X
        asl a
        tay
        clc
        lda sqr_lo,y            ; high^2 * 256
        adc fast_sum+1
        sta fast_sum+1
        lda sqr_hi,y
        adc fast_sum+2
        sta fast_sum+2
        bcc :+
        inc fast_sum+3
:       lda fast_high           ; low * high * 2
        factor
        txa
        tay
        sec
        low fast_product
        high
        asl fast_product
        rol a
        sta fast_product+1      ; no carry: less than 2^15
        txa                     ; low^2 / 256
        asl a
        tay
        lda sqr_hi,y
        bcc :+
        lda sqr_hi+256,y
        clc
:       adc fast_product
        bcc :+
        inc fast_product+1
        clc
:       adc fast_sum
        sta fast_sum
        lda fast_product+1
        adc fast_sum+1
        sta fast_sum+1
        bcc :+
        inc fast_sum+2
        bne :+
        inc fast_sum+3
:       ldy fast_index
        iny
        iny
        sty fast_index
        cpy fast_end
        beq :+
        jmp @next
:       jmp return_sum

; uint16_t fast_root(uint32_t a)
; The integer square root of a, 2^30 or more. 1,300 cycles. fast_p: root,
; fast_r: candidate.
_fast_root:
        sta fast_t
        stx fast_t+1
        lda sreg
        sta fast_t+2
        lda sreg+1
        sta fast_t+3
        lda #0                  ; remainder in fast_sum, root in fast_p
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        sta fast_p
        sta fast_p+1
        ldx #16
@bit:   .repeat 2
        asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        rol fast_sum
        rol fast_sum+1
        rol fast_sum+2
        .endrepeat
        lda fast_p              ; candidate = 4 * root + 1
        sta fast_r
        lda fast_p+1
        sta fast_r+1
        lda #0
        sta fast_product
        sec
        rol fast_r              ; 2 * root, then * 2 + 1 in the comparison below
        rol fast_r+1
        rol fast_product
        dec fast_r              ; 2 * root
        asl fast_r
        rol fast_r+1
        rol fast_product
        inc fast_r
        lda fast_sum
        sec
        sbc fast_r
        tay
        lda fast_sum+1
        sbc fast_r+1
        sta fast_low
        lda fast_sum+2
        sbc fast_product
        bcc @zero
        sta fast_sum+2
        lda fast_low
        sta fast_sum+1
        sty fast_sum
@zero:  rol fast_p              ; the carry is the new bit
        rol fast_p+1
        dex
        bne @bit
        lda fast_p
        ldx fast_p+1
        rts

; uint16_t fast_quotient(uint32_t a, uint16_t b)
; a / b, less than 2^16. 700 cycles.
_fast_quotient:
        sta fast_x
        stx fast_x+1
        ldy #3
:       lda (sp),y
        sta fast_t,y
        dey
        bpl :-
        jsr incsp4
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
; 330 cycles.
_fast_offset:
        sta fast_x
        stx fast_x+1
        argument fast_t, 0
        jsr incsp2
        lda fast_x              ; fast_t counts as signed
        pha
        lda fast_x+1
        pha
        jsr fast_multiply_signed
        bit fast_high
        bpl :+
        clc
        pla
        tax
        pla
        adc fast_t+2
        sta fast_t+2
        txa
        adc fast_t+3
        sta fast_t+3
        jmp @done
:       pla
        pla
@done:  lda fast_t+2
        sta sreg
        lda fast_t+3
        sta sreg+1
        lda fast_t
        ldx fast_t+1
        rts

; void fast_multiply(int16_t *y, uint16_t factor, uint8_t n)
; 240 cycles an element.
_fast_multiply:
        asl a
        sta fast_end
        argument fast_x, 0
        argument fast_p, 2
        jsr incsp4
        lda fast_x+1            ; the pointers for the high byte
        sta mul2_sl
        sta mul2_sh
        eor #$ff
        sta mul2_nl
        sta mul2_nh
        lda fast_x
        factor
        ldy #0
@next:  sty fast_index
        lda (fast_p),y
        tax
        iny
        lda (fast_p),y
        sta fast_high
        tay
        sec
        low fast_product+1      ; high * low factor: bytes 1, 2
        high
        sta fast_product+2
        lda (mul2_sl),y         ; high * high factor: bytes 2, 3
        sbc (mul2_nl),y
        sta fast_t
        lda (mul2_sh),y
        sbc (mul2_nh),y
        sta fast_t+1
        txa
        tay
        low fast_product
        high                    ; low * low factor: byte 1
        sta fast_product
        lda (mul2_sl),y         ; low * high factor: bytes 1, 2
        sbc (mul2_nl),y
        sta fast_product+3
        lda (mul2_sh),y
        sbc (mul2_nh),y
        clc
        adc fast_t
        sta fast_t
        bcc :+
        inc fast_t+1
        clc
:       lda fast_product        ; byte 1
        adc fast_product+1
        bcc :+
        inc fast_t
        bne :+
        inc fast_t+1
:       clc
        adc fast_product+3
        bcc :+
        inc fast_t
        bne :+
        inc fast_t+1
:       asl a                   ; round
        lda fast_t
        adc fast_product+2
        tax
        lda fast_t+1
        adc #0
        bit fast_high
        bpl @put
        tay                     ; - factor * 2^16
        txa
        sec
        sbc fast_x
        tax
        tya
        sbc fast_x+1
@put:   ldy fast_index
        iny
        sta (fast_p),y
        txa
        dey
        sta (fast_p),y
        iny
        iny
        cpy fast_end
        beq :+
        jmp @next
:       rts

; Bytes 0 and 1 in fast_t, byte 2 in A and Y: element fast_index of the int16 at
; fast_q times that of the bytes at fast_r. 125 cycles. Clobbers X, fast_t+2,
; fast_t+3, fast_low.
.macro  scaled_product
        lda fast_index
        asl a
        tay
        lda (fast_q),y
        sta fast_t+2
        iny
        lda (fast_q),y
        sta fast_t+3
        ldy fast_index
        lda (fast_r),y
        factor
        ldy fast_t+2
        sec
        low fast_t
        high
        sta fast_t+1
        ldy fast_t+3
        low fast_low
        high
        cpy #$80
        bcc :+
        sbc mul_sl
:       tay
        clc
        lda fast_low
        adc fast_t+1
        sta fast_t+1
        bcc :+
        iny
:       tya
.endmacro

; fast_t = that product, 32 bits. Clobbers A, Y, fast_low.
fast_scaled_product:
        scaled_product
        sta fast_t+2
        asl a
        lda #0
        adc #$ff
        eor #$ff
        sta fast_t+3
        rts

; void fast_scale(int16_t *y, const int16_t *d, const uint8_t *scale, uint8_t n)
; 180 cycles an element.
_fast_scale:
        sta fast_end
        argument fast_r, 0
        argument fast_q, 2
        argument fast_p, 4
        jsr incsp6
        lda #0
        sta fast_index
@next:  scaled_product
        asl fast_t              ; round
        lda #0
        adc fast_t+1
        sta fast_t+1
        bcc :+
        iny
:       sty fast_t+2
        lda fast_index
        asl a
        tay
        lda fast_t+1
        sta (fast_p),y
        iny
        lda fast_t+2
        sta (fast_p),y
        inc fast_index
        lda fast_index
        cmp fast_end
        bne @next
        rts

; void fast_residual(int32_t *r, const int16_t *d, const uint8_t *scale, int8_t shift, uint8_t n)
; 200 cycles an element + 19 for each place of a shift below 8.
_fast_residual:
        sta fast_end
        ldy #0
        sty fast_index
        lda (sp),y
        sta fast_shift_by
        argument fast_r, 1
        argument fast_q, 3
        argument fast_p, 5
        jsr incsp7
@next:  jsr fast_scaled_product
        clc
        ldx fast_shift_by
        beq @add
        bmi @left
        cpx #8
        bcs @far_right
        lda fast_t+2
:       cmp #$80
        ror a
        ror fast_t+1
        ror fast_t
        dex
        bne :-
        sta fast_t+2
@add:   lda fast_index          ; the carry is the last bit shifted out
        rol fast_low
        asl a
        asl a
        tay
        lsr fast_low
        .repeat 3, i
        lda (fast_p),y
        adc fast_t+i
        sta (fast_p),y
        iny
        .endrepeat
        lda (fast_p),y
        adc fast_t+3
        bvs @over
        sta (fast_p),y
        cmp #$80                ; the least number is not used
        beq @low_bytes
@more:  inc fast_index
        lda fast_index
        cmp fast_end
        beq :+
        jmp @next
:       rts

@low_bytes:
        dey
        lda (fast_p),y
        dey
        ora (fast_p),y
        dey
        ora (fast_p),y
        bne @more
        beq @least
@over:  bmi @most
@least: lda #0
        ldx #$80
        ldy #1
        bne @set
@most:  lda #$ff
        ldx #$7f
        tay
@set:   sty fast_t
        sta fast_t+1
        sta fast_t+2
        stx fast_t+3
        jsr fast_put32
        jmp @more

@far_right:
        jsr fast_shift
        clc
        bcc @add                ; always

@left:  lda fast_t+3            ; to the left, until it no longer fits
        sta fast_high
:       asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        lda fast_t+3
        eor fast_high
        bmi @far
        inx
        bne :-
        clc
        jmp @add
@far:   bit fast_high
        bmi @least
        bpl @most

; void fast_logits(f32 *y, const int16_t *d, const uint8_t *scale, int8_t exponent, uint8_t n)
_fast_logits:
        sta fast_end
        ldy #0
        sty fast_index
        lda (sp),y
        sta fast_shift_by
        argument fast_r, 1
        argument fast_q, 3
        argument fast_p, 5
        jsr incsp7
@next:  jsr fast_scaled_product
        lda fast_t+3
        sta fast_high
        absolute
        ldx #158                ; exponent of a number with bit 31
        lda fast_t+3
        ora fast_t+2
        ora fast_t+1
        ora fast_t
        beq @put
        lda fast_t+3
        bne @bits
:       lda fast_t+2            ; bytes
        sta fast_t+3
        lda fast_t+1
        sta fast_t+2
        lda fast_t
        sta fast_t+1
        lda #0
        sta fast_t
        txa
        sec
        sbc #8
        tax
        lda fast_t+3
        beq :-
@bits:  bmi @normal
:       dex
        asl fast_t
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        bpl :-
@normal:                        ; 24 bits in t+1..t+3, the rest in t: to nearest even
        lda fast_t
        cmp #$80
        bcc @rounded
        bne @up
        lda fast_t+1
        lsr a
        bcc @rounded
@up:    inc fast_t+1
        bne @rounded
        inc fast_t+2
        bne @rounded
        inc fast_t+3
        bne @rounded
        lda #$80
        sta fast_t+3
        inx
@rounded:
        txa
        clc
        adc fast_shift_by
        lsr a
        tax                     ; sign and exponent
        lda fast_t+3
        and #$7f
        bcc :+
        ora #$80
:       sta fast_t+3
        txa
        bit fast_high
        bpl :+
        ora #$80
:       tax
        lda fast_t+1
        sta fast_t
        lda fast_t+2
        sta fast_t+1
        lda fast_t+3
        sta fast_t+2
        stx fast_t+3
@put:   jsr fast_put32
        inc fast_index
        lda fast_index
        cmp fast_end
        beq :+
        jmp @next
:       rts

; uint8_t fast_greatest(int32_t *most, const int16_t *d, const uint8_t *scale, uint8_t n)
; 21 cycles an element that can't be the greatest by its byte 1, else 180. fast_sum:
; *most, of 24 bits; fast_x: what that byte must be at least, for a positive element.
; Clobbers A, X, Y, fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high.
_fast_greatest:
        asl a
        sta fast_end
        argument fast_r, 0
        argument fast_q, 2
        argument fast_p, 4
        jsr incsp6
        ldx #0
        ldy #2
:       lda (fast_p),y
        sta fast_sum,y
        dey
        bpl :-
        lda fast_sum+2
        bpl :+
        txa
:       sta fast_x
        ldy #1
@next:  lda (fast_q),y
        bmi @minus
        cmp fast_x
        bcs @product
@less:  iny
        iny
        cpy fast_end
        bcc @next
        txa
        beq @done
        ldy #3
        lda fast_sum+2          ; the sign
        asl a
        lda #0
        bcc :+
        lda #$ff
:       sta (fast_p),y
        dey
:       lda fast_sum,y
        sta (fast_p),y
        dey
        bpl :-
        txa
        ldx #0
@done:  rts

@minus: bit fast_sum+2
        bpl @less
@product:
        sty fast_high
        tya
        lsr a
        sta fast_index
        scaled_product
        sta fast_t+2
        lda fast_sum
        cmp fast_t
        lda fast_sum+1
        sbc fast_t+1
        lda fast_sum+2
        sbc fast_t+2
        bvc :+
        eor #$80
:       bpl @not
        ldx fast_index
        inx
        tya
        sta fast_sum+2
        bpl :+
        lda #0
:       sta fast_x
        lda fast_t
        sta fast_sum
        lda fast_t+1
        sta fast_sum+1
@not:   ldy fast_high
        jmp @less

; void fast_rotate(int16_t *v, const int16_t *table, uint8_t n)
; 1,050 cycles a pair.
_fast_rotate:
        asl a
        sta fast_end
        argument fast_r, 0
        argument fast_p, 2
        jsr incsp4
        ldy #0
@next:  sty fast_index
        lda (fast_r),y          ; cosine
        sta fast_x
        iny
        lda (fast_r),y
        jsr angle
        ldy fast_index
        jsr turned              ; a * cosine
        jsr keep_a
        ldy fast_index
        iny
        iny
        jsr turned              ; b * cosine
        ldx #3
:       lda fast_t,x
        sta b_part,x
        dex
        bpl :-
        ldy fast_index
        iny
        iny
        lda (fast_r),y          ; sine
        sta fast_x
        iny
        lda (fast_r),y
        jsr angle
        ldy fast_index
        iny
        iny
        jsr turned              ; a part - b * sine
        sec
        .repeat 4, i
        lda fast_sum+i
        sbc fast_t+i
        sta fast_sum+i
        .endrepeat
        ldy fast_index
        jsr turned              ; b part + a * sine
        clc
        .repeat 4, i
        lda b_part+i
        adc fast_t+i
        sta fast_t+i
        .endrepeat
        ldy fast_index
        iny
        iny
        jsr put_rounded
        ldx #3
:       lda fast_sum,x
        sta fast_t,x
        dex
        bpl :-
        ldy fast_index
        jsr put_rounded
        iny
        iny
        iny
        cpy fast_end
        beq :+
        jmp @next
:       rts

        .bss
b_part: .res 4
minus:  .res 1                  ; bit 7: the factor is negative
        .segment "FAST"

; The factor for `turned`: fast_x with its high byte in A.
angle:  sta fast_x+1
        sta minus
        cmp #0
        bpl :+
        sec
        lda #0
        sbc fast_x
        sta fast_x
        lda #0
        sbc fast_x+1
        sta fast_x+1
:       lda fast_x+1
        sta mul2_sl
        sta mul2_sh
        eor #$ff
        sta mul2_nl
        sta mul2_nh
        lda fast_x
        factor
        rts

; fast_t = the int16 at fast_p + Y * the angle. 190 cycles.
turned: lda (fast_p),y
        tax
        iny
        lda (fast_p),y
        sta fast_high
        tay
        sec
        low fast_product+1      ; high * low factor: bytes 1, 2
        high
        sta fast_product+2
        lda (mul2_sl),y         ; high * high factor: bytes 2, 3
        sbc (mul2_nl),y
        sta fast_t+2
        lda (mul2_sh),y
        sbc (mul2_nh),y
        sta fast_t+3
        txa
        tay
        low fast_t
        high                    ; low * low factor: bytes 0, 1
        sta fast_product
        lda (mul2_sl),y         ; low * high factor: bytes 1, 2
        sbc (mul2_nl),y
        sta fast_product+3
        lda (mul2_sh),y
        sbc (mul2_nh),y
        clc
        adc fast_t+2
        sta fast_t+2
        bcc :+
        inc fast_t+3
        clc
:       lda fast_product        ; byte 1
        adc fast_product+1
        bcc :+
        inc fast_t+2
        bne :+
        inc fast_t+3
:       clc
        adc fast_product+3
        sta fast_t+1
        bcc :+
        inc fast_t+2
        bne :+
        inc fast_t+3
:       clc
        lda fast_t+2
        adc fast_product+2
        sta fast_t+2
        bcc :+
        inc fast_t+3
:       bit fast_high
        bpl :+
        sec                     ; - factor * 2^16
        lda fast_t+2
        sbc fast_x
        sta fast_t+2
        lda fast_t+3
        sbc fast_x+1
        sta fast_t+3
:       bit minus
        bpl :+
        jmp fast_negate
:       rts

keep_a: ldx #3
:       lda fast_t,x
        sta fast_sum,x
        dex
        bpl :-
        rts

; The int16 at fast_p + Y = fast_t / 2^15, rounded half up; Y ends at its high
; byte.
put_rounded:
        asl fast_t              ; bit 14 to 15
        rol fast_t+1
        rol fast_t+2
        rol fast_t+3
        lda fast_t+1
        asl a
        lda fast_t+2
        adc #0
        sta (fast_p),y
        iny
        lda fast_t+3
        adc #0
        sta (fast_p),y
        rts
