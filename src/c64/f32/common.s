; What the f32 routines share for operands and results out of the ordinary.

        .include "f32/f32.inc"
        .importzp f32_a, f32_b, f32_exponent, f32_guard
        .import f32_round_pack, f32_infinity
        .export f32_classify, f32_unpack, f32_finish, f32_zero

; A = class (f32.inc) of the operand at f32_a + X. Keeps X, Y.
f32_classify:
        lda f32_a+2,x
        asl a
        lda f32_a+3,x
        rol a
        beq least
        cmp #$ff
        beq greatest
        lda #CLASS_FINITE
        rts
least:  jsr mantissa
        beq :+
        lda #CLASS_FINITE
:       rts
greatest:
        jsr mantissa
        beq :+
        lda #CLASS_NAN
        rts
:       lda #CLASS_INFINITE
        rts

mantissa:
        lda f32_a+2,x
        asl a
        ora f32_a+1,x
        ora f32_a,x
        rts

; The operand at f32_a + X, finite and not zero: its mantissa with hidden bit,
; normalised, to bytes 0..2 there; its biased exponent (1 - 23 or more) added to
; the 16 bits of f32_exponent. Clobbers A. Keeps X, Y.
f32_unpack:
        lda f32_a+2,x
        asl a
        lda f32_a+3,x
        rol a
        beq subnormal
        clc
        adc f32_exponent
        sta f32_exponent
        bcc :+
        inc f32_exponent+1
:       lda f32_a+2,x
        ora #$80
        sta f32_a+2,x
        rts
subnormal:
        inc f32_exponent
        bne shift
        inc f32_exponent+1
shift:  lda f32_exponent
        bne :+
        dec f32_exponent+1
:       dec f32_exponent
        asl f32_a,x
        rol f32_a+1,x
        rol f32_a+2,x
        bpl shift
        rts

; Rounds and packs any finite result that is not zero.
; In: mantissa normalised in A (high byte), f32_a+1, f32_a; f32_guard with its
; lowest bit sticky; 16-bit f32_exponent; sign in bit 7 of f32_a+3.
; Out: f32_a. Clobbers A, X. Keeps Y.
f32_finish:
        ldx f32_exponent+1
        bmi small
        bne large
        ldx f32_exponent
        beq small
        inx
        beq large
        jmp f32_round_pack
large:  jmp f32_infinity

small:                          ; shift right by 1 - exponent
        sta f32_a+2
        lda #1
        sec
        sbc f32_exponent
        tax
        lda #0
        sbc f32_exponent+1
        bne f32_zero
        cpx #26
        bcs f32_zero            ; less than half the least subnormal
        lda f32_a+2
shift_right:
        lsr a
        ror f32_a+1
        ror f32_a
        ror f32_guard
        bcc :+
        pha
        lda f32_guard
        ora #1
        sta f32_guard
        pla
:       dex
        bne shift_right
        inx
        stx f32_exponent
        jmp f32_round_pack

; f32_a = zero with the sign in bit 7 of f32_a+3. Clobbers A.
f32_zero:
        lda f32_a+3
        and #$80
        sta f32_a+3
        lda #0
        sta f32_a+2
        sta f32_a+1
        sta f32_a
        rts
