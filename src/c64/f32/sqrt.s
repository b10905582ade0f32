; f32 square root, a bit of the root at a time.
;
; In units of 2^-24, with m the mantissa made 1 <= m < 4 by an even exponent, the
; root R so far and the bit b to try next, R + b is not too great if
;       (m - R*R)/b >= 2*R + b.
; The left side is kept in `rest`: it doubles as b halves. `double` is 2*R, `trial` b.

        .include "f32/f32.inc"
        .importzp f32_a, f32_exponent, f32_guard, f32_work
        .import f32_round_pack, f32_unpack, f32_classify, f32_nan
        .export f32_sqrt_zp

        .segment "F32"

rest = f32_work                 ; 4 bytes
double = f32_work+4             ; 4 bytes
trial = f32_work+8

; Eight root bits; b is in byte p of the four.
.macro  root_bits p
        .local step, less, decided, next
        lda #$80
        sta trial
step:   asl rest
        rol rest+1
        rol rest+2
        rol rest+3
        lda double+p
        ora trial
        sta double+p
        lda rest+3
        cmp double+3
        bne decided
        .repeat 3-p, i
        lda rest+2-i
        cmp double+2-i
        bne decided
        .endrepeat
decided:
        bcc less
        .repeat 4-p, i
        lda rest+p+i
        sbc double+p+i
        sta rest+p+i
        .endrepeat
        lda double+p
        clc
        adc trial
        sta double+p
        bcc next
        inc double+p+1
        bne next
less:   lda double+p
        eor trial
        sta double+p
next:   lsr trial
        bne step
.endmacro

infinite_or_nan:
        cmp #CLASS_NAN
        beq nan
        lda f32_a+3
        bmi nan
same:   rts
nan:    jmp f32_nan

; f32_a = square root of f32_a, rounded to nearest even; NaN below zero, but -0
; for -0. C: f32_sqrt. Clobbers A, X, f32_exponent, f32_guard, f32_work. Keeps Y.
; About 2200 cycles.
f32_sqrt_zp:
        ldx #0
        stx f32_exponent
        stx f32_exponent+1
        jsr f32_classify
        cmp #CLASS_FINITE
        bcc same                ; a zero
        bne infinite_or_nan
        lda f32_a+3
        bmi nan
        jsr f32_unpack          ; X = 0
        stx f32_a+3             ; sign of the result
        lda f32_exponent        ; the new one: (exponent + 127)/2
        clc
        adc #127
        sta f32_exponent
        txa
        adc f32_exponent+1
        lsr a
        ror f32_exponent

        lda #0
        sta rest+3
        sta double
        sta double+1
        sta double+2
        rol a
        tax                     ; 1 if the exponent was odd
        lda f32_a
        sta rest
        lda f32_a+1
        sta rest+1
        lda f32_a+2
        sta rest+2
:       asl rest                ; m, doubled if so
        rol rest+1
        rol rest+2
        rol rest+3
        dex
        bpl :-
        dec rest+3              ; the first bit of the root is always 1
        lda #2
        sta double+3
        root_bits 2
        root_bits 1
        root_bits 0

        lsr double+3            ; R
        ror double+2
        ror double+1
        ror double
        lda double+3            ; its last bit is the guard
        lsr a
        ror double+2
        ror double+1
        ror double
        ror f32_guard
        lda f32_guard
        and #$80
        sta f32_guard
        lda rest
        ora rest+1
        ora rest+2
        ora rest+3
        beq :+
        inc f32_guard
:       lda double
        sta f32_a
        lda double+1
        sta f32_a+1
        lda double+2
        jmp f32_round_pack
