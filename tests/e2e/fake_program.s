; Stands in for llama2c64.prg in the tests of run64: keeps to remote.h, but what
; it tells is fixed. Assembled with MODE defined as one of these.

TELL   = 0      ; three tokens with their text, two chunks of logits each
HANG   = 1      ; after the first token nothing any more
CRASH  = 2      ; after the first token an opcode that stops the CPU
REFUSE = 3      ; an error message
GAP    = 4      ; the second token is missing

LOGITS = 2      ; enum remote_event
TOKEN  = 3
END    = 4
ERROR  = 5

        .segment "LOADADDR"
        .addr $0801

        .segment "CODE"
        .org $0801
        .addr next_line
        .word 10
        .byte $9e, "2061", 0
next_line:
        .word 0
        .assert * = $080d, error, "PROGRAM_START"
        jmp start
        .assert * = $0810, error, "REMOTE_REPORT"
report: rts
        .res 3
        .assert * = $0814, error, "REMOTE_BLOCK"
block:
version:
        .byte 2
request:
        .byte 0
want_logits:
        .byte 0
event:  .byte 0
settings:
        .res 24
prompt_bytes:
        .word 0
position:
        .word 0
next:   .word 0
n_prompt_tokens:
        .word 0
steps:  .word 0
layer:  .byte 0
step:   .byte 0
status: .byte 0
        .byte 0
data:   .word 0
data_bytes:
        .word 0
position_now:
        .word 0
cycles: .dword 0
step_cycles:
        .res 4 * 14
begin_cycles:
        .dword 0
        .assert * - block = 112, error, "struct remote"

start:  sei
        lda #$35
        sta $01
        lda request
        beq start
.if MODE = REFUSE
        lda #<message
        ldx #>message
        ldy #message_end - message
        jsr set_data
        lda #ERROR
        jsr tell
stop:   jmp stop
message:
        .byte "NO REU"
message_end:
.endif
        lda #1
        sta n_prompt_tokens
        lda #3
        sta steps
token:  lda want_logits
        beq no_logits
        lda #<logits            ; the same four numbers twice
        ldx #>logits
        ldy #16
        jsr set_data
        lda #LOGITS
        jsr tell
        lda #LOGITS
        jsr tell
no_logits:
        lda position            ; token 300 + position, one letter from "abc"
        clc
        adc #<300
        sta next
        lda #>300
        sta next + 1
        lda #<text
        ldx #>text
        ldy #1
        jsr set_data
        lda data
        clc
        adc position
        sta data
        lda #77
        sta begin_cycles
        lda #<1000
        sta cycles
        lda #>1000
        sta cycles + 1
        lda #<700
        sta step_cycles
        lda #>700
        sta step_cycles + 1
        lda #TOKEN
        jsr tell
.if MODE = HANG
hang:   jmp hang
.elseif MODE = CRASH
        .byte $02
.elseif MODE = GAP
        inc position
.endif
        inc position
        inc position_now
        lda position
        cmp steps
        bcc token
        lda #1                  ; STORY_ENDED
        sta status
        lda #END
        jsr tell
over:   jmp over

tell:   sta event
        jmp report

set_data:
        sta data
        stx data + 1
        sty data_bytes
        lda #0
        sta data_bytes + 1
        rts

text:   .byte "abc"
logits: .byte 0, 0, $80, $3f, 0, 0, 0, $40, 0, 0, $40, $40, 0, 0, $80, $40 ; 1, 2, 3, 4
