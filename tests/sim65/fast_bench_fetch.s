; void fetch_only(uint8_t bytes, uint8_t n): what the stand-in for the REU does for n rows,
; and 5 cycles more for each. Clobbers A, X, Y.

        .import fast_stub_fetch, fast_stub_at, popa
        .importzp fast_length
        .export _fetch_only

        .code

_fetch_only:
        pha
        jsr popa
        sta fast_length
        lda #0
        sta fast_stub_at
        sta fast_stub_at+1
        pla
        tax
:       jsr fast_stub_fetch
        dex
        bne :-
        rts
