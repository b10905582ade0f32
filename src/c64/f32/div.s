; f32 quotient: long division of the mantissas, a bit at a time.

        .include "f32/f32.inc"
        .importzp f32_a, f32_b, f32_exponent, f32_sign, f32_guard, f32_work
        .import f32_finish, f32_unpack, f32_classify, f32_nan, f32_infinity, f32_zero
        .export f32_div_zp

quotient = f32_work             ; 2 upper bytes
class_a = f32_work
class_b = f32_work+1

; Doubles the remainder (A, f32_a+1, f32_a) and takes off the divisor f32_b if it
; goes in: then the bit goes into X. 20 cycles if not, 53 if so.
.macro  quotient_bit bit
        .local subtract, done
        asl f32_a
        rol f32_a+1
        rol a
        bcs subtract
        cmp f32_b+2
        bcc done
        bne subtract
        ldy f32_a+1
        cpy f32_b+1
        bne :+
        ldy f32_a
        cpy f32_b
:       bcc done
subtract:                       ; carry is set
        tay
        lda f32_a
        sbc f32_b
        sta f32_a
        lda f32_a+1
        sbc f32_b+1
        sta f32_a+1
        txa
        ora #bit
        tax
        tya
        sbc f32_b+2
done:
.endmacro

; The next 8 quotient bits in X; 7 from second_bit on.
eight_bits:
        ldx #0
        quotient_bit $80
second_bit:
        .repeat 7, i
        quotient_bit $40 >> i
        .endrepeat
        rts

unusual_near:
        jmp unusual

; f32_a = f32_a / f32_b, rounded to nearest even. C: f32_div.
; Clobbers A, X, Y, f32_b, f32_exponent, f32_sign, f32_guard, f32_work.
; About 1080 cycles.
f32_div_zp:
        lda f32_b+2
        asl a
        lda f32_b+3
        rol a
        beq unusual_near
        cmp #$ff
        beq unusual_near
        sta f32_exponent
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        beq unusual_near
        cmp #$ff
        beq unusual_near

        ldx #0                  ; difference of exponents + 127, signed
        sec
        sbc f32_exponent
        bcc :+
        adc #127-1
        bcc exponent
        inx
        bcs exponent            ; always
:       adc #127
        bcs exponent
        dex
exponent:
        sta f32_exponent
        stx f32_exponent+1
        lda f32_a+3
        eor f32_b+3
        sta f32_a+3             ; sign
        lda f32_b+2
        ora #$80
        sta f32_b+2
        lda f32_a+2
        ora #$80

; Mantissas with hidden bit in (A, f32_a+1, f32_a) and f32_b; sign of the result
; in f32_a+3; exponent of the result if the quotient is at least 1.
divide:
        cmp f32_b+2
        bne :+
        ldy f32_a+1
        cpy f32_b+1
        bne :+
        ldy f32_a
        cpy f32_b
:       bcs first
        ldy f32_exponent        ; quotient below 1
        bne :+
        dec f32_exponent+1
:       dec f32_exponent
        asl f32_a
        rol f32_a+1
        rol a
first:  tay                     ; carry is set
        lda f32_a
        sbc f32_b
        sta f32_a
        lda f32_a+1
        sbc f32_b+1
        sta f32_a+1
        tya
        sbc f32_b+2

        ldx #$80                ; the first quotient bit is always 1
        jsr second_bit
        stx quotient+1
        jsr eight_bits
        stx quotient
        jsr eight_bits

        tay                     ; guard: twice the remainder against the divisor
        ora f32_a+1
        ora f32_a
        beq :+
        lda #1
:       sta f32_guard
        tya
        asl f32_a
        rol f32_a+1
        rol a
        bcs half
        cmp f32_b+2
        bne :+
        ldy f32_a+1
        cpy f32_b+1
        bne :+
        ldy f32_a
        cpy f32_b
:       bcc rounded
half:   ldy #$81                ; above half: a tie would take a longer dividend
        sty f32_guard
rounded:
        stx f32_a
        lda quotient
        sta f32_a+1
        lda quotient+1
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
        sta f32_sign
        lda class_a
        ora class_b
        cmp #CLASS_NAN
        bcs nan
        lda class_a
        cmp class_b             ; 0/0 and infinity/infinity
        bne :+
        cmp #CLASS_FINITE
        bne nan
:       lda class_a
        beq zero
        cmp #CLASS_INFINITE
        beq infinite
        lda class_b
        beq infinite
        cmp #CLASS_INFINITE
        beq zero

        lda #<-127              ; exponent = a - (b - 127)
        sta f32_exponent
        lda #>-127
        sta f32_exponent+1
        ldx #4
        jsr f32_unpack
        sec
        lda #0
        sbc f32_exponent
        sta f32_exponent
        lda #0
        sbc f32_exponent+1
        sta f32_exponent+1
        ldx #0
        jsr f32_unpack
        lda f32_sign
        sta f32_a+3
        lda f32_a+2
        jmp divide

infinite:
        lda f32_sign
        sta f32_a+3
        jmp f32_infinity
nan:    jmp f32_nan
zero:   lda f32_sign
        sta f32_a+3
        jmp f32_zero
