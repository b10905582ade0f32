; Kernels of the fast engine on up to 64 elements. C: fast.h.

        .include "fast.inc"
        .include "multiply.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high
        .importzp fast_x, fast_product, fast_sum, fast_shift_by, fast_weights
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .importzp mul2_sl, mul2_sh, mul2_nl, mul2_nh
        .import sqr_lo, sqr_hi
        .import incsp2, incsp3, incsp4, incsp5, incsp6, incsp7, incsp8
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

; void fast_rotate(int16_t *v, const int16_t *end, const int16_t *table, uint16_t stride, uint8_t n)
; 690 cycles a pair of a vector, + 350 a pair of the table. Clobbers A, X, Y, fast_weights,
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
