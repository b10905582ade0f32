; Faster processors: the C128's at 2 MHz, SuperCPU, Ultimate 64, Turbo Chameleon. C: c64.h.
; docs/hardware.md names the sources and says what was tried.
;
; Where one is found, each instruction that starts a transfer of the REU becomes a call
; of `transfer`, which slows the processor down to 1 MHz around it: a C128 corrupts
; transfers at 2 MHz, and no other relies on its way of doing both. On a C64 all
; stays as it is. The C128's VIC-II shows nothing sensible at 2 MHz, so there the
; screen must be off.

        .include "c64.inc"
        .include "reu.inc"
        .export accelerator_begin, accelerator_end
        .export _accelerator, _accelerator_slow, _accelerator_fast, _accelerate
        .import __MAIN_START__, __MAIN_LAST__, story_end
        .import __TRANSFER_LOAD__, __TRANSFER_RUN__, __TRANSFER_SIZE__
        .import __SITES_LOAD__, __SITES_RUN__, __SITES_SIZE__
        .importzp ptr1

; Kinds, enum accelerator.
C128            = 1
SUPERCPU        = 2
ULTIMATE        = 3
CHAMELEON       = 4

IO              := $D000
C128_SPEED      := $D030        ; bit 0: 2 MHz; the others are read as 1
ULTIMATE_ENABLE := $D030        ; bit 0: turbo, where the menu leaves it to this register
ULTIMATE_SPEED  := $D031        ; bits 3-0: speed; 7: no badlines
SUPERCPU_ALL    := $D077        ; a write: all writes go to the C64's memory too
SUPERCPU_SLOW   := $D07A        ; a write: 1 MHz
SUPERCPU_FAST   := $D07B        ; 20 MHz
SUPERCPU_OPEN   := $D07E        ; its other registers may be written to
SUPERCPU_CLOSE  := $D07F
SUPERCPU_MODE   := $D0B4        ; bits 7-6: which writes go to the C64's memory
SUPERCPU_STATE  := $D0B8        ; bit 7: 1 MHz by program
SUPERCPU_THERE  := $D0BC        ; bit 7: 0
CHAMELEON_SPEED := $D0F3
CHAMELEON_OPEN  := $D0FE        ; $2A: its registers may be seen, $FF: not

STA_ABSOLUTE    = $8D
STY_ABSOLUTE    = $8C
JSR_ABSOLUTE    = $20
RTS_IMPLIED     = $60
LDA_IMMEDIATE   = $A9
BNE_RELATIVE    = $D0

        .data                   ; stays when the program is started again
_accelerator:   .byte 0         ; kind, or 0
found:          .byte 0         ; its speed, and SUPERCPU_MODE, before
found_mode:     .byte 0

        .segment "BOOT"

; By kind less 1: registers for slow and fast, low bytes, and what to write there.
; The C128's fast value depends on the screen.
slow_registers: .byte <C128_SPEED, <SUPERCPU_SLOW, <ULTIMATE_SPEED, <CHAMELEON_SPEED
fast_registers: .byte <C128_SPEED, <SUPERCPU_FAST, <ULTIMATE_SPEED, <CHAMELEON_SPEED
slow_values:    .byte 0, 0, 0, %00001100
fast_values:    .byte 0, 1, $8F, %10000000

; void accelerator_slow(void), void accelerator_fast(void): for who must be at 1 MHz in
; between, as the KERNAL's serial bus. Clobber A, X, Y.
_accelerator_slow:
        ldx _accelerator
        beq none
        lda slow_values-1,x
        ldy slow_registers-1,x
        sta IO,y
none:   rts

_accelerator_fast:
        ldx _accelerator
        beq none
        lda fast_values-1,x
        ldy fast_registers-1,x
        sta IO,y
        rts

; Out: X kind, or 0. A C64 reads $FF from registers that it has not. Clobbers A, Y.
look:   ldx #SUPERCPU
        lda SUPERCPU_THERE
        bpl @done
        ldx #ULTIMATE
        lda ULTIMATE_SPEED
        cmp #$FF
        bne @done
        ldx #C128
        lda #0                  ; x128 does not read the upper bits as 1 before a write
        sta C128_SPEED
        lda C128_SPEED
        cmp #$FF
        beq @chameleon
        cmp #$FC
        bcs @done
@chameleon:
        ldx #CHAMELEON
        ldy CHAMELEON_OPEN
        lda #$2A
        sta CHAMELEON_OPEN
        lda CHAMELEON_OPEN
        cmp #$FF
        bne @done
        sty CHAMELEON_OPEN
        ldx #0
@done:  rts

; Looks for one, switches it on and prepares the transfers of the resident part. I/O
; must be visible, interrupts off. Clobbers A, X, Y, ptr1. 60 cycles if there is none.
accelerator_begin:
        lda #RTS_IMPLIED
        sta _accelerate
        ldx _accelerator
        bne @again
        jsr look
        txa
        beq none
        stx _accelerator
        ldy fast_registers-1,x
        lda IO,y
        sta found
@again: ldx #<__SITES_SIZE__-1
@sites: lda __SITES_LOAD__,x
        sta __SITES_RUN__,x
        dex
        bpl @sites
        ldx #<__TRANSFER_SIZE__-1
@transfer:
        lda __TRANSFER_LOAD__,x
        sta __TRANSFER_RUN__,x
        dex
        bpl @transfer
        lda #STA_ABSOLUTE
        sta execute
        ldx _accelerator
        lda slow_registers-1,x
        sta slow_at+1
        lda slow_values-1,x
        sta slow+1
        lda fast_registers-1,x
        sta fast_at+1
        lda fast_values-1,x
        beq @patch              ; the C128
        sta fast+1
        lda #LDA_IMMEDIATE
        sta fast
        lda #BNE_RELATIVE
        sta fast+2
        lda #fast_at - (fast+4)
        sta fast+3
@patch: lda #<__MAIN_START__
        ldx #>__MAIN_START__
        jsr _accelerate
        lda #<story_end
        sta sites_end_low+1
        lda #>story_end
        sta sites_end_high+1
        ldx _accelerator
        cpx #SUPERCPU
        bne @ultimate
        lda SUPERCPU_STATE
        sta found
        lda SUPERCPU_MODE
        sta found_mode
        sta SUPERCPU_OPEN
        sta SUPERCPU_ALL
        sta SUPERCPU_CLOSE
@ultimate:
        cpx #ULTIMATE
        bne @fast
        lda #1
        sta ULTIMATE_ENABLE
@fast:  jmp _accelerator_fast

; Leaves the accelerator as it was. Clobbers A, X, Y.
accelerator_end:
        ldx _accelerator
        beq @none
        lda found
        ldy fast_registers-1,x
        cpx #SUPERCPU
        bne @speed
        ldy found_mode
        sta SUPERCPU_OPEN
        sty SUPERCPU_MODE
        sta SUPERCPU_CLOSE
        asl a
        bcc @none               ; it was fast
        ldy #<SUPERCPU_SLOW
@speed: sta IO,y
        cpx #CHAMELEON
        bne @none
        lda #$FF
        sta CHAMELEON_OPEN
@none:  rts

        .segment "SITES"        ; in BASIC's input line, for as long as the program runs

; void accelerate(void *code): makes transfers of the code from there up to story_end
; fit the processor: nothing on a C64, where this is an rts. Code that has just come,
; with nothing behind it that is still needed. tests/sim65/test_accelerator.sh sees to it that no
; other bytes look like these instructions. Clobbers A, X, Y, ptr1. 35 cycles a byte.
_accelerate:
        sta ptr1
        stx ptr1+1
search:  ldy #2
        lda (ptr1),y
        cmp #>REU_COMMAND
        bne next
        dey
        lda (ptr1),y
        cmp #<REU_COMMAND
        bne next
        dey
        lda (ptr1),y
        ldx #<transfer_a
        cmp #STA_ABSOLUTE
        beq site
        ldx #<transfer_y
        cmp #STY_ABSOLUTE
        bne next
site:  lda #JSR_ABSOLUTE
        sta (ptr1),y
        iny
        txa
        sta (ptr1),y
        iny
        lda #>transfer_a
        sta (ptr1),y
next:  inc ptr1
        bne :+
        inc ptr1+1
:       lda ptr1
sites_end_low:
        cmp #<__MAIN_LAST__     ; accelerator_begin makes it story_end
        lda ptr1+1
sites_end_high:
        sbc #>__MAIN_LAST__
        bcc search
        rts

        .segment "TRANSFER"

; In the place of sta REU_COMMAND, and of sty. Keeps all registers and flags. About 25
; clock cycles at 1 MHz, + the bytes.
transfer_y:
        php
        pha
        tya
        bne transfer            ; always: a command is not zero
transfer_a:
        php
        pha
transfer:
        sta command+1
slow:   lda #0
slow_at:
        sta C128_SPEED
command:
        lda #0
execute:
        .byte 0                 ; accelerator_begin makes it sta: accelerate must not see one here
        .addr REU_COMMAND
fast:   lda VIC_CONTROL1        ; for other kinds lda #fast_values, bne fast_at
        and #SCREEN_ON
        lsr a
        lsr a
        lsr a
        lsr a
        eor #1
fast_at:
        sta C128_SPEED
        pla
        plp
        rts
