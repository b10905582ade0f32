; f32 sum and difference.
;
; The operand with the smaller exponent is shifted right to meet the other; the
; eight bits below its last bit go into the guard byte, what falls out of that is
; or-ed into the guard's lowest bit ("sticky"). The guard then decides rounding.

        .importzp f32_a, f32_b, f32_exponent, f32_guard
        .export f32_add_zp, f32_sub_zp
        .export f32_nan, f32_infinity, f32_round_pack

sticky = f32_exponent+1

; Align: shifts mantissa m right by A, 1 <= A <= 255, into f32_guard.
.macro  align_mantissa m
        .local bytes, two, three, few, bits, loop, ready, done
        cmp #8
        bcs bytes
        tax
        lda #0
        sta f32_guard
        lda m+2
loop:   lsr a
        ror m+1
        ror m
        ror f32_guard
        dex
        bne loop
        sta m+2
        beq done                ; always

bytes:  ldx #0
        stx sticky
        cmp #16
        bcs two
        and #7
        tax
        lda m
        sta f32_guard
        lda m+1
        sta m
        lda m+2
        sta m+1
        lda #0
        sta m+2
        beq bits
two:    cmp #24
        bcs three
        and #7
        tax
        lda m
        sta sticky
        lda m+1
        sta f32_guard
        lda m+2
        sta m
        lda #0
        sta m+1
        sta m+2
        beq bits
three:  tax
        lda m
        ora m+1
        sta sticky
        lda m+2
        sta f32_guard
        lda #0
        sta m
        sta m+1
        sta m+2
        txa
        sbc #24
        cmp #8
        bcc few
        lda #8                  ; all that is left is sticky
few:    tax
bits:   cpx #0
        beq ready
        lda m                   ; m+2 is 0
:       lsr m+1
        ror a
        ror f32_guard
        bcc :+
        stx sticky              ; not 0
:       dex
        bne :--
        sta m
ready:  lda sticky
        beq done
        lda f32_guard
        ora #1
        sta f32_guard
done:
.endmacro

; f32_a = f32_a - f32_b. As f32_add_zp, 8 cycles more.
f32_sub_zp:
        lda f32_b+3
        eor #$80
        sta f32_b+3

; f32_a = f32_a + f32_b, rounded to nearest even. C: f32_add.
; Clobbers A, X, f32_b, f32_exponent, f32_guard. Keeps Y. About 260 cycles:
; 160 and 22 for each bit of alignment below 8.
f32_add_zp:
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        beq tiny_a
        cmp #$ff
        beq special_a_near
        sta f32_exponent
        lda f32_a+2
        ora #$80
        sta f32_a+2
a_ready:
        lda f32_b+2
        asl a
        lda f32_b+3
        rol a
        beq tiny_b
        cmp #$ff
        beq special_b_near
        tax
        lda f32_b+2
        ora #$80
        sta f32_b+2
b_ready:
        txa                     ; A = f32_exponent - X
        eor #$ff
        sec
        adc f32_exponent
        bcs :+
        jmp b_greater
:       bne a_greater

        sta f32_guard           ; equal exponents
        lda f32_a+3
        eor f32_b+3
        bmi sub_b_near
        jmp add

; A subnormal has the least exponent and no hidden bit.
tiny_a: lda #1
        sta f32_exponent
        bne a_ready
tiny_b: ldx #1
        bne b_ready

sub_b_near:
        jmp sub_b
special_a_near:
        jmp special_a
special_b_near:
        jmp special_b

a_greater:
        align_mantissa f32_b
        lda f32_a+3
        eor f32_b+3
        bpl add
        jmp sub_b

add:
        clc
        lda f32_a
        adc f32_b
        sta f32_a
        lda f32_a+1
        adc f32_b+1
        sta f32_a+1
        lda f32_a+2
        adc f32_b+2
        bcc pack
        ror a
        ror f32_a+1
        ror f32_a
        ror f32_guard
        bcc :+
        tax
        lda f32_guard
        ora #1
        sta f32_guard
        txa
:       inc f32_exponent
        ldx f32_exponent
        inx
        bne pack
        jmp f32_infinity

; In: mantissa in A (high byte, hidden bit 7), f32_a+1, f32_a; f32_guard;
; f32_exponent 1..254 (with hidden bit 0: subnormal, exponent 1);
; sign in bit 7 of f32_a+3.
pack:
f32_round_pack:
        asl a
        bcc subnormal
        sta f32_a+2
        lda f32_a+3
        asl a
        lda f32_exponent
        ror a
        sta f32_a+3
        ror f32_a+2
        lda f32_guard
        bmi round
        rts
subnormal:
        lsr a
        sta f32_a+2
        lda f32_a+3
        and #$80
        sta f32_a+3
        lda f32_guard
        bmi round
        rts
round:  asl a                   ; a tie goes to the even neighbour
        bne up
        lda f32_a
        lsr a
        bcc exact
up:     inc f32_a               ; runs on into the exponent as it should
        bne exact
        inc f32_a+1
        bne exact
        inc f32_a+2
        bne exact
        inc f32_a+3
exact:  rts

sub_b:                          ; f32_a - (f32_b, guard)
        sec
        lda #0
        sbc f32_guard
        sta f32_guard
        lda f32_a
        sbc f32_b
        sta f32_a
        lda f32_a+1
        sbc f32_b+1
        sta f32_a+1
        lda f32_a+2
        sbc f32_b+2
        bcc negative
        bmi pack
        jmp normalise

sub_a:                          ; f32_b - (f32_a, guard)
        sec
        lda #0
        sbc f32_guard
        sta f32_guard
        lda f32_b
        sbc f32_a
        sta f32_a
        lda f32_b+1
        sbc f32_a+1
        sta f32_a+1
        lda f32_b+2
        sbc f32_a+2
        bmi pack
        bpl normalise

negative:                       ; equal exponents, so the guard is 0: negate
        sta f32_a+2
        lda f32_a+3
        eor #$80
        sta f32_a+3
        sec
        lda #0
        sbc f32_a
        sta f32_a
        lda #0
        sbc f32_a+1
        sta f32_a+1
        lda #0
        sbc f32_a+2
        bmi pack_near

; In: as f32_round_pack, but the high byte in A is below $80.
normalise:
        ldx f32_exponent
        cmp #0
        bne shift
        ora f32_a+1
        ora f32_a
        ora f32_guard
        beq zero
bytes:  lda #0
        cpx #9
        bcc shift               ; towards a subnormal
        txa
        sbc #8
        tax
        lda f32_a+1
        sta f32_a+2
        lda f32_a
        sta f32_a+1
        lda f32_guard
        sta f32_a
        lda #0
        sta f32_guard
        lda f32_a+2
        beq bytes
        bmi normal
shift:  cpx #2
        bcc normal              ; exponent 1: stays subnormal
        dex
        asl f32_guard
        rol f32_a
        rol f32_a+1
        rol a
        bpl shift
normal: stx f32_exponent
pack_near:
        jmp pack

zero:   sta f32_a+3             ; x - x is +0; the bytes below are 0 already
        sta f32_a+2
        rts

b_greater:
        stx f32_exponent
        eor #$ff
        adc #1
        align_mantissa f32_a
        lda f32_b+3             ; the sign is that of the greater
        tax
        eor f32_a+3
        stx f32_a+3
        bmi :+
        jmp add
:       jmp sub_a

special_a:                      ; a is an infinity or NaN
        lda f32_a+2
        asl a
        ora f32_a+1
        ora f32_a
        bne f32_nan
        lda f32_b+2             ; a is an infinity
        asl a
        lda f32_b+3
        rol a
        cmp #$ff
        bne unchanged
        lda f32_b+2
        asl a
        ora f32_b+1
        ora f32_b
        bne f32_nan
        lda f32_a+3
        eor f32_b+3
        bmi f32_nan             ; infinity - infinity
unchanged:
        rts

special_b:                      ; b is an infinity or NaN, a is finite
        lda f32_b+2
        asl a
        ora f32_b+1
        ora f32_b
        bne f32_nan
        sta f32_a
        sta f32_a+1
        lda f32_b+2
        sta f32_a+2
        lda f32_b+3
        sta f32_a+3
        rts

; f32_a = NaN.
f32_nan:
        lda #0
        sta f32_a
        sta f32_a+1
        lda #$c0
        sta f32_a+2
        lda #$7f
        sta f32_a+3
        rts

; f32_a = infinity with the sign in bit 7 of f32_a+3.
f32_infinity:
        lda f32_a+3
        ora #$7f
        sta f32_a+3
        lda #$80
        sta f32_a+2
        asl a
        sta f32_a+1
        sta f32_a
        rts
