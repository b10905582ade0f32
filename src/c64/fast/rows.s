; Rows of bit planes times a vector by table lookups: a kernel of straight code,
; made for the shape of the chunk. C: fast_select, fast_rows of fast.h.
;
; Each plane's byte of a group is the low byte of an address in the group's
; table. Of the tables' high bytes
;       ldy weight / adc table,y        7 cycles a group
; makes a plane's sum, 14-bit sums have no carry (see fast.h), and halving it joins it
; to the planes below: 10 cycles, 13 with the bit shifted out. Of the low bytes,
; unless for the low planes, a group goes through the planes after the other,
;       ldy weight / adc table,y / ror a        9 cycles a plane, 9 to add up the groups.
; Of more than 8 planes the 3 most significant come after that, so that no bit of theirs is lost:
;       ldy weight / adc table,y / bcc / inx / clc      11 cycles a group, 24 a plane.

        .include "fast.inc"
        .include "fast_fetch.inc"
        .importzp sp, fast_weights, fast_at, fast_low, fast_high, fast_index, fast_end
        .importzp fast_length, fast_p, fast_t, fast_kernel, fast_q, fast_r, fast_x, fast_product
        .import fast_table_low, fast_table_high, incsp1, incsp2, addysp, fast_second_factor, _fast_above
        .export _fast_forget, _fast_select, _fast_rows, _fast_excess, _fast_lower
        .export _fast_near_weights
        .export fast_groups, fast_planes_used, fast_low_planes, fast_bias, fast_row, fast_most, fast_least, _fast_bounds

ARENA_BYTES = 2688              ; NEAR more for more than 8 planes
MOST_SHAPES = 8
SUM_NEXT = 2                    ; FAST_NEXT of fast.h
EXACT_PLANES = 3                ; of more than 8

        .segment "FAST_STORY"
        .align 256
_fast_near_weights: .res NEAR   ; attend.s needs them up to 8 planes only
arena:          .res ARENA_BYTES
fast_most:      .res 3          ; of fast_greatest
fast_least:     .res 3
_fast_bounds:   .res 5          ; rows, stride
fast_groups:    .res 1
fast_planes_used: .res 1
fast_low_planes: .res 1
fast_bias:      .res 2          ; what the low planes lose
planes_in_chains: .res 1        ; all, or all but the EXACT_PLANES most significant
eighths:        .res 1          ; what more than 8 planes lose beside fast_bias
shapes:         .res 1          ; kernels in the arena
shape_groups:   .res MOST_SHAPES
shape_planes:   .res MOST_SHAPES
shape_low:      .res MOST_SHAPES
shape_bias_low: .res MOST_SHAPES
shape_bias_high: .res MOST_SHAPES
shape_start_low: .res MOST_SHAPES+1
shape_start_high: .res MOST_SHAPES+1
plane:          .res 1
group:          .res 1
offset:         .res 1          ; of the plane in fast_weights
stride:         .res 2
consecutive:    .res 1
sum:            .res 1
kernel_end:     .res 2

        .segment "FAST"

; void fast_forget(void)
; No kernel is made yet: those of more than 8 planes and of less have not the same memory. Clobbers A.
_fast_forget:
        lda #0
        sta shapes
        jmp fast_second_factor

; void fast_select(uint8_t groups, uint8_t planes, uint8_t low)
; 150 cycles for a shape that has its kernel, 20 a byte for a new one.
; Clobbers A, X, Y, fast_p, fast_t.
_fast_select:
        sta fast_low_planes
        ldy #0
        lda (sp),y
        sta fast_planes_used
        iny
        lda (sp),y
        sta fast_groups
        jsr incsp2
        ldx shapes
@find:  dex
        bmi @new
        lda shape_groups,x
        cmp fast_groups
        bne @find
        lda shape_planes,x
        cmp fast_planes_used
        bne @find
        lda shape_low,x
        cmp fast_low_planes
        bne @find
@found: lda shape_bias_low,x
        sta fast_bias
        lda shape_bias_high,x
        sta fast_bias+1
        lda shape_start_low,x
        sta fast_kernel
        lda shape_start_high,x
        sta fast_kernel+1
        lda shape_start_low+1,x
        sta kernel_end
        lda shape_start_high+1,x
        sta kernel_end+1
        rts

@new:   ldx shapes
        bne @room
@empty: ldx #0
        ldy fast_planes_used
        lda #<arena
        cpy #9
        bcc :+
        lda #<_fast_near_weights
:       sta shape_start_low
        lda #>arena
        cpy #9
        bcc :+
        lda #>_fast_near_weights
:       sta shape_start_high
@room:  cpx #MOST_SHAPES
        bcs @empty
        lda shape_start_low,x   ; room for the longest of its kind?
        sta fast_t
        lda shape_start_high,x
        sta fast_t+1
        lda fast_planes_used
        cmp #9
        bcc :+
        sbc #EXACT_PLANES
:       sta planes_in_chains
        ldy fast_groups         ; 5 bytes a plane, 6 a plane of the chains, and 8; 9 a plane of the others
:       lda fast_planes_used
        sta offset
        asl a
        asl a
        adc offset              ; no carry
        jsr room
        lda planes_in_chains
        sec
        sbc fast_low_planes
        asl a
        sta offset
        asl a
        adc offset              ; no carry
        adc #8
        jsr room
        lda planes_in_chains
        cmp fast_planes_used
        beq :+
        lda #9 * EXACT_PLANES
        jsr room
:       dey
        bne :--
        lda fast_planes_used    ; 8 a plane, 10 of the others, 25
        asl a
        asl a
        asl a
        adc #10 * EXACT_PLANES + 25
        jsr room
        lda #<(arena + ARENA_BYTES)
        cmp fast_t
        lda #>(arena + ARENA_BYTES)
        sbc fast_t+1
        bcc @empty
        lda fast_groups
        sta shape_groups,x
        lda fast_planes_used
        sta shape_planes,x
        lda fast_low_planes
        sta shape_low,x
        lda shape_start_low,x
        sta fast_p
        lda shape_start_high,x
        sta fast_p+1
        txa
        pha
        jsr bias
        jsr make
        pla
        tax
        lda fast_bias
        sta shape_bias_low,x
        lda fast_bias+1
        sta shape_bias_high,x
        lda fast_p
        sta shape_start_low+1,x
        lda fast_p+1
        sta shape_start_high+1,x
        inx
        stx shapes
        dex
        jmp @found

room:   clc
        adc fast_t
        sta fast_t
        bcc :+
        inc fast_t+1
:       rts

; fast_bias = what the low planes lose, 128 * (groups + 1) * (1 - 2^-low) / 2^(planes - low), rounded, less groups / 2. Of
; more than 8 planes eighths and fast_bias, of 8 of them: the exponent is 7 then, and what follows is added:
; (8 - groups >> 1) - (4 if groups is odd) + (2 if all planes are used).
bias:   lda fast_groups
        clc
        adc #1
        lsr a
        sta fast_bias+1
        sta fast_t+1
        lda #0
        ror a
        sta fast_bias
        sta fast_t
        ldx fast_low_planes
        beq @less
:       lsr fast_t+1
        ror fast_t
        dex
        bne :-
@less:  sec
        lda fast_bias
        sbc fast_t
        sta fast_bias
        lda fast_bias+1
        sbc fast_t+1
        sta fast_bias+1
        lda fast_planes_used
        tay
        sec
        sbc fast_low_planes
        tax
        cpy #9
        bcc :+
        ldx #7
:       lsr fast_bias+1
        ror fast_bias
        dex
        bne :-
        lda fast_bias           ; less than 256
        adc #0
        sta fast_bias
        cpy #9
        lda fast_groups
        bcs @many
        lsr a
        eor #$ff
        sec
        adc fast_bias
        sta fast_bias
        bcs :+
        dec fast_bias+1
:       rts
@many:  lsr a                   ; 4 - groups / 2 - (5 if groups is odd)
        bcc :+
        adc #4
:       eor #$ff
        adc #4+1
        clc
        adc fast_bias
        cpy #16
        bcc :+
        adc #2-1
:       sta fast_bias
        and #7
        sta eighths
        ldx #3
:       lda fast_bias
        asl a
        ror fast_bias
        dex
        bne :-
        asl a                   ; the sign
        lda #0
        adc #$ff
        eor #$ff
        sta fast_bias+1
        rts

; --- making a kernel at fast_p ---------------------------------------------

; One byte. Clobbers Y.
emit:   ldy #0
        sta (fast_p),y
        inc fast_p
        bne :+
        inc fast_p+1
:       rts

.macro  bytes b1, b2, b3
        lda #b1
        jsr emit
        .ifnblank b2
        lda #b2
        jsr emit
        .endif
        .ifnblank b3
        lda #b3
        jsr emit
        .endif
.endmacro

OP_LDA_Y = $b9
OP_ADC_Y = $79

; ldy weight of the group; A (lda or adc abs,y) with the page in X + group.
lookup: pha
        bytes $a4
        lda offset
        clc
        adc group
        adc #<fast_weights
        jsr emit
        pla
        jsr emit
        lda #0
        jsr emit
        txa
        clc
        adc group
        jmp emit

make:   lda #0
        sta plane
        bytes $a2, 0            ; ldx #high byte of the centre, negated
        lda planes_in_chains
        cmp fast_planes_used
        beq :+
        bytes $86, fast_product ; stx
:       bytes $a9, 0            ; lda #0
        bytes $85, fast_low     ; sta
@plane: jsr place
        ldx #0
        stx group
        ldx #>fast_table_high
        lda #OP_LDA_Y
        jsr lookup
        lda fast_low_planes     ; behind ror fast_low the carry is clear
        cmp plane
        bcc :+
        bytes $18               ; clc
:       jsr high_bytes
        bytes $85, fast_high    ; sta
        lda plane
        cmp fast_low_planes
        bcc :+
        bytes $66, fast_low     ; ror
:       inc plane
        lda plane
        cmp planes_in_chains
        bne @plane

        cmp fast_low_planes
        bne :+
        bytes $46, fast_high    ; lsr: a bound
        bytes $a9, 0, $6a       ; lda #0 / ror a
        bytes $18               ; clc
        jmp @end
:       cmp fast_planes_used
        beq :+
        bytes $a2, 0            ; ldx #0
:       lda #0
        sta group
@group: lda fast_low_planes
        sta plane
        lda #OP_LDA_Y
        sta fast_t
        lda #$4a                ; lsr a
        sta fast_t+1
@chain: jsr place
        ldx #>fast_table_low
        lda fast_t
        jsr lookup
        lda fast_t+1
        jsr emit
        lda #OP_ADC_Y
        sta fast_t
        lda #$6a                ; ror a
        sta fast_t+1
        inc plane
        lda plane
        cmp planes_in_chains
        bne @chain
        bytes $65, fast_low     ; adc
        jsr carry
        inc group
        lda group
        cmp fast_groups
        beq @chained
        bytes $85, fast_low     ; sta
        jmp @group

@chained:
        lda plane
        cmp fast_planes_used
        bne :+
        jmp @end
:       bytes $85, fast_low     ; sta
        bytes $8a               ; txa
        bytes $65, fast_high    ; adc
        bytes $85, fast_high    ; sta
@exact: jsr place
        lda #0
        sta group
        bytes $a2, 0            ; ldx #0
        ldx #>fast_table_low
        lda #OP_LDA_Y
        jsr lookup
        lda #$18                ; clc
        lsr eighths
        bcc :+
        lda #$38                ; sec: an eighth, a quarter, a half in the end
:       jsr emit
@low:   inc group
        lda group
        cmp fast_groups
        beq @sum
        ldx #>fast_table_low
        lda #OP_ADC_Y
        jsr lookup
        jsr carry
        jmp @low
@sum:   bytes $65, fast_low     ; adc
        jsr carry
        bytes $85, fast_low     ; sta
        bytes $8a               ; txa
        ldx #$ff
        stx group
        jsr high_bytes
        bytes $85, fast_high    ; sta
        bytes $66, fast_low     ; ror
        inc plane
        lda plane
        cmp fast_planes_used
        bne @exact
        bytes $a6, fast_product ; ldx
        bytes $a5, fast_low     ; lda
        bytes $18               ; clc
@end:   bytes $69, 0            ; adc #low byte of the centre, negated
        bytes $4c, <row_done, >row_done
        rts

; offset = that of the plane in fast_weights.
place:  lda fast_planes_used    ; planes from the top * groups
        clc
        sbc plane
        tax
        beq :++
        lda #0
:       clc
        adc fast_groups
        dex
        bne :-
:       sta offset
        rts

; bcc *+4 / inx / clc
carry:  bytes $90, 2
        bytes $e8, $18
        rts

; Adds the high bytes of the groups after `group`, and halves the sum with what is there.
high_bytes:
        inc group
        lda group
        cmp fast_groups
        beq :+
        ldx #>fast_table_high
        lda #OP_ADC_Y
        jsr lookup
        jmp high_bytes
:       lda plane
        beq :+
        bytes $65, fast_high    ; adc
        bytes $6a               ; ror a
        rts
:       bytes $4a               ; lsr a
        rts

; --- rows --------------------------------------------------------------------

; void fast_rows(int16_t *d, uint8_t *above, reu_address rows, uint16_t stride, uint16_t centre, uint8_t sum, uint8_t n)
; Clobbers A, X, Y, fast_weights, fast_low, fast_high, fast_index, fast_end, fast_length,
; fast_at, fast_p, fast_q, fast_r, fast_product.
_fast_rows:
        asl a                   ; 0 for 128 rows, where the index ends at 256
        sta fast_end
        lda kernel_end
        sec
        sbc #4
        sta fast_q              ; what ends the kernel: adc #low / jmp
        lda kernel_end+1
        sbc #0
        sta fast_q+1
        ldy #0
        sty fast_index
        lda (sp),y
        sta sum
        iny
        sec
        lda #0
        sbc (sp),y
        tax
        iny
        lda #0
        sbc (sp),y
        dey
        sta (fast_kernel),y
        dey
        txa
        sta (fast_q),y
        argument stride, 3
        ldy #5
        lda (sp),y
        sta fast_at
        iny
        lda (sp),y
        sta fast_at+1
        iny
        lda (sp),y
        sta fast_at+2
        argument fast_r, 9
        argument fast_p, 11
        ldy #13
        jsr addysp
        lda stride              ; with the planes that are not used: a row has WEIGHT_BYTES at most
        sta fast_length
        jsr crosses
        bcs @apart
        sta consecutive         ; not 0: A is the page count or more
        lda sum
        jsr ends
        fetch_begin
        jmp row

@apart: ldx #0
        stx consecutive
        lda #1
        jsr ends

; Rows across a multiple of 512 KB.
row_apart:
        lda fast_at
        ldx fast_at+1
        ldy fast_at+2
        fetch_at
        jmp (fast_kernel)

; One row more at fast_at like the last of _fast_rows, to fast_p. Keeps fast_q, fast_t, fast_x.
fast_row:
        lda #0
        sta fast_index
        lda #2
        sta fast_end
        lda #<_fast_above       ; where `other` puts what is not looked at
        sta fast_r
        lda #>_fast_above
        sta fast_r+1
        jmp row_apart

; Lets the kernel end at row_done, or, unless A is 0, at `other`. Clobbers A, X, Y.
ends:   tax
        beq :+
        ldx #other-row_done
:       txa
        ldy #2
        clc
        adc #<row_done
        sta (fast_q),y
        lda #>row_done
        adc #0
        iny
        sta (fast_q),y
        rts

; Where a kernel ends, with a product: low byte in A, high byte X + fast_high + carry.
row_done:
        ldy fast_index
        sta (fast_p),y
        iny
        txa
        adc fast_high
        sta (fast_p),y
        iny
        cpy fast_end
        beq done
        sty fast_index
row:    fetch_next
        jmp (fast_kernel)
done:   rts

; Of several chunks, or across a multiple of 512 KB.
other:  sta fast_low
        txa
        adc fast_high
        tax
        cpx #$80                ; the sign
        lda #0
        adc #$ff
        eor #$ff
        sta fast_high
        ldy sum
        cpy #SUM_NEXT
        bcc @put
        ldy fast_index
        clc
        lda fast_low
        adc (fast_p),y
        sta (fast_p),y
        iny
        txa
        adc (fast_p),y
        sta (fast_p),y
        ldx #0
        lda fast_high
        adc (fast_r,x)
        jmp @above
@put:   ldy fast_index
        lda fast_low
        sta (fast_p),y
        iny
        txa
        sta (fast_p),y
        ldx #0
        lda fast_high
@above: sta (fast_r,x)
        inc fast_r
        bne :+
        inc fast_r+1
:       iny
        sty fast_index
        cpy fast_end
        beq done
        lda consecutive
        bne row
        clc
        lda fast_at
        adc stride
        sta fast_at
        lda fast_at+1
        adc stride+1
        sta fast_at+1
        bcc :+
        inc fast_at+2
:       jmp row_apart

; Carry set if the rows, stride bytes each, reach beyond a multiple of 512 KB;
; A is not 0. No more than ROWS rows, so less than 64 KB.
crosses:
        lda fast_at+2
        and #7
        cmp #7
        bne @no
        lda fast_at+1
        cmp #256 - ROWS * WEIGHT_BYTES / 256
        lda #1
        rts
@no:    lda #1
        clc
        rts

; --- sums of several chunks ---------------------------------------------------

; uint8_t fast_excess(const int16_t *d, uint16_t n)
; 70 cycles a row. Clobbers A, X, Y, fast_p, fast_q, fast_t, fast_x.
_fast_excess:
        ldy #0
        jsr begin_sums
        sta fast_t              ; or of bytes 1 and 2 of the sums' sizes
        sta fast_t+1
@next:  iny
        lda (fast_p),y
        tax
        dey
        lda (fast_q),y
        bpl @size
        txa
        eor #$ff
        tax
        lda (fast_q),y
        eor #$ff
@size:  ora fast_t+1
        sta fast_t+1
        txa
        ora fast_t
        sta fast_t
        jsr next_sum
        bne @next
        ldx #0
        inc fast_t
        bne @places
        inc fast_t+1
@places:
        lda fast_t+1
        bne @place
        lda fast_t
        bpl @found
@place: lsr fast_t+1
        ror fast_t
        inx
        bne @places             ; always
@found: txa
        ldx #0
        rts

; void fast_lower(int16_t *d, uint8_t places, uint16_t n)
; 80 cycles a row, + 17 for each place. Clobbers A, X, Y, fast_p, fast_q, fast_t, fast_x.
_fast_lower:
        sta fast_t
        ldy #0
        lda (sp),y
        sta fast_low
        lda fast_t
        iny
        jsr begin_sums
        jsr incsp1
        lda fast_low
        beq @done
        ldy #0
@next:  lda (fast_p),y
        sta fast_t
        iny
        lda (fast_p),y
        sta fast_t+1
        dey
        lda (fast_q),y
        ldx fast_low
:       cmp #$80
        ror a
        ror fast_t+1
        ror fast_t
        dex
        bne :-
        bcc @put
        inc fast_t
        bne @put
        inc fast_t+1
@put:   lda fast_t
        sta (fast_p),y
        iny
        lda fast_t+1
        sta (fast_p),y
        dey
        jsr next_sum
        bne @next
@done:  rts

; Takes n from A, X, the address at Y of cc65's stack; two bytes go from that. A, Y = 0.
begin_sums:
        sta fast_x
        stx fast_x+1
        lda (sp),y
        sta fast_p
        iny
        lda (sp),y
        sta fast_p+1
        jsr incsp2
        lda #<_fast_above
        sta fast_q
        lda #>_fast_above
        sta fast_q+1
        lda #0
        tay
        rts

; Z if there is none. Clobbers A.
next_sum:
        lda fast_p
        clc
        adc #2
        sta fast_p
        bcc :+
        inc fast_p+1
:       inc fast_q
        bne :+
        inc fast_q+1
:       lda fast_x
        bne :+
        dec fast_x+1
:       dec fast_x
        lda fast_x
        ora fast_x+1
        rts
