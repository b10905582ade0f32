; The scalar functions of f32.h for cc65: its calling convention around the
; routines that work in zero page. An f32 argument or result is in A (bits 7..0),
; X, sreg, sreg+1; all arguments but the last are on the C stack.

        .include "zeropage.inc"
        .importzp f32_a, f32_b
        .import f32_add_zp, f32_sub_zp, f32_mul_zp, f32_div_zp, f32_sqrt_zp, f32_exp_zp
        .import f32_less_zp, f32_equal_zp
        .import f32_from_int_zp, f32_from_uint_zp, f32_to_int_zp
        .import incsp4
        .export _f32_add, _f32_sub, _f32_mul, _f32_div, _f32_sqrt, _f32_exp
        .export _f32_less, _f32_equal
        .export _f32_from_int, _f32_from_uint, _f32_to_int

_f32_add:
        jsr binary
        jsr f32_add_zp
        jmp result

_f32_sub:
        jsr binary
        jsr f32_sub_zp
        jmp result

_f32_mul:
        jsr binary
        jsr f32_mul_zp
        jmp result

_f32_div:
        jsr binary
        jsr f32_div_zp
        jmp result

_f32_sqrt:
        jsr unary
        jsr f32_sqrt_zp
        jmp result

_f32_exp:
        jsr unary
        jsr f32_exp_zp
        jmp result

_f32_from_int:
        jsr unary
        jsr f32_from_int_zp
        jmp result

_f32_from_uint:
        jsr unary
        jsr f32_from_uint_zp
        jmp result

_f32_to_int:
        jsr unary
        jsr f32_to_int_zp
result: lda f32_a+3
        sta sreg+1
        lda f32_a+2
        sta sreg
        ldx f32_a+1
        lda f32_a
        rts

_f32_less:
        jsr binary
        jsr f32_less_zp
        ldx #0
        rts

_f32_equal:
        jsr binary
        jsr f32_equal_zp
        ldx #0
        rts

binary: sta f32_b
        stx f32_b+1
        lda sreg
        sta f32_b+2
        lda sreg+1
        sta f32_b+3
        ldy #3
:       lda (sp),y
        sta f32_a,y
        dey
        bpl :-
        jmp incsp4

unary:  sta f32_a
        stx f32_a+1
        lda sreg
        sta f32_a+2
        lda sreg+1
        sta f32_a+3
        rts
