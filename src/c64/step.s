; Steps of the forward pass: counted, reported, shown in the status line.

        .include "c64.inc"
        .export _machine_step, _step_end, step_show
        .import _remote, _story_show_layer, timer_lap, popa
        .importzp lap, step_now, stop_flag

; Offsets in struct remote (remote.h).
LAYER = 38
STEP = 39
CYCLES = 48
STEP_CYCLES = 52

STEP_COUNT = 14                 ; machine.h
STEP_WIDTH = 10
STEP_AT := SCREEN + 24*40 + 30  ; BAR_ROW, STEP_COLUMN of story_screen.h

; void __fastcall__ machine_step(uint8_t layer, enum step step): see machine.h.
; In: A step, layer on cc65's stack. Clobbers A, X, Y, and all that C may when
; the layer is another. About 290 cycles, and 2,000 more for another layer.
_machine_step:
        pha
        jsr _step_end
        pla
        sta step_now
        sta _remote+STEP
        jsr popa
        cmp _remote+LAYER
        beq @done
        sta _remote+LAYER
        jmp _story_show_layer
@done:  rts

; Called by the interrupt: shows the step's name, if it is another, or that the story is about to
; stop. About 25 cycles, or 215. Clobbers A, X, Y.
step_show:
        ldx _remote+STEP
        lda stop_flag
        beq :+
        ldx #STEP_COUNT
:       cpx step_shown
        beq @done
        stx step_shown
        lda offsets,x
        tax
        ldy #0
@name:  lda names,x
        sta STEP_AT,y
        inx
        iny
        cpy #STEP_WIDTH
        bne @name
@done:  rts

        .segment "LOW"
step_shown: .res 1

        .segment "CODE"

; void step_end(void): counts the cycles since the last call to the position
; and to the step that was going on; then no step is going on. Clobbers A, X, Y.
; About 240 cycles.
_step_end:
        jsr timer_lap
        clc
        .repeat 4, i
        lda _remote+CYCLES+i
        adc lap+i
        sta _remote+CYCLES+i
        .endrepeat
        lda step_now
        cmp #STEP_COUNT
        bcs @none
        asl
        asl
        tax
        .repeat 4, i
        lda _remote+STEP_CYCLES+i,x
        adc lap+i
        sta _remote+STEP_CYCLES+i,x
        .endrepeat
@none:  lda #$FF
        sta step_now
        rts

        .segment "RODATA"

; The names in screen codes: lower case is 1..26.
.macro name text
        .repeat STEP_WIDTH, i
        .if i < .strlen(text)
        .if .strat(text, i) >= 'a'
        .byte .strat(text, i) - 'a' + 1
        .else
        .byte .strat(text, i)
        .endif
        .else
        .byte ' '
        .endif
        .endrepeat
.endmacro

; In the order of enum step.
names:  name "embedding"
        name "rmsnorm"
        name "wq, wk, wv"
        name "rope"
        name "attention"
        name "softmax"
        name "values"
        name "wo"
        name "residual"
        name "w1, w3"
        name "swiglu"
        name "w2"
        name "classifier"
        name "sampling"
        .assert * - names = STEP_COUNT * STEP_WIDTH, error, "a name for each step"
        name "Stopping"
offsets:
        .repeat STEP_COUNT + 1, i
        .byte i * STEP_WIDTH
        .endrepeat
