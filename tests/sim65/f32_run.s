; Runs one scalar f32 routine over a block of records.

        .include "zeropage.inc"
        .importzp f32_a, f32_b, f32_work
        .import f32_add_zp, f32_sub_zp, f32_mul_zp, f32_div_zp, f32_sqrt_zp, f32_exp_zp
        .import f32_less_zp, f32_equal_zp
        .import f32_from_int_zp, f32_from_uint_zp, f32_to_int_zp
        .import popax
        .export _run_scalar
        .export _failed: absolute, _got: absolute

        .bss
_failed:        .res 2          ; address of the first record that failed, or 0
_got:           .res 4          ; its result
count:          .res 2
errors:         .res 2

        .rodata
routines:                       ; in the order of f32_ops.h
        .addr nothing
        .addr f32_add_zp, f32_sub_zp, f32_mul_zp, f32_div_zp, f32_sqrt_zp, f32_exp_zp
        .addr less, equal
        .addr f32_from_int_zp, f32_from_uint_zp, f32_to_int_zp
        .addr exp_quick

        .code

; uint16_t run_scalar(const struct record *records, uint16_t count, uint8_t op):
; number of records whose result differs.
_run_scalar:
        asl a
        tax
        lda routines,x
        sta call+1
        lda routines+1,x
        sta call+2
        jsr popax
        sta count
        stx count+1
        jsr popax
        sta ptr1
        stx ptr1+1
        lda #0
        sta errors
        sta errors+1
        sta _failed
        sta _failed+1

record: ldy #7
:       lda (ptr1),y
        sta f32_a,y
        dey
        bpl :-
call:   jsr nothing             ; operand patched
        ldy #8
        ldx #0
:       lda (ptr1),y
        cmp f32_a,x
        bne wrong
        iny
        inx
        cpx #4
        bne :-
next:   lda ptr1
        clc
        adc #12
        sta ptr1
        bcc :+
        inc ptr1+1
:       lda count
        bne :+
        dec count+1
:       dec count
        lda count
        ora count+1
        bne record
        lda errors
        ldx errors+1
        rts

wrong:  inc errors
        bne :+
        inc errors+1
:       lda _failed+1
        bne next
        lda ptr1
        sta _failed
        lda ptr1+1
        sta _failed+1
        ldx #3
:       lda f32_a,x
        sta _got,x
        dex
        bpl :-
        bmi next

nothing:
        rts
exp_quick:                      ; y is left in f32_work
        jsr f32_exp_zp
        ldx #3
:       lda f32_work,x
        sta f32_a,x
        dex
        bpl :-
        rts
less:   jsr f32_less_zp
        jmp boolean
equal:  jsr f32_equal_zp
boolean:
        sta f32_a
        lda #0
        sta f32_a+1
        sta f32_a+2
        sta f32_a+3
        rts
