; From a piece's text to its token. C: src/definition/find_token.c.

        .include "reu.inc"
        .import _model, _piece, reu_prepare, reu_transfer
        .importzp ptr1, ptr2, ptr3, ptr4, sreg, f32_work
        .export _find_token

; struct image_header, struct section and struct token_entry of image.h
VOCABULARY := _model + 46
TOKENS := _model + 84 + 8       ; the section's address
SORTED = 32                     ; the other's from there on
ENTRY_BYTES = 6
ENTRY_ADDRESS = 2
ENTRY_LENGTH = 5

text := ptr1
low := ptr2
high := ptr3
middle := ptr4
twice := sreg
times := f32_work
address := f32_work + 1         ; 16 bits
token := f32_work + 3
entry := f32_work + 5

        .segment "SCREENS"      ; not needed during a story

; uint16_t __fastcall__ find_token(const char *text): see find_token.h.
; In: A/X text. Out: A/X. Clobbers Y, ptr1 to ptr4, sreg, f32_work.
; About 600 cycles for each halving of the vocabulary.
_find_token:
        sta text
        stx text+1
        jsr reu_prepare
        sta low
        sta low+1
        lda VOCABULARY
        sta high
        lda VOCABULARY+1
        sta high+1
next:   lda low
        cmp high
        lda low+1
        sbc high+1
        bcc :+
        lda #$FF
        tax
        rts
:       lda low
        adc high                ; no carry: up to 32768 tokens
        tay
        lda low+1
        adc high+1
        lsr a
        sta middle+1
        tax
        tya
        ror a
        sta middle
        ldy #1                  ; token = sorted[middle]
        sty times
        ldy #SORTED
        jsr locate
        ldy #token
        lda #2
        jsr fetch
        ldy #3                  ; entry = tokens[token]
        sty times
        ldy #0
        lda token
        ldx token+1
        jsr locate
        ldy #entry
        lda #ENTRY_BYTES
        jsr fetch
        lda entry+ENTRY_ADDRESS ; its piece with the NUL
        sta REU_ADDRESS
        lda entry+ENTRY_ADDRESS+1
        sta REU_ADDRESS+1
        lda #<_piece
        sta REU_C64
        lda #>_piece
        sta REU_C64+1
        ldy #0
        ldx entry+ENTRY_LENGTH
        inx
        bne :+
        iny
:       txa
        ldx entry+ENTRY_ADDRESS+2
        jsr transfer

        ldy #0
@byte:  lda (text),y
        cmp _piece,y
        bne @other
        iny
        tax
        bne @byte
        lda token
        ldx token+1
        rts
@other: ldx middle+1
        lda middle
        bcc @less
        adc #0                  ; the carry
        sta low
        bcc :+
        inx
:       stx low+1
        jmp next
@less:  sta high
        stx high+1
        jmp next

; REU_ADDRESS and its bank X = the section's address at TOKENS + Y, and `times` times 2 times A/X, which
; is below 32768.
locate: asl a
        sta twice
        txa
        rol a
        sta twice+1
        lda TOKENS,y
        sta address
        lda TOKENS+1,y
        sta address+1
        ldx TOKENS+2,y
@add:   clc
        lda address
        adc twice
        sta address
        lda address+1
        adc twice+1
        sta address+1
        bcc :+
        inx
:       dec times
        bne @add
        sta REU_ADDRESS+1
        lda address
        sta REU_ADDRESS
        rts

; A bytes from there to Y in zero page; or A + 256 * Y to REU_C64.
fetch:  sty REU_C64
        ldy #0
        sty REU_C64+1
transfer:
        sta REU_LENGTH
        sty REU_LENGTH+1
        stx REU_ADDRESS+2
        lda #REU_TO_C64
        jmp reu_transfer
