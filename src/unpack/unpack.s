; The self-extracting PRG: in front what the program itself has there (BASIC
; line, remote interface), then this code, then the program, packed. tools/pack.sh
; assembles it with
;
;   main.lz4, engines   the payload: the resident part with the screens as one
;                       block of LZ4; what overlays.c expects behind it
;   MAIN_END            where the resident part with the screens ends
;   STORY_END           end of the free memory behind them
;   UNDER_IO, SAVED     beginning and end of what is free behind the I/O registers
;   TOP                 beginning of what is free up to the vectors
;
; All of the RAM from $0801 to the vectors serves: the payload goes up to the
; vectors, the resident part is unpacked from $0801 on and may reach into its
; own packed form as far as LZ4 allows, and the engines go where they stay,
; packed, until the REU is known: behind the screens, under I/O and at the top.

        .setcpu "6502"
        .import _decompress_lz4, pushax
        .importzp sp
        .import __CODE_LOAD__, __CODE_RUN__, __CODE_SIZE__

        .export __LOADADDR__: absolute = 1

REMOTE_VERSION = 1
REMOTE_SIZE = 108               ; sizeof (struct remote), remote.h
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
        .assert __CODE_SIZE__ <= 3 * 256, lderror, "begin copies three pages"

        .segment "PAYLOAD"
main:   .incbin "main.lz4"
main_packed_end:
engines:
        .incbin "engines"
payload_end:
        .assert payload_end <= $D000, error, "a KERNAL can't load beyond $CFFF"

engines_size = payload_end - engines
moved_engines = VECTORS - engines_size
moved_main = moved_engines - (main_packed_end - main)

; The distance that LZ4 needs between the end of a packed block and of what is
; unpacked over it (LZ4_DECOMPRESS_INPLACE_MARGIN of lz4.h).
        .assert moved_engines - MAIN_END >= (main_packed_end - main) / 256 + 32, error, "no room to unpack the program"

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

.macro argument value
        lda #<(value)
        ldx #>(value)
        jsr pushax
.endmacro

; The part `first` bytes into the engines, up to `size` bytes of it, to its place.
.macro place first, size, to
        .if first < engines_size
        pair ptr_from, moved_engines + first
        pair ptr_to, to
        .if engines_size - first < size
        move_count .set engines_size - first
        .else
        move_count .set size
        .endif
        ldx #>move_count
        ldy #<move_count
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
        argument moved_main
        argument $0801
        lda #<(MAIN_END - $0801)
        ldx #>(MAIN_END - $0801)
        jsr _decompress_lz4

first_room = STORY_END - MAIN_END
second_room = SAVED - UNDER_IO
        .assert engines_size <= first_room + second_room + (VECTORS - TOP), error, "no room for the packed engines"
        place 0, first_room, MAIN_END
        place first_room, second_room, UNDER_IO
        place first_room + second_room, VECTORS - TOP, TOP

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
