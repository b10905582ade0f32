; Stands in for the REU where there is none (sim65).

        .importzp fast_weights, fast_length, sp, ptr1, ptr2, ptr3
        .export fast_stub_fetch, fast_stub_at, _fast_memory, _reu_read
        .import incsp6

        .bss
_fast_memory:   .res 8192
fast_stub_at:   .res 2
        .code

; fast_length bytes to fast_weights; the next follow. X is kept.
fast_stub_fetch:
        clc
        lda fast_stub_at
        adc #<_fast_memory
        sta ptr1
        lda fast_stub_at+1
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

; void reu_read(void *to, reu_address from, uint16_t n), n < 256
_reu_read:
        sta ptr3
        ldy #0
        clc
        lda (sp),y
        adc #<_fast_memory
        sta ptr1
        iny
        lda (sp),y
        adc #>_fast_memory
        sta ptr1+1
        ldy #4
        lda (sp),y
        sta ptr2
        iny
        lda (sp),y
        sta ptr2+1
        ldy #0
:       lda (ptr1),y
        sta (ptr2),y
        iny
        cpy ptr3
        bne :-
        jmp incsp6
