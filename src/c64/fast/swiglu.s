; SwiGLU, and what becomes of it. C: fast_swiglu, fast_hidden of fast.h.

        .include "multiply.inc"
        .include "fast.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_t, fast_index, fast_end, fast_low
        .importzp fast_x, fast_product, fast_sum, fast_shift_by
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .importzp mul2_sl, mul2_sh, mul2_nl, mul2_nh
        .import incsp3, return_sum
        .import _window
        .export _fast_swiglu, _fast_hidden, _fast_silu, _fast_silu_finer

        .segment "FAST_HIGH"
_fast_silu:     .res 768
_fast_silu_finer: .res 1
silu_low   = _fast_silu         ; of |SiLU| where an interval begins; the finer one's are those of x >= 0
silu_high  = _fast_silu + 256
silu_slope = _fast_silu + 512

FALLING = 107                   ; fast.h: FAST_FALLING
FAR_BELOW = 4                   ; the finer |SiLU| below -8, see fast_elements.c

; In the window: struct fast_sizes, and the rows' scales.
h0     = _window
h1     = _window + 64
h2     = _window + 128
h_sign = _window + 192
scales = _window + FAST_SCALES

gate_low  = fast_t
gate_high = fast_t+1
up_low    = fast_t+2            ; |d| of the up row
up_high   = fast_t+3
sign      = fast_t+4            ; bit 7: h is negative
bits      = fast_t+5            ; or of the sizes' bytes 1
bits_2    = fast_x              ; and 2
low_part  = fast_product
high_part = fast_product+1
size_low  = fast_product+2      ; |SiLU|
size_high = fast_product+3
gate_sign = fast_product+4      ; bit 7, if |SiLU| is finer
up_scales = fast_q              ; the same

        .segment "FAST"

; A = what |SiLU| changes by from where interval X begins to `low_part`. 60 cycles. Clobbers Y, mul_sh, mul_nh.
.macro  interpolate
        lda silu_slope,x
        sta mul_sh
        eor #$ff
        sta mul_nh
        ldy low_part
        sec
        high
.endmacro

; uint32_t fast_swiglu(const int16_t *d, uint8_t shift, uint8_t n)
; 400 cycles an element where |SiLU| is less than 1/4, else 500; if it is finer 700, + 22 for each place of the
; shift. Clobbers A, X, Y, fast_t, fast_x, fast_product, fast_sum, fast_p, fast_q, fast_index, fast_end, fast_low.
_fast_swiglu:
        sta fast_end
        clc
        adc #<scales
        sta @scale_up+1
        sta up_scales
        lda #>scales
        adc #0
        sta @scale_up+2
        sta up_scales+1
        ldy #0
        lda (sp),y
        sta fast_shift_by
        sec
        sbc #2
        sta @large+1
        argument fast_p, 1
        jsr incsp3
        lda fast_p
        sta @gate_low+1
        sta @gate_high+1
        lda fast_p+1
        sta @gate_low+2
        sta @gate_high+2
        lda fast_end
        asl a
        clc
        adc fast_p
        sta @up_low+1
        sta @up_high+1
        lda fast_p+1
        adc #0
        sta @up_low+2
        sta @up_high+2
        ldx fast_shift_by
        cpx #8
        bcc :+
        ldx #7                  ; and the rest at @far
:       lda #$80                ; 2^(7 - shift)
        cpx #0
        beq @bound
:       lsr a
        dex
        bne :-
@bound: sta @most+1
        eor #$ff
        clc
        adc #1
        sta @least+1
        lda #<@far
        ldx #>@far
        ldy fast_shift_by
        cpy #8
        bcs @entry
        lda #7                  ; 3 bytes a place
        sec
        sbc fast_shift_by
        sta fast_low
        asl a
        adc fast_low            ; the carry is clear
        adc #<@places
        ldx #>@places
        bcc @entry
        inx
@entry: sta @enter+1
        stx @enter+2
        lda #0
        tax
        sta bits
        sta bits_2
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        sta fast_sum+3
@next:  stx fast_index
        txa
        asl a
        tay
@gate_low:
        lda $ffff,y
        sta gate_low
@up_low:
        lda $ffff,y
        sta up_low
        iny
@gate_high:
        lda $ffff,y
        sta gate_high
@up_high:
        lda $ffff,y
        sta sign
        bpl @up
        sec
        lda #0
        sbc up_low
        sta up_low
        lda #0
        sbc sign
@up:    sta up_high
        lda scales,x
        factor
        ldy _fast_silu_finer
        beq :+
        jmp @finer
:       ldy gate_high           ; the gate, in units of 2^(shift - 12)
        sec
        low low_part
        high
        cpy #$80
        bcc :+
        sbc mul_sl
:       sta high_part
        ldy gate_low
        sec
        high
        clc
        adc low_part
        sta low_part
        lda high_part
        adc #0
        bmi @minus
@most:  cmp #0
        bcc @enter
        jmp @large
@minus:
@least: cmp #0
        bcs @enter
@below: lda #0                  ; less than -8: the table's first value
        sta low_part
        tax
        beq @negative           ; always
@enter: jmp @places
@places:
        .repeat 7
        asl low_part
        rol a
        .endrepeat
@table: eor #$80
        tax
        bmi @rising
@negative:
        lda sign
        eor #$80
        sta sign
        cpx #FALLING
        bcc @rising
        jmp @falling
@rising:
        interpolate
        clc
        adc silu_low,x
        sta size_low
        lda silu_high,x
        adc #0
        sta size_high
@scale: ldx fast_index
@scale_up:
        lda $ffff,x
        sta mul_sh
        eor #$ff
        sta mul_nh
        ldy size_low
        sec
        high
        ldy size_high
        bne @long
        factor                  ; |SiLU| times scale has 8 bits
        ldy up_high
        sec
        low low_part
        high
        sta high_part
        ldy up_low
        high
        clc
        adc low_part
        sta h0,x
        lda #0
        sta h2,x
        adc high_part
        sta h1,x
@sum:   tay
        ora bits
        sta bits
        lda sign
        sta h_sign,x
        clc
        lda h0,x
        adc fast_sum
        sta fast_sum
        tya
        adc fast_sum+1
        sta fast_sum+1
        bcc @done
        inc fast_sum+2
        bne @done
        inc fast_sum+3
@done:  inx
        cpx fast_end
        bcs :+
        jmp @next
:       jmp extent

@falling:
        interpolate
        sta size_low
        sec
        lda silu_low,x
        sbc size_low
        sta size_low
        lda silu_high,x
        sbc #0
        sta size_high
        jmp @scale

@long:  sta low_part            ; 16 bits: byte 1 of size_low * scale
        lda mul_sh
        sta mul_sl
        lda mul_nh
        sta mul_nl
        sec
        low size_low
        high                    ; + size_high * scale
        tay
        lda size_low
        clc
        adc low_part
        bcc :+
        iny
:       factor
        tya
        factor2
        ldy up_low
        sec
        high                    ; byte 0
        sta low_part
        low2 size_low           ; bytes 0, 1
        high2
        sta size_high
        ldy up_high
        low high_part           ; bytes 0, 1
        high
        sta gate_low
        low2 gate_high          ; bytes 1, 2
        high2
        sta h2,x
        clc
        lda low_part
        adc size_low
        sta low_part
        lda size_high
        adc gate_low
        sta size_high
        bcc :+
        inc h2,x
        clc
:       lda low_part
        adc high_part
        sta h0,x
        lda size_high
        adc gate_high
        sta h1,x
        bcc @joined
        inc h2,x
@joined:
        tay
        lda h2,x
        beq :+
        ora bits_2
        sta bits_2
        clc
        lda h2,x
        adc fast_sum+2
        sta fast_sum+2
        bcc :+
        inc fast_sum+3
:       tya
        jmp @sum

; All 24 bits of |gate|: fast_low, low_part, A; then shifted: a fraction, |x| in 1/4096.
@finer: lda gate_high
        sta gate_sign
        bpl @size
        lda sign
        eor #$80
        sta sign
        sec
        lda #0
        sbc gate_low
        sta gate_low
        lda #0
        sbc gate_high
        sta gate_high
@size:  ldy gate_low
        sec
        low fast_low
        high
        sta low_part
        ldy gate_high
        low high_part
        high
        tay
        clc
        lda high_part
        adc low_part
        sta low_part
        tya
        adc #0
        ldy fast_shift_by
        beq @shifted
:       asl fast_low
        rol low_part
        rol a
        bcs @most_of_finer
        dey
        bne :-
@shifted:
        sta size_high
        ldy low_part
        sty size_low
        asl fast_low            ; interval and fraction
        rol low_part
        rol a
        bcs @far_finer
        tax
        interpolate
        clc
        adc silu_low,x
        tay
        lda silu_high,x
        adc #0
        bit gate_sign
        bmi @below_0
        sty size_low
        sta size_high
        jmp @scale_finer
@below_0:
        sta high_part           ; |x| rounded, less that
        lda low_part
        lsr a
        lda size_low
        adc #0
        sta size_low
        bcc :+
        inc size_high
:       tya
        eor #$ff
        sec
        adc size_low
        sta size_low
        lda size_high
        sbc high_part
        sta size_high
        jmp @scale_finer
@most_of_finer:
        lda #$ff
        sta size_low
        sta size_high
@far_finer:
        bit gate_sign
        bpl @scale_finer
        lda #FAR_BELOW
        sta size_low
        lda #0
        sta size_high
@scale_finer:
        ldy fast_index
        lda (up_scales),y
        factor                  ; all 24 bits of |SiLU| * scale
        ldx fast_index
        ldy size_low
        sec
        low low_part
        high
        sta high_part
        ldy size_high
        low size_low
        high
        sta gate_low
        clc
        lda size_low
        adc high_part
        sta high_part
        bcc :+
        inc gate_low
:       lda up_high
        factor
        lda up_low
        factor2
        ldy low_part
        sec
        high                    ; byte 0 of each
        sta gate_high
        ldy high_part
        low size_low            ; bytes 0, 1
        high
        sta size_high
        high2
        sta fast_product+4
        ldy gate_low
        low fast_product+5      ; bytes 1, 2
        high
        sta fast_low
        low2 low_part           ; bytes 0, 1
        high2
        sta high_part
        ldy #0
        clc
        lda gate_high
        adc size_low
        bcc :+
        iny
        clc
:       adc fast_product+4
        bcc :+
        iny
        clc
:       adc low_part
        sta h0,x
        tya
        adc size_high
        bcc :+
        inc fast_low
        clc
:       adc high_part
        bcc :+
        inc fast_low
        clc
:       adc fast_product+5
        sta h1,x
        tay
        lda fast_low
        adc #0
        sta h2,x
        tya
        jmp @joined

@far:   sta high_part           ; 0 or $ff: to the left as far as it goes
        ldy low_part
        sty size_low
        ldy fast_shift_by
        cmp #0
        bmi @far_minus
:       asl low_part
        rol a
        bmi @too_far
        dey
        bne :-
        jmp @table
@too_far:
        lda size_low
        sta low_part
        lda high_part
        jmp @large
@far_minus:
        asl low_part
        rol a
        bpl @far_below
        dey
        bne @far_minus
        jmp @table
@far_below:
        jmp @below

; The gate is 8 or more, and so is SiLU: low_part, A shifted by shift - 2.
@large: ldy #0
        bmi @smaller
        beq @set
:       asl low_part
        rol a
        bmi @most_of_all
        dey
        bne :-
        beq @set
@smaller:
        lsr a
        ror low_part
        iny
        bne @smaller
@set:   sta size_high
        lda low_part
        sta size_low
        jmp @scale
@most_of_all:
        lda #$ff
        sta low_part
        lda #$7f
        bne @set                ; always

; A,X,sreg = the larger of fast_sum and 2 * bits * 256 + 510.
extent: lda #$fe
        sta fast_p
        sec
        rol bits
        rol bits_2
        lda #0
        rol a
        sta fast_p+1
        lda fast_sum            ; fast_p+1, bits_2, bits, fast_p
        cmp fast_p
        lda fast_sum+1
        sbc bits
        lda fast_sum+2
        sbc bits_2
        lda fast_sum+3
        sbc fast_p+1
        bcs @sum
        lda fast_p+1
        sta sreg+1
        lda bits_2
        sta sreg
        ldx bits
        lda fast_p
        rts
@sum:   jmp return_sum

; void fast_hidden(int16_t *x, uint8_t shift, uint8_t n)
; 41 cycles an element without a shift, else 85, + 12 for each place. Clobbers A, X, Y, fast_p,
; fast_end, fast_t, fast_product; the sizes, if shift is more than 8.
_fast_hidden:
        sta fast_end
        argument fast_p, 1
        ldy #0
        lda (sp),y
        pha
        jsr incsp3
        ldx #0
        pla
        bne @shift
        tay
@positive:
        lda h_sign,x
        bmi @negative
        lda h0,x
        sta (fast_p),y
        iny
        lda h1,x
@high:  sta (fast_p),y
        iny
        inx
        cpx fast_end
        bne @positive
        rts
@negative:
        sec
        lda #0
        sbc h0,x
        sta (fast_p),y
        iny
        lda #0
        sbc h1,x
        jmp @high

@shift: cmp #9
        bcc @places
        sbc #8
        tay
:       lda h1,x                ; a byte to the right
        sta h0,x
        lda h2,x
        sta h1,x
        lda #0
        sta h2,x
        inx
        cpx fast_end
        bne :-
        tya
@places:
        sta fast_product        ; 5 bytes a place
        asl a
        asl a
        adc fast_product        ; the carry is clear
        eor #$ff
        sec
        adc #<@round
        ldx #>@round
        bcs @entry
        dex
@entry: sta @enter+1
        stx @enter+2
        ldx #0
        ldy #0
@next:  lda h0,x
        sta fast_t
        lda h1,x
        sta fast_t+1
        lda h2,x
        clc
@enter: jmp @round
        .repeat 8
        lsr a
        ror fast_t+1
        ror fast_t
        .endrepeat
@round: lda fast_t              ; the carry is the last bit
        adc #0
        sta fast_t
        bcc :+
        inc fast_t+1
:       lda h_sign,x
        bmi @minus
        lda fast_t
        sta (fast_p),y
        iny
        lda fast_t+1
@put:   sta (fast_p),y
        iny
        inx
        cpx fast_end
        beq :+
        jmp @next
:       rts
@minus: sec
        lda #0
        sbc fast_t
        sta (fast_p),y
        iny
        lda #0
        sbc fast_t+1
        jmp @put
