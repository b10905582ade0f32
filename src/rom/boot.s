; The boot ROM: what stands in for the KERNAL and BASIC when a C64 has none, as
; in an emulator without Commodore's ROMs. It brings the machine into the state
; that the KERNAL leaves it in, says READY. and then knows two commands:
;
;       LOAD"NAME",8    loads a file to where it says itself; what follows the
;                       device is ignored
;       RUN             starts the program at $0801: jumps to the address of the
;                       SYS in its BASIC line
;
; Keys come from the KERNAL's keyboard buffer, which the interrupt fills with what is
; typed (keyboard.s of the program), and an emulator too (VICE's autostart and its
; binary monitor). For VICE's autostart the KERNAL's variables of the cursor are kept too.
;
; Of the KERNAL's entries CINT and IOINIT and those for the screen, the keyboard buffer
; and files on serial devices (serial.s) work; the others return with carry set and
; A = 5, "device not present".

        .setcpu "6502"

        .import setlfs, setnam, setmsg, readst, open, close, chkin, chkout
        .import clrchn, clall, load, serial_in, serial_out
        .importzp input_device, output_device
        .import keyboard_scan, __LOW_RUN__, __LOW_SIZE__
        .exportzp key_counter

key_counter = $c6       ; characters waiting in keys
cursor_off  = $cc       ; 0: there is a cursor
line        = $d1       ; address of the screen line with the cursor
column      = $d3       ; of the cursor, 0-39
last_column = $d5
row         = $d6       ; of the cursor, 0-24
name_length = $b7
file_name   = $0200
target      = $14       ; 16 bit: what RUN jumps to
digit       = $16
text        = $17      ; index of the character being printed
keys        = $0277     ; 10 characters
irq_vector  = $0314
screen      = $0400
program     = $0801
colours     = $d800

GETIN       = $ffe4

RETURN      = 13
DELETE      = 20
CURSOR      = $a0       ; screen code: a reversed space
SYS         = $9e       ; BASIC's token

        .segment "KERNAL"

reset:  sei
        cld
        ldx #$ff
        txs
        lda #$37        ; $01 before $00: its bits are inputs until then, and all ROMs stay visible
        sta $01
        lda #$2f
        sta $00

        jsr ioinit
        ldx #2          ; KERNAL's and BASIC's work space
@zero:  sta $00,x
        inx
        bne @zero
@work:  sta $0200,x
        sta $0300,x
        inx
        bne @work
        sta program - 1 ; no program
        sta program
        sta program + 1
        jsr clall
        lda #<irq_work
        sta irq_vector
        lda #>irq_work
        sta irq_vector + 1

        jsr cint
        ldy #greeting - texts
        jsr print
        jmp ready

; IOINIT: the CIAs, an interrupt 60 times a second, silence. Interrupts stay off.
; Clobbers A, X.
ioinit: sei
        lda #$7f        ; no interrupts from the CIAs
        sta $dc0d
        sta $dd0d
        lda $dc0d
        lda $dd0d
        lda #$08        ; timers stopped
        sta $dc0e
        sta $dc0f
        sta $dd0e
        sta $dd0f
        ldx #0          ; keyboard: columns out, all of them; rows in
        stx $dc00
        stx $dc03
        stx $dd03
        dex
        stx $dc02
        lda #$07        ; the VIC-II sees $0000-$3fff
        sta $dd00
        lda #$3f
        sta $dd02

        lda #<(985248 / 60)
        sta $dc04
        lda #>(985248 / 60)
        sta $dc05
        lda #$11
        sta $dc0e
        lda #$81
        sta $dc0d
        ldx #<__LOW_SIZE__ - 1
        lda #0
@keys:  sta __LOW_RUN__,x       ; of keyboard.s, where programs have things of their own
        dex
        bpl @keys
        ldx #$18
@sid:   sta $d400,x
        dex
        bpl @sid
        rts

; CINT: the VIC-II, an empty screen, and what is known about it. Clobbers A, X.
cint:   ldx #$2e
@vic:   lda vic_registers,x
        sta $d000,x
        dex
        bpl @vic
        lda #39
        sta last_column
        lda #0
        sta key_counter
        jmp clear

; The prompt. A program that returns comes back here.
ready:  ldx #$ff
        txs
        cli
        ldy #ready_text - texts
        jsr print

next_key:
        jsr show_cursor
@wait:  jsr GETIN       ; through the entry, so that a breakpoint there tells that we wait
        beq @wait
        cmp #RETURN
        beq command
        cmp #DELETE
        beq delete
        jsr chrout
        jmp next_key

delete: ldy column
        beq next_key
        lda #' '
        sta (line),y
        dec column
        jmp next_key

; Obeys the line with the cursor.
command:
        ldy #2
@run:   lda (line),y
        cmp run_codes,y
        bne @no_run
        dey
        bpl @run
        jmp run
@no_run:
        ldy #4
@load:  lda (line),y
        cmp load_codes,y
        bne unknown
        dey
        bpl @load
        bmi load_file           ; always
unknown:
        lda #RETURN
        jsr chrout
        ldy #unknown_text - texts
        bne say                 ; always
no_program:
        ldy #no_program_text - texts
say:    jsr print
        jmp ready

; LOAD"NAME",8: the name ends with a quotation mark or the line.
load_file:
        ldx #0
        ldy #5
@name:  lda (line),y
        iny
        cmp #'"'
        beq @named
        cmp #$20
        bcs @put
        adc #$40                ; a letter
@put:   sta file_name,x
        inx
        cpy #33
        bcc @name
@named: txa
        pha
        ldx #8
        lda (line),y
        cmp #','
        bne @device
        iny
        lda (line),y
        and #$0f
        tax
        cpx #1                  ; 10 or 11
        bne @device
        iny
        lda (line),y
        and #$0f
        adc #9                  ; with the carry 10
        tax
@device:
        lda #1
        tay                     ; to the file's own address
        jsr setlfs
        pla
        ldx #<file_name
        ldy #>file_name
        jsr setnam
        lda #RETURN
        jsr chrout
        ldy #searching_text - texts
        jsr print
        ldx #0
@show:  cpx name_length
        beq @shown
        lda file_name,x
        jsr character_out
        inx
        bne @show               ; always
@shown: ldy #loading_text - texts
        jsr print
        lda #0
        jsr load
        bcc @done
        ldy #no_file_text - texts
        cmp #4
        beq say
        ldy #no_device_text - texts
        bne say                 ; always
@done:  jmp ready

; RUN
run:    lda #RETURN
        jsr chrout
        lda program + 1 ; high byte of the link to the next line, 0 without a program
        bne :+
        jmp no_program
:       lda program + 4
        cmp #SYS
        beq :+
        jmp no_program
:

        ldx #0          ; the number after SYS
        stx target
        stx target + 1
@digit: lda program + 5,x
        inx
        cmp #' '
        beq @digit
        sec
        sbc #'0'
        cmp #10
        bcs @start
        sta digit
        lda target      ; target = target * 10 + digit
        ldy target + 1
        asl a
        rol target + 1
        asl a
        rol target + 1
        adc target      ; carry clear: addresses have five digits at most
        sta target
        tya
        adc target + 1
        sta target + 1
        asl target
        rol target + 1
        lda digit
        adc target
        sta target
        bcc @digit
        inc target + 1
        bcs @digit      ; always
@start: jsr @go
        jmp ready
@go:    jmp (target)

; Prints the text at texts + Y, which ends with a NUL. Clobbers A, X, Y.
print:  lda texts,y
        beq @done
        sty text
        jsr chrout
        ldy text
        iny
        bne print       ; always
@done:  rts

; Prints the character in A: $20-$5f or RETURN; others are left out. Beyond the
; last line the screen is cleared. Clobbers A, X, Y.
chrout: pha
        ldy column
        lda (line),y
        cmp #CURSOR
        bne @no_cursor
        lda #' '
        sta (line),y
@no_cursor:
        pla
        cmp #RETURN
        beq @new_line
        cmp #$60
        bcs @done
        cmp #$20
        bcc @done
        cmp #$40        ; screen codes 0-31 are ASCII $40-$5f
        bcc @put
        sbc #$40
@put:   sta (line),y
        inc column
        cpy last_column
        bcc @done
@new_line:
        lda #0
        sta column
        ldx row
        inx
        cpx #25
        bcs clear
        jmp set_row
@done:  clc
        rts

; Clears the screen, cursor to the top. Clobbers A, X.
clear:  ldx #0
@cell:  lda #' '
        sta screen,x
        sta screen + 250,x
        sta screen + 500,x
        sta screen + 750,x
        lda #14         ; light blue
        sta colours,x
        sta colours + 250,x
        sta colours + 500,x
        sta colours + 750,x
        inx
        cpx #250
        bne @cell
        ldx #0
        stx column

; The cursor's row becomes X. Clobbers A.
set_row:
        stx row
        lda #<screen
        sta line
        lda #>screen
        sta line + 1
@row:   dex
        bmi @done
        lda line
        clc
        adc #40
        sta line
        bcc @row
        inc line + 1
        bcs @row        ; always
@done:  clc
        rts

show_cursor:
        ldy column
        lda #CURSOR
        sta (line),y
        rts

; The character in A to where output goes.
character_out:
        pha
        lda output_device
        cmp #4
        pla
        bcs @serial
        pha
        txa
        pha
        tya
        pha
        tsx
        lda $0103,x
        jsr chrout
        pla
        tay
        pla
        tax
        pla
        clc
        rts
@serial:
        jmp serial_out

; A = the next character from where input comes from: of a file, of the keyboard
; one at a time.
chrin:  lda input_device
        bne @serial
@wait:  jsr getin
        beq @wait
        rts
@serial:
        jmp serial_in

; A = the next character of the keyboard buffer, or 0. Clobbers X.
getin:  lda input_device
        bne chrin
        sei
        ldx key_counter
        beq @none
        lda keys
        pha
        ldx #0
@shift: lda keys + 1,x
        sta keys,x
        inx
        cpx key_counter
        bcc @shift
        dec key_counter
        pla
        cli
        clc
        rts
@none:  lda #0
        cli
        clc
        rts

unsupported:
        lda #5
        sec
        rts

; As the KERNAL's: registers saved, then through the vector.
irq:    pha
        txa
        pha
        tya
        pha
        jmp (irq_vector)
irq_work:
        cld
        jsr keyboard_scan
        lda $dc0d
        lda #$0f
        sta $d019
        pla
        tay
        pla
        tax
        pla
nmi:    rti

load_codes:
        .byte 'L' - $40, 'O' - $40, 'A' - $40, 'D' - $40, '"'
run_codes:
        .byte 'R' - $40, 'U' - $40, 'N' - $40

vic_registers:
        .byte 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
        .byte $1b, 0, 0, 0, 0   ; $d011: screen on, 25 rows, text
        .byte $c8, 0            ; $d016: 40 columns
        .byte $15               ; $d018: screen at $0400, upper case and graphics
        .byte $0f, 0            ; $d019, $d01a: no interrupts
        .byte 0, 0, 0, 0, 0
        .byte 14, 6             ; $d020, $d021: light blue, blue
        .byte 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7, 12

texts:
greeting:
        .byte RETURN, "    **** LLAMA2.C64 BOOT ROM ****", RETURN
        .byte RETURN, " IT HAS NO BASIC, BUT RUNS A PROGRAM", RETURN, 0
ready_text:
        .byte RETURN, "READY.", RETURN, 0
no_program_text:
        .byte RETURN, "?NO PROGRAM WITH A SYS AT 2049", RETURN, 0
unknown_text:
        .byte RETURN, "?ONLY LOAD AND RUN ARE KNOWN", RETURN, 0
searching_text:
        .byte RETURN, "SEARCHING FOR ", 0
loading_text:
        .byte RETURN, "LOADING", 0
no_file_text:
        .byte RETURN, "?FILE NOT FOUND  ERROR", RETURN, 0
no_device_text:
        .byte RETURN, "?DEVICE NOT PRESENT  ERROR", RETURN, 0
        .assert * - texts < 256, error, "texts are addressed by a byte"

        .segment "ENTRIES"      ; $ff81

        jmp cint                ; $ff81 CINT
        jmp ioinit              ; $ff84 IOINIT
        .repeat 3
        jmp unsupported
        .endrepeat
        jmp setmsg              ; $ff90 SETMSG
        .repeat 12
        jmp unsupported
        .endrepeat
        jmp readst              ; $ffb7 READST
        jmp setlfs              ; $ffba SETLFS
        jmp setnam              ; $ffbd SETNAM
        jmp open                ; $ffc0 OPEN
        jmp close               ; $ffc3 CLOSE
        jmp chkin               ; $ffc6 CHKIN
        jmp chkout              ; $ffc9 CHKOUT
        jmp clrchn              ; $ffcc CLRCHN
        jmp chrin               ; $ffcf CHRIN
        jmp character_out       ; $ffd2 CHROUT
        jmp load                ; $ffd5 LOAD
        .repeat 4
        jmp unsupported
        .endrepeat
        jmp getin               ; $ffe4 GETIN
        jmp clall               ; $ffe7 CLALL
        .repeat 5
        jmp unsupported
        .endrepeat

        .segment "VECTORS"      ; $fffa

        .word nmi
        .word reset
        .word irq

        .segment "BASIC"        ; $a000

        .word ready             ; cold start
        .word ready             ; warm start
