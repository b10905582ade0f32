; For accelerator_test.c: calls, and code that transfers.

        .include "reu.inc"
        .export _call_begin, _call_end, _transfers, _call_transfers, _kept
        .export story_end: absolute = transfers_end
        .import accelerator_begin, accelerator_end

_call_begin := accelerator_begin
_call_end := accelerator_end

        .data
; Each register and flag of a transfer's begin and end: must be the same.
_call_transfers:
        lda #$91
        ldy #$90
        ldx #$5A
        sec
        jsr _transfers
        php
        pla
        and #1
        sta _kept
        stx _kept+1
        sty _kept+2
        rts
_kept:  .byte 0, 0, 0
        .byte $8D, <REU_COMMAND, >REU_COMMAND + 1 ; almost one
_transfers:
        sta REU_COMMAND
        sty REU_COMMAND
        rts
transfers_end:
