; Files through the KERNAL: kernal.h. Of the KERNAL only the jump table is used,
; so that it may be anyone's. Its variables are those that it had when the program
; was started: the zero page changes places with the one that start.s has kept,
; and $0200-$0333 was left alone but for the keyboard buffer and what it does not use. BASIC's ROM stays
; out. All of this code and its variables lie below it.
;
; The KERNAL enables interrupts as it likes, so CIA 1 is told to cause none: time
; stands still, and no key is seen. RESTORE does nothing.

        .include "c64.inc"
        .export _kernal_open, _kernal_write, _kernal_read, _kernal_close, _kernal_last_device
        .export _kernal_buffer, _kernal_status, _kernal_bytes
        .import popa, nmi, saved_zero_page, _accelerator_slow, _accelerator_fast

SETMSG := $FF90
READST := $FFB7
SETLFS := $FFBA
SETNAM := $FFBD
OPEN   := $FFC0
CLOSE  := $FFC3
CHKIN  := $FFC6
CHKOUT := $FFC9
CLRCHN := $FFCC
CHRIN  := $FFCF
CHROUT := $FFD2

NMI_VECTOR := $0318
LAST_DEVICE = $BA               ; in the KERNAL's zero page
END_OF_FILE = $40               ; in its status
NO_DEVICE = 5                   ; KERNAL_NO_DEVICE, KERNAL_FAILED of kernal.h
FAILED = $FF

        .segment "BOOT_DATA"
_kernal_buffer: .res 256
_kernal_status: .res 1
_kernal_bytes:  .res 1
bytes:          .res 1          ; to be written, or read
channel:        .res 1
device:         .res 1
error:          .res 1
nmi_before:     .res 2

        .segment "BOOT"

; uint8_t kernal_last_device(void). Clobbers A, X.
_kernal_last_device:
        php
        sei
        dec $01                 ; $34
        lda saved_zero_page + LAST_DEVICE
        inc $01
        plp
        ldx #0
        rts

; uint8_t __fastcall__ kernal_open(uint8_t device, uint8_t channel, uint8_t name_bytes)
_kernal_open:
        sta bytes
        jsr popa
        sta channel
        jsr popa
        sta device
        jsr enter
        bcs @done
        lda bytes
        ldx #<_kernal_buffer
        ldy #>_kernal_buffer
        jsr SETNAM
        lda channel
        ldx device
        tay
        jsr SETLFS
        jsr OPEN
        bcc @done
        sta error
        lda channel             ; the KERNAL keeps a file that it could not open
        jsr CLOSE
@done:  jmp leave

; uint8_t __fastcall__ kernal_write(uint8_t channel, uint8_t n)
_kernal_write:
        jsr begin
        bcs @done
        ldx channel
        jsr CHKOUT
        bcs @error
@byte:  ldx _kernal_bytes
        lda _kernal_buffer,x
        jsr CHROUT
        jsr READST
        bne @end
        inc _kernal_bytes
        lda _kernal_bytes
        cmp bytes
        bne @byte
@end:   jsr CLRCHN              ; the last byte goes out here
        jsr READST
        jmp judge
@error: sta error
        jsr CLRCHN
@done:  jmp leave

; uint8_t __fastcall__ kernal_read(uint8_t channel, uint8_t n)
_kernal_read:
        jsr begin
        bcs @done
        ldx channel
        jsr CHKIN
        bcs @error
@byte:  jsr CHRIN
        ldx _kernal_bytes
        sta _kernal_buffer,x
        jsr READST
        sta _kernal_status
        and #<~END_OF_FILE
        bne @end                ; not a byte
        inc _kernal_bytes
        lda _kernal_status
        bne @end
        lda _kernal_bytes
        cmp bytes
        bne @byte
@end:   jsr CLRCHN
        lda _kernal_status
        jmp judge
@error: sta error
        jsr CLRCHN
@done:  jmp leave

; void __fastcall__ kernal_close(uint8_t channel)
_kernal_close:
        sta channel
        jsr enter
        bcs @done
        lda channel
        jsr CLOSE
@done:  jmp leave

; For the two calls with a channel and a number of bytes.
begin:  sta bytes
        jsr popa
        sta channel
        lda #0
        sta _kernal_bytes
; The KERNAL and its variables in, no error yet; carry set if there is none.
enter:  sei
        jsr _accelerator_slow   ; the serial bus is timed by the processor
        lda #$7F
        sta CIA1_ICR
        jsr swap
        lda #$36
        sta $01
        ldx #1
@nmi:   lda NMI_VECTOR,x
        sta nmi_before,x
        lda nmi_address,x
        sta NMI_VECTOR,x
        dex
        bpl @nmi
        lda #NO_DEVICE
        sta error
        lda OPEN
        and #<~$20
        cmp #$4C                ; jmp, of one kind or the other
        bne @none
        lda #0
        sta error
        jsr SETMSG              ; no messages
        clc
        rts
@none:  sec
        rts

nmi_address:
        .addr nmi

; In: A = the KERNAL's status at the end; the error follows from it.
judge:  sta _kernal_status
        ldx #NO_DEVICE
        asl a
        bcs @error
        ldx #FAILED
        asl a                   ; the end of the file is none
        bne @error
        ldx #0
@error: stx error

; Our zero page and interrupts again. Out: A = error, X = 0.
leave:  sei
        ldx #1
@nmi:   lda nmi_before,x
        sta NMI_VECTOR,x
        dex
        bpl @nmi
        jsr swap
        jsr _accelerator_fast
        ldx #0
        stx CIA1_PRA
        stx CIA1_CRB            ; the KERNAL measures time with timer B
        lda #$81
        sta CIA1_ICR
        cli
        lda error
        rts

; The zero page changes places with the one behind the I/O registers. Interrupts
; are off. Clobbers A, X, Y. 254 * 22 cycles.
swap:   lda #$34
        sta $01
        ldx #2
@byte:  lda 0,x
        ldy saved_zero_page,x
        sta saved_zero_page,x
        sty 0,x
        inx
        bne @byte
        lda #$35
        sta $01
        rts
