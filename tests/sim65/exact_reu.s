; Stands in for the REU where there is none (sim65): src/c64/reu.s and
; src/c64/exact/fetch.s with an array in memory, and byte products computed.

        .importzp exact_at, exact_factor, exact_work, ptr1, ptr2, sp
        .import exact_products, exact_weights, exact_block_bytes
        .import incsp6, popax, exact_make_shifts
        .importzp ptr3, tmp1, tmp2
        .export exact_fetch_products, exact_fetch_weights, exact_fetch_prepare
        .export _exact_init, _reu_write, _fetch_only

        .bss
memory: .res 8192

        .code

_exact_init:
        jmp exact_make_shifts

exact_fetch_prepare:
        rts

; void reu_write(reu_address to, const void *from, uint16_t n)
_reu_write:
        sta exact_work
        stx exact_work+1
        ldy #0
        lda (sp),y
        sta ptr1
        iny
        lda (sp),y
        sta ptr1+1
        iny
        clc
        lda (sp),y
        adc #<memory
        sta ptr2
        iny
        lda (sp),y
        adc #>memory
        sta ptr2+1
        jsr copy
        jmp incsp6

exact_fetch_weights:
        clc
        lda exact_at
        adc #<memory
        sta ptr1
        lda exact_at+1
        adc #>memory
        sta ptr1+1
        lda #<exact_weights
        sta ptr2
        lda #>exact_weights
        sta ptr2+1
        lda exact_block_bytes
        sta exact_work
        lda exact_block_bytes+1
        sta exact_work+1

; exact_work bytes from ptr1 to ptr2. Keeps X.
copy:   ldy #0
        lda exact_work
        beq :+
        inc exact_work+1
:       lda (ptr1),y
        sta (ptr2),y
        iny
        bne :+
        inc ptr1+1
        inc ptr2+1
:       dec exact_work
        bne :--
        dec exact_work+1
        bne :--
        rts

exact_fetch_products:
        .repeat 3, i
        ldx #0
        stx exact_work
        ldy #0
:       tya
        sta exact_products+512*i+256,x
        lda exact_work
        sta exact_products+512*i,x
        clc
        adc exact_factor+i
        sta exact_work
        bcc :+
        iny
:       inx
        bne :--
        .endrepeat
        rts

; void fetch_only(const f32 *x, uint16_t n, uint16_t blocks, uint16_t block_bytes)
; For each of n columns (up to 255) what exact_columns fetches.
_fetch_only:
        sta exact_block_bytes
        stx exact_block_bytes+1
        jsr popax
        sta tmp2
        jsr popax
        sta tmp1
        jsr popax
        sta ptr3
        stx ptr3+1
fetch_column:
        ldy #2
:       lda (ptr3),y
        sta exact_factor,y
        dey
        bpl :-
        lda exact_factor+2
        ora #$80
        sta exact_factor+2
        jsr exact_fetch_products
        lda #0
        sta exact_at
        sta exact_at+1
        ldx tmp2
:       jsr exact_fetch_weights
        dex
        bne :-
        clc
        lda ptr3
        adc #4
        sta ptr3
        bcc :+
        inc ptr3+1
:       dec tmp1
        bne fetch_column
        rts
