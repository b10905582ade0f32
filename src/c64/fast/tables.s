; The tables of a chunk: for each group of 8 elements all 256 sums of a subset.
; C: fast_tables of fast.h.

        .include "fast.inc"
        .importzp fast_p, fast_q, fast_t, fast_weights, fast_index, fast_low, fast_high
        .import fast_groups, fast_planes_used, fast_bias
        .export _fast_tables, fast_table_low, fast_table_high

        .segment "FAST_STORY"
        .align 256
fast_table_low:  .res 256 * MAX_GROUPS
fast_table_high: .res 256 * MAX_GROUPS

        .bss
sum:    .res 2
i:      .res 1
group:  .res 1
input:  .res 16

; Sums of the 4 elements of either half, in zero page: the buffer of weights is
; free while tables are made.
first_low   = fast_weights
first_high  = fast_weights + 16
second_low  = fast_weights + 32
second_high = fast_weights + 48

        .segment "FAST"

; half sums: to+b = to+a + element `at` of x.
.macro  step tl, th, to, from, at
        clc
        lda tl+from
        adc input+2*(at)
        sta tl+to
        lda th+from
        adc input+2*(at)+1
        sta th+to
.endmacro

.macro  half tl, th, at
        .local next, positive
        lda #0
        sta tl
        sta th
        ldy #2*at
next:   lda input+1,y
        bpl positive
        sec
        lda tl
        sbc input,y
        sta tl
        lda th
        sbc input+1,y
        sta th
positive:
        iny
        iny
        cpy #2*at+8
        bne next
        step tl, th, 1, 0, at
        step tl, th, 2, 0, at+1
        step tl, th, 3, 1, at+1
        .repeat 4, k
        step tl, th, k+4, k, at+2
        .endrepeat
        .repeat 8, k
        step tl, th, k+8, k, at+3
        .endrepeat
.endmacro

; sum += entry `at` of a half.
.macro  add_size tl, th, at
        clc
        lda sum
        adc tl+at
        sta sum
        lda sum+1
        adc th+at
        sta sum+1
.endmacro

; uint16_t fast_tables(const int16_t *x)
; 7,500 cycles a group. Clobbers A, X, Y, fast_p, fast_t, fast_weights,
; fast_low, fast_high, fast_index.
_fast_tables:
        sta fast_p
        stx fast_p+1
        lda #0
        sta sum
        sta sum+1
        sta group

next_group: ldy #15
:       lda (fast_p),y
        sta input,y
        dey
        bpl :-
        half first_low, first_high, 0
        half second_low, second_high, 4
        ; Of either half: all positive elements, and all negative ones.
        add_size first_low, first_high, 0
        add_size first_low, first_high, 15
        add_size second_low, second_high, 0
        add_size second_low, second_high, 15

        lda group
        clc
        adc #>fast_table_low
        .repeat 16, j
        sta .ident(.sprintf("low_%d", j))+2
        .endrepeat
        adc #MAX_GROUPS         ; the carry is clear
        .repeat 16, j
        sta .ident(.sprintf("high_%d", j))+2
        .endrepeat

        ldx #0                  ; 16 times the bits of the second half
        ldy #0
next_row:
        lda second_low,y
        sta fast_low
        lda second_high,y
        sta fast_high
        clc
        .repeat 16, j
        lda first_low+j
        adc fast_low
.ident(.sprintf("low_%d", j)):
        sta fast_table_low+j,x
        lda first_high+j
        adc fast_high           ; never carries
.ident(.sprintf("high_%d", j)):
        sta fast_table_high+j,x
        .endrepeat
        txa
        adc #16
        tax
        iny
        cpy #16
        beq rows_done
        jmp next_row
rows_done:
        clc
        lda fast_p
        adc #16
        sta fast_p
        bcc :+
        inc fast_p+1
:       inc group
        lda group
        cmp fast_groups
        beq centre
        jmp next_group

centre:                        ; (sum >> 1) - (sum >> (planes + 1)) - bias
        lsr sum+1
        ror sum
        lda sum
        sta fast_t
        lda sum+1
        ldx fast_planes_used
:       lsr a
        ror fast_t
        dex
        bne :-
        sta fast_t+1
        sec
        lda sum
        sbc fast_t
        sta fast_t
        lda sum+1
        sbc fast_t+1
        tax
        sec
        lda fast_t
        sbc fast_bias
        pha
        txa
        sbc fast_bias+1
        tax
        pla
        rts
