; f32 exponential, correctly rounded. The method, its names and its error bounds
; are those of the definition, src/definition/f32_exp.c; the quick phase here
; gives the same y to the bit.

        .include "f32/f32.inc"
        .importzp f32_a, f32_b, f32_exponent, f32_guard, f32_work
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .import sqr_lo, sqr_hi, nsqr_lo, nsqr_hi
        .import f32_nan, f32_infinity, f32_zero
        .import exp_coarse1, exp_coarse2, exp_coarse3, exp_coarse4, exp_coarse5
        .import exp_fine3, exp_fine4, exp_fine5
        .import exp_slow
        .export f32_exp_zp
        .export exp_fixed_point

ERROR_BELOW = 10                ; units of y's last byte
ERROR_ABOVE = 28

exponent = f32_exponent         ; of x, biased
n = f32_exponent+1              ; |k|
x48 = f32_work                  ; |x| in units of 2^-48, 7 bytes
r = f32_work+1                  ; its upper 6 bytes, then r = x - k*ln 2

; Bytes of numbers below 1 are named by their place: byte i weighs 2^-8i.
r1 = r+4
r2 = r+3
r3 = r+2
r4 = r+1
r5 = r
v5 = f32_b                      ; v = e^(r mod 2^-8) - 1
v4 = f32_b+1
v3 = f32_b+2
v2 = f32_b+3
v1 = f32_guard
y1 = f32_work+4                 ; y - 1
y2 = f32_work+3
y3 = f32_work+2
y4 = f32_work+1
y5 = f32_work

multiple = f32_work+7           ; n*ln 2 in units of 2^-40, 6 bytes
spread = f32_work+7             ; 3 bytes

; ln 2 in units of 2^-48, rounded down
LN2_0 = $cf
LN2_1 = $d1
LN2_2 = $f7
LN2_3 = $17
LN2_4 = $72
LN2_5 = $b1

        .bss
h13:    .res 1                  ; high byte of t1*v3, and so on
h22:    .res 1
l12:    .res 1
h12:    .res 1

        .segment "F32"

; to = low byte, A = high byte of c*Y, for a constant c.
.macro  times_constant c, to
        lda sqr_lo+c,y
        sec
        sbc nsqr_lo+255-c,y
        sta to
        lda sqr_hi+c,y
        sbc nsqr_hi+255-c,y
.endmacro

out_of_range:                   ; A = exponent, at least 133
        bne beyond
        lda f32_a+3
        bmi :+
        lda f32_a               ; x >= 0x42B17218: infinity
        cmp #$18
        lda f32_a+1
        sbc #$72
        lda f32_a+2
        sbc #$b1
        bcs beyond
        lda #133
        bne in_range
:       lda f32_a               ; x <= 0xC2CFF1B5: 0
        cmp #$b5
        lda f32_a+1
        sbc #$f1
        lda f32_a+2
        sbc #$cf
        bcs beyond
        lda #133
        bne in_range

beyond: lda f32_a+2
        cmp #$80
        lda f32_a+3
        rol a
        cmp #$ff
        bne :+
        lda f32_a+2
        asl a
        ora f32_a+1
        ora f32_a
        beq :+
        jmp f32_nan
:       lda f32_a+3
        bpl :+
        lda #0
        sta f32_a+3
        jmp f32_zero
:       jmp f32_infinity

one:    lda #0
        sta f32_a
        sta f32_a+1
        lda #$80
        sta f32_a+2
        lda #$3f
        sta f32_a+3
        rts

; f32_a = e^f32_a, rounded to nearest even. C: f32_exp.
; Clobbers A, X, Y, f32_b, f32_exponent, f32_guard, f32_work, mul_.
; About 1500 cycles; 145,000 more for one operand in 3500.
f32_exp_zp:
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        cmp #102
        bcc one                 ; |x| < 2^-25
        cmp #133
        bcs out_of_range
in_range:
        sta exponent
        jsr exp_fixed_point

        lda r+4                 ; n = floor(floor(2*|x|)*184/256): at most |x|/ln 2
        asl a
        lda r+5
        rol a
        tay
        lda sqr_lo+184,y
        cmp nsqr_lo+255-184,y
        lda sqr_hi+184,y
        sbc nsqr_hi+255-184,y
        tay
        lda f32_a+3
        bpl :+
        jmp negative
:       sty n
        tya
        beq not_too_great       ; r = x
        jsr multiply_ln2
        sec
        .repeat 6, i
        lda r+i
        sbc multiple+i
        sta r+i
        .endrepeat
not_too_great:                  ; until r < ln 2
        lda r+5
        bne too_great
        lda r+4
        cmp #LN2_5
        bcc reduced
        bne too_great
        lda r
        cmp #LN2_1
        lda r+1
        sbc #LN2_2
        lda r+2
        sbc #LN2_3
        lda r+3
        sbc #LN2_4
        bcc reduced
too_great:
        inc n
        sec
        lda r
        sbc #LN2_1
        sta r
        lda r+1
        sbc #LN2_2
        sta r+1
        lda r+2
        sbc #LN2_3
        sta r+2
        lda r+3
        sbc #LN2_4
        sta r+3
        lda r+4
        sbc #LN2_5
        sta r+4
        bcs not_too_great
        dec r+5
        bcc not_too_great       ; always

; v = e^(r mod 2^-8) - 1 = (1 + u)(1 + p) - 1: u from the tables for r2, p from
; the bytes r3 to r5, p = rest + rest^2/2.
l_r2r3 = f32_work+7
h_r2r3 = f32_work+8
l_f3r3 = f32_work+9
h_f3r3 = f32_work+10
l_r2r4 = f32_work+11
half_square = f32_work+12
reduced:
        ldx r2
        sec
        lda r3
        factor
        ldy r2
        low l_r2r3
        high
        sta h_r2r3
        ldy exp_fine3,x
        low l_f3r3
        high
        sta h_f3r3
        lda r3
        rol a                   ; carry is set: 2*r3 + 1
        tay
        lda sqr_hi,y
        bcc :+
        lda sqr_hi+256,y
:       lsr a
        sta half_square
        sec
        lda r4
        factor
        ldy r2
        low l_r2r4
        high

        ldy #0
        clc
        adc #0
        sta v2
        lda l_f3r3
        adc l_r2r4
        bcc :+
        iny
        clc
:       tya
        ldy #0
        add_y v2
        add_y h_f3r3
        add_y l_r2r3
        add_y half_square
        add_y r5
        add_y exp_fine5, x
        sta v5
        tya
        ldy #0
        add_y h_r2r3
        add_y r4
        add_y exp_fine4, x
        sta v4
        tya
        ldy #0
        add_y r3
        add_y exp_fine3, x
        sta v3
        tya
        ldy #0
        add_y r2
        sta v2
        sty v1

; y = (1 + t)(1 + v), t from the tables for r1: bytes t1 to t5 at index X. Products
; below 2^-48 are left out.
l15 = f32_work                  ; low byte of t1*v5, and so on
l24 = f32_work+1
l33 = f32_work+2
l42 = f32_work+3
h15 = f32_work+4
h24 = f32_work+5
h33 = f32_work+6
h42 = f32_work+7
l14 = f32_work+8
l23 = f32_work+9
l32 = f32_work+10
h14 = f32_work+11
h23 = f32_work+12
h32 = f32_work+13
l13 = f32_work+14
l22 = f32_work+15
        ldx r1
        sec
        lda v2
        factor
        ldy exp_coarse1,x
        low l12
        high
        sta h12
        ldy exp_coarse2,x
        low l22
        high
        sta h22
        ldy exp_coarse3,x
        low l32
        high
        sta h32
        ldy exp_coarse4,x
        low l42
        high
        sta h42
        lda v3
        factor
        ldy exp_coarse1,x
        low l13
        high
        sta h13
        ldy exp_coarse2,x
        low l23
        high
        sta h23
        ldy exp_coarse3,x
        low l33
        high
        sta h33
        lda v4
        factor
        ldy exp_coarse1,x
        low l14
        high
        sta h14
        ldy exp_coarse2,x
        low l24
        high
        sta h24
        lda v5
        factor
        ldy exp_coarse1,x
        low l15
        high
        sta h15

        ldy #0
        clc
        lda l15
        add_y l24
        add_y l33
        add_y l42
        tya
        ldy #0
        add_y h15
        add_y h24
        add_y h33
        add_y h42
        add_y l14
        add_y l23
        add_y l32
        add_y v5
        add_y exp_coarse5, x
        sta y5
        tya
        ldy #0
        add_y h14
        add_y h23
        add_y h32
        add_y l13
        add_y l22
        add_y v4
        add_y exp_coarse4, x
        sta y4
        tya
        ldy #0
        add_y h13
        add_y h22
        add_y l12
        add_y v3
        add_y exp_coarse3, x
        sta y3
        tya
        ldy #0
        add_y h12
        add_y v2
        add_y exp_coarse2, x
        sta y2
        tya
        adc exp_coarse1,x
        adc v1
        sta y1
        lda v1
        beq :+
        lda y5                  ; carry is clear
        adc exp_coarse4,x
        sta y5
        lda y4
        adc exp_coarse3,x
        sta y4
        lda y3
        adc exp_coarse2,x
        sta y3
        lda y2
        adc exp_coarse1,x
        sta y2
        bcc :+
        inc y1
:
        lda f32_a+3             ; exponent of the result
        bpl :+
        lda #127
        sec
        sbc n
        beq make_subnormal
        bcs exponent_known
make_subnormal:
        jsr shift_right
        lda #0
        beq exponent_known      ; always
:       lda n
        clc
        adc #127
exponent_known:
        sta exponent

        ldx y4                  ; would an error decide the rounding?
        beq perhaps_above
        inx
        beq perhaps_below

; Rounds the 40 bits y1..y5 to 23 below the exponent.
pack:   lda exponent
        lsr a
        sta f32_a+3
        lda y1
        ror a
        sta f32_a+2
        lda y2
        ror a
        sta f32_a+1
        lda y3
        ror a
        adc #0
        sta f32_a
        bcc :+
        inc f32_a+1
        bne :+
        inc f32_a+2
        bne :+
        inc f32_a+3
:       rts

perhaps_above:
        lda y3
        lsr a
        bcc pack
        lda y5
        cmp #ERROR_BELOW
        bcs pack
        bcc hard
perhaps_below:
        lda y3
        lsr a
        bcs pack
        lda y5
        cmp #<-ERROR_ABOVE
        bcc pack
hard:   lda exponent
        pha
        jsr exp_slow            ; y1..y5
        pla
        sta exponent
        bne pack
        jsr shift_right
        jmp pack

; From f32_exp_zp: r = n*ln 2 - |x|.
negative:
        iny
        sty n
        jsr multiply_ln2
        sec
        .repeat 6, i
        lda multiple+i
        sbc r+i
        sta r+i
        .endrepeat
not_below_zero:                 ; until r >= 0
        bcc :+
        jmp reduced
:       inc n
        clc
        lda r
        adc #LN2_1
        sta r
        lda r+1
        adc #LN2_2
        sta r+1
        lda r+2
        adc #LN2_3
        sta r+2
        lda r+3
        adc #LN2_4
        sta r+3
        lda r+4
        adc #LN2_5
        sta r+4
        lda r+5
        adc #0
        sta r+5
        jmp not_below_zero

; Shifts 1 + y right by n - 126 bits, 1 to 24. Its leading 1 arrives where the
; exponent field's lowest bit would be.
shift_right:
        lda n
        sec
        sbc #126
        tax
        sec                     ; the leading 1
:       ror y1
        ror y2
        ror y3
        ror y4
        ror y5
        clc
        dex
        bne :-
        rts

; x48 = |f32_a| in units of 2^-48, f32_a being finite with exponent 102 to 133 in
; f32_exponent. Clobbers A, X, Y, 3 bytes.
exp_fixed_point:
        lda #0
        sta x48
        sta x48+1
        sta x48+2
        sta x48+3
        sta x48+4
        sta x48+5
        sta x48+6
        lda exponent            ; mantissa * 2^(exponent - 102)
        sec
        sbc #102
        tay
        lsr a
        lsr a
        lsr a
        tax                     ; bytes
        tya
        and #7                  ; bits
        cmp #5
        bcs to_the_right
        tay
        lda f32_a
        sta spread
        lda f32_a+1
        sta spread+1
        lda f32_a+2
        ora #$80
        sta spread+2
        lda #0
        cpy #0
        beq placed
:       asl spread
        rol spread+1
        rol spread+2
        rol a
        dey
        bne :-
        beq placed              ; always
to_the_right:                   ; a byte to the left, 8 - bits back
        eor #7
        tay
        lda #0
        sta spread
        lda f32_a
        sta spread+1
        lda f32_a+1
        sta spread+2
        lda f32_a+2
        ora #$80
:       lsr a
        ror spread+2
        ror spread+1
        ror spread
        dey
        bpl :-
placed: sta x48+3,x
        lda spread
        sta x48,x
        lda spread+1
        sta x48+1,x
        lda spread+2
        sta x48+2,x
        rts

; multiple = n*ln 2 in units of 2^-40, rounded down; n in Y, at most 151.
; Clobbers A, 4 bytes beyond.
h0 = multiple
l1 = multiple+1
h1 = multiple+2
l2 = multiple+3
h2 = multiple+4
l3 = multiple+5
h3 = multiple+6
l4 = multiple+7
h4 = multiple+8
l5 = f32_b
h5 = f32_b+1
multiply_ln2:
        times_constant LN2_0, h0
        sta h0
        times_constant LN2_1, l1
        sta h1
        times_constant LN2_2, l2
        sta h2
        times_constant LN2_3, l3
        sta h3
        times_constant LN2_4, l4
        sta h4
        times_constant LN2_5, l5
        sta h5
        clc
        lda h0
        adc l1
        sta multiple
        lda h1
        adc l2
        sta multiple+1
        lda h2
        adc l3
        sta multiple+2
        lda h3
        adc l4
        sta multiple+3
        lda h4
        adc l5
        sta multiple+4
        lda h5
        adc #0
        sta multiple+5
        rts
