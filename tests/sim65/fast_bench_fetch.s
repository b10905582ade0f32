; void fetch_only(uint8_t bytes): what the stand-in for the REU does for a row.

        .import fast_stub_fetch, fast_stub_at
        .importzp fast_length
        .export _fetch_only

        .code

_fetch_only:
        sta fast_length
        lda #0
        sta fast_stub_at
        sta fast_stub_at+1
        jmp fast_stub_fetch
