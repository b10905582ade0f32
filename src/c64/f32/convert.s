; f32 from and to integers.

        .importzp f32_a, f32_exponent, f32_guard
        .import f32_round_pack
        .export f32_from_int_zp, f32_from_uint_zp, f32_to_int_zp

; f32_a = f32_a as a signed 32-bit integer, rounded to nearest even.
; C: f32_from_int. Clobbers A, X, f32_exponent, f32_guard. Keeps Y.
; 100 to 330 cycles.
f32_from_int_zp:
        lda f32_a+3
        bpl f32_from_uint_zp
        jsr negate
        jsr f32_from_uint_zp
        lda f32_a+3
        ora #$80
        sta f32_a+3
        rts

; The same for an unsigned integer. C: f32_from_uint.
f32_from_uint_zp:
        ldx #127+31
bytes:  lda f32_a+3
        bne bits
        lda f32_a+2
        sta f32_a+3
        lda f32_a+1
        sta f32_a+2
        lda f32_a
        sta f32_a+1
        lda #0
        sta f32_a
        txa
        sec
        sbc #8
        tax
        cpx #127-1
        bne bytes
        rts                     ; zero
shift:  dex
        asl f32_a
        rol f32_a+1
        rol f32_a+2
        rol a
bits:   bpl shift
        stx f32_exponent
        ldx f32_a
        stx f32_guard
        ldx f32_a+1
        stx f32_a
        ldx f32_a+2
        stx f32_a+1
        ldx #0
        stx f32_a+3             ; sign
        jmp f32_round_pack

; f32_a = f32_a truncated towards zero, as a signed 32-bit integer; the nearest
; one if out of range; 0 for NaN. C: f32_to_int. Clobbers A, X, f32_guard.
; Keeps Y. 30 to 800 cycles.
sign = f32_guard
f32_to_int_zp:
        lda f32_a+3
        sta sign
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        cmp #127
        bcc none
        cmp #127+31
        bcs out_of_range
        sbc #127+31-1           ; carry is clear: minus 127 + 31
        eor #$ff
        tax
        inx                     ; how far to shift right: 1..31
        lda f32_a+2
        ora #$80
        sta f32_a+3
        lda f32_a+1
        sta f32_a+2
        lda f32_a
        sta f32_a+1
        lda #0
        sta f32_a
        lda f32_a+3
:       lsr a
        ror f32_a+2
        ror f32_a+1
        ror f32_a
        dex
        bne :-
        sta f32_a+3
        lda sign
        bmi negate
        rts

none:   lda #0
fill:   sta f32_a
        sta f32_a+1
        sta f32_a+2
        sta f32_a+3
        rts

out_of_range:
        cmp #$ff
        bne saturate
        lda f32_a+2
        asl a
        ora f32_a+1
        ora f32_a
        bne none                ; NaN
saturate:
        lda #$ff
        jsr fill
        lsr f32_a+3             ; $7fffffff
        lda sign
        bpl done
        jsr negate              ; $80000001
        dec f32_a
done:   rts

; f32_a = -f32_a as an integer.
negate: sec
        ldx #0
        txa
        sbc f32_a
        sta f32_a
        txa
        sbc f32_a+1
        sta f32_a+1
        txa
        sbc f32_a+2
        sta f32_a+2
        txa
        sbc f32_a+3
        sta f32_a+3
        rts
