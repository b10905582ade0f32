; Start-up: the BASIC line, the remote interface at its fixed addresses, and the
; machine brought into a known state, whoever started the program: BASIC's SYS
; or a boot ROM that has initialised nothing.

        .include "c64.inc"
        .export __LOADADDR__: absolute = 1
        .export __STARTUP__: absolute = 1
        .export _remote, _remote_point, _quit
        .export _c64_ntsc
        .export _screen_codes: absolute = SCREEN, _screen_colours: absolute = COLOURS
        .import _main, _clock_start, irq, _tables_init, accelerator_begin, accelerator_end
        .import __BSS_RUN__, __BSS_SIZE__, __PAGES_RUN__, __PAGES_SIZE__, __HIGH_RUN__, __HIGH_SIZE__
        .import __LOW_RUN__, __LOW_SIZE__, __STACKSIZE__
        .import __MAIN_LAST__, __BOOT_START__, __BOOT_LAST__, __OVERLAY_LAST__, __TOP_LAST__
        .import __EXACT_START__, __EXACT_LAST__, __UNDER_IO_RUN__, __SAVED_RUN__
        .import __FAST_START__, __FAST_LAST__, __FAST_COPIED_START__, __FAST_COPIED_LAST__
        .export nmi, saved_zero_page
        .export story_end: absolute = $D000 - __STACKSIZE__
        .export _story_end: absolute = story_end
        .importzp sp, ptr1, ptr2, stop_flag, key_counter

REMOTE_VERSION = 2
REMOTE_SIZE = 112               ; sizeof (struct remote), remote.h

        .segment "LOADADDR"
        .addr $0801

        .segment "STARTUP"
        .addr basic_end         ; 10 SYS 2061
        .word 10
        .byte $9E, "2061", 0
basic_end:
        .word 0

        .assert * = $080D, error, "PROGRAM_START of remote.h"
        jmp start

        .assert * = $0810, error, "REMOTE_REPORT of remote.h"
; Called for each event; a breakpoint for whoever is outside.
_remote_point:
        rts
        .res 3

        .assert * = $0814, error, "REMOTE_BLOCK of remote.h"
_remote:
        .byte REMOTE_VERSION
        .res REMOTE_SIZE - 1

; Here and not further up, where a ROM may still be in the way.
start:  sei
        cld
        lda #$34                ; only RAM; cassette motor off
        sta $01
        lda #$2F
        sta $00
        jmp initialise

; The ROMs back in, and BASIC, if there is a KERNAL to go back to (a jump table
; at $FF81), or else a reset.
leave:  lda #$37
        sta $01
        lda $FF81
        and $FF84
        cmp #$4C                ; both jmp
        bne @reset
        jsr $FF84               ; IOINIT
        jsr $FF81               ; CINT
        cli
        jmp ($A002)             ; BASIC's warm start
@reset: jmp ($FFFC)

nmi:    rti                     ; RESTORE does nothing

        .segment "BOOT"      ; all else is not needed during a story

.macro set_word zero_page, value
        lda #<(value)
        sta zero_page
        lda #>(value)
        sta zero_page+1
.endmacro

.macro clear_segment address, size
        set_word ptr1, address
        set_word ptr2, size
        jsr clear
.endmacro

initialise:
        ldx #5
@vectors:
        lda vectors,x
        sta $FFFA,x
        dex
        bpl @vectors
        ldx #$FF
        txs

        ldx #2
@save:  lda 0,x
        sta saved_zero_page,x
        inx
        bne @save

        clear_segment __BSS_RUN__, __BSS_SIZE__
        clear_segment __PAGES_RUN__, __PAGES_SIZE__
        clear_segment __HIGH_RUN__, __HIGH_SIZE__
        clear_segment __LOW_RUN__, __LOW_SIZE__
        inc $01                 ; I/O in

        lda #0
        sta stop_flag
        sta key_counter
        sta sp
        lda #$D0
        sta sp+1

        jsr accelerator_begin
        jsr init_vic
        jsr init_cias
        ldx #$18                ; silence
        lda #0
@sid:   sta SID,x
        dex
        bpl @sid
        jsr _clock_start
        jsr _tables_init
        cli
        jsr _main
        jmp _quit

vectors:
        .addr nmi, start, irq

; Clears ptr2 bytes at ptr1. Clobbers A, X, Y, ptr1. About 9 cycles a byte.
clear:  ldy #0
        tya
        ldx ptr2+1              ; whole pages
        beq @rest
@page:  sta (ptr1),y
        iny
        bne @page
        inc ptr1+1
        dex
        bne @page
@rest:  cpy ptr2
        beq @done
        sta (ptr1),y
        iny
        bne @rest
@done:  rts

; Sizes for overlays.c: of what takes turns, and of what is free until there is a model.
        .export _screens_bytes: absolute = __OVERLAY_LAST__ - __BOOT_START__
        .export _exact_bytes: absolute = __EXACT_LAST__ - __EXACT_START__
        .export _fast_bytes: absolute = __FAST_LAST__ - __FAST_START__
        .export _settled_bytes: absolute = __FAST_COPIED_LAST__ - __FAST_COPIED_START__
        .export _late_room: absolute = __BOOT_START__ - __MAIN_LAST__
        .export _story_room: absolute = story_end - __BOOT_LAST__
        .export _under_io_room: absolute = __SAVED_RUN__ - __UNDER_IO_RUN__
        .export _top_room: absolute = $FFFA - __TOP_LAST__

; Segments that the configuration must know even if no other file uses them.
        .segment "HIGH"
        .segment "LOW"
        .segment "IO_TABLES"
        .segment "SAVED"
saved_zero_page: .res 256

; What waits is unpacked from the end of the memory, the engines behind BOOT (overlays.c),
; and may reach into its packed form except for a few bytes; tools/pack.sh looks whether
; they are less.
UNPACK_MARGIN = 16
        .assert __BOOT_LAST__ + __EXACT_LAST__ - __EXACT_START__ + UNPACK_MARGIN <= story_end, lderror, "no room to unpack the exact engine"
        .assert __BOOT_LAST__ + __FAST_LAST__ - __FAST_START__ + UNPACK_MARGIN <= story_end, lderror, "no room to unpack the fast engine"
        .assert __OVERLAY_LAST__ + UNPACK_MARGIN <= story_end, lderror, "no room to unpack the screens"
        .assert __EXACT_LAST__ < __OVERLAY_LAST__ && __FAST_LAST__ < __OVERLAY_LAST__, lderror, "an engine is longer than what it changes places with"

        .segment "BOOT"

; VIC-II: text at $0400, upper and lower case, no sprites, no interrupts.
; Out: _c64_ntsc = 1 if a picture has less than 288 lines (262 or 263, PAL 312).
; Clobbers A, X, Y.
init_vic:
        ldx #$2E
@register:
        lda vic_registers,x
        sta $D000,x
        dex
        bpl @register
        lda #$FF
        sta VIC_IRQ
@top:   bit VIC_CONTROL1        ; lines 256 and up have the top bit here
        bmi @top
@lower: bit VIC_CONTROL1
        bpl @lower
        ldx #0
@line:  lda VIC_RASTER
        bit VIC_CONTROL1
        bpl @counted
        tax
        bpl @line
@counted:
        lda #0
        cpx #288 - 256
        bcs @store
        lda #1
@store: sta _c64_ntsc
        rts

        .segment "BOOT"
vic_registers:
        .res 17, 0              ; sprite positions
        .byte $1B, 0, 0, 0, 0   ; text screen on, 25 rows; raster, light pen; sprites off
        .byte $08, 0, $17       ; 40 columns; screen $0400, characters $1800
        .byte 0, 0, 0, 0, 0     ; no interrupts; sprites' priority, colour mode, width
        .res 2, 0               ; collisions
        .byte 0, 0              ; border and background black
        .res 13, 0

        .segment "BSS"
_c64_ntsc: .res 1

        .segment "BOOT"

; CIA 1: keyboard, interrupt 60 times a second by timer A. CIA 2: VIC-II bank 0,
; serial bus released, no NMI; its timers are timer.s's. Needs _c64_ntsc.
; Clobbers A, X.
init_cias:
        lda #$7F
        sta CIA1_ICR
        sta CIA2_ICR
        lda CIA1_ICR
        lda CIA2_ICR
        lda #$FF
        sta CIA1_DDRA
        lda #0
        sta CIA1_DDRB
        sta CIA1_PRA            ; all columns: any key shows in CIA1_PRB
        sta CIA1_CRB
        ldx _c64_ntsc
        lda timer_low,x
        sta CIA1_TIMER_A
        lda timer_high,x
        sta CIA1_TIMER_A+1
        lda #$11                ; load and start, TOD of 60 Hz until _clock_start knows
        sta CIA1_CRA
        lda #$81
        sta CIA1_ICR
        lda #$07
        sta CIA2_PRA
        lda #$3F
        sta CIA2_DDRA
        rts

        .segment "BOOT"
timer_low:  .byte <(985248 / 60 - 1), <(1022727 / 60 - 1)
timer_high: .byte >(985248 / 60 - 1), >(1022727 / 60 - 1)

        .segment "BOOT"

; void quit(void): back to BASIC with its zero page. Does not return.
_quit:  sei
        ldx #$FF
        txs
        jsr accelerator_end
        lda #$34
        sta $01
        ldx #2
@restore:
        lda saved_zero_page,x
        sta 0,x
        inx
        bne @restore
        jmp leave
