; f32 product.
;
; The 24x24-bit product is summed from 8x8-bit products a_i*b_j. At first only
; what a rounding needs as a rule: a0*b0 and the low bytes of a0*b1 and a1*b0 are
; left out, and the high bytes of those two are taken without the borrow from
; below, so that in units of the guard byte (the first below the result)
;       guard - 2 < true value < guard + 3.
; When that leaves the rounding open, the low part is computed and summed too.

        .include "f32/f32.inc"
        .importzp f32_a, f32_b, f32_exponent, f32_sign, f32_guard, f32_work
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .import f32_finish, f32_unpack, f32_classify
        .import f32_nan, f32_infinity, f32_zero
        .export f32_mul_zp

exact = f32_sign                ; not 0: the low part is in

h01 = f32_work                  ; high byte of a0*b1, and so on
h10 = f32_work+1
l02 = f32_work+2
h02 = f32_work+3
l11 = f32_work+4
h11 = f32_work+5
l20 = f32_work+6
h20 = f32_work+7
l12 = f32_work+8
h12 = f32_work+9
l21 = f32_work+10
h21 = f32_work+11
l22 = f32_work+12
a0 = f32_work+13
a1 = f32_work+14
sticky = f32_work+15
h22 = f32_b+2                   ; used when b2 and a are used up
p0 = f32_a
p1 = f32_a+1
p2 = f32_a+2
class_a = f32_work
class_b = f32_work+1
sign = f32_sign
exponent_low = f32_b+3          ; before normalising

special:
        jmp unusual

; f32_a = f32_a * f32_b, rounded to nearest even. C: f32_mul.
; Clobbers A, X, Y, f32_b, f32_exponent, f32_sign, f32_guard, f32_work, mul_.
; About 560 cycles, 960 if the low part is needed.
f32_mul_zp:
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        beq special
        cmp #$ff
        beq special
        sta f32_exponent
        lda f32_b+2
        asl a
        lda f32_b+3
        rol a
        beq special
        cmp #$ff
        beq special

        ldx #0                  ; sum of exponents - 127, signed
        clc
        adc f32_exponent
        bcs large
        sbc #126
        bcs exponent
        dex
        bcc exponent            ; always
large:  sbc #127
        bcc exponent
        inx
exponent:
        stx f32_exponent+1
        tax
        lda f32_a+3
        eor f32_b+3
        sta f32_a+3             ; sign
        stx f32_exponent
        stx exponent_low
        lda f32_b+2
        ora #$80
        sta f32_b+2

; Mantissas in f32_a and f32_b (there with the hidden bit), sign of the result in
; f32_a+3, exponent in f32_exponent and exponent_low.
multiply:
        lda f32_a
        sta a0
        sec
        factor
        ldy f32_b+1
        high
        sta h01
        ldy f32_b+2
        low l02
        high
        sta h02

        lda f32_a+1
        sta a1
        factor
        low l12
        high
        sta h12
        ldy f32_b+1
        low l11
        high
        sta h11
        ldy f32_b
        high
        sta h10

        lda f32_a+2
        ora #$80
        factor
        low l20
        high
        sta h20
        ldy f32_b+1
        low l21
        high
        sta h21
        ldy f32_b+2
        low l22
        high
        tay                     ; h22
        ldx #0
        stx exact

sum:    clc
        lda h01
        add_x h10
        add_x l02
        add_x l11
        add_x l20
        sta f32_guard
        txa
        ldx #0
        add_x h02
        add_x h11
        add_x h20
        add_x l12
        add_x l21
        sta f32_a
        txa
        ldx #0
        add_x h12
        add_x h21
        add_x l22
        sta f32_a+1
        stx f32_a+2
        tya
        adc f32_a+2

        bmi normal
        asl f32_guard
        rol f32_a
        rol f32_a+1
        rol a
        bmi normalised          ; always
normal: inc f32_exponent
        bne normalised
        inc f32_exponent+1
normalised:
        tax
        lda f32_guard           ; near the tie at $80?
        sec
        sbc #$7b
        cmp #9
        bcc exactly
        lda f32_exponent+1
        bne exactly
        lda f32_exponent
        beq exactly             ; subnormal
        cmp #$ff
        beq exactly
        txa                     ; pack and round
        asl a
        sta f32_a+2
        lda f32_a+3
        asl a
        lda f32_exponent
        ror a
        sta f32_a+3
        ror f32_a+2
        lda f32_guard
        bmi up
        rts
up:     inc f32_a
        bne :+
        inc f32_a+1
        bne :+
        inc f32_a+2
        bne :+
        inc f32_a+3
:       rts

exactly:
        lda exact
        beq :+
        jmp finish
:

        lda f32_exponent        ; take back the increment, if there was one
        cmp exponent_low
        beq low_part
        cmp #0
        bne :+
        dec f32_exponent+1
:       dec f32_exponent

low_part:                       ; (h10, h01, sticky) = a0*b1 + a1*b0 + (a0*b0 >> 8)
        sty h22
        lda a0
        sec
        factor
        ldy f32_b
        low p0
        high
        sta sticky
        ldy f32_b+1
        low p1
        high
        sta h01
        lda a1
        factor
        ldy f32_b
        low p2
        high
        sta h10

        ldx #0
        clc
        lda sticky
        add_x p1
        add_x p2
        ora p0
        sta sticky
        txa
        ldx #0
        add_x h10
        add_x h01
        sta h01
        stx h10                 ; 0 or 1: belongs to the next column
        lda h02                 ; at most 254
        adc h10
        sta h02
        stx exact
        inc exact
        ldx #0
        stx h10
        ldy h22
        jmp sum

finish:
        lda sticky
        beq :+
        lda f32_guard
        ora #1
        sta f32_guard
:       txa
        jmp f32_finish

; An operand is zero, subnormal, infinite or NaN.
unusual:
        ldx #4
        jsr f32_classify
        sta class_b
        ldx #0
        jsr f32_classify
        sta class_a
        lda f32_a+3
        eor f32_b+3
        sta sign
        lda class_a
        ora class_b
        cmp #CLASS_NAN
        bcs nan
        cmp #CLASS_INFINITE
        bcs infinite
        lda class_a
        beq zero
        lda class_b
        beq zero

        lda #<-127
        sta f32_exponent
        lda #>-127
        sta f32_exponent+1
        ldx #4
        jsr f32_unpack
        ldx #0
        jsr f32_unpack
        lda f32_exponent
        sta exponent_low
        lda sign
        sta f32_a+3
        jmp multiply

infinite:                       ; times zero is NaN
        lda class_a
        beq nan
        lda class_b
        beq nan
        lda sign
        sta f32_a+3
        jmp f32_infinity
nan:    jmp f32_nan
zero:   lda sign
        sta f32_a+3
        jmp f32_zero
