; The keyboard: its matrix, scanned by the interrupt, and the buffer of PETSCII
; codes at the KERNAL's addresses.

        .include "c64.inc"
        .export keyboard_scan, key_held, _key_get
        .importzp key_counter

REPEAT_FIRST = 24               ; interrupts until a held key repeats
REPEAT_NEXT = 3                 ; and between repeats

; Keys that do not repeat, as column * 8 + row.
KEY_RETURN = 1
KEY_STOP = 63

; Keys that change the others: column and bit.
SHIFT_LEFT_COLUMN = 1
SHIFT_LEFT = $80
SHIFT_RIGHT_COLUMN = 6
SHIFT_RIGHT = $10
COMMODORE_COLUMN = 7
COMMODORE = $20
CONTROL = $04

        .segment "LOW"
key_held:       .res 1          ; 1: at the last scan a key was down
rows_before:    .res 8          ; its result: pressed keys of each column
rows_now:       .res 8
repeating:      .res 1          ; index of the key that repeats; $FF none
repeat_count:   .res 1

        .segment "CODE"

; Called by the interrupt. A key that was up at the last scan, or has been down
; long enough to repeat, puts its code into the buffer. With no key down about
; 30 cycles (130 after a release), else about 500. Clobbers A, X, Y.
keyboard_scan:
        lda CIA1_PRB            ; all columns are selected
        cmp #$FF
        bne @scan
        lda key_held
        beq @idle
        lda #0
        sta key_held
        ldx #7
@clear: sta rows_before,x
        dex
        bpl @clear
        stx repeating
@idle:  rts

@scan:  lda #1
        sta key_held
        ldx #7
        lda #$7F
@column:
        sta CIA1_PRA
        tay
        lda CIA1_PRB
        eor #$FF
        sta rows_now,x
        tya
        sec
        ror
        dex
        bpl @column
        lda #0
        sta CIA1_PRA

        ldy #$FF                ; the index of a key newly down
        ldx #7
@new:   lda rows_before,x
        eor #$FF
        and rows_now,x
        and keys_in_column,x
        beq @next
        jsr index_of
@next:  lda rows_now,x
        sta rows_before,x
        dex
        bpl @new
        cpy #$FF
        beq @old
        sty repeating
        cpy #KEY_RETURN
        beq @once
        cpy #KEY_STOP
        bne @count
@once:  lda #$FF                ; these lead to another screen
        sta repeating
@count:
        lda #REPEAT_FIRST
        sta repeat_count
        bne key_down            ; always

@old:   ldy repeating
        bmi @idle
        tya
        lsr
        lsr
        lsr
        tax
        tya
        and #7
        tay
        lda bits,y
        and rows_now,x
        beq @released
        dec repeat_count
        bne @idle
        lda #REPEAT_NEXT
        sta repeat_count
        ldy repeating
        bpl key_down            ; always
@released:
        lda #$FF
        sta repeating
        rts

; Y = index of the lowest key in A, of column X. Clobbers A.
index_of:
        ldy #$FF
:       iny
        lsr
        bcc :-
        txa
        asl
        asl
        asl
        sty index
        ora index
        tay
        rts

        .segment "LOW"
index:  .res 1

        .segment "CODE"

; Puts the code of key Y with the shift keys of rows_now into the buffer, if it
; has one and there is room. Clobbers A, X.
key_down:
        lda rows_now+COMMODORE_COLUMN
        and #COMMODORE | CONTROL
        beq @plain
        ldx #EXTRA_KEYS - 1
@extra: tya
        cmp extra_keys,x
        bne :+
        lda extra_codes,x
        bne @put
:       dex
        bpl @extra
        rts
@plain: lda rows_now+SHIFT_LEFT_COLUMN
        and #SHIFT_LEFT
        bne @shift
        lda rows_now+SHIFT_RIGHT_COLUMN
        and #SHIFT_RIGHT
        bne @shift
        lda codes,y
        bne @put                ; always
@shift: lda shifted_codes,y
@put:   ldx key_counter
        cpx #KEY_BUFFER_SIZE
        bcs @full
        sta KEY_BUFFER,x
        inc key_counter
@full:  rts

; uint8_t key_get(void): the next code in the buffer, 0 if there is none.
; Out: A, X = 0. Clobbers Y.
_key_get:
        php
        sei
        lda #0
        ldx key_counter
        beq @done
        ldy KEY_BUFFER
        dex
        stx key_counter
        beq @got
        ldx #0
@move:  lda KEY_BUFFER+1,x
        sta KEY_BUFFER,x
        inx
        cpx key_counter
        bne @move
@got:   tya
        ldx #0
@done:  plp
        cmp #0
        rts

        .segment "RODATA"

bits:   .byte 1, 2, 4, 8, 16, 32, 64, 128

; The matrix without the keys that change the others.
keys_in_column:
        .byte $FF, $FF ^ SHIFT_LEFT, $FF, $FF, $FF, $FF, $FF ^ SHIFT_RIGHT, $FF ^ COMMODORE ^ CONTROL

; PETSCII by column * 8 + row: in it lower case is $41-$5A, upper case $C1-$DA.
.macro keys text
        .repeat .strlen(text), i
        .if .strat(text, i) >= 'a' && .strat(text, i) <= 'z'
        .byte .strat(text, i) - $20
        .elseif .strat(text, i) >= 'A' && .strat(text, i) <= 'Z'
        .byte .strat(text, i) + $80
        .else
        .byte .strat(text, i)
        .endif
        .endrepeat
.endmacro

codes:  .byte $14, $0D, $1D, $88, $85, $86, $87, $11    ; DEL RETURN right F7 F1 F3 F5 down
        keys "3wa4zse"
        .byte 1
        keys "5rd6cftx"
        keys "7yg8bhuv"
        keys "9ij0mkon"
        keys "+pl-.:@,"
        .byte $5C, '*', ';', $13, 1, '=', '^', '/'      ; pound, HOME, up arrow
        .byte '1', '_', 1, '2', ' ', 1, $51, $03        ; left arrow, Q, RUN/STOP
shifted_codes:
        .byte $94, $8D, $9D, $8C, $89, $8A, $8B, $91    ; INST RETURN left F8 F2 F4 F6 up
        keys "#WA$ZSE"
        .byte 1
        keys "%RD&CFTX"
        keys "'YG(BHUV"
        keys ")IJ0MKON"
        .byte $DB, $D0, $CC, $DD, '>', '[', $BA, '<'    ; + P L - . : @ ,
        .byte $A9, $C0, ']', $93, 1, '=', $DE, '?'      ; pound * ; CLR up arrow
        .byte '!', '_', 1, $22, $A0, 1, $D1, $83

; With the Commodore key, or CTRL, held: what is printed on the keys' fronts and
; stands in for braces and underscore, and the same on more obvious keys.
EXTRA_KEYS = 5
extra_keys:
        .byte 7 * 8 + 6, 1 * 8 + 1, 5 * 8 + 5, 6 * 8 + 2, 5 * 8 + 6     ; Q W : ; @
extra_codes:
        .byte $AB, $B3, $B3, $AB, $A4
