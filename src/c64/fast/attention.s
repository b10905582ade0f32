; Kernels of the fast engine for attention. C: fast.h.

        .include "fast.inc"
        .include "fast_fetch.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_r, fast_t, fast_end, fast_low, fast_high, fast_index
        .importzp fast_x, fast_sum, fast_shift_by, fast_weights, fast_at
        .import incsp2, incsp5, incsp8
        .import _fast_head
        .export _fast_extent_16, _fast_shift_16, _fast_headroom, _fast_remember

POSITIONS = 64                  ; FAST_POSITIONS
HEAD_GROUPS = 22                ; in struct fast_head of fast.h
HEAD_PRECISE = 23

        .segment "FAST"

; --- what runs behind the I/O registers ----------------------------------------------

        entry_behind_io _fast_extent_16, fast_extent_16
        entry_behind_io _fast_shift_16, fast_shift_16
        entry_behind_io _fast_headroom, fast_headroom

        .segment "FAST_UNDER_IO"

; uint32_t fast_extent_16(const int16_t *x, uint8_t n)
; 32 cycles an element.
fast_extent_16:
        sta fast_sum            ; n, and the high bytes
        asl a
        sta fast_end
        argument fast_q, 0
        jsr incsp2
        ldy #0
        sty fast_sum+1
@next:  iny
        lda (fast_q),y
        bpl :+
        eor #$ff
:       clc
        adc fast_sum
        sta fast_sum
        bcc :+
        inc fast_sum+1
:       iny
        cpy fast_end
        bne @next
        lda #0
        sta sreg+1
        lda fast_sum+1
        sta sreg
        ldx fast_sum
        lda #0
        rts

; void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n)
; 45 cycles an element, + 14 for each place.
fast_shift_16:
        asl a
        sta fast_end
        ldy #0
        lda (sp),y
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
        ldy #0
@next:  lda (fast_q),y
        sta fast_t
        iny
        lda (fast_q),y
        ldx fast_shift_by
        beq @put
        bmi @right
:       asl fast_t
        rol a
        dex
        bne :-
        beq @put
@right: cmp #$80
        ror a
        ror fast_t
        inx
        bne @right
        bcc @put                ; round
        inc fast_t
        bne @put
        clc
        adc #1
@put:   sta (fast_p),y
        dey
        lda fast_t
        sta (fast_p),y
        iny
        iny
        cpy fast_end
        bne @next
        rts

; uint8_t fast_headroom(const int16_t *x, uint16_t n)
; 51 cycles an element. Clobbers A, X, fast_p, fast_t, fast_x.
fast_headroom:
        sta fast_t
        stx fast_t+1
        argument fast_p, 0
        jsr incsp2
        sec
        lda #0
        tay
        sbc fast_t
        sta fast_x
        tya
        sbc fast_t+1
        sta fast_x+1
        sty fast_t
        sty fast_t+1
@next:  iny
        lda (fast_p),y
        bmi @minus
        ora fast_t+1
        sta fast_t+1
        dey
        lda (fast_p),y
        jmp @low
@minus: eor #$ff
        ora fast_t+1
        sta fast_t+1
        dey
        lda (fast_p),y
        eor #$ff
@low:   ora fast_t
        sta fast_t
        iny
        iny
        bne :+
        inc fast_p+1
:       inc fast_x
        bne @next
        inc fast_x+1
        bne @next
        ldx #0
@place: cpx #15
        beq @found
        bit fast_t+1
        bvs @found
        inx
        asl fast_t
        rol fast_t+1
        jmp @place
@found: txa
        ldx #0
        rts

; --- into the caches ----------------------------------------------------------

        .segment "FAST"

zeros   = fast_weights          ; [16] planes below the lowest
planes  = fast_weights+16       ; [16] of a group
bytes   = fast_weights+32       ; [16]
key_shift = fast_low
value_shift = fast_high

; void fast_remember(reu_address at, const int16_t *key, const int16_t *value, uint8_t exponents)
; 2,900 cycles for 8 elements of 12 planes and a byte each. Clobbers A, X, Y, fast_weights,
; fast_at, fast_p, fast_q, fast_r, fast_t, fast_x, fast_index, fast_end, fast_shift_by, fast_low,
; fast_high.
_fast_remember:
        sta fast_shift_by
        argument fast_r, 0
        argument fast_q, 2
        ldx #0
:       iny
        lda (sp),y
        sta fast_at,x
        inx
        cpx #3
        bne :-
        jsr incsp8
        jsr reu_prepare
        sta REU_C64+1
        sta REU_LENGTH+1
        ldx #15
:       sta zeros,x
        dex
        bpl :-
        lda fast_shift_by
        and #15
        sta key_shift
        lda _fast_head+HEAD_GROUPS
        sta fast_end
@keys:  ldy #0
@key:   lda (fast_q),y
        iny
        .repeat 8, i
        lsr a
        ror planes+i
        .endrepeat
        lda (fast_q),y
        iny
        .repeat 8, i
        lsr a
        ror planes+8+i
        .endrepeat
        cpy #16
        bne @key
        lda #15                 ; the highest plane, of the sign
        sec
        sbc key_shift
        tax
        lda planes,x
        eor #$ff
        sta planes,x
        ldx #16                 ; the lowest: 16 planes below it
        lda #planes
        ldy _fast_head+HEAD_PRECISE
        bne :+
        ldx #12
        lda #planes+4
:       sec
        sbc key_shift
        jsr put
        jsr next_group
        bne @keys

        lda fast_r
        sta fast_q
        lda fast_r+1
        sta fast_q+1
        lda fast_shift_by
        lsr a
        lsr a
        lsr a
        lsr a
        sta value_shift
        lda _fast_head+HEAD_GROUPS
        sta fast_end
@values:
        ldx #0
        ldy #0
@value: lda (fast_q),y
        sta fast_t
        iny
        lda (fast_q),y
        iny
        sty fast_index
        ldy value_shift
        beq @shifted
:       asl fast_t
        rol a
        dey
        bne :-
@shifted:
        ldy _fast_head+HEAD_PRECISE
        bne @wide
        asl fast_t              ; round
        adc #0
        bvc :+
        lda #$7f
:       eor #$80
        bne @put
        lda #1
        bne @put                ; always
@wide:  ldy fast_t
        sty bytes+8,x
        eor #$80
@put:   sta bytes,x
        ldy fast_index
        inx
        cpx #8
        bne @value
        ldy _fast_head+HEAD_PRECISE
        beq :+
        ldx #16
:       lda #bytes
        jsr put
        jsr next_group
        bne @values
        rts

; X bytes from A in zero page to fast_at, which goes on by POSITIONS for each. 45 cycles a
; byte. Clobbers A, X, Y.
put:    sta REU_C64
        lda fast_at
@next:  sta REU_ADDRESS
        ldy fast_at+1
        sty REU_ADDRESS+1
        ldy fast_at+2
        sty REU_ADDRESS+2
        put_byte
        clc
        adc #POSITIONS
        bcc :+
        inc fast_at+1
        bne :+
        inc fast_at+2
:       dex
        bne @next
        sta fast_at
        rts

; fast_q goes on by 8 elements; Z is set if that was the last group.
next_group:
        clc
        lda fast_q
        adc #16
        sta fast_q
        bcc :+
        inc fast_q+1
:       dec fast_end
        rts
