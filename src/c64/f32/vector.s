; The vector functions of f32.h, for cc65: loops over the zero-page routines.
; C: the functions of the same names. Beside what those clobber, these use ptr1
; (y), ptr2 (x) and ptr3 (count) of cc65's zero page. A step of the loop costs
; 130 to 180 cycles beside its operations.

        .include "zeropage.inc"
        .importzp f32_a, f32_b
        .import f32_add_zp, f32_sub_zp, f32_mul_zp, f32_div_zp, f32_exp_zp, f32_less_zp
        .import popax, popeax
        .export _f32v_add, _f32v_mul, _f32v_scale, _f32v_div
        .export _f32v_sum_squares, _f32v_sum, _f32v_max
        .export _f32v_exp, _f32v_silu, _f32v_rotate

        .bss
scalar: .res 4
kept:   .res 4
first:  .res 4

        .segment "F32"

; 4 bytes from the vector at pointer, bytes offset..offset+3, to zero page; 40 cycles.
.macro  load to, pointer, offset
        ldy #offset
        lda (pointer),y
        sta to
        iny
        lda (pointer),y
        sta to+1
        iny
        lda (pointer),y
        sta to+2
        iny
        lda (pointer),y
        sta to+3
.endmacro

.macro  store pointer, offset
        ldy #offset
        lda f32_a
        sta (pointer),y
        iny
        lda f32_a+1
        sta (pointer),y
        iny
        lda f32_a+2
        sta (pointer),y
        iny
        lda f32_a+3
        sta (pointer),y
.endmacro

.macro  copy to, from
        lda from
        sta to
        lda from+1
        sta to+1
        lda from+2
        sta to+2
        lda from+3
        sta to+3
.endmacro

.macro  one to
        lda #0
        sta to
        sta to+1
        lda #$80
        sta to+2
        lda #$3f
        sta to+3
.endmacro

.macro  advance pointer, size
        lda pointer
        clc
        adc #size
        sta pointer
        bcc :+
        inc pointer+1
:
.endmacro

; Counts one off ptr3, as set_count made it; Z = 1 after the last.
.macro  count_off
        dec ptr3
        bne :+
        dec ptr3+1
:
.endmacro

; ptr3 = AX as count_off wants it: rounds of the low byte in the high byte.
set_count:
        sta ptr3
        cmp #0
        beq :+
        inx
:       stx ptr3+1
        rts

; y[i] = y[i] OP x[i]
_f32v_add:
        ldy #<f32_add_zp
        sty pair_call+1
        ldy #>f32_add_zp
        bne pairs               ; always
_f32v_mul:
        ldy #<f32_mul_zp
        sty pair_call+1
        ldy #>f32_mul_zp
pairs:  sty pair_call+2
        jsr set_count
        jsr popax
        sta ptr2
        stx ptr2+1
        jsr popax
        sta ptr1
        stx ptr1+1
pair:   load f32_a, ptr1, 0
        load f32_b, ptr2, 0
pair_call:
        jsr f32_add_zp          ; operand patched
        store ptr1, 0
        advance ptr1, 4
        advance ptr2, 4
        count_off
        bne pair
        rts

; y[i] = OP(y[i], s); s is in f32_b when OP is called
_f32v_scale:
        ldy #<f32_mul_zp
        sty each_call+1
        ldy #>f32_mul_zp
        bne scalars             ; always
_f32v_div:
        ldy #<f32_div_zp
        sty each_call+1
        ldy #>f32_div_zp
        bne scalars             ; always
_f32v_exp:
        ldy #<shift_exp
        sty each_call+1
        ldy #>shift_exp
scalars:
        sty each_call+2
        jsr set_count
        jsr pop_scalar
        jmp begin_each
_f32v_silu:
        ldy #<silu
        sty each_call+1
        ldy #>silu
        sty each_call+2
        jsr set_count
begin_each:
        jsr popax
        sta ptr1
        stx ptr1+1
each:   load f32_a, ptr1, 0
        copy f32_b, scalar
each_call:
        jsr f32_mul_zp          ; operand patched
        store ptr1, 0
        advance ptr1, 4
        count_off
        bne each
        rts

pop_scalar:
        jsr popeax
        sta scalar
        stx scalar+1
        lda sreg
        sta scalar+2
        lda sreg+1
        sta scalar+3
        rts

shift_exp:
        jsr f32_sub_zp
        jmp f32_exp_zp

silu:   copy kept, f32_a
        eor #$80
        sta f32_a+3
        jsr f32_exp_zp
        one f32_b
        jsr f32_add_zp
        copy f32_b, f32_a
        one f32_a
        jsr f32_div_zp
        copy f32_b, kept
        jmp f32_mul_zp

_f32v_sum_squares:
        jsr set_count
        jsr pop_x
        lda #0
        sta kept
        sta kept+1
        sta kept+2
        sta kept+3
square: load f32_a, ptr2, 0
        copy f32_b, f32_a
        jsr f32_mul_zp
        copy f32_b, kept
        jsr f32_add_zp
        advance ptr2, 4
        count_off
        bne :+
        jmp result
:
        copy kept, f32_a
        jmp square

_f32v_sum:
        jsr set_count
        jsr pop_x
        jsr pop_start
term:   load f32_b, ptr2, 0
        jsr f32_add_zp
        advance ptr2, 4
        count_off
        bne term
result: lda f32_a+3
        sta sreg+1
        lda f32_a+2
        sta sreg
        ldx f32_a+1
        lda f32_a
        rts

_f32v_max:
        jsr set_count
        jsr pop_x
        jsr pop_start
candidate:
        load f32_b, ptr2, 0
        jsr f32_less_zp
        beq :+
        copy f32_a, f32_b
:       advance ptr2, 4
        count_off
        bne candidate
        beq result

pop_x:  jsr popax
        sta ptr2
        stx ptr2+1
        rts

pop_start:
        jsr popeax
        sta f32_a
        stx f32_a+1
        lda sreg
        sta f32_a+2
        lda sreg+1
        sta f32_a+3
        rts

_f32v_rotate:
        pha                     ; n/2 pairs
        txa
        lsr a
        tax
        pla
        ror a
        jsr set_count
        jsr pop_x
        jsr popax
        sta ptr1
        stx ptr1+1
rotate: load f32_a, ptr1, 4     ; v1*sin
        load f32_b, ptr2, 4
        jsr f32_mul_zp
        copy kept, f32_a
        load f32_a, ptr1, 0     ; v0*cos
        load f32_b, ptr2, 0
        jsr f32_mul_zp
        copy f32_b, kept
        jsr f32_sub_zp
        copy first, f32_a
        load f32_a, ptr1, 4     ; v1*cos
        load f32_b, ptr2, 0
        jsr f32_mul_zp
        copy kept, f32_a
        load f32_a, ptr1, 0     ; v0*sin
        load f32_b, ptr2, 4
        jsr f32_mul_zp
        copy f32_b, kept
        jsr f32_add_zp
        store ptr1, 4
        copy f32_a, first
        store ptr1, 0
        advance ptr1, 8
        advance ptr2, 8
        count_off
        beq :+
        jmp rotate
:       rts
