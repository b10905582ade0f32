; f32 comparisons.

        .importzp f32_a, f32_b
        .export f32_less_zp, f32_equal_zp

; A = 1 if f32_a < f32_b, else 0; 0 if either is NaN; -0 equals +0.
; Flags as after lda. C: f32_less. Keeps X, Y, f32_a, f32_b. 85 cycles at most, but for
; NaN and infinities.
f32_less_zp:
        lda f32_a+3
        asl a
        cmp #$fe
        bcs maybe_nan_a
a_number:
        lda f32_b+3
        asl a
        cmp #$fe
        bcs maybe_nan_b
b_number:
        lda f32_a+3
        eor f32_b+3
        bmi signs_differ
        lda f32_a+3
        bmi negative
        cmp f32_b+3
        bne decided
        lda f32_a+2
        cmp f32_b+2
        bne decided
        lda f32_a+1
        cmp f32_b+1
        bne decided
        lda f32_a
        cmp f32_b
decided:
        bcs no
yes:    lda #1
        rts
no:     lda #0
        rts

negative:
        lda f32_b+3
        cmp f32_a+3
        bne decided
        lda f32_b+2
        cmp f32_a+2
        bne decided
        lda f32_b+1
        cmp f32_a+1
        bne decided
        lda f32_b
        cmp f32_a
        bcs no
        bcc yes

signs_differ:
        lda f32_a+3
        bpl no
        jsr both_zero
        beq no
        bne yes

; Z = 1 if both are zero, of whatever sign.
both_zero:
        lda f32_a+3
        ora f32_b+3
        asl a
        ora f32_a+2
        ora f32_a+1
        ora f32_a
        ora f32_b+2
        ora f32_b+1
        ora f32_b
        rts

maybe_nan_a:
        jsr is_nan_a
        bcc a_number
        bcs no
maybe_nan_b:
        jsr is_nan_b
        bcc b_number
        bcs no

; Carry = 1 if NaN, given that bits 30..24 are all set.
is_nan_a:
        lda f32_a
        cmp #1                  ; carry = not 0
        lda f32_a+1
        bcs nan_low
        cmp #1
nan_low:
        lda f32_a+2
        bcs nan_high
        cmp #$81
        rts
nan_high:
        cmp #$80
        rts
is_nan_b:
        lda f32_b
        cmp #1
        lda f32_b+1
        bcs :+
        cmp #1
:       lda f32_b+2
        bcs nan_high
        cmp #$81
        rts

; A = 1 if f32_a equals f32_b, else 0; 0 if either is NaN; -0 equals +0.
; Flags as after lda. C: f32_equal. Keeps X, Y, f32_a, f32_b. 50 cycles.
f32_equal_zp:
        lda f32_a
        cmp f32_b
        bne unequal
        lda f32_a+1
        cmp f32_b+1
        bne unequal
        lda f32_a+2
        cmp f32_b+2
        bne unequal
        lda f32_a+3
        eor f32_b+3
        beq same
        jsr both_zero
        bne unequal
        beq equal
same:   lda f32_a+3
        asl a
        cmp #$fe
        bcc equal
        jsr is_nan_a
        bcs unequal
equal:  lda #1
        rts
unequal:
        lda #0
        rts
