; The exact engine's matrix product, see exact.h for the layout of a matrix and
; rows.s for the arithmetic. Definition: src/definition/exact.c.

        .include "exact.inc"
        .importzp sp
        .importzp ptr1, ptr2, ptr3, ptr4
        .importzp exact_row, exact_x_sign, exact_work, exact_exponent
        .importzp exact_x, exact_columns_left, exact_at, exact_factor
        .import exact_rows, exact_rows_slow
        .import exact_patch_block, exact_patch_sign, exact_patch_weights
        .import exact_patch_end, exact_patch_exponent
        .import exact_patch_products, exact_make_multiples
        .import exact_fetch_products, exact_fetch_weights, exact_fetch_prepare
        .import _machine_stopped
        .import addysp, incsp3, incsp6
        .export _exact_begin, _exact_columns, _exact_store, _exact_planes
        .export exact_accumulators, exact_weights, exact_products, exact_shifts
        .export exact_x_packed, exact_block_bytes, exact_make_shifts, exact_no_table

        .segment "STORY"        ; holds nothing between stories
        .align 256
exact_products: .res 6*256      ; low and high bytes of b*x0, of b*x1, of b*x2
exact_weights:  .res 1024       ; a block of the matrix
exact_accumulators:
                .res PLANES*PLANE_BYTES

        .segment "UNDER_IO"     ; to be seen with $01 = $34
        .align 256
exact_shifts:                   ; for d = 1..7: b >> d, then (b << (8 - d)) & 255
                .res 7*512

; From so many rows on, making multiples of x (8,900 cycles a column) is worth the
; 55 cycles that they spare a row.
MULTIPLES_LEAST = 160

; Without a table of byte products, up to so many rows take less by the f32 library (1,230
; cycles a row) than products made for the column (22,500).
FEW_MOST = 24

        .segment "EXACT"        ; fresh with the code, which is patched to fit
exact_x_packed: .res 4          ; x[j] as it is
exact_block_bytes:
                .res 2          ; of a block of the matrix
column_bytes:   .res 2
blocks:         .res 1
block_rows:     .res 2
present_rows:   .res 2          ; of the block that the weights' addresses are set for
last_block:     .res 1          ; number of the block with the last wanted row
last_rows:      .res 1          ; rows wanted of it, 0 for 256
other_rows:     .res 1          ; rows of the blocks before it, 0 for 256
present_block:  .res 1          ; that the code is patched for
going_down:     .res 1          ; through the blocks, as every other column does
present_sign:   .res 1
multiples:      .res 1          ; not 0: the rows are many enough for them
few:            .res 1          ; bit 7: too few for byte products
exact_no_table: .res 1          ; $ff: there is no table of byte products
present_multiples:
                .res 1          ; what the code is patched for

        .segment "EXACT"

; Fills exact_shifts. Clobbers A, X. 62,000 cycles.
exact_make_shifts:
        lda #$34
        sta $01
        ldx #0
:       stx exact_work
        lda #0
        .repeat 7, i
        lsr exact_work
        ror a
        sta exact_shifts+512*i+256,x
        .endrepeat
        stx exact_work
        .repeat 7, i
        lsr exact_work
        lda exact_work
        sta exact_shifts+512*i,x
        .endrepeat
        inx
        bne :-
        lda #$35
        sta $01
        rts

; void exact_begin(uint8_t blocks, uint16_t block_rows, uint16_t rows)
; Clobbers the exact_ zero page. 600 cycles + 33 a row, + 1,000 when block_rows is
; another than before.
_exact_begin:
        sta exact_work          ; rows
        stx exact_work+1
        sta exact_columns_left
        stx exact_columns_left+1
        ldy #0
        lda (sp),y
        sta block_rows
        sta other_rows
        iny
        lda (sp),y
        sta block_rows+1
        iny
        lda (sp),y
        sta blocks

        ldx #$ff                ; find the last block
:       inx
        lda exact_work
        sta last_rows           ; right when the loop ends
        sec
        sbc block_rows
        sta exact_work
        lda exact_work+1
        sbc block_rows+1
        sta exact_work+1
        bcc :+
        ora exact_work
        bne :-
:       stx last_block

        lda exact_columns_left+1 ; rows
        bne :+
        lda exact_columns_left
        cmp #FEW_MOST+1
        lda exact_no_table
        bcc :++
:       lda #0
:       sta few
        lda #0                  ; multiples pay from MULTIPLES_LEAST rows on
        ldy exact_columns_left+1
        bne :+
        ldy exact_columns_left
        cpy #MULTIPLES_LEAST
        bcc :++
:       lda #1
:       sta multiples
        cmp present_multiples
        beq :+
        sta present_multiples
        jsr exact_patch_products
:

        lda block_rows
        sta exact_block_bytes
        lda block_rows+1
        asl exact_block_bytes
        rol a
        asl exact_block_bytes
        rol a
        sta exact_block_bytes+1
        lda #0
        sta column_bytes
        sta column_bytes+1
        ldx blocks
:       clc
        lda column_bytes
        adc exact_block_bytes
        sta column_bytes
        lda column_bytes+1
        adc exact_block_bytes+1
        sta column_bytes+1
        dex
        bne :-

        lda block_rows
        sta exact_work
        cmp present_rows
        bne :+
        lda block_rows+1
        cmp present_rows+1
        beq ready
:       lda block_rows+1
        sta exact_work+1
        jsr exact_patch_weights
        lda block_rows
        sta present_rows
        lda block_rows+1
        sta present_rows+1
ready:

        ldy last_block          ; clear the accumulators
        ldx last_rows
clear_block:
        tya
        clc
        adc #>exact_accumulators
        .repeat PLANES, plane
        sta .ident(.sprintf("clear_%d", plane))+2
        .if plane < PLANES-1
        adc #PLANE_BYTES/256
        .endif
        .endrepeat
        lda #0
clear:  dex
clear_0:
        sta exact_accumulators,x
clear_1:
        sta exact_accumulators,x
clear_2:
        sta exact_accumulators,x
clear_3:
        sta exact_accumulators,x
clear_4:
        sta exact_accumulators,x
        cpx #0
        bne clear
        ldx other_rows
        dey
        bpl clear_block
        jmp incsp3

; void exact_columns(reu_address weights, const f32 *x, uint16_t n)
; Clobbers the zero page of exact and f32. A column: 1,560 cycles for its byte
; products, 8,900 for multiples if the rows are many, about 300 of its own; a
; block: 150, 4 a row to fetch it, 1,300 for every change of block; then the
; rows (rows.s).
_exact_columns:
        sta exact_columns_left
        stx exact_columns_left+1
        ldy #0
        lda (sp),y
        sta exact_x
        iny
        lda (sp),y
        sta exact_x+1
        ldx #0
:       iny
        lda (sp),y
        sta exact_at,x
        inx
        cpx #3
        bne :-
        jsr incsp6
        jsr exact_fetch_prepare

        lda #0                  ; begin with the present block if it is an end
        sta going_down
        ldy present_block
        beq first
        cpy last_block
        beq :+
        sta present_block
        jsr exact_patch_block
        jmp first
:       inc going_down
        ldx #0
:       jsr step_address
        dey
        bne :-
first:

        lda exact_columns_left
        bne :+
        dec exact_columns_left+1
:       dec exact_columns_left  ; n - 1

column: lda _machine_stopped
        beq :+
        rts
:       tay                     ; unpack x[j]
        lda (exact_x),y
        sta exact_x_packed
        sta exact_factor
        iny
        lda (exact_x),y
        sta exact_x_packed+1
        sta exact_factor+1
        iny
        lda (exact_x),y
        sta exact_x_packed+2
        tax
        ora #$80
        sta exact_factor+2
        iny
        lda (exact_x),y
        sta exact_x_packed+3
        cpx #$80
        rol a                   ; exponent; carry: sign
        tax
        lda #0
        ror a
        sta exact_x_sign
        cmp present_sign
        beq :+
        sta present_sign
        jsr exact_patch_sign
:       stx exact_exponent
        ldy #<exact_rows_slow
        lda #>exact_rows_slow
        cpx #X_LEAST
        bcc rows_known          ; such a column needs no products
        cpx #X_MOST+1
        bcs rows_known
        bit few
        bmi rows_known
        txa
        jsr exact_patch_exponent
        jsr exact_fetch_products
        lda multiples
        beq :+
        jsr exact_make_multiples
:       ldy #<exact_rows
        lda #>exact_rows
rows_known:
        sty rows+1
        sta rows+2

block:  jsr exact_fetch_weights
        lda other_rows
        ldx present_block
        cpx last_block
        bne :+
        lda last_rows
:       jsr exact_patch_end
        lda #$34                ; exact_shifts in, I/O out
        sta $01
rows:   jsr exact_rows          ; or exact_rows_slow
        lda #$35
        sta $01
        lda present_block
        ldx going_down
        bne down
        cmp last_block
        beq turn
        adc #1                  ; carry is clear
        sta present_block
        jsr exact_patch_block
        ldx #0
        jsr step_address
        jmp block
down:   cmp #0
        beq turn
        sbc #1                  ; carry is set
        sta present_block
        jsr exact_patch_block
        sec
        lda exact_at
        sbc exact_block_bytes
        sta exact_at
        lda exact_at+1
        sbc exact_block_bytes+1
        sta exact_at+1
        bcs block
        dec exact_at+2
        jmp block
turn:   txa
        eor #1
        sta going_down
        ldx #column_bytes-exact_block_bytes
        jsr step_address
        lda exact_x             ; carry is clear
        adc #4
        sta exact_x
        bcc :+
        inc exact_x+1
:       lda exact_columns_left
        bne :+
        lda exact_columns_left+1
        beq columns_done
        dec exact_columns_left+1
:       dec exact_columns_left
        jmp column
columns_done:
        rts

; exact_at += bytes of a block (X = 0) or of a column. Clobbers A, clears carry.
step_address:
        clc
        lda exact_at
        adc exact_block_bytes,x
        sta exact_at
        lda exact_at+1
        adc exact_block_bytes+1,x
        sta exact_at+1
        bcc :+
        inc exact_at+2
        clc
:       rts

; void exact_store(f32 *out, uint16_t first, uint16_t n). 150 cycles + 95 a row.
out = exact_x
_exact_store:
        sta exact_columns_left
        stx exact_columns_left+1
        ldy #0
        lda (sp),y
        sta exact_row           ; the row within its block
        iny
        lda (sp),y
        sta exact_work
        iny
        lda (sp),y
        sta out
        iny
        lda (sp),y
        sta out+1
        iny
        jsr addysp

        lda exact_columns_left
        beq :+
        inc exact_columns_left+1
:
        ldy #$ff                ; find the block of `first`
:       iny
        lda exact_row
        tax
        sec
        sbc block_rows
        sta exact_row
        lda exact_work
        sbc block_rows+1
        sta exact_work
        bcs :-
        tya
store_block:
        sta exact_work
        clc
        adc #>exact_accumulators
        sta store_e+2
        adc #PLANE_BYTES/256
        sta store_s+2
        sta store_s_packed+2
        adc #PLANE_BYTES/256
        sta store_2+2
        sta store_2_packed+2
        adc #PLANE_BYTES/256
        sta store_1+2
        adc #PLANE_BYTES/256
        sta store_0+2
store_row:
        ldy #0
store_0:
        lda exact_accumulators,x
        sta (out),y
        iny
store_1:
        lda exact_accumulators,x
        sta (out),y
        iny
store_e:
        lda exact_accumulators,x
        beq store_2_packed
        clc
        adc #E_BIAS
        lsr a
        sta exact_row
store_2:
        lda exact_accumulators,x
        and #$7f
        bcc :+
        ora #$80
:       sta (out),y
        iny
        lda exact_row
store_s:
        ora exact_accumulators,x
        bcc stored              ; always or
        bcs stored
store_2_packed:
        lda exact_accumulators,x
        sta (out),y
        iny
store_s_packed:
        lda exact_accumulators,x
stored: sta (out),y
        clc
        lda out
        adc #4
        sta out
        bcc :+
        inc out+1
:       dec exact_columns_left
        bne :+
        dec exact_columns_left+1
        beq store_done
:       inx
        cpx block_rows          ; low byte 0 for 256
        bne store_row
        ldx #0
        lda exact_work
        adc #0                  ; carry is set
        bne store_block         ; always
store_done:
        rts

; void exact_planes(uint8_t *planes, const f32 *x, uint16_t n)
; 400 cycles + 160 a value. Clobbers ptr1..ptr4.
planes = exact_at
_exact_planes:
        sta exact_columns_left
        stx exact_columns_left+1
        ldy #0
        lda (sp),y
        sta exact_x
        iny
        lda (sp),y
        sta exact_x+1
        iny
        lda (sp),y
        sta planes
        iny
        lda (sp),y
        sta planes+1
        iny
        jsr addysp

        ldx #0                  ; ptr1..ptr4: the planes
:       lda planes
        sta ptr1,x
        lda planes+1
        sta ptr1+1,x
        clc
        lda planes
        adc exact_columns_left
        sta planes
        lda planes+1
        adc exact_columns_left+1
        sta planes+1
        inx
        inx
        cpx #8
        bne :-

        lda exact_columns_left
        beq :+
        inc exact_columns_left+1
:       ldx #0
split:  ldy #3
        lda (exact_x),y
        sta exact_work
        dey
        lda (exact_x),y
        asl a
        rol exact_work          ; the exponent
        lsr a
        sta exact_work+1
        dey
        lda (exact_x),y
        sta exact_factor+1
        dey
        lda (exact_x),y
        sta exact_factor
        txa
        tay
        lda exact_work
        sta (ptr1),y
        lda exact_factor+1
        sta (ptr3),y
        lda exact_factor
        sta (ptr4),y
        ldy #3
        lda (exact_x),y
        and #$80
        ora exact_work+1
        pha
        txa
        tay
        pla
        sta (ptr2),y
        clc
        lda exact_x
        adc #4
        sta exact_x
        bcc :+
        inc exact_x+1
:       inx
        bne :+
        inc ptr1+1
        inc ptr2+1
        inc ptr3+1
        inc ptr4+1
:       dec exact_columns_left
        bne split
        dec exact_columns_left+1
        bne split
        rts
