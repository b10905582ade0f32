; The RAM Expansion Unit as storage: DMA transfers. C: reu.h, host src/host/reu_host.c.
;
; The processor stands still during a transfer, one cycle a byte. The interrupt
; does not use the REU. A transfer leaves the registers changed, so all are set
; each time.

        .include "reu.inc"
        .importzp sp
        .import incsp6
        .export _reu_read, _reu_write, _reu_swap, reu_prepare, reu_transfer

; The registers that stay as they are: no interrupt, both addresses counting up.
; Clobbers A. 18 cycles with the call.
reu_prepare:
        lda #0
        sta REU_INTERRUPT
        sta REU_CONTROL
        rts

; Executes the command in A with the registers as they are set; X is the bank,
; REU_ADDRESS+2, whose upper bits can't be read back. The REU's address counter
; has 19 bits: a transfer that goes on beyond a multiple of 512 KB is done in two
; parts. Length 1..65535. Clobbers A, X, Y. 24 cycles with the call, 45 near the
; end of 512 KB, 150 in two parts, + the bytes.
reu_transfer:
        tay
        txa
        and #7
        cmp #7
        bne @all
        sec                     ; the first part: up to the next multiple of 64 KB
        lda #0
        sbc REU_ADDRESS
        sta first
        lda #0
        sbc REU_ADDRESS+1
        sta first+1
        ora first
        beq @all
        lda first
        cmp REU_LENGTH
        lda first+1
        sbc REU_LENGTH+1
        bcs @all
        lda REU_LENGTH
        sec
        sbc first
        pha
        lda REU_LENGTH+1
        sbc first+1
        pha
        lda first
        sta REU_LENGTH
        lda first+1
        sta REU_LENGTH+1
        sty REU_COMMAND
        lda #0
        sta REU_ADDRESS
        sta REU_ADDRESS+1
        inx
        stx REU_ADDRESS+2
        pla
        sta REU_LENGTH+1
        pla
        sta REU_LENGTH
@all:   sty REU_COMMAND
        rts

        .bss
first:  .res 2
        .code

; void reu_read(void *to, reu_address from, uint16_t n)
; 250 cycles + n.
_reu_read:
        sta REU_LENGTH
        stx REU_LENGTH+1
        jsr reu_prepare
        tay
        lda (sp),y
        sta REU_ADDRESS
        iny
        lda (sp),y
        sta REU_ADDRESS+1
        iny
        lda (sp),y
        sta REU_ADDRESS+2
        tax
        ldy #4
        lda (sp),y
        sta REU_C64
        iny
        lda (sp),y
        sta REU_C64+1
        lda #REU_TO_C64
        jsr reu_transfer
        jmp incsp6

; void reu_swap(reu_address at, void *with, uint16_t n): n bytes of either change places.
; 250 cycles + 2 n.
_reu_swap:
        ldy #REU_SWAP
        bne from_c64            ; always

; void reu_write(reu_address to, const void *from, uint16_t n)
; 250 cycles + n.
_reu_write:
        ldy #REU_FROM_C64
from_c64:
        sty @command+1
        sta REU_LENGTH
        stx REU_LENGTH+1
        jsr reu_prepare
        tay
        lda (sp),y
        sta REU_C64
        iny
        lda (sp),y
        sta REU_C64+1
        iny
        lda (sp),y
        sta REU_ADDRESS
        iny
        lda (sp),y
        sta REU_ADDRESS+1
        iny
        lda (sp),y
        sta REU_ADDRESS+2
        tax
@command:
        lda #REU_FROM_C64       ; or REU_SWAP
        jsr reu_transfer
        jmp incsp6
