; A sound for each token.

        .include "c64.inc"
        .export _blip

GATE = SID+4                    ; control register of voice 1
TRIANGLE = $10

; void blip(void): voice 1 from the beginning of its envelope, which dies away by
; itself (ui/sound.c). Clobbers A.
_blip:  lda #TRIANGLE
        sta GATE
        lda #TRIANGLE | 1
        sta GATE
        rts
