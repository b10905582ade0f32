; Stands in for the REU where there is none (sim65).

        .include "reu.inc"
        .importzp fast_weights, fast_length, ptr1, fast_p, fast_q, fast_kernel
        .export fast_stub_fetch, fast_stub_put, fast_stub_at, _fast_stub_kernel, _fast_memory, _window, reu_prepare, reu_transfer

        .bss
_fast_memory:   .res 8192
fast_stub_at:   .res 2
_window:        .res 1024
        .code

; fast_length bytes to fast_weights; the next follow. X is kept. Addresses are taken modulo the memory's size, 8192.
fast_stub_fetch:
        clc
        lda fast_stub_at
        adc #<_fast_memory
        sta ptr1
        lda fast_stub_at+1
        and #$1f
        adc #>_fast_memory
        sta ptr1+1
        ldy #0
:       lda (ptr1),y
        sta fast_weights,y
        iny
        cpy fast_length
        bne :-
        clc
        tya
        adc fast_stub_at
        sta fast_stub_at
        bcc :+
        inc fast_stub_at+1
:       rts

; A byte from REU_C64, which counts up, to REU_ADDRESS. A and X are kept.
fast_stub_put:
        pha
        clc
        lda REU_ADDRESS
        adc #<_fast_memory
        sta ptr1
        lda REU_ADDRESS+1
        adc #>_fast_memory
        sta ptr1+1
        ldy REU_C64
        lda 0,y
        ldy #0
        sta (ptr1),y
        inc REU_C64
        pla
        rts

; As in reu.s; the registers are RAM.
reu_prepare:
        lda #0
        rts
reu_transfer:
        pha
        clc
        lda REU_ADDRESS
        adc #<_fast_memory
        sta fast_p
        lda REU_ADDRESS+1
        adc #>_fast_memory
        sta fast_p+1
        lda REU_C64
        sta fast_q
        lda REU_C64+1
        sta fast_q+1
        ldy #0
        pla
        cmp #REU_FROM_C64
        beq @put
@get:   lda (fast_p),y
        sta (fast_q),y
        jsr @count
        bne @get
        rts
@put:   lda (fast_q),y
        sta (fast_p),y
        jsr @count
        bne @put
        rts
@count: inc fast_p
        bne :+
        inc fast_p+1
:       inc fast_q
        bne :+
        inc fast_q+1
:       lda REU_LENGTH
        bne :+
        dec REU_LENGTH+1
:       dec REU_LENGTH
        lda REU_LENGTH
        ora REU_LENGTH+1
        rts

; unsigned fast_stub_kernel(void): where fast_select's kernel is.
_fast_stub_kernel:
        lda fast_kernel
        ldx fast_kernel+1
        rts
