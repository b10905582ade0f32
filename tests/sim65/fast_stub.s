; Stands in for the REU where there is none (sim65).

        .importzp fast_weights, fast_length, ptr1
        .export fast_stub_fetch, fast_stub_at, _fast_memory, _window

        .bss
_fast_memory:   .res 8192
fast_stub_at:   .res 2
_window:        .res 1024
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
