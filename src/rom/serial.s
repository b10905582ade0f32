; Files on serial devices, 4 and up, behind the entries of the KERNAL's jump
; table, for the devices that VICE itself plays ("virtual devices": disk images,
; folders, printers). VICE watches the addresses at which Commodore's KERNAL
; sends and receives a byte, and does the rest: the addresses and the bytes there
; are those of segment WATCHED. Where nobody watches, no device is present: of
; the serial bus itself there is nothing here.
;
; Arguments, results and variables are the KERNAL's; carry set: A = error.

        .setcpu "6502"

        .export setlfs, setnam, setmsg, readst, open, close, chkin, chkout
        .export clrchn, clall, load, serial_in, serial_out
        .exportzp input_device, output_device

status          = $90
byte            = $95           ; to send: VICE takes it from here
files           = $98           ; that are open
input_device    = $99
output_device   = $9a
messages        = $9d
verifying       = $93
end             = $ae           ; 16 bit: of what LOAD has loaded
name_length     = $b7
file            = $b8
secondary       = $b9           ; $60 + channel; $80 and up: none
device          = $ba
name            = $bb           ; 16 bit
start           = $c3           ; 16 bit: where LOAD is asked to load to
file_numbers    = $0259         ; of the open files, with the two tables that follow
file_devices    = $0263
file_secondaries = $026d
MAX_FILES       = 10

LISTEN          = $20           ; commands of the bus
TALK            = $40
UNLISTEN        = $3f
UNTALK          = $5f
CHANNEL         = $60
CLOSE           = $e0
OPEN            = $f0

TIMEOUT         = $42           ; status: nothing was to be read, and that was the end
END_OF_FILE     = $40
NO_DEVICE       = $80

        .segment "KERNAL"

setlfs: sta file
        stx device
        sty secondary
        rts

setnam: sta name_length
        stx name
        sty name+1
        rts

setmsg: sta messages
readst: lda status
        rts

; X = place of file A in the tables; zero flag clear: it is not open. Keeps A, Y.
find_file:
        ldx files
@next:  dex
        bmi @done
        cmp file_numbers,x
        bne @next
@done:  rts

; device and secondary become those of file X.
use_file:
        txa
        jsr find_file
        bne error_3
        lda file_devices,x
        sta device
        lda file_secondaries,x
        sta secondary
        clc
        rts

error_1:                        ; too many files
        lda #1
        .byte $2c               ; skips the next instruction
error_2:                        ; it is open
        lda #2
        .byte $2c
error_3:                        ; it is not open
        lda #3
        .byte $2c
error_4:                        ; it was not found
        lda #4
        .byte $2c
error_5:                        ; no device
        lda #5
        .byte $2c
error_8:                        ; no name
        lda #8
        sec
        rts

open:   lda file
        jsr find_file
        beq error_2
        ldx files
        cpx #MAX_FILES
        bcs error_1
        inc files
        sta file_numbers,x
        lda device
        sta file_devices,x
        lda secondary
        bmi @keep
        ora #CHANNEL
        sta secondary
@keep:  sta file_secondaries,x

; The device gets the name for the channel, if there are both.
open_channel:
        bit secondary
        bmi done
        lda name_length
        beq done
        ldx #OPEN
        jsr listen
        bcs return
        ldy #0
@name:  lda (name),y
        jsr serial_out
        iny
        cpy name_length
        bne @name
unlisten:
        lda #UNLISTEN
        .byte $2c
untalk: lda #UNTALK
        jsr command
done:   clc
return: rts

; The device listens to, or talks on, the channel; X: CHANNEL, OPEN or CLOSE.
; Keeps Y.
listen: lda #LISTEN
        .byte $2c
talk:   lda #TALK
        pha
        lda #0
        sta status
        pla
        ora device
        jsr command
        lda secondary
        and #$0f
        sta byte
        txa
        ora byte
        sta byte
        jsr watched_second
        bit status
        bmi error_5
        clc
        rts

command:
        sta byte
        jmp watched_command

serial_out:
        sta byte
        jmp watched_send

; A byte of the file; behind its end, or after an error, a RETURN.
serial_in:
        lda status
        bne @return
        jmp watched_receive
@return:
        lda #13
        clc
        rts

close:  tax
        jsr find_file
        bne done
        txa
        pha
        lda file_numbers,x
        tax
        jsr use_file
        bit secondary
        bmi @forget
        ldx #CLOSE
        jsr listen
        jsr unlisten
@forget:
        pla
        tax                     ; the last file moves to its place
        dec files
        ldy files
        lda file_numbers,y
        sta file_numbers,x
        lda file_devices,y
        sta file_devices,x
        lda file_secondaries,y
        sta file_secondaries,x
        clc
        rts

chkin:  jsr use_file
        bcs @error
        ldx #CHANNEL
        jsr talk
        bcs @error
        lda device
        sta input_device
@error: rts

chkout: jsr use_file
        bcs @error
        ldx #CHANNEL
        jsr listen
        bcs @error
        lda device
        sta output_device
@error: rts

clall:  lda #0
        sta files
; Input from the keyboard, output to the screen again.
clrchn: lda #3
        cmp output_device
        bcs @input
        jsr unlisten
        lda #3
@input: cmp input_device
        bcs @reset
        jsr untalk
@reset: lda #0
        sta input_device
        lda #3
        sta output_device
        clc
        rts

; A = 0: loads, else compares. To X and Y, if the secondary address is 0, else to
; where the file says. Out: X and Y are the end.
load:   sta verifying
        stx start
        sty start+1
        lda name_length
        bne @named
        jmp error_8
@named: lda secondary
        pha
        lda #CHANNEL            ; channel 0
        sta secondary
        jsr open_channel
        bcs @error
        ldx #CHANNEL
        jsr talk
        jsr watched_receive
        sta end
        lda status
        lsr a
        lsr a
        bcs @not_found
        jsr watched_receive
        sta end+1
        pla
        bne @next
        lda start
        sta end
        lda start+1
        sta end+1
@next:  jsr watched_receive
        pha
        lda status
        lsr a
        lsr a
        pla
        bcs @end                ; nothing came
        ldy #0
        ldx verifying
        bne @compare
        sta (end),y
        beq @count              ; always
@compare:
        cmp (end),y
        beq @count
        lda #$10
        ora status
        sta status
@count: inc end
        bne @more
        inc end+1
@more:  bit status
        bvc @next
@end:   jsr untalk
        jsr close_channel
        ldx end
        ldy end+1
        clc
        rts
@not_found:
        pla
        jsr untalk
        jsr close_channel
        jmp error_4
@error: tax
        pla
        txa
        rts

close_channel:
        ldx #CLOSE
        lda status
        pha
        jsr listen
        jsr unlisten
        pla
        sta status
        rts

; --- what VICE watches: it goes on at watched_done when it has done the work ---

        .segment "WATCHED"
        .org $ed24
watched_command:
        jsr nobody
        rts
        .res $ed37 - *
watched_second:
        jsr nobody_second
        rts
        .res $ed41 - *
watched_send:
        jsr nobody
        rts
        .res $edab - *
watched_done:
        cli
        clc
        rts
        .res $ee14 - *
watched_receive:
        lda #0
        sta $a5
        lda #TIMEOUT
        bne set_status          ; always
        .res $ee8e - *
nobody_second:
        .repeat 9
        nop
        .endrepeat
        .assert * = $ee97, error
nobody: lda #NO_DEVICE
set_status:
        ora status
        sta status
        lda #13
        sec
        rts
        .res $eea9 - *
        lda $dd00               ; never called, but VICE expects to find it
        rts
        .reloc
