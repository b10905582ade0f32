; The tables of a chunk: for each group of 8 elements all 256 sums of a subset.
; C: fast_tables of fast.h.

        .include "fast.inc"
        .importzp fast_p, fast_t, fast_weights, fast_end, fast_low, fast_high
        .import fast_groups, fast_planes_used, fast_bias
        .export _fast_tables, fast_table_low, fast_table_high

        .segment "FAST_STORY"
        .align 256
fast_table_low:  .res 256 * MAX_GROUPS
fast_table_high: .res 256 * MAX_GROUPS

        .bss
sum:    .res 1          ; of the high bytes of the groups' sums
group:  .res 1

; In zero page, as the buffer of weights is free while tables are made: of 8 bytes two for a sum of
; elements 3..6, two for an element.
second_low  = fast_weights
second_high = fast_weights + 1
input       = fast_weights + 2
positive    = fast_t            ; sums of the elements' sizes
negative    = fast_t + 2

        .segment "FAST"

; to = from + element `at`, in the operands for the first half or in zero page.
.macro  first_step to, from, at
        clc
        lda .ident(.sprintf("low_%d", from))+1
        adc input+8*(at)
        sta .ident(.sprintf("low_%d", to))+1
        lda .ident(.sprintf("high_%d", from))+1
        adc input+8*(at)+1
        sta .ident(.sprintf("high_%d", to))+1
.endmacro

.macro  second_step to, from, at
        clc
        lda second_low+8*(from)
        adc input+8*(at)
        sta second_low+8*(to)
        lda second_high+8*(from)
        adc input+8*(at)+1
        sta second_high+8*(to)
.endmacro

; uint16_t fast_tables(const int16_t *x)
; 6,400 cycles a group: 36 for an entry and its complement. Clobbers A, X, Y, fast_p, fast_t,
; fast_weights, fast_low, fast_high, fast_end.
_fast_tables:
        sta fast_p
        stx fast_p+1
        ldx #0
        stx sum
        stx group

next_group:
        ldy #0
        sty positive
        sty positive+1
        sty negative
        sty negative+1
        ldx #0
        lda #6
        jsr sizes
        lda negative
        sta low_0+1
        lda negative+1
        sta high_0+1
        lda #16
        jsr sizes

        clc                     ; K = 256 * fast_high + 255
        lda positive
        adc negative
        tax
        lda positive+1
        adc negative+1
        cpx #$fe
        adc #0
        sta fast_high
        clc
        adc sum
        sta sum
        ldx fast_high
        inx
        .repeat 8, j
        stx .ident(.sprintf("most_%d", j))+1
        .endrepeat

        sec                     ; entry 0: (K - positive + negative) / 2
        lda #$ff
        sbc positive
        sta second_low
        lda fast_high
        sbc positive+1
        sta second_high
        clc
        lda second_low
        adc negative
        sta second_low
        lda second_high
        adc negative+1
        ror a
        ror second_low
        tax
        clc                     ; less that of the first half, and 1 for the carry below
        lda second_low
        sbc low_0+1
        sta second_low
        txa
        sbc high_0+1
        sta second_high

        first_step 1, 0, 0
        first_step 2, 0, 1
        first_step 3, 1, 1
        .repeat 4, k
        first_step k+4, k, 2
        .endrepeat
        second_step 1, 0, 3
        second_step 2, 0, 4
        second_step 3, 1, 4
        .repeat 4, k
        second_step k+4, k, 5
        .endrepeat
        .repeat 8, k
        second_step k+8, k, 6
        .endrepeat

        lda group
        clc
        adc #>fast_table_low
        .repeat 8, j
        sta .ident(.sprintf("put_low_%d", j))+2
        sta .ident(.sprintf("put_low_%d", j))+7
        .endrepeat
        adc #MAX_GROUPS         ; the carry is clear
        .repeat 8, j
        sta .ident(.sprintf("put_high_%d", j))+2
        sta .ident(.sprintf("put_high_%d", j))+9
        .endrepeat

        ldx #0                  ; 8 times the bits of the second half
next_row:
        lda second_low,x
        sta fast_low
        lda second_high,x
        sta fast_high
        txa
        eor #$f8
        tay
        sec
        .repeat 8, j           ; the carry is set
.ident(.sprintf("low_%d", j)):
        lda #0
        adc fast_low
.ident(.sprintf("put_low_%d", j)):
        sta fast_table_low+j,x
        eor #$ff
        sta fast_table_low+7-j,y
.ident(.sprintf("high_%d", j)):
        lda #0
        adc fast_high           ; never carries
.ident(.sprintf("put_high_%d", j)):
        sta fast_table_high+j,x
        eor #$ff
.ident(.sprintf("most_%d", j)):
        adc #0                  ; always carries
        sta fast_table_high+7-j,y
        .endrepeat
        txa
        adc #7
        tax
        bmi :+
        jmp next_row
:       clc
        lda fast_p
        adc #16
        sta fast_p
        bcc :+
        inc fast_p+1
:       inc group
        lda group
        cmp fast_groups
        beq :+
        jmp next_group

:       sta fast_t              ; sum of K = 256 * (sum + groups) - groups
        clc
        adc sum
        tax
        lda #0
        sec
        sbc fast_t
        bcs :+
        dex
:       stx sum
        lsr sum                 ; (sum >> 1) - sum / 2^(planes + 1) - bias
        ror a
        sta fast_low
        sta fast_t
        lda sum
        ldx fast_planes_used
:       lsr a
        ror fast_t
        dex
        bne :-
        sta fast_t+1
        lda #0                  ; round: the carry is one more to be subtracted
        adc #$ff
        asl a
        lda fast_low
        sbc fast_t
        tay
        lda sum
        sbc fast_t+1
        tax
        sec
        tya
        sbc fast_bias
        tay
        txa
        sbc fast_bias+1
        tax
        tya
        rts

; Elements from byte Y to before byte A of x into input + X and on, their sizes into the sums.
sizes:  sta fast_end
@next:  lda (fast_p),y
        sta input,x
        iny
        lda (fast_p),y
        sta input+1,x
        bmi @negative
        clc
        lda input,x
        adc positive
        sta positive
        lda input+1,x
        adc positive+1
        sta positive+1
@on:    txa
        adc #8                  ; the carry is clear
        tax
        iny
        cpy fast_end
        bne @next
        rts
@negative:
        sec
        lda negative
        sbc input,x
        sta negative
        lda negative+1
        sbc input+1,x
        sta negative+1
        jmp @on
