; Kernels of the fast engine for attention. C: fast.h.

        .include "fast.inc"
        .importzp sp, sreg
        .importzp fast_p, fast_q, fast_r, fast_t, fast_index, fast_end, fast_low, fast_high
        .importzp fast_x, fast_product, fast_sum, fast_shift_by, fast_weights, fast_at, fast_length
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .import incsp1, incsp2, incsp3, incsp4, incsp5, incsp6, incsp7, addysp, pushax
        .import return_sum
        .import fast_table_low, fast_table_high, fast_groups, _fast_tables, _window
        .export _fast_headroom, _fast_extent_16, _fast_shift_16, _fast_fit, _fast_query, _fast_query_sum
        .export _fast_planes, _fast_bytes, _fast_scores, _fast_align, _fast_near, _fast_near_precise, _fast_log2
        .export _fast_weigh, _fast_weigh_precise, _fast_values, _fast_values_precise, _fast_mean
        .export _fast_lists, _fast_near_weights
        .export _fast_exp2

POSITIONS = 64                  ; of a block: FAST_POSITIONS
LOW_PLANES = 6                  ; FAST_LOW_PLANES
MOST_PLANES = 16
FEW_PLANES = 12
LIST_LOW = 64                   ; in a list
LIST_HIGH = 128
LIST_COUNT = 192
SUM_BYTES = 5

        .segment "FAST_STORY"
        .align 256
_fast_lists:    .res 512
_fast_near_weights: .res 576
_fast_exp2:     .res 512

        .bss
least:          .res 1
greatest:       .res 2
count:          .res 2
from:           .res 2
entry:          .res 2
adding:         .res 1
dither:         .res 1
carried:        .res 1

        .segment "FAST"

; void fast_query(const int16_t *x, uint8_t groups)
_fast_query:
        sta fast_groups
        argument fast_p, 0
        jsr incsp2
        lda fast_p
        ldx fast_p+1
        jmp _fast_tables

; --- what runs behind the I/O registers ----------------------------------------------

; name: calls `routine` there; A and X are kept on the way in and out. 20 cycles.
.macro  behind_io name, routine
name:   ldy #$34
        sty $01
        jsr routine
        ldy #$35
        sty $01
        rts
.endmacro

        behind_io _fast_fit, fast_fit
        behind_io _fast_planes, fast_planes
        behind_io _fast_bytes, fast_bytes
        behind_io _fast_scores, fast_scores
        behind_io _fast_align, fast_align
        behind_io _fast_near, fast_near
        behind_io _fast_near_precise, fast_near_precise
        behind_io _fast_log2, fast_log2
        behind_io _fast_weigh, fast_weigh
        behind_io _fast_weigh_precise, fast_weigh_precise
        behind_io _fast_values, fast_values
        behind_io _fast_values_precise, fast_values_precise
        behind_io _fast_mean, fast_mean
        behind_io _fast_headroom, fast_headroom
        behind_io _fast_extent_16, fast_extent_16
        behind_io _fast_shift_16, fast_shift_16
        behind_io _fast_query_sum, fast_query_sum

        .segment "FAST_UNDER_IO"

; uint8_t fast_headroom(const int16_t *x, uint16_t n)
fast_headroom:
        sta fast_x
        stx fast_x+1
        argument fast_q, 0
        jsr incsp2
        lda #0
        sta fast_t
        sta fast_t+1
@next:  ldy #1
        lda (fast_q),y
        bmi @minus
        ora fast_t+1
        sta fast_t+1
        dey
        lda (fast_q),y
        jmp @low
@minus: eor #$ff
        ora fast_t+1
        sta fast_t+1
        dey
        lda (fast_q),y
        eor #$ff
@low:   ora fast_t
        sta fast_t
        lda fast_q
        clc
        adc #2
        sta fast_q
        bcc :+
        inc fast_q+1
:       lda fast_x
        bne :+
        dec fast_x+1
:       dec fast_x
        lda fast_x
        ora fast_x+1
        bne @next
        ldx #0
        lda #15
        ldy fast_t
        bne @some
        ldy fast_t+1
        beq @done
@some:  ldy #0
:       bit fast_t+1
        bvs @found
        iny
        asl fast_t
        rol fast_t+1
        jmp :-
@found: tya
@done:  rts

; The size of the int16 at fast_q + Y: or'ed to fast_t, added to fast_sum, 24 bits;
; Y goes on to the next. 62 cycles. Clobbers A, X, fast_high.
.macro  add_size
        lda (fast_q),y
        tax
        iny
        lda (fast_q),y
        bpl :+
        eor #$ff
        sta fast_high
        txa
        eor #$ff
        clc
        adc #1
        tax
        lda fast_high
        adc #0
:       sta fast_high
        ora fast_t+1
        sta fast_t+1
        txa
        ora fast_t
        sta fast_t
        txa
        clc
        adc fast_sum
        sta fast_sum
        lda fast_high
        adc fast_sum+1
        sta fast_sum+1
        bcc :+
        inc fast_sum+2
:       iny
.endmacro

; uint32_t fast_extent_16(const int16_t *x, uint8_t n)
; 70 cycles an element.
fast_extent_16:
        asl a
        sta fast_end
        argument fast_q, 0
        jsr incsp2
        lda #0
        sta fast_t              ; or
        sta fast_t+1
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        tay
@next:  add_size
        cpy fast_end
        bne @next
        lda #0
        sta sreg+1
        asl fast_t
        rol fast_t+1
        rol a
        sta sreg
        lda fast_sum            ; the sum, if it is larger
        cmp fast_t
        lda fast_sum+1
        sbc fast_t+1
        lda fast_sum+2
        sbc sreg
        bcs :+
        ldx fast_t+1
        lda fast_t
        rts
:       lda fast_sum+2
        sta sreg
        ldx fast_sum+1
        lda fast_sum
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

; uint16_t fast_query_sum(uint8_t table, uint8_t groups)
; 100 cycles a group.
fast_query_sum:
        sta fast_end
        ldy #0
        lda (sp),y
        clc
        adc #>fast_table_low
        sta fast_p+1
        adc #MAX_GROUPS
        sta fast_q+1
        sty fast_p
        sty fast_q
        sty fast_sum
        sty fast_sum+1
        jsr incsp1
@next:  ldy #0
        jsr @add
        dey                     ; entry 255
        jsr @add
        inc fast_p+1
        inc fast_q+1
        dec fast_end
        bne @next
        lda fast_sum
        ldx fast_sum+1
        rts
@add:   clc
        lda (fast_p),y
        adc fast_sum
        sta fast_sum
        lda (fast_q),y
        adc fast_sum+1
        sta fast_sum+1
        rts

; int8_t fast_fit(int16_t *y, const int16_t *x, uint16_t n)
; 130 cycles an element, + 14 for each place.
fast_fit:
        sta count
        stx count+1
        argument fast_q, 0
        argument fast_p, 2
        jsr incsp4
        lda fast_q
        sta from
        lda fast_q+1
        sta from+1
        jsr count_down
        lda #0
        sta fast_t              ; or
        sta fast_t+1
        sta fast_t+2
        sta fast_sum
        sta fast_sum+1
        sta fast_sum+2
        sta fast_shift_by
        tay
@next:  add_size
        bne :+
        inc fast_q+1
:       inc fast_x
        bne @next
        inc fast_x+1
        bne @next
        asl fast_t              ; twice the or, if that is more
        rol fast_t+1
        rol fast_t+2
        lda fast_sum
        cmp fast_t
        lda fast_sum+1
        sbc fast_t+1
        lda fast_sum+2
        sbc fast_t+2
        bcs @lower
        ldx #2
:       lda fast_t,x
        sta fast_sum,x
        dex
        bpl :-
@lower: lda fast_sum+2          ; not above $fbff
        bne :+
        lda fast_sum+1
        cmp #$fc
        bcc @raise
:       lsr fast_sum+2
        ror fast_sum+1
        ror fast_sum
        dec fast_shift_by
        bmi @lower              ; always
@raise: ldx fast_shift_by
        bmi @shift
:       cpx #14
        bcs @found
        lda fast_sum+1
        cmp #$7e
        bcs @found
        asl fast_sum
        rol fast_sum+1
        inx
        bne :-
@found: stx fast_shift_by
@shift: lda from
        sta fast_q
        lda from+1
        sta fast_q+1
        jsr count_down
        ldy #0
@element:
        lda (fast_q),y
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
@put:   sta (fast_p),y
        dey
        lda fast_t
        sta (fast_p),y
        iny
        iny
        bne :+
        inc fast_q+1
        inc fast_p+1
:       inc fast_x
        bne @element
        inc fast_x+1
        bne @element
        lda count
@fill:  and #7
        beq @done
        lda #0
        sta (fast_p),y
        iny
        sta (fast_p),y
        iny
        bne :+
        inc fast_p+1
:       inc count
        lda count
        bne @fill               ; always: a multiple of 8 ends it
@done:  lda fast_shift_by
        ldx #0
        rts

; fast_x = -count. Clobbers A.
count_down:
        sec
        lda #0
        sbc count
        sta fast_x
        lda #0
        sbc count+1
        sta fast_x+1
        rts

; --- into the caches ----------------------------------------------------------

; Arguments to, x, shift, and A: 8 elements * 2^shift to fast_weights, `to` to
; fast_p; A to fast_end. 300 cycles, + 160 for each place.
elements:
        sta fast_end
        ldy #0
        lda (sp),y
        sta fast_shift_by
        argument fast_q, 1
        argument fast_p, 3
        jsr incsp5
        ldy #15
:       lda (fast_q),y
        sta fast_weights,y
        dey
        bpl :-
        ldy fast_shift_by
        beq @done
@place: ldx #14
:       asl fast_weights,x
        rol fast_weights+1,x
        dex
        dex
        bpl :-
        dey
        bne @place
@done:  rts

; void fast_planes(uint8_t *to, const int16_t *x, uint8_t shift, uint8_t planes)
; 70 cycles a plane, + 400, + 160 for each place.
fast_planes:
        jsr elements
        ldx #14
:       lda fast_weights+1,x
        eor #$80
        sta fast_weights+1,x
        dex
        dex
        bpl :-
        ldy fast_end
        dey
        ldx #8
@high:  .repeat 8, j
        asl fast_weights+15-2*j
        rol a
        .endrepeat
        sta (fast_p),y
        dey
        bmi @done
        dex
        bne @high
@low:   .repeat 8, j
        asl fast_weights+14-2*j
        rol a
        .endrepeat
        sta (fast_p),y
        dey
        bpl @low
@done:  rts

; void fast_bytes(uint8_t *to, const int16_t *x, uint8_t shift, uint8_t precise)
; 600 cycles, + 160 for each place.
fast_bytes:
        jsr elements
        ldx #0
        ldy #0
@next:  lda fast_end
        bne @wide
        lda fast_weights,x      ; round
        asl a
        lda fast_weights+1,x
        adc #0
        bvc :+
        lda #$7f
:       eor #$80
        bne @put
        lda #1
        bne @put                ; always
@wide:  tya
        pha
        clc
        adc #8
        tay
        lda fast_weights,x
        sta (fast_p),y
        pla
        tay
        lda fast_weights+1,x
        eor #$80
@put:   sta (fast_p),y
        inx
        inx
        iny
        cpy #8
        bne @next
        rts

; --- scores ------------------------------------------------------------------------

; uint16_t fast_scores(uint8_t head, uint8_t table, uint8_t planes, uint8_t add, uint8_t first, uint8_t n)
; A plane with the tables' high bytes takes 10 cycles, one with 16 bits 28: 265
; cycles a position for 12 planes, 377 for 16; 250 a call.
fast_scores:
        tax
        ldy #0
        sty greatest
        sty greatest+1
        lda (sp),y
        sta fast_index          ; the last to be done
        iny
        lda (sp),y
        sta adding
        iny
        lda (sp),y
        sta fast_end
        iny
        lda (sp),y
        clc
        adc #>fast_table_high
        .repeat MOST_PLANES, l
        sta .ident(.sprintf("score_high_%d", l))+2
        .endrepeat
        sbc #MAX_GROUPS-1       ; the carry is clear
        .repeat MOST_PLANES-LOW_PLANES, l
        sta .ident(.sprintf("score_low_%d", l+LOW_PLANES))+2
        .endrepeat
        iny
        lda (sp),y
        clc
        adc #>_fast_lists
        sta put_low+2
        sta put_high+2
        sta get_low+2
        sta get_more+2
        sta add_low+2
        sta add_put+2
        sta add_high+2
        jsr incsp5
        ldy adding              ; where a position ends
        bne :+
        lda #<score_put
        ldy #>score_put
        bne :++                 ; always
:       lda #<score_add
        ldy #>score_add
:       sta score_end+1
        sty score_end+2
        sta score_exit+1
        sty score_exit+2
        lda fast_end
        cmp #MOST_PLANES
        beq @all
        lda #$4c                ; jmp
        bne :+
@all:   lda #$bc                ; ldy abs,x
        ldy #<(_window + POSITIONS * FEW_PLANES)
        sty score_exit+1
        ldy #>(_window + POSITIONS * FEW_PLANES)
        sty score_exit+2
:       sta score_exit
        dex

score_next:
        ldy _window,x
score_high_0:
        lda fast_table_high,y
        lsr a
        .repeat LOW_PLANES-1, l
        ldy _window+POSITIONS*(l+1),x
.ident(.sprintf("score_high_%d", l+1)):
        adc fast_table_high,y
        ror a
        .endrepeat
        sta fast_high
        lda #0
        ror a
        .repeat MOST_PLANES-LOW_PLANES, l
        .if l + LOW_PLANES = FEW_PLANES
score_exit:
        .endif
        ldy _window+POSITIONS*(l+LOW_PLANES),x
.ident(.sprintf("score_low_%d", l+LOW_PLANES)):
        adc fast_table_low,y
        sta fast_low
        lda fast_high
.ident(.sprintf("score_high_%d", l+LOW_PLANES)):
        adc fast_table_high,y
        ror a
        sta fast_high
        lda fast_low
        ror a
        .endrepeat
score_end:
        jmp score_put

score_add:
        clc
add_low:
        adc _fast_lists+LIST_LOW,x
add_put:
        sta _fast_lists+LIST_LOW,x
        lda fast_high
add_high:
        adc _fast_lists+LIST_HIGH,x
        jmp put_high
score_put:
put_low:
        sta _fast_lists+LIST_LOW,x
        lda fast_high
put_high:
        sta _fast_lists+LIST_HIGH,x
        cmp greatest+1
        bcc score_less
        bne score_more
get_low:
        lda _fast_lists+LIST_LOW,x
        cmp greatest
        bcc score_less
        sta greatest
        bcs score_less          ; always
score_more:
        sta greatest+1
get_more:
        lda _fast_lists+LIST_LOW,x
        sta greatest
score_less:
        cpx fast_index
        beq :+
        dex
        jmp score_next
:       lda greatest
        ldx greatest+1
        rts

; Pointers to the list of head A: fast_r to its positions, fast_p to the low
; bytes, fast_q to the high ones. Clobbers A.
list:   clc
        adc #>_fast_lists
        sta fast_p+1
        sta fast_q+1
        sta fast_r+1
        lda #0
        sta fast_r
        lda #LIST_LOW
        sta fast_p
        lda #LIST_HIGH
        sta fast_q
        rts

; uint16_t fast_align(uint8_t head, const uint8_t *exponents, uint8_t least, uint16_t centre, uint8_t n)
; 110 cycles a position, + 14 for each place.
fast_align:
        sta fast_end
        argument fast_sum, 0    ; centre
        ldy #2
        lda (sp),y
        sta least
        argument fast_x, 3
        ldy #5
        lda (sp),y
        jsr list
        jsr incsp6
        ldy #0
        sty greatest
        sty greatest+1
@next:  lda (fast_x),y
        and #15
        sec
        sbc least
        tax
        sec
        lda (fast_p),y
        sbc fast_sum
        sta fast_t
        lda (fast_q),y
        sbc fast_sum+1
        cpx #0
        beq @done
:       cmp #$80
        ror a
        ror fast_t
        dex
        bne :-
@done:  sta fast_t+1
        clc
        lda fast_t
        adc fast_sum
        sta fast_t
        sta (fast_p),y
        lda fast_t+1
        adc fast_sum+1
        sta fast_t+1
        sta (fast_q),y
        lda greatest
        cmp fast_t
        lda greatest+1
        sbc fast_t+1
        bcs :+
        lda fast_t
        sta greatest
        lda fast_t+1
        sta greatest+1
:       iny
        cpy fast_end
        bne @next
        lda greatest
        ldx greatest+1
        rts

; --- softmax ------------------------------------------------------------------------

; A = fast_near_weights[fast_t]. Clobbers X; the carry is clear after.
near_weight:
        lda fast_t+1
        clc
        adc #>_fast_near_weights
        sta @get+2
        ldx fast_t
@get:   lda _fast_near_weights,x
        rts

; fast_sum = fast_sum + A, 24 bits. Clobbers A.
add_to_sum:
        clc
        adc fast_sum
        sta fast_sum
        bcc :+
        inc fast_sum+1
        bne :+
        inc fast_sum+2
:       rts

; Arguments head, greatest, places, and A.
near_arguments:
        sta fast_end
        ldy #0
        lda (sp),y
        sta fast_shift_by
        argument greatest, 1
        ldy #3
        lda (sp),y
        jsr list
        jsr incsp4
        ldy #0
        sty fast_index          ; entries
        sty fast_sum
        sty fast_sum+1
        sty fast_sum+2
        sty fast_sum+3
        rts

; fast_t = greatest - score Y. Clobbers A.
below:  sec
        lda greatest
        sbc (fast_p),y
        sta fast_t
        lda greatest+1
        sbc (fast_q),y
        sta fast_t+1
        rts

; Appends position Y with the distance fast_t to the list. Clobbers A, X.
append: tya
        tax
        ldy fast_index
        sta (fast_r),y
        lda fast_t
        sta (fast_p),y
        lda fast_t+1
        sta (fast_q),y
        inc fast_index
        txa
        tay
        rts

; uint32_t fast_near(uint8_t head, uint16_t greatest, int8_t places, uint8_t n)
; 24 cycles a position, 130 more for one that counts, + 12 for each place.
fast_near:
        jsr near_arguments
        lda #$40                ; 576 * 2^places: no high byte of a distance that
        sta fast_low            ; counts is more
        lda #2
        ldx fast_shift_by
        bmi @limit
        beq @limit
:       asl fast_low
        rol a
        bcs @all
        dex
        bne :-
@limit: clc
        adc #2
        bcc :+
@all:   lda #$ff
:       sta fast_high
@next:  sec
        lda greatest+1
        sbc (fast_q),y
        cmp fast_high
        bcc @perhaps
        cmp #$ff                ; all count
        beq @perhaps
@far:   iny
        cpy fast_end
        bne @next
        ldy #LIST_COUNT
        lda fast_index
        sta (fast_r),y
        lda fast_sum+2
        sta sreg+1
        lda fast_sum+1
        sta sreg
        ldx fast_sum
        lda #0
        rts

@perhaps:
        sec
        lda greatest
        sbc (fast_p),y
        sta fast_t
        lda greatest+1
        sbc (fast_q),y
        sta fast_t+1
        ldx fast_shift_by
        beq @whole
        bmi @left
:       lsr fast_t+1
        ror fast_t
        dex
        bne :-
        bcc @whole              ; round
        inc fast_t
        bne @whole
        inc fast_t+1
        bne @whole              ; always
@left:  asl fast_t
        rol fast_t+1
        bcs @far
        inx
        bne @left
@whole: lda fast_t+1
        cmp #2
        bcc :+
        bne @far
        lda fast_t
        cmp #<576
        bcs @far
:       lda fast_t+1
        clc
        adc #>_fast_near_weights
        sta @get+2
        ldx fast_t
@get:   lda _fast_near_weights,x
        adc fast_sum            ; the carry is clear
        sta fast_sum
        bcc :+
        inc fast_sum+1
        bne :+
        inc fast_sum+2
:       jsr append
        jmp @far

; A, X = E[A], E = fast_exp2, also of 256 if the carry is set. Clobbers Y, fast_low.
exp2_at:
        bcs @half
        asl a
        tay
        bcs @upper
        ldx _fast_exp2+1,y
        lda _fast_exp2,y
        rts
@upper: ldx _fast_exp2+257,y
        lda _fast_exp2+256,y
        rts
@half:  ldx #>32640
        lda #<32640
        rts

; entry = E[A], A = E[A] - E[A + 1]. Clobbers X, Y, fast_low.
exp2_step:
        pha
        clc
        jsr exp2_at
        sta entry
        stx entry+1
        pla
        clc
        adc #1                  ; 256: carry
        jsr exp2_at
        sta fast_low
        sec
        lda entry
        sbc fast_low
        rts

; fast_product = the precise weight at fast_t: fraction, index, octave. 200 cycles.
; Clobbers A, X, Y, fast_low.
precise_weight:
        lda #0
        sta fast_product
        sta fast_product+1
        lda fast_t+2
        cmp #16
        bcs @done
        lda fast_t+1
        jsr exp2_step
        factor
        ldy fast_t
        sec
        low fast_low
        high
        sta fast_low
        sec
        lda entry
        sbc fast_low
        sta fast_product
        lda entry+1
        sbc #0
        ldx fast_t+2
        beq @put
:       lsr a
        ror fast_product
        dex
        bne :-
@put:   sta fast_product+1
@done:  rts

; fast_t = fast_t (16 bits) / 2^(places - 10), 24 bits; carry set if that is 2^20
; or more. Clobbers A, X.
octaves:
        lda #0
        sta fast_t+2
        lda fast_shift_by
        sec
        sbc #10
        tax
        beq @done
        bmi @left
:       lsr fast_t+1
        ror fast_t
        dex
        bne :-
        clc
        rts
@left:  asl fast_t
        rol fast_t+1
        rol fast_t+2
        lda fast_t+2
        cmp #16
        bcs @done
        inx
        bne @left
@done:  lda fast_t+2
        cmp #16
        rts

; uint32_t fast_near_precise(uint8_t head, uint16_t greatest, int8_t places, uint8_t n)
; 500 cycles a position.
fast_near_precise:
        jsr near_arguments
@next:  sty fast_length
        jsr below
        jsr octaves
        bcs @far
        jsr precise_weight
        clc
        lda fast_product
        adc fast_sum
        sta fast_sum
        lda fast_product+1
        adc fast_sum+1
        sta fast_sum+1
        bcc :+
        inc fast_sum+2
:       ldy fast_length
        jsr below
        jsr append
@far:   ldy fast_length
        iny
        cpy fast_end
        bne @next
        ldy #LIST_COUNT
        lda fast_index
        sta (fast_r),y
        jmp return_sum

; uint32_t fast_log2(uint32_t total)
; 900 cycles.
fast_log2:
        sta fast_t
        stx fast_t+1
        lda sreg
        sta fast_t+2
        lda sreg+1
        sta fast_t+3
        lda #0
        sta fast_high           ; whole places
        sta fast_index
@fit:   lda fast_t+3
        ora fast_t+2
        bne @halve
        lda fast_t+1
        cmp #$ff
        bne @search
        lda fast_t
        beq @search
@halve: lsr fast_t+3
        ror fast_t+2
        ror fast_t+1
        ror fast_t
        inc fast_high
        bne @fit                ; always
@search:
        lda #128
        sta fast_length
@bit:   lda fast_index
        ora fast_length
        clc
        jsr exp2_at
        cmp fast_t
        txa
        sbc fast_t+1
        bcc :+
        lda fast_index
        ora fast_length
        sta fast_index
:       lsr fast_length
        bne @bit
        lda fast_index
        jsr exp2_step
        sta fast_end
        sec
        lda entry
        sbc fast_t
        cmp fast_end
        bcc :+
        lda #255
        sta fast_low
        bne @join               ; always
:       ldx #8                  ; the fraction
@divide:
        asl a
        bcs :+
        cmp fast_end
        bcc @zero
:       sbc fast_end            ; the carry is set
        sec
@zero:  rol fast_low
        dex
        bne @divide
@join:  lda #0
        sta sreg+1
        sec
        sbc fast_low
        pha
        lda #0
        sbc fast_index
        tax
        lda fast_high
        sbc #0
        sta sreg
        pla
        rts

; uint32_t fast_weigh(uint8_t head, const uint8_t *exponents, uint8_t least, uint16_t lower)
; 180 cycles an entry of the list.
fast_weigh:
        sta fast_low
        txa
        lsr fast_low
        lsr fast_low
        lsr a                   ; the two lowest bits to the top of the dither
        ror carried
        lsr a
        ror carried
        sta fast_high           ; steps of 1/64
        lda carried
        and #$c0
        ora fast_low
        sta dither
        jsr weigh_arguments
        lda #128
        sta carried
        bne @test               ; always
@next:  lda carried
        clc
        adc dither
        sta carried
        lda (fast_p),y
        adc fast_high
        sta fast_t
        lda (fast_q),y
        adc #0
        sta fast_t+1
        cmp #2
        bcc :+
        bne @skip
        lda fast_t
        cmp #<576
        bcs @skip
:       jsr near_weight
        sta fast_product
        lda (fast_r),y
        sta fast_length
        tay
        jsr lower_places
        lda fast_product
        cpx #0
        beq @lowered
:       lsr a
        dex
        bne :-
        adc #0
@lowered:
        tax
        beq @skip
        jsr add_to_sum
        ldy fast_end
        txa
        sta (fast_p),y
        lda fast_length
        sta (fast_r),y
        inc fast_end
@skip:  inc fast_index
@test:  ldy #LIST_COUNT
        lda (fast_r),y
        ldy fast_index
        cmp fast_index
        bne @next
        ldy #LIST_COUNT
        lda fast_end
        sta (fast_r),y
        jmp return_sum

; Arguments head, exponents, least.
weigh_arguments:
        ldy #0
        lda (sp),y
        sta least
        argument fast_x, 1
        ldy #3
        lda (sp),y
        jsr list
        jsr incsp4
        ldy #0
        sty fast_index
        sty fast_end
        sty fast_sum
        sty fast_sum+1
        sty fast_sum+2
        sty fast_sum+3
        rts

; X = the places by which position Y is lowered. Clobbers A.
lower_places:
        lda (fast_x),y
        lsr a
        lsr a
        lsr a
        lsr a
        sec
        sbc least
        tax
        rts

; uint32_t fast_weigh_precise(uint8_t head, const uint8_t *exponents, uint8_t least, uint16_t lower, int8_t places)
; 550 cycles an entry of the list.
fast_weigh_precise:
        sta fast_shift_by
        argument greatest, 0    ; lower
        jsr incsp2
        jsr weigh_arguments
@test:  ldy #LIST_COUNT
        lda (fast_r),y
        ldy fast_index
        cmp fast_index
        beq @done
        lda (fast_p),y
        sta fast_t
        lda (fast_q),y
        sta fast_t+1
        jsr octaves
        clc
        lda fast_t
        adc greatest
        sta fast_t
        lda fast_t+1
        adc greatest+1
        sta fast_t+1
        bcc :+
        inc fast_t+2
:       jsr precise_weight
        ldy fast_index
        lda (fast_r),y
        tay
        jsr lower_places
        beq @lowered
:       lsr fast_product+1
        ror fast_product
        dex
        bne :-
        bcc @lowered
        inc fast_product
        bne @lowered
        inc fast_product+1
@lowered:
        ldy fast_index
        clc
        lda fast_product
        sta (fast_p),y
        adc fast_sum
        sta fast_sum
        lda fast_product+1
        sta (fast_q),y
        adc fast_sum+1
        sta fast_sum+1
        bcc :+
        inc fast_sum+2
:       inc fast_index
        jmp @test
@done:  jmp return_sum

; --- values -------------------------------------------------------------------------

; Arguments sums, head, and A. The sums' pointer to fast_x.
values_arguments:
        sta adding
        ldy #0
        lda (sp),y
        jsr list
        argument fast_x, 1
        jsr incsp3
        lda #0
        sta fast_index
        ldx #31
:       sta fast_weights,x
        dex
        bpl :-
        rts

; void fast_values(uint8_t *sums, uint8_t head, uint8_t add)
; 480 cycles an entry of the list, 160 with a weight of 1; 1,200 a call.
fast_values:
        jsr values_arguments    ; sums of 24 bits in fast_weights
        ldy #LIST_COUNT
        lda (fast_r),y
        tay
        beq :+
        jmp values_next
:       jmp values_done
value_of_one:
        clc
        .repeat 8, j
        lda _window+POSITIONS*j,x
        adc fast_weights+4*j
        sta fast_weights+4*j
        bcc :+
        clc
        inc fast_weights+4*j+1
        bne :+
        inc fast_weights+4*j+2
:
        .endrepeat
        ldy fast_index
        bne values_next
        jmp values_done
values_next:
        dey
        sty fast_index
        lda (fast_r),y
        tax
        lda (fast_p),y
        cmp #1
        bne :+
        jmp value_of_one
:       factor
        .repeat 8, j
        ldy _window+POSITIONS*j,x
        sec
        low fast_t
        high
        tay
        clc
        lda fast_t
        adc fast_weights+4*j
        sta fast_weights+4*j
        tya
        adc fast_weights+4*j+1
        sta fast_weights+4*j+1
        bcc :+
        inc fast_weights+4*j+2
:
        .endrepeat
        ldy fast_index
        beq values_done
        jmp values_next

; The sums of 32 bits in fast_weights go to those behind fast_x, or are added.
values_done:
        ldx #0
        ldy #0
@sum:   lda adding
        bne @add
        .repeat 4, i
        lda fast_weights+i,x
        sta (fast_x),y
        iny
        .endrepeat
        lda #0
        sta (fast_x),y
        beq @next               ; always
@add:   clc
        .repeat 4, i
        lda fast_weights+i,x
        adc (fast_x),y
        sta (fast_x),y
        iny
        .endrepeat
        lda #0
        adc (fast_x),y
        sta (fast_x),y
@next:  iny
        txa
        clc
        adc #4
        tax
        cpx #32
        bne @sum
        rts

; void fast_values_precise(uint8_t *sums, uint8_t head, uint8_t add)
; 2,000 cycles an entry of the list, 700 for a weight below 256.
value_high = fast_weights+32
value_low = fast_weights+40
fast_values_precise:
        jsr values_arguments    ; sums of 32 bits in fast_weights
@next:  ldy #LIST_COUNT
        lda (fast_r),y
        ldy fast_index
        cmp fast_index
        bne :+
        jmp values_done
:       lda (fast_r),y
        tax
        .repeat 8, j
        lda _window+POSITIONS*j,x
        sta value_high+j
        lda _window+POSITIONS*(8+j),x
        sta value_low+j
        .endrepeat
        lda (fast_q),y
        beq @low_byte
        factor
        ldx #7
@high:  ldy value_high,x
        jsr product_to_x
        clc
        adc fast_weights+1,x
        sta fast_weights+1,x
        lda fast_t+1
        adc fast_weights+2,x
        sta fast_weights+2,x
        bcc :+
        inc fast_weights+3,x
:       txa
        lsr a
        lsr a
        tax
        ldy value_low,x
        jsr product_to_x
        jsr add_to_x
        bpl @high
@low_byte:
        ldy fast_index
        lda (fast_p),y
        factor
        ldx #7
@low:   ldy value_high,x
        jsr product_to_x
        jsr add_to_x
        bpl @low
        inc fast_index
        jmp @next

; fast_t = factor * Y; A its low byte; X becomes 4 * X.
product_to_x:
        sec
        low fast_t
        high
        sta fast_t+1
        txa
        asl a
        asl a
        tax
        lda fast_t
        rts

; The sum at X = 4 * element + A and fast_t+1; X becomes the element before it.
add_to_x:
        clc
        adc fast_weights,x
        sta fast_weights,x
        lda fast_t+1
        adc fast_weights+1,x
        sta fast_weights+1,x
        bcc :+
        inc fast_weights+2,x
        bne :+
        inc fast_weights+3,x
:       txa
        lsr a
        lsr a
        tax
        dex
        rts

; void fast_mean(int16_t *y, const uint8_t *sums, uint32_t weights, uint8_t shift)
; 1,400 cycles, + 250 for each place.
fast_mean:
        sta fast_shift_by
        ldy #3
:       lda (sp),y
        sta fast_sum,y
        dey
        bpl :-
        argument fast_q, 4
        argument fast_p, 6
        ldy #8
        jsr addysp
        lda #0                  ; 128 * weights: fast_sum and, lowest, fast_high
        lsr fast_sum+3
        ror fast_sum+2
        ror fast_sum+1
        ror fast_sum
        ror a
        sta fast_high
        lda #0
        sta fast_index          ; in y
        sta fast_end            ; in sums
@next:  ldy fast_end
        sec
        lda (fast_q),y
        sbc fast_high
        sta fast_t
        .repeat 4, i
        iny
        lda (fast_q),y
        sbc fast_sum+i
        sta fast_t+1+i
        .endrepeat
        iny
        sty fast_end
        ldx fast_shift_by
        beq @saturate
@bytes: cpx #8
        bcc @bits
        asl fast_t              ; carry: the bit to round with, if it is the last
        ldy fast_t+1
        sty fast_t
        ldy fast_t+2
        sty fast_t+1
        ldy fast_t+3
        sty fast_t+2
        ldy fast_t+4
        sty fast_t+3
        bpl :+
        ldy #$ff
        bmi :++
:       ldy #0
:       sty fast_t+4
        php
        txa
        sec
        sbc #8
        tax
        plp
        txa
        beq @round
        bne @bytes              ; always
@bits:  lda fast_t+4
:       cmp #$80
        ror a
        ror fast_t+3
        ror fast_t+2
        ror fast_t+1
        ror fast_t
        dex
        bne :-
        sta fast_t+4
@round: bcc @saturate
        inc fast_t
        bne @saturate
        inc fast_t+1
        bne @saturate
        inc fast_t+2
        bne @saturate
        inc fast_t+3
        bne @saturate
        inc fast_t+4
@saturate:
        lda fast_t+1
        asl a
        lda #0
        bcc :+
        lda #$ff
:       cmp fast_t+2
        bne @over
        cmp fast_t+3
        bne @over
        cmp fast_t+4
        bne @over
@put:   ldy fast_index
        ldx #0                  ; + itself / 256
        lda fast_t+1
        bpl :+
        dex
:       clc
        adc fast_t
        sta (fast_p),y
        iny
        txa
        adc fast_t+1
        bvc :++
        dey                     ; the most that there is
        cpx #$80                ; carry: negative
        lda #$ff
        bcc :+
        lda #0
:       sta (fast_p),y
        iny
        lda #$7f
        adc #0
:       sta (fast_p),y
        iny
        sty fast_index
        cpy #16
        beq @done
        jmp @next
@over:  lda #$ff
        ldx #$7f
        bit fast_t+4
        bpl :+
        lda #0
        ldx #$80
:       sta fast_t
        stx fast_t+1
        jmp @put
@done:  rts
