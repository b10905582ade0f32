; Attention of the fast engine: what a query finds in the cache of its head. C:
; fast_attend of fast.h, in src/definition/fast_attention.c, whose functions the
; routines are named after.

        .include "fast.inc"
        .include "multiply.inc"
        .include "reu.inc"
        .importzp sp, ptr1, ptr2, ptr3, ptr4
        .importzp fast_t, fast_index, fast_end, fast_low, fast_high, fast_at
        .importzp fast_p, fast_q, fast_x, fast_product, fast_sum, fast_weights
        .importzp mul_sl, mul_sh, mul_nl, mul_nh
        .importzp mul2_sl, mul2_sh, mul2_nl, mul2_nh
        .import incsp2, reu_prepare, reu_transfer
        .import fast_table_low, fast_table_high, _window, _machine_stopped, _fast_near_weights
        .export _fast_attend, _fast_head, _fast_above
        .export _fast_exp2

POSITIONS = 64                  ; of a block: FAST_POSITIONS
GROUP = 8                       ; FAST_GROUP
LOW_PLANES = 6                  ; FAST_LOW_PLANES
FEW_PLANES = 12
MOST_PLANES = 16
LIST_LOW = 64                   ; in the list
LIST_HIGH = 128
LIST_FIRST = 192
SUM_BYTES = 5
SMALL = 32
SMALL_BYTES = 3

        .segment "FAST_STORY"
        .align 256
; Positions, low bytes, high bytes. Weights are the entries from LIST_FIRST to
; those of the block's positions. Before there are weights: of precise scores fractions, then low and high bytes.
list:   .res 256

        .segment "FAST_HIGH"
_fast_above:                    ; FAST_BLOCK bytes
values: .res GROUP * POSITIONS  ; precise ones come to the window
exponents: .res POSITIONS
_fast_exp2: .res 512

        .bss
_fast_head:                     ; struct fast_head of fast.h
head_cache:     .res 4
head_lists:     .res 4
head_exponents: .res 4
head_block_bytes: .res 4
head_size:      .res 2
head_centre:    .res 2
head_most:      .res 2
head_groups:    .res 1
head_precise:   .res 1
head_blocks:    .res 1
head_last_positions: .res 1
head_score:     .res 1
head_value_exponent: .res 1
head_fetched:   .res 1

key_least:      .res 1
value_least:    .res 1

; In zero page
query           = ptr1          ; of the group
output          = ptr2
width           = ptr3          ; elements of the group
positions       = ptr3 + 1      ; of the block
places          = ptr4
slot            = ptr4 + 1      ; the first entry of the list
sums            = fast_weights  ; of weights times values, SUM_BYTES each
small_sums      = sums + GROUP * SUM_BYTES ; of weights below SMALL, in units of it; SMALL_BYTES each
mean_centre     = fast_product
counted         = small_sums    ; after them: 128 times the weights, as a sum
first_low       = fast_weights  ; sums of the elements 0..3, of 4..6
first_high      = fast_weights + 16
second_low      = fast_weights + 32
second_high     = fast_weights + 40
input           = fast_weights + 48
query_shift     = fast_weights + 72 ; from here on: in the whole of fast_attend
block           = fast_weights + 73
group           = fast_weights + 74
block_at        = fast_weights + 75 ; 24 bits, in the REU
list_at         = fast_weights + 78
offset          = fast_weights + 81 ; 24 bits: to a group of keys from the block's beginning, of values from its end
greatest        = fast_weights + 84 ; 16 bits: a score
greatest_finer  = fast_weights + 86 ; 24 bits: the same of precise scores, the lowest 8 a fraction
total           = fast_weights + 89 ; 32 bits: of the weights
lost            = fast_weights + 93 ; of it where weights are lowered
skip            = fast_weights + 97
pages           = fast_weights + 98 ; of a group of keys or values in a block
        .assert counted + 5 <= query_shift, error

        .segment "FAST"

; Calls a routine behind the I/O registers. 16 cycles.
.macro  behind_io routine
        dec $01
        jsr routine
        inc $01
.endmacro

; From (or to) what is in the REU at fast_at. 120 cycles + the bytes.
.macro  transfer command, to, bytes, pages
        lda #<(to)
        sta REU_C64
        lda #>(to)
        sta REU_C64+1
        lda #<(bytes)
        sta REU_LENGTH
        .ifblank pages
        lda #>(bytes)
        .else
        lda pages
        .endif
        sta REU_LENGTH+1
        lda #command
        jsr transfer_at
.endmacro
transfer_at:
        pha
        jsr reu_prepare
        lda fast_at
        sta REU_ADDRESS
        lda fast_at+1
        sta REU_ADDRESS+1
        ldx fast_at+2
        stx REU_ADDRESS+2
        pla
        jmp reu_transfer

; to = from + by, or from - by: 24 bits.
.macro  add_24 to, from, by
        clc
        .repeat 3, i
        lda from+i
        adc by+i
        sta to+i
        .endrepeat
.endmacro
.macro  subtract_24 to, from, by
        sec
        .repeat 3, i
        lda from+i
        sbc by+i
        sta to+i
        .endrepeat
.endmacro

; void fast_attend(int16_t *y, const int16_t *q)
; One group, one block of n positions, 8 bits: 13,500 cycles + 275 n, and for each weight that counts 125
; and 150 (1), 275 (below SMALL) or 490 more. Precise: 13,500 + 390 n, 450 and 320 (below 256) or 930.
; Clobbers A, X, Y, ptr1..ptr4 and the fast engine's zero page.
_fast_attend:
        sta query
        stx query+1
        argument output, 0
        jsr incsp2
        behind_io fit
        lda head_fetched        ; by the query before this one
        bne @fetched
        ldx head_blocks
        dex
        stx block
        jsr get_exponents
        ldx head_last_positions
        lda exponents-1,x
        tax
        and #15
        sta key_least
        txa
        lsr a
        lsr a
        lsr a
        lsr a
        sta value_least
@fetched:
        clc
        lda head_score
        adc key_least
        clc
        adc query_shift
        clc
        adc #2
        sta places

        lda #0
        sta group
        sta offset
        sta offset+1
        sta offset+2
@score_group:
        jsr group_width
        behind_io make_table
        jsr first_block
        .repeat 5, i
        sta greatest+i          ; and greatest_finer
        .endrepeat
@score_block:
        jsr begin_block
        beq :+
        rts
:       lda head_fetched
        bne @score
        add_24 fast_at, block_at, offset
        ldx #3                  ; 768 bytes
        lda head_precise
        beq :+
        inx
:       stx pages
        transfer REU_TO_C64, _window, 0, pages
        lda head_blocks
        cmp #2
        bcc @score              ; exponents are there
        lda group
        beq :+
        jsr get_scores
:       jsr get_exponents
@score: behind_io score
        lda head_blocks
        cmp #2
        bcc :+
        jsr put_scores
:       jsr next_block
        bne @score_block
        clc
        lda offset+1
        adc pages
        sta offset+1
        bcc :+
        inc offset+2
:       jsr next_group
        beq :+
        jmp @score_group
:       ldx #7
        lda #0
:       sta total,x             ; and lost
        dex
        bpl :-
        sta group
        sta offset
        sta offset+2
        lda head_groups         ; 512 bytes each, or 1024
        asl a
        ldx #2
        ldy head_precise
        beq :+
        asl a
        rol offset+2
        ldx #4
:       sta offset+1
        stx pages
@value_group:
        lda #0
        ldx #7
:       .repeat SUM_BYTES + SMALL_BYTES, i
        sta sums+GROUP*i,x
        .endrepeat
        dex
        bpl :-
        jsr first_block
@value_block:
        jsr begin_block
        beq :+
        rts
:       lda group
        bne @weighed
        lda head_blocks
        cmp #2
        bcc :+
        jsr get_scores
        jsr get_exponents
:       lda head_precise
        bne :+
        behind_io weigh
        jmp :++
:       behind_io weigh_precise
:       lda slot
        sta list+LIST_FIRST
        ldx head_groups
        dex
        beq @values
        lda head_blocks
        cmp #2
        bcc @values
        jsr put_weights
        jmp @values
@weighed:
        lda head_blocks
        cmp #2
        bcc :+
        jsr get_weights
:       lda list+LIST_FIRST
        sta slot
@values:
        add_24 fast_at, block_at, head_block_bytes
        subtract_24 fast_at, fast_at, offset
        lda head_precise
        bne @precise
        lda head_fetched
        bne :+
        transfer REU_TO_C64, values, GROUP * POSITIONS
:       behind_io add_values
        jmp @added
@precise:
        transfer REU_TO_C64, _window, 2 * GROUP * POSITIONS
        jsr add_values_precise
@added: jsr next_block
        beq :+
        jmp @value_block
:       sec
        lda offset+1
        sbc pages
        sta offset+1
        bcs :+
        dec offset+2
:       jsr group_width
        lda head_precise
        bne :+
        behind_io add_small
:       jsr means
        clc
        lda output
        adc #2 * GROUP
        sta output
        bcc :+
        inc output+1
:       inc group
        lda group
        cmp head_groups
        beq :+
        jmp @value_group
:       lda head_blocks
        eor #1
        ora head_precise
        bne :+
        lda head_groups
        cmp #1
        bne :+
        sta head_fetched
:       rts

; The query's next group; Z if there is none. Clobbers A.
next_group:
        clc
        lda query
        adc #2 * GROUP
        sta query
        bcc :+
        inc query+1
:       inc group
        lda group
        cmp head_groups
        rts

; The first block of the head; A = 0.
first_block:
        .repeat 3, i
        lda head_cache+i
        sta block_at+i
        lda head_lists+i
        sta list_at+i
        .endrepeat
        lda #0
        sta block
        rts

; The next one; Z if there is none. Clobbers A.
next_block:
        inc block
        lda block
        cmp head_blocks
        beq :++
        add_24 block_at, block_at, head_block_bytes
        inc list_at+1
        bne :+
        inc list_at+2
:       lda #1
:       rts

; Z unless the user wants to stop. Clobbers A, X.
begin_block:
        ldx block
        inx
        lda #POSITIONS
        cpx head_blocks
        bne :+
        lda head_last_positions
:       sta positions
        lda _machine_stopped
        rts

; The exponents of the block. Clobbers A, X, Y, fast_at.
get_exponents:
        ldx #0
        stx fast_at
        stx fast_at+2
        lda block               ; * POSITIONS
        lsr a
        ror fast_at
        lsr a
        ror fast_at
        sta fast_at+1
        add_24 fast_at, fast_at, head_exponents
        transfer REU_TO_C64, exponents, POSITIONS
        rts

; Lists of several blocks are kept in the REU: scores, and weights for the groups behind the first.
get_scores:
        lda #REU_TO_C64
        bne move_scores         ; always
put_scores:
        lda #REU_FROM_C64
move_scores:
        ldx head_precise
        bne :+
        ldx #LIST_LOW
        ldy #128
        bne move_list           ; always
:       dex                     ; their fractions too
        ldy #192
        bne move_list           ; always
get_weights:
        lda #REU_TO_C64
        bne move_weights        ; always
put_weights:
        lda #REU_FROM_C64
move_weights:
        ldx #0
        ldy #0                  ; 256
move_list:
        pha
        stx REU_C64             ; the list begins at a page
        sty REU_LENGTH
        lda #>list
        sta REU_C64+1
        lda #0
        cpy #1
        bcs :+
        lda #1
:       sta REU_LENGTH+1
        ldx #2
:       lda list_at,x
        sta fast_at,x
        dex
        bpl :-
        pla
        jmp transfer_at

; width = the elements of the group. Clobbers A, X.
group_width:
        lda #GROUP
        ldx group
        inx
        cpx head_groups
        bne :+
        lda head_size
        and #GROUP - 1
        bne :+
        lda #GROUP
:       sta width
        rts

        .segment "FAST_UNDER_IO"

; --- the query ---------------------------------------------------------------------

; query_shift for the query; input is its last group. 700 cycles for 8 elements, + 30 for each place.
fit:    lda query
        sta fast_q
        lda query+1
        sta fast_q+1
        lda #0
        sta fast_sum            ; the greatest
        sta fast_sum+1
        sta fast_sum+2
        sta group
@group: jsr group_width
        jsr get_input
        ldy #0                  ; or
        sty fast_t+2
        sty fast_product        ; sum
        sty fast_product+1
        sty fast_product+2
        ldx #2 * GROUP - 2
@next:  lda input+1,x
        bmi @minus
        tay
        ora fast_t+2
        sta fast_t+2
        clc
        lda input,x
        adc fast_product
        sta fast_product
        tya
        adc fast_product+1
        sta fast_product+1
        bcc @more
        inc fast_product+2
        bcs @more               ; always
@minus: eor #$ff
        ora fast_t+2
        sta fast_t+2
        sec
        lda fast_product
        sbc input,x
        sta fast_product
        lda fast_product+1
        sbc input+1,x
        sta fast_product+1
        bcc @more
        inc fast_product+2
@more:  dex
        dex
        bpl @next
        sec                     ; twice the or, its low byte as 255, if that is more
        lda #$fe
        sta fast_t
        lda fast_t+2
        rol a
        sta fast_t+1
        lda #0
        rol a
        sta fast_t+2
        ldx #fast_t
        jsr @greatest
        ldx #fast_product
        jsr @greatest
        ldx head_groups
        dex
        beq @single
        jsr next_group
        bne @group
        lda fast_q
        sta query
        lda fast_q+1
        sta query+1
@single:
        ldx #0
        sec                     ; the limit
        lda head_most
        sbc #8
        sta fast_t
        lda head_most+1
        sta fast_t+1            ; no borrow: the low byte is 255
@lower: lda fast_sum+2
        bne @halve
        lda fast_t
        cmp fast_sum
        lda fast_t+1
        sbc fast_sum+1
        bcs @raise
@halve: lsr fast_sum+2
        ror fast_sum+1
        ror fast_sum
        dex
        bmi @lower              ; always
@raise: txa
        bmi @found
:       cpx #14
        bcs @found
        asl fast_sum
        rol fast_sum+1
        bcs @found
        lda fast_t
        cmp fast_sum
        lda fast_t+1
        sbc fast_sum+1
        bcc @found
        inx
        bne :-
@found: stx query_shift
        rts

; fast_sum = the 24 bits in zero page at X, if that is more.
@greatest:
        lda fast_sum
        cmp 0,x
        lda fast_sum+1
        sbc 1,x
        lda fast_sum+2
        sbc 2,x
        bcs :+
        lda 0,x
        sta fast_sum
        lda 1,x
        sta fast_sum+1
        lda 2,x
        sta fast_sum+2
:       rts

; input = the group's elements, and zeros. Clobbers A, X, Y.
get_input:
        lda width
        asl a
        tay
        tax
        dey
:       lda (query),y
        sta input,y
        dey
        bpl :-
        lda #0
:       cpx #2 * GROUP
        beq :+
        sta input,x
        inx
        bne :-
:       rts

; half sums: to+b = to+from + element `at` of the input.
.macro  step tl, th, to, from, at
        clc
        lda tl+from
        adc input+2*(at)
        sta tl+to
        lda th+from
        adc input+2*(at)+1
        sta th+to
.endmacro

; The table of the group's elements, in the first page. 6,000 cycles + 85 for each place of the shift.
make_table:
        ldx head_groups
        dex
        beq :+                  ; input is there
        jsr get_input
:       ldy query_shift
        beq @shifted
        bmi @right
@left:  .repeat GROUP, j
        asl input+2*j
        rol input+2*j+1
        .endrepeat
        dey
        bne @left
        beq @shifted            ; always
@right: ldx #2 * GROUP - 2
:       lda input+1,x
        asl a
        ror input+1,x
        ror input,x
        dex
        dex
        bpl :-
        iny
        bne @right
@shifted:
        lda #0                  ; the sizes of the first half's negative elements
        sta first_low
        sta first_high
        ldx #6
@negative:
        lda input+1,x
        bpl @positive
        sec
        lda first_low
        sbc input,x
        sta first_low
        lda first_high
        sbc input+1,x
        sta first_high
@positive:
        dex
        dex
        bpl @negative
        step first_low, first_high, 1, 0, 0
        step first_low, first_high, 2, 0, 1
        step first_low, first_high, 3, 1, 1
        .repeat 4, k
        step first_low, first_high, k+4, k, 2
        .endrepeat
        .repeat 8, k
        step first_low, first_high, k+8, k, 3
        .endrepeat

        ; With the second half: (most - the sum of all elements) / 2. As first_..+15 has the
        ; negative ones too, it begins with those twice.
        sec
        lda head_most
        sbc first_low+15
        sta second_low
        lda head_most+1
        sbc first_high+15
        sta second_high
        lda #0
        sbc #0
        sta fast_high           ; bits 16.. of it
        ldx #6
@sum:   lda input+1+GROUP,x
        asl a
        lda #0
        bcc :+
        lda #$ff
:       sta fast_low
        sec
        lda second_low
        sbc input+GROUP,x
        sta second_low
        lda second_high
        sbc input+1+GROUP,x
        sta second_high
        lda fast_high
        sbc fast_low
        sta fast_high
        dex
        dex
        bpl @sum
        sec                     ; first_ is that much more
        lda second_low
        sbc first_low
        sta second_low
        lda second_high
        sbc first_high
        sta second_high
        lda fast_high
        sbc #0
        lsr a
        ror second_high
        ror second_low
        step second_low, second_high, 1, 0, 4
        step second_low, second_high, 2, 0, 5
        step second_low, second_high, 3, 1, 5
        .repeat 4, k
        step second_low, second_high, k+4, k, 6
        .endrepeat

        lda head_most+1
        .repeat 16, j
        sta .ident(.sprintf("most_%d", j))+1
        .endrepeat
        ldx #0                  ; 16 times the bits of the second half
        stx fast_index
next_row:
        ldy fast_index
        lda second_low,y
        sta fast_low
        lda second_high,y
        sta fast_high
        txa
        eor #$f0
        tay
        clc
        .repeat 16, j
        lda first_low+j
        adc fast_low
        sta fast_table_low+j,x
        eor #$ff
        sta fast_table_low+15-j,y
        lda first_high+j
        adc fast_high           ; never carries
        sta fast_table_high+j,x
.ident(.sprintf("most_%d", j)):
        eor #$ff
        sta fast_table_high+15-j,y
        .endrepeat
        txa
        adc #16
        tax
        inc fast_index
        cpx #128
        beq :+
        jmp next_row
:       rts

; --- scores ------------------------------------------------------------------------

; Scores of the block's positions, or added to what is there after the first group; with
; the last one greatest, and what is not of the least exponent aligned.
; A plane with the tables' high bytes takes 10 cycles, one with 16 bits 28: 260
; cycles a position for 12 planes; 150 a call; 100 for one aligned, + 21 for each place. Precise:
; 440 for 16 planes and a fraction, the last bit that halving shifts out.
score:  lda head_precise
        beq @few
        lda #$4c                ; jmp score_finer
        ldx #<score_finer
        ldy #>score_finer
        jsr @end
        ldx positions
@most:  lda greatest_finer
        cmp list-1,x
        lda greatest_finer+1
        sbc list+LIST_LOW-1,x
        lda greatest_finer+2
        sbc list+LIST_HIGH-1,x
        bcs :+
        .repeat 3, i
        lda list+LIST_LOW*i-1,x
        sta greatest_finer+i
        .endrepeat
:       dex
        bne @most
        lda greatest_finer+1
        sta greatest
        lda greatest_finer+2
        sta greatest+1
        rts
@few:   lda group
        beq :+
        lda #$4c                ; jmp score_add
        ldx #<score_add
        ldy #>score_add
        bne @end                ; always
:       lda #$9d                ; sta list+LIST_HIGH,x
        ldx #<(list+LIST_HIGH)
        ldy #>(list+LIST_HIGH)
@end:   sta score_end
        stx score_end+1
        sty score_end+2
        ldx head_precise        ; planes 6..11, or 10..15 and 6..9 before them
        cpx score_precise
        beq @planes
        stx score_precise
        .repeat LOW_PLANES, l
        txa
        clc
        adc #>(_window+POSITIONS*(l+LOW_PLANES))
        sta .ident(.sprintf("score_plane_%d", l))+2
        .endrepeat
        lda #$bc                ; ldy abs,x
        ldy #<(_window+POSITIONS*LOW_PLANES)
        dex
        bne :+
        lda #>score_more
        sta score_plane_0+2
        lda #$4c                ; jmp
        ldy #<score_more
:       sta score_plane_0
        sty score_plane_0+1
@planes:
        ldx group
        inx
        cpx head_groups
        bne @alike
        ldx #0
@unlike:
        lda exponents,x
        and #15
        cmp key_least
        beq :+
        inx
        cpx positions
        bne @unlike
:       txa
        beq @alike
        sta fast_end
        cmp positions
        beq :+
        sta score_first+1
        ldx positions
        jsr @scores
:       lda greatest
        pha
        lda greatest+1
        pha
        lda #0
        sta score_first+1
        ldx fast_end
        jsr @scores
        pla
        sta greatest+1
        pla
        sta greatest
        jmp align
@alike: lda #0
        sta score_first+1
        ldx positions
@scores:
        dex
score_next:
        ldy _window,x
        lda fast_table_high,y
        lsr a
        .repeat LOW_PLANES-1, l
        ldy _window+POSITIONS*(l+1),x
        adc fast_table_high,y
        ror a
        .endrepeat
        sta fast_high
        lda #0
        ror a
        .repeat LOW_PLANES, l
.ident(.sprintf("score_plane_%d", l)):
        ldy _window+POSITIONS*(l+LOW_PLANES),x
        .if l = 0
score_back:
        .endif
        adc fast_table_low,y
        sta fast_low
        lda fast_high
        adc fast_table_high,y
        ror a
        .if l < LOW_PLANES-1
        sta fast_high
        lda fast_low
        ror a
        .endif
        .endrepeat
score_end:
        sta list+LIST_HIGH,x
        tay
        lda fast_low
        ror a
        sta list+LIST_LOW,x
score_compare:
        cpy greatest+1
        bcs score_perhaps
score_less:
score_first:
        cpx #0
        beq :+
        dex
        jmp score_next
score_perhaps:
        bne score_greater
        cmp greatest
        bcc score_less
score_greater:
        sta greatest
        sty greatest+1
        jmp score_less
:       rts

score_precise:                  ; head_precise for which the code is
        .byte 0
score_more:                     ; planes 6..9 of 16
        .repeat MOST_PLANES-FEW_PLANES, l
        ldy _window+POSITIONS*(l+LOW_PLANES),x
        adc fast_table_low,y
        sta fast_low
        lda fast_high
        adc fast_table_high,y
        ror a
        sta fast_high
        lda fast_low
        ror a
        .endrepeat
        ldy _window+POSITIONS*(LOW_PLANES+MOST_PLANES-FEW_PLANES),x
        jmp score_back

score_add:
        sta fast_high
        lda fast_low
        ror a
        clc
        adc list+LIST_LOW,x
        sta list+LIST_LOW,x
        pha
        lda fast_high
        adc list+LIST_HIGH,x
        sta list+LIST_HIGH,x
        tay
        pla
        jmp score_compare

; Precise scores: their fractions too; greatest comes later.
score_finer:
        sta fast_high
        lda fast_low
        ror a
        sta fast_low
        lda #0
        ror a
        ldy group
        bne @add
        sta list,x
        lda fast_low
        sta list+LIST_LOW,x
        lda fast_high
        jmp @high
@add:   clc
        adc list,x
        sta list,x
        lda fast_low
        adc list+LIST_LOW,x
        sta list+LIST_LOW,x
        lda fast_high
        adc list+LIST_HIGH,x
@high:  sta list+LIST_HIGH,x
        jmp score_less

; The first fast_end scores, whose exponents are more than key_least, with their fractions if they are precise.
align:  ldx fast_end
@next:  dex
        lda exponents,x
        and #15
        sec
        sbc key_least
        tay
        sec
        lda list+LIST_LOW,x
        sbc head_centre
        sta fast_t
        lda list+LIST_HIGH,x
        sbc head_centre+1
        bcs @positive           ; a score can be less than the centre by 2^15
:       sec
        ror a
        ror fast_t
        ror list,x
        dey
        bne :-
        beq @join               ; always
@positive:
        lsr a
        ror fast_t
        ror list,x
        dey
        bne @positive
@join:  tay
        clc
        lda fast_t
        adc head_centre
        sta fast_t
        sta list+LIST_LOW,x
        tya
        adc head_centre+1
        sta list+LIST_HIGH,x
        cmp greatest+1
        bcc @less
        bne @greater
        ldy fast_t
        cpy greatest
        bcc @less
@greater:
        sta greatest+1
        lda fast_t
        sta greatest
@less:  txa
        bne @next
        rts

; --- softmax -----------------------------------------------------------------------

; In: fast_t the greatest distance that counts, in units of 2^places. Out: X the last position,
; fast_product the least score that counts, fast_low the first exponents with a
; value's above the least. Clobbers A, Y.
begin_weights:
        lda head_precise
        lsr a                   ; precise: all ones follow, else rounding
        ldy places
        beq @limit
        bmi @lower
:       rol fast_t
        rol fast_t+1
        bcs @all
        sec
        dey
        bne :-
        beq @limit              ; always
@lower: lsr fast_t+1
        ror fast_t
        iny
        bne @lower
@limit: sec
        lda greatest
        sbc fast_t
        sta fast_product
        lda greatest+1
        sbc fast_t+1
        bcs :+
@all:   lda #0
        sta fast_product
:       sta fast_product+1
        ldx value_least
        inx
        txa
        asl a
        asl a
        asl a
        asl a
        bne :+
        lda #$ff                ; none
:       sta fast_low
        ldx positions
        stx slot
        dex
        rts

; A score whose high byte is not below fast_product's comes to @perhaps, Z if it is the same:
; from there to @near if the score counts, else to @far.
.macro  compare_edge
@edge:  lda list+LIST_LOW,x
        cmp fast_product
        bcc @far
        bcs @near               ; always
@perhaps:
        beq @edge
.endmacro

; Scores become weights. 14 cycles a position, 115 more for one that counts.
weigh:  lda #<(NEAR - 1)
        sta fast_t
        lda #>(NEAR - 1)
        sta fast_t+1
        jsr begin_weights
        lda greatest
        sta fast_q
        lda greatest+1
        sta fast_q+1
        lda #0                  ; the block's total
        sta fast_sum
        sta fast_sum+1
@next:  lda list+LIST_HIGH,x
        cmp fast_product+1
        bcs @perhaps
@far:   dex
        bpl @next
        clc
        lda fast_sum
        adc total
        sta total
        lda fast_sum+1
        adc total+1
        sta total+1
        bcc :+
        inc total+2
:       rts
@left:  asl fast_t
        rol a
        iny
        bne @left
        beq @whole              ; always
        compare_edge
@near:  sec
        lda fast_q
        sbc list+LIST_LOW,x
        sta fast_t
        lda fast_q+1
        sbc list+LIST_HIGH,x
        ldy places
        beq @whole
        bmi @left
:       lsr a
        ror fast_t
        dey
        bne :-
        bcc @whole              ; round
        inc fast_t
        bne @whole
        adc #0                  ; the carry is set
@whole: ldy fast_t
        cmp #2
        bcs @second
        lsr a
        bcs @first
        lda _fast_near_weights,y
        bcc @weight             ; always
@first: lda _fast_near_weights+256,y
        bcs @weight             ; always
@second:
        lda _fast_near_weights+512,y
@weight:
        sta fast_t
        clc
        adc fast_sum
        sta fast_sum
        bcc :+
        inc fast_sum+1
:       lda exponents,x
        cmp fast_low
        bcs @lower
@put:   dec slot
        ldy slot
        lda fast_t
        sta list+LIST_LOW,y
        txa
        sta list,y
        jmp @far
@lower: lda #0
        sta fast_t+1
        jsr lower
        bne @put
        jmp @far

; Lowers the weight at fast_t, 16 bits, by the exponent of position X less the least one; what
; goes is added to lost. Z if nothing remains. Clobbers A, Y.
lower:  lda exponents,x
        lsr a
        lsr a
        lsr a
        lsr a
        sec
        sbc value_least
        tay
        beq @same
        clc
        lda lost
        adc fast_t
        sta lost
        lda lost+1
        adc fast_t+1
        sta lost+1
        bcc :+
        inc lost+2
        bne :+
        inc lost+3
:       lsr fast_t+1
        ror fast_t
        dey
        bne :-
        bcc :+
        inc fast_t
        bne :+
        inc fast_t+1
:       sec
        lda lost
        sbc fast_t
        sta lost
        lda lost+1
        sbc fast_t+1
        sta lost+1
        bcs @same
        lda lost+2
        bne :+
        dec lost+3
:       dec lost+2
@same:  lda fast_t
        ora fast_t+1
        rts

; fast_t (16 bits) = the precise weight at fast_t, 24 bits: fraction, index, octave below 16.
; 190 cycles and 14 for each octave. Clobbers A, X, Y, fast_p, fast_q.
precise_weight:
        lda fast_t+1            ; the index'th of fast_exp2
        asl a
        tay
        lda #>_fast_exp2
        adc #0
        sta fast_p+1
        lda #<_fast_exp2
        sta fast_p
        lda (fast_p),y
        sta fast_q
        iny
        lda (fast_p),y
        sta fast_q+1
        iny                     ; the step to the next
        beq @upper
@next:  sec
        lda fast_q
        sbc (fast_p),y
@step:  factor
        ldy fast_t
        sec
        low fast_p
        high
        sta fast_p
        sec
        lda fast_q
        sbc fast_p
        sta fast_t
        lda fast_q+1
        sbc #0
        ldx fast_t+2
        beq @put
:       lsr a
        ror fast_t
        dex
        bne :-
@put:   sta fast_t+1
        rts
@upper: ldx fast_t+1            ; behind entry 127 another page begins
        inc fast_p+1
        inx
        bne @next
        sec                     ; behind 255 half of the first would be
        lda fast_q
        sbc #<32640
        jmp @step

; weigh with 16 octaves and weights of 16 bits. 400 cycles more for a position that counts.
weigh_precise:
        lda #<1023
        sta fast_t
        lda #>1023
        sta fast_t+1
        jsr begin_weights
@next:  lda list+LIST_HIGH,x
        cmp fast_product+1
        bcs @perhaps
@far:   dex
        bpl @next
        rts
        compare_edge
@near:  sec
        .repeat 3, i
        lda greatest_finer+i
        sbc list+LIST_LOW*i,x
        sta fast_t+i
        .endrepeat
        sec
        lda places
        sbc #2
        tay
        beq @whole
        bmi @left
:       lsr fast_t+2
        ror fast_t+1
        ror fast_t
        dey
        bne :-
        beq @whole              ; always
@left:  asl fast_t
        rol fast_t+1
        rol fast_t+2
        bcs @far                ; of a fraction
        iny
        bne @left
@whole: stx fast_index
        jsr precise_weight
        ldx fast_index
        clc
        lda fast_t
        adc total
        sta total
        lda fast_t+1
        adc total+1
        sta total+1
        bcc :+
        inc total+2
        bne :+
        inc total+3
:       jsr lower
        beq @far
        dec slot
        ldy slot
        lda fast_t
        sta list+LIST_LOW,y
        lda fast_t+1
        sta list+LIST_HIGH,y
        txa
        sta list,y
        jmp @far

; --- values ------------------------------------------------------------------------

; A carry into sum j's bytes from `byte` on.
.macro  carry_into j, byte
        .local done
        bcc done
        .repeat SUM_BYTES - byte, i
        inc sums+SUM_BYTES*(j)+byte+i
        .if byte + i < SUM_BYTES - 1
        bne done
        .endif
        .endrepeat
done:
.endmacro

; Adds the weights of the list times the values: 490 cycles each, 270 for a weight below SMALL,
; 160 for 1.
add_values:
        ldy slot
        cpy positions
        beq :+
        jmp value_next
:       rts
value_of_one:
        clc
        .repeat GROUP, j
        lda values+POSITIONS*(j),x
        adc sums+SUM_BYTES*(j)
        sta sums+SUM_BYTES*(j)
        bcc :+
        clc
        inc sums+SUM_BYTES*(j)+1
        bne :+
        inc sums+SUM_BYTES*(j)+2
        bne :+
        inc sums+SUM_BYTES*(j)+3
:
        .endrepeat
        jmp value_done
value_small:
        cmp #1
        bne :+
        jmp value_of_one
:       asl a                   ; 256 / SMALL
        asl a
        asl a
        factor
        .repeat GROUP, j
        ldy values+POSITIONS*(j),x
        sec
        high
        clc
        adc small_sums+SMALL_BYTES*(j)
        sta small_sums+SMALL_BYTES*(j)
        bcc :+
        inc small_sums+SMALL_BYTES*(j)+1
        bne :+
        inc small_sums+SMALL_BYTES*(j)+2
:
        .endrepeat
value_done:
        ldy fast_index
        iny
        cpy positions
        bne value_next
        rts
value_smaller:
        jmp value_small
value_next:
        sty fast_index
        ldx list,y
        lda list+LIST_LOW,y
        cmp #SMALL
        bcc value_smaller
        factor
        .repeat GROUP, j
        ldy values+POSITIONS*(j),x
        sec
        low fast_t
        high
        tay
        clc
        lda fast_t
        adc sums+SUM_BYTES*(j)
        sta sums+SUM_BYTES*(j)
        tya
        adc sums+SUM_BYTES*(j)+1
        sta sums+SUM_BYTES*(j)+1
        carry_into j, 2
        .endrepeat
        jmp value_done

; sums = sums + SMALL * small_sums. 750 cycles. Clobbers A.
add_small:
        .assert SMALL = 32, error
        .repeat GROUP, j
        lda #0                  ; 2^8, less 3 places
        .repeat 3
        lsr small_sums+SMALL_BYTES*(j)+2
        ror small_sums+SMALL_BYTES*(j)+1
        ror small_sums+SMALL_BYTES*(j)
        ror a
        .endrepeat
        clc
        adc sums+SUM_BYTES*(j)
        sta sums+SUM_BYTES*(j)
        .repeat 3, i
        lda small_sums+SMALL_BYTES*(j)+i
        adc sums+SUM_BYTES*(j)+1+i
        sta sums+SUM_BYTES*(j)+1+i
        .endrepeat
        .endrepeat
        rts

        .segment "FAST"

; The same for 16 bits: products / 2^8 with the high bytes of those of high and low bytes alone.
; 950 cycles each, 350 for a weight below 256.
add_values_precise:
        ldy slot
        cpy positions
        beq :+
        jmp precise_next
:       rts
precise_low:
        .repeat GROUP, j
        ldy _window+POSITIONS*(j),x
        sec
        high
        clc
        adc sums+SUM_BYTES*(j)+1
        sta sums+SUM_BYTES*(j)+1
        carry_into j, 2
        .endrepeat
        jmp precise_done
precise_next:
        sty fast_index
        ldx list,y
        lda list+LIST_LOW,y
        sta fast_low
        lda list+LIST_HIGH,y
        bne :+
        lda fast_low
        factor
        jmp precise_low
:       factor
        lda fast_low
        factor2
        .repeat GROUP, j
        ldy _window+POSITIONS*(GROUP+(j)),x
        sec
        high
        sta fast_low
        ldy _window+POSITIONS*(j),x
        sec
        high2
        clc
        adc fast_low
        sta fast_low
        lda #0
        rol a
        sta fast_high
        sec
        low fast_t
        high
        sta fast_t+1
        clc
        lda fast_low
        adc fast_t
        sta fast_low
        lda fast_high
        adc fast_t+1            ; never carries
        tay
        clc
        lda fast_low
        adc sums+SUM_BYTES*(j)+1
        sta sums+SUM_BYTES*(j)+1
        tya
        adc sums+SUM_BYTES*(j)+2
        sta sums+SUM_BYTES*(j)+2
        carry_into j, 3
        .endrepeat
precise_done:
        ldy fast_index
        iny
        cpy positions
        beq :+
        jmp precise_next
:       rts

; --- means -------------------------------------------------------------------------

; output[width] = the sums divided by the total. 2,200 cycles.
means:  ldx #3
        ldy #0                  ; 128 * (total - lost)
        sec
:       lda total,y
        sta fast_sum,y
        sbc lost,y
        sta counted+1,y
        iny
        dex
        bpl :-
        ldx #4
        lda #0
        lsr counted+4
        ror counted+3
        ror counted+2
        ror counted+1
        ror a
        sta counted

        ldx #8                  ; how far to shift the sums to the right: as total, to 16 bits,
@lower: lda fast_sum+3          ; and by a byte
        ora fast_sum+2
        beq @raise
        lsr fast_sum+3
        ror fast_sum+2
        ror fast_sum+1
        ror fast_sum
        inx
        bne @lower              ; always
@raise: lda fast_sum+1
        bmi @found
:       dex
        asl fast_sum
        rol a
        bpl :-
@found: sta fast_x+1
        lda fast_sum
        sta fast_x
        txa
        and #7
        sta fast_end            ; bits
        txa
        lsr a
        lsr a
        lsr a
        sta skip                ; bytes
        lda #$ff                ; the 12 first bits of 2^31 / that
        sta fast_q
        ldx #0
        stx fast_t              ; its upper bits
        ldx #12
        lda #$7f
@bit:   sec
        rol fast_q
        rol a
        bcs @subtract
        cmp fast_x+1
        bcc @put
        bne @subtract
        ldy fast_q
        cpy fast_x
        bcc @put
@subtract:
        tay
        lda fast_q
        sbc fast_x
        sta fast_q
        tya
        sbc fast_x+1
        sec
@put:   rol fast_t
        rol fast_t+1
        dex
        bne @bit
        clc                     ; 16 bits of it, less what the exponents differ by
        lda #4
        adc head_value_exponent
        sec
        sbc value_least
        tax
        beq @divided
        bmi @less
:       asl fast_t
        rol fast_t+1
        dex
        bne :-
        beq @divided            ; always
@less:  lsr fast_t+1
        ror fast_t
        inx
        bne @less
@divided:
        lda fast_t+1
        factor
        lda fast_t
        factor2
        lda #GROUP * SUM_BYTES
        jsr mean
        sta mean_centre
        stx mean_centre+1
        ldy #0
        sty fast_index
        lda #0
@next:  sta fast_low
        jsr mean
        ldy fast_index
        sec
        sbc mean_centre
        sta (output),y
        iny
        txa
        sbc mean_centre+1
        sta (output),y
        iny
        sty fast_index
        clc
        lda fast_low
        adc #SUM_BYTES
        dec width
        bne @next
        rts

; A, X = the 16 bits of the sum at offset A that count, times the reciprocal: high_product.
mean:   clc
        adc skip
        tax
        lda sums,x
        sta fast_t
        lda sums+1,x
        sta fast_t+1
        ldy fast_end
        beq @bytes
        lda sums+2,x
:       lsr a
        ror fast_t+1
        ror fast_t
        dey
        bne :-
@round: bcc @shifted
        inc fast_t
        bne @shifted
        inc fast_t+1
        bne @shifted            ; always: it is at most the total's 16 bits
@bytes: ldy skip
        beq @shifted
        lda sums-1,x
        asl a
        jmp @round
@shifted:
        ldy fast_t+1
        sec
        low fast_t+1
        high                    ; keep the carry set
        tax
        high2
        ldy fast_t
        sta fast_t
        high
        clc
        adc fast_t
        bcc :+
        inx
        clc
:       adc fast_t+1
        bcc :+
        inx
:       rts
