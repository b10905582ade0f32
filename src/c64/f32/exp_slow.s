; The slow phase of f32_exp: for about one operand in 3500 the quick phase leaves
; the rounding open. 9 bytes of fraction and one above, little-endian.
; C: slow in src/definition/f32_exp.c.

        .include "f32/f32.inc"
        .importzp f32_a, f32_b, f32_exponent, f32_work
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .import exp_fixed_point
        .export exp_slow

FRACTION = 9
WIDE = FRACTION+1
TERMS = 12

n = f32_exponent+1
x48 = f32_work
i = f32_b
carry = f32_b+1
low_byte = f32_b+2
divisor = f32_b+3

        .bss
        .res 1                  ; takes what falls out of argument
argument: .res WIDE             ; r, then r/16
result: .res WIDE               ; y
product: .res 2*WIDE

        .rodata
ln2:    .byte $e3, $c9, $ab, $79, $cf, $d1, $f7, $17, $72, $b1  ; in units of 2^-80

        .segment "F32"

; y = e^r for r = f32_a - k*ln 2: its bytes 2^-40 to 2^-8 in f32_work.
; In: f32_a; n = |k| in f32_exponent+1; both are kept.
; Clobbers A, X, Y, f32_b, f32_exponent, f32_work, mul_. About 145,000 cycles.
exp_slow:
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        sta f32_exponent
        jsr exp_fixed_point

        lda n                   ; argument = n*ln 2; the lowest byte falls out
        factor
        lda #0
        sta carry
        ldx #0
multiple:
        ldy ln2,x
        sec
        low low_byte
        high
        tay
        lda low_byte
        clc
        adc carry
        sta argument-1,x
        tya
        adc #0
        sta carry
        inx
        cpx #WIDE
        bne multiple
        sta argument+FRACTION

        sec                     ; argument = |x - argument|; x has no bytes below argument+3
        ldx #0
        lda f32_a+3
        bmi negative
        ldy #3
:       lda #0
        sbc argument,x
        sta argument,x
        inx
        dey
        bne :-
        ldx #0
        ldy #7
:       lda x48,x
        sbc argument+3,x
        sta argument+3,x
        inx
        dey
        bne :-
        beq difference
negative:
        ldy #7
:       lda argument+3,x
        sbc x48,x
        sta argument+3,x
        inx
        dey
        bne :-

difference:
        ldy #4                  ; argument = argument/16
:       clc
        ldx #FRACTION
:       ror argument,x
        dex
        bpl :-
        dey
        bne :--

        ldx #FRACTION-1         ; 1 + s/1*(1 + s/2*(1 + ... s/12)), s the argument
        lda #0
:       sta result,x
        dex
        bpl :-
        lda #1
        sta result+FRACTION
        lda #<argument
        ldx #>argument
        jsr set_second
        lda #TERMS
        sta divisor
term:   jsr multiply
        jsr divide
        inc result+FRACTION
        dec divisor
        bne term

        lda #<result                 ; result = result^16
        ldx #>result
        jsr set_second
        lda #4
        sta divisor
:       jsr multiply
        dec divisor
        bne :-

        ldx #4
:       lda result+FRACTION-5,x
        sta f32_work,x
        dex
        bpl :-
        rts

set_second:
        sta second+1
        stx second+2
        rts

; result = result * (the number that set_second chose), rounded down; below 256.
multiply:
        ldx #2*WIDE-1
        lda #0
        sta i
:       sta product,x
        dex
        bpl :-
row:    ldx i
        lda result,x
        beq row_done
        factor
        txa                     ; product + i
        clc
        adc #<product
        sta addend+1
        sta sum+1
        sta top+1
        lda #>product
        adc #0
        sta addend+2
        sta sum+2
        sta top+2
        ldx #0
        stx carry
second: ldy argument,x                 ; operand patched
        sec
        low low_byte
        high
        tay
        lda low_byte
        clc
        adc carry
        bcc addend
        iny
        clc
addend: adc product,x           ; operand patched
sum:    sta product,x           ; operand patched
        tya
        adc #0
        sta carry
        inx
        cpx #WIDE
        bne second
top:    sta product,x           ; operand patched
row_done:
        inc i
        lda i
        cmp #WIDE
        bne row
        ldx #WIDE-1
:       lda product+FRACTION,x
        sta result,x
        dex
        bpl :-
        rts

; result = result / divisor, rounded down; divisor below 128.
divide: ldx #FRACTION
        lda #0                  ; remainder
next:   ldy #8
:       asl result,x
        rol a
        cmp divisor
        bcc :+
        sbc divisor
        inc result,x
:       dey
        bne :--
        dex
        bpl next
        rts
