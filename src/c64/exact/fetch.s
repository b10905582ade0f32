; What the exact engine brings from the REU, by DMA straight into its pages.

        .include "reu.inc"
        .importzp exact_at, exact_factor, exact_work
        .import exact_products, exact_weights, exact_block_bytes
        .import reu_prepare, reu_transfer, exact_make_shifts
        .importzp sreg
        .export exact_fetch_products, exact_fetch_weights, exact_fetch_prepare
        .export _exact_init, _exact_make_products
        .import exact_no_table

        .segment "EXACT"        ; fresh with the code, which is patched to fit
table:  .res 3                  ; REU address of the table of byte products, a
                                ;   multiple of 256: for each byte a, 256 low
                                ;   bytes of a*b, then 256 high bytes
        .segment "EXACT"

; Before a run of fetches: the registers that they don't set.
exact_fetch_prepare := reu_prepare

; The 512 bytes for exact_factor+i, to where the last transfer ended.
.macro  fetch_product i
        .local upper, middle, apart, done
        .if i = 0               ; all but the first 128
        lda #<exact_products+128
        sta REU_C64
        sta REU_ADDRESS
        sta REU_LENGTH
        lda #>exact_products
        sta REU_C64+1
        lda #1
        .else
        lda #0
        sta REU_ADDRESS
        sta REU_LENGTH
        lda #2
        .endif
        sta REU_LENGTH+1
        lda exact_factor+i
        asl a
        bcs upper
        adc table+1
        tax
        lda table+2
        adc #0
        bcc middle              ; always
upper:  clc
        adc table+1
        tax
        lda table+2
        adc #1
middle: sta REU_ADDRESS+2
        stx REU_ADDRESS+1
        cpx #$ff                ; may be across a multiple of 512 KB
        beq apart
        lda #REU_TO_C64
        sta REU_COMMAND
        bne done                ; always
apart:  tax
        lda #REU_TO_C64
        jsr reu_transfer
done:
.endmacro

; Low and high bytes of b*exact_factor+i for all b, i = 0..2, to exact_products, but
; not the low bytes for b < 128 and i = 0. Clobbers A, X, Y. 1,560 cycles, 22,500
; without the table.
exact_fetch_products:
        lda table+2
        ora table+1
        bne with_table
        jmp without_table
with_table:
        fetch_product 0
        fetch_product 1
        fetch_product 2
        rts

without_table:
        ldy #4
        lda exact_factor+2
        jsr make_product
        ldy #2
        lda exact_factor+1
        jsr make_product
        ldy #0
        lda exact_factor

; Page Y of exact_products and the next = low and high bytes of b*A for all b.
; Clobbers A, X, Y. 7,400 cycles.
make_product:
        sta factor+1
        tya
        clc
        adc #>exact_products
        sta put_low+2
        sta get_low+2
        adc #1
        sta put_high+2
        lda #0
        tax
        tay
put_low:
        sta exact_products,x
        tya
put_high:
        sta exact_products,x
get_low:
        lda exact_products,x
        clc
factor: adc #0
        bcc :+
        iny
:       inx
        bne put_low
        rts

; exact_block_bytes from exact_at to exact_weights. Clobbers A, Y.
; 85 cycles + one a byte.
exact_fetch_weights:
        lda #<exact_weights
        sta REU_C64
        lda #>exact_weights
        sta REU_C64+1
        lda exact_block_bytes
        sta REU_LENGTH
        lda exact_block_bytes+1
        sta REU_LENGTH+1
        lda exact_at
        sta REU_ADDRESS
        lda exact_at+1
        sta REU_ADDRESS+1
        lda exact_at+2
        sta REU_ADDRESS+2
        and #7
        cmp #7
        beq :+                  ; perhaps across a multiple of 512 KB
        lda #REU_TO_C64
        sta REU_COMMAND
        rts
:       ldx exact_at+2
        lda #REU_TO_C64
        jmp reu_transfer

; void exact_init(reu_address products): where the table is, 0: there is none. 62,000
; cycles. Whenever the code has come into memory, before the first exact_columns.
_exact_init:
        sta table
        stx table+1
        lda sreg
        sta table+2
        ora table+1
        cmp #1
        lda #0
        adc #$ff                ; 0 with a table, else $ff
        sta exact_no_table
        jmp exact_make_shifts

; void exact_make_products(void): fills the table. 2.3 million cycles.
; Once for an image, after exact_init.
_exact_make_products:
        lda #0
        sta exact_factor
        sta exact_at
        lda table+1
        sta exact_at+1
        lda table+2
        sta exact_at+2
        jsr reu_prepare
next:   lda exact_factor
        ldy #0
        jsr make_product
        lda #<exact_products
        sta REU_C64
        lda #>exact_products
        sta REU_C64+1
        lda exact_at
        sta REU_ADDRESS
        lda exact_at+1
        sta REU_ADDRESS+1
        ldx exact_at+2
        stx REU_ADDRESS+2
        lda #0
        sta REU_LENGTH
        lda #2
        sta REU_LENGTH+1
        lda #REU_FROM_C64
        jsr reu_transfer
        lda exact_at+1
        clc
        adc #2
        bcc :+
        inc exact_at+2
:       sta exact_at+1
        inc exact_factor
        bne next
        rts
