; A C128's KERNAL ROM ($C000-$FFFF), for x128 without Commodore's ROMs: switches the
; C128 into C64 mode at once, where boot.s goes on. A C128 begins with its Z80, which
; sees the part at $D000 as $0000; the 8502 takes its reset vector from the end of this ROM.

        .segment "Z80"
        .byte $01, $05, $d5     ; ld bc,$d505   the MMU's mode configuration register
        .byte $3e, $f7          ; ld a,$f7      C64 mode, 8502
        .byte $ed, $79          ; out (c),a

        .segment "KERNAL"
        .incbin "kernal.bin"

; x128 wants these too, and C64 mode looks at none of them but the characters.
        .segment "BASIC"
        .byte 0
        .segment "CHARACTERS"
        .incbin "chargen.bin"
        .incbin "chargen.bin"
