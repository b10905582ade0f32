; The self-extracting PRG: in front what the program itself has there (BASIC
; line, remote interface), then this code, then the program, packed. tools/pack.sh
; assembles it with
;
;   main, boot, waiting     the payload: the resident part and what must be there from
;                           the start, packed each; and what stays packed, see overlays.c
;   MAIN_END                where the resident part ends, and the late part will begin
;   BOOT, BOOT_END          where what must be there from the start begins and ends
;   STORY_END               end of the free memory behind it
;   UNDER_IO, SAVED         beginning and end of what is free behind the I/O registers
;   TOP                     beginning of what is free up to the vectors
;   MARGIN                  what is unpacked may reach over its own packed form except
;                           for so many bytes
;
; All of the RAM from $0801 to the vectors serves: the payload goes up to the
; vectors, is unpacked from there, and what waits is put into whatever memory is
; left: where the late part will be, behind BOOT_END, under I/O and at the top.

        .setcpu "6502"
        .import _unpack, pushax
        .importzp sp
        .import __CODE_LOAD__, __CODE_RUN__, __CODE_SIZE__, __BOOT_SIZE__

        .export __LOADADDR__: absolute = 1

REMOTE_VERSION = 2
REMOTE_SIZE = 112               ; sizeof (struct remote), remote.h
VECTORS = $FFFA
ZP_BYTES = 26                   ; what cc65's runtime uses from $02 on

        .segment "LOADADDR"
        .addr $0801

        .segment "STARTUP"
        .addr basic_end         ; 10 SYS 2061
        .word 10
        .byte $9E, "2061", 0
basic_end:
        .word 0

        .assert * = $080D, error, "PROGRAM_START of remote.h"
program_start:
        jmp begin
        .assert * = $0810, error, "REMOTE_REPORT of remote.h"
        rts
        .res 3
        .assert * = $0814, error, "REMOTE_BLOCK of remote.h"
remote: .byte REMOTE_VERSION
        .res REMOTE_SIZE - 1

begin:  sei
        cld
        lda #$35                ; I/O, but no ROM
        sta $01
        lda #$2F
        sta $00
        lda $D011
        and #$6F                ; screen off
        sta $D011
        lda #$34                ; only RAM
        sta $01
        lda #<nmi
        sta VECTORS
        lda #>nmi
        sta VECTORS+1
        ldx #0
copy:   .repeat 3, page
        lda __CODE_LOAD__ + page * 256,x
        sta __CODE_RUN__ + page * 256,x
        .endrepeat
        inx
        bne copy
        jmp unpack
        .assert __CODE_SIZE__ + __BOOT_SIZE__ <= 3 * 256, lderror, "begin copies three pages"

        .segment "PAYLOAD"
main:   .incbin "main"
boot:   .incbin "boot"
waiting:
        .incbin "waiting"
payload_end:
        .assert payload_end <= $D000, error, "a KERNAL can't load beyond $CFFF"

main_size = boot - main
boot_size = waiting - boot
waiting_size = payload_end - waiting

; Where the payload is moved to, and boot once more when part of what waits has
; found its place.
first_room = BOOT - MAIN_END
moved_waiting = VECTORS - waiting_size
moved_boot = moved_waiting - boot_size
moved_main = moved_boot - main_size
again_moved_boot = moved_boot + first_room

        .assert moved_boot - MAIN_END >= MARGIN, error, "no room to unpack the resident part"
        .assert moved_waiting + first_room - BOOT_END >= MARGIN, error, "no room to unpack boot"
        .assert waiting_size > first_room, error, "too little waits"

        .segment "BSS"
zero_page:      .res ZP_BYTES
remote_copy:    .res REMOTE_SIZE

        .segment "CODE"

ptr_from = $FB                  ; no cc65, no BASIC and no KERNAL uses these
ptr_to = $FD

.macro pair address, value
        lda #<(value)
        sta address
        lda #>(value)
        sta address+1
.endmacro

.macro argument value           ; of a call of C
        lda #<(value)
        ldx #>(value)
        jsr pushax
.endmacro

.macro unpack_part to, from
        argument to
        lda #<from
        ldx #>from
        jsr _unpack
.endmacro

; What waits from its byte `first` on, but at most `size` bytes, to its place.
.macro place first, size, to
        .if first < waiting_size
        pair ptr_from, moved_waiting + first
        pair ptr_to, to
        .if waiting_size - first < size
        ldx #>(waiting_size - first)
        ldy #<(waiting_size - first)
        .else
        ldx #>(size)
        ldy #<(size)
        .endif
        jsr move_down
        .endif
.endmacro

unpack: ldx #ZP_BYTES-1
:       lda $02,x
        sta zero_page,x
        dex
        bpl :-
        ldx #REMOTE_SIZE-1
:       lda remote,x
        sta remote_copy,x
        dex
        bpl :-

        pair ptr_from, payload_end
        pair ptr_to, VECTORS
        ldx #>(payload_end - main)
        ldy #<(payload_end - main)
        jsr move_up
        pair sp, $0800
        unpack_part $0801, moved_main
        place 0, first_room, MAIN_END
        pair ptr_from, moved_waiting
        pair ptr_to, moved_waiting + first_room
        ldx #>boot_size
        ldy #<boot_size
        jsr move_up
        unpack_part BOOT, again_moved_boot

second_room = STORY_END - BOOT_END
third_room = SAVED - UNDER_IO
fourth_room = VECTORS - TOP
        .assert waiting_size <= first_room + second_room + third_room + fourth_room, error, "no room for what waits"
        place first_room, second_room, BOOT_END
        place first_room + second_room, third_room, UNDER_IO
        place first_room + second_room + third_room, fourth_room, TOP

        ldx #REMOTE_SIZE-1
:       lda remote_copy,x
        sta remote,x
        dex
        bpl :-
        ldx #ZP_BYTES-1
:       lda zero_page,x
        sta $02,x
        dex
        bpl :-
        jmp program_start       ; now the program's own

nmi:    rti                     ; RESTORE does nothing

; X * 256 + Y bytes that end before ptr_from to where ptr_to ends, the last
; first. Clobbers A, X, Y, ptr_from, ptr_to. 16 cycles a byte.
move_up:
        tya
        beq @pages
@byte:  jsr down_one
        dey
        bne @byte
@pages: txa
        beq @done
@page:  dec ptr_from+1
        dec ptr_to+1
        ldy #$FF
:       lda (ptr_from),y
        sta (ptr_to),y
        dey
        bne :-
        lda (ptr_from),y
        sta (ptr_to),y
        dex
        bne @page
@done:  rts

; One byte of move_up. Clobbers A, ptr_from, ptr_to.
down_one:
        lda ptr_from
        bne :+
        dec ptr_from+1
:       dec ptr_from
        lda ptr_to
        bne :+
        dec ptr_to+1
:       dec ptr_to
        sty @y+1
        ldy #0
        lda (ptr_from),y
        sta (ptr_to),y
@y:     ldy #0
        rts

; X * 256 + Y bytes from ptr_from on to ptr_to, the first first.
; Clobbers A, X, Y, ptr_from, ptr_to. 16 cycles a byte.
move_down:
        sty @rest+1
        ldy #0
        txa
        beq @rest
@page:  lda (ptr_from),y
        sta (ptr_to),y
        iny
        bne @page
        inc ptr_from+1
        inc ptr_to+1
        dex
        bne @page
@rest:  cpy #0
        beq @done
        lda (ptr_from),y
        sta (ptr_to),y
        iny
        bne @rest
@done:  rts
