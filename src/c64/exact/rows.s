; The step  acc[i] = acc[i] + w[i]*x  for the rows of one block, x fixed.
;
; A product of mantissas is summed from pages that depend on x: for all bytes b,
; either the low and high bytes of b*x0, b*x1, b*x2, fetched from the REU ("bytes"),
; or the four bytes of b*x, made of those ("multiples") where the rows are many
; enough to be worth it.
;
;       byte            p5    p4    p3    p2
;       m0*x                        h2    l2+h1             t3 t2
;       m1*x                  h2    l2+h1 l1+h0          t3 t2 t1
;       m2*x            h2    l2+h1 l1+h0 l0          t3 t2 t1 t0
;
; Of l0 (t0) only the upper half is there, as m2 has bit 7 set.
;
; p5, p4, p3 are the mantissa if bit 7 of p5 is set ("normal"), else it stands
; one bit lower ("low"). Leaving out what is below p2 makes p2 too small by less
; than 3; only where that leaves the rounding open is the rest computed.
;
; d, the exponent of the accumulator less that of the product (taken as normal),
; selects the code that adds. It shifts the product right by d with tables
; (shr_d, shl_d), and what falls out below is the guard byte g. The sum's
; rounding is the carry into the lowest byte: whether g is beyond a half. If the
; sum then leaves its exponent, up and down correct that.
;
; From d = SHORT on the product is not rounded and p2 is left out too ("short"):
; with them, g would be greater by 0 to 5 units of p3. Where that leaves the sum
; open, the rest is added (resume), or, if the sum has been made by then, taken
; back and the row done again in full.
;
; Cycles of a row: about 255 with multiples, 300 with bytes; 170 to 220 if short.

        .include "exact.inc"
        .importzp exact_p2, exact_p3, exact_p4, exact_p5, exact_g, exact_d
        .importzp exact_row, exact_x_sign, exact_work, exact_exponent
        .importzp f32_a, f32_b, mul_sl, mul_nl, exact_factor
        .import f32_add_zp, f32_mul_zp
        .import exact_shifts, exact_products, exact_accumulators, exact_weights
        .import exact_x_packed
        .export exact_rows, exact_rows_slow
        .export exact_patch_block, exact_patch_sign, exact_patch_weights
        .export exact_patch_end, exact_patch_exponent
        .export exact_patch_products, exact_make_multiples

p2 = exact_p2
p3 = exact_p3
p4 = exact_p4
p5 = exact_p5
g = exact_g

l0 = exact_products             ; low and high bytes of b*x0
h0 = exact_products+256
l1 = exact_products+512
h1 = exact_products+768
l2 = exact_products+1024
h2 = exact_products+1280
t0 = l0                         ; bytes of b*x, in the places of some of those
t1 = l1
t2 = l2
t3 = h2

SHORT = 5                       ; least d of a short product
SHORT_MOST = 15                 ; greatest

; Instructions whose operands are set at run time are written with these macros,
; which number them; the patch routines at the end go through the numbers.

; acc OP, PLANE: OP with the accumulators' plane at the present block, row X.
sites_0 .set 0
sites_1 .set 0
sites_2 .set 0
sites_3 .set 0
sites_4 .set 0
.macro  acc     op, plane
.ident(.sprintf("acc_%d_%d", plane, .ident(.sprintf("sites_%d", plane)))):
        op exact_accumulators+plane*PLANE_BYTES,x
        .ident(.sprintf("sites_%d", plane)) .set .ident(.sprintf("sites_%d", plane))+1
.endmacro

; weight OP, PLANE: OP with the plane of the weights in the buffer, row X:
; 0 exponents, 1 M2, 2 M1, 3 M0.
weight_sites_1 .set 0
weight_sites_2 .set 0
weight_sites_3 .set 0
weight_sites_0 .set 0
.macro  weight  op, plane
.ident(.sprintf("weight_%d_%d", plane, .ident(.sprintf("weight_sites_%d", plane)))):
        op exact_weights+plane*256,x
        .ident(.sprintf("weight_sites_%d", plane)) .set .ident(.sprintf("weight_sites_%d", plane))+1
.endmacro

; Branches if product and accumulator have opposite signs. Clobbers A.
sign_sites .set 0
.macro  if_opposite to
        weight lda, 1
        acc eor, PLANE_S
.ident(.sprintf("sign_%d", sign_sites)):
        bmi to                  ; bpl if x is negative
        sign_sites .set sign_sites+1
.endmacro

        .segment "EXACT"        ; fresh with the code, which is patched to fit
exponent_base:  .res 1          ; exponent_constant for a set carry

        .segment "EXACT"

; Does all rows of the present block up to the one set by exact_patch_end.
; Weights and products fetched; patched for x and block; exact_shifts to be seen.
; Clobbers A, X, Y, exact_p2..exact_d, exact_row, exact_work, f32's zero page.
; C: exact_columns for one column and block.
exact_rows:
        ldx #0
        lda #0                  ; the carry that cpx leaves below
        cmp last_row+1
        jmp row

done:   rts

; The product is too small to change any ordinary accumulator.
special:
        acc lda, PLANE_E
        bne next
special_slow:
        jmp exact_slow_step

; The product has the greater exponent, or the accumulator is not ordinary.
below:  sta exact_d             ; 256 + d
        acc lda, PLANE_E
        beq not_ordinary
below_product:
        jmp below_bytes
not_ordinary:
        acc lda, PLANE_S
        acc ora, PLANE_2
        acc ora, PLANE_1
        acc ora, PLANE_0
        bne special_slow
        lda #2*CASE_STORE
        bne select              ; always

next:   inx
last_row:
        cpx #0                  ; clears carry, but for 256 rows (0)
        beq done

row:
exponent_constant:
        lda #0                  ; d = acc exponent - (w exponent + x exponent - 126)
        weight sbc, 0
        bcs special
        acc adc, PLANE_E
        bcc below
        asl a                   ; d is at most 127
        sta case+1
case:   jmp (bytes_cases)       ; or multiples_cases

; The same row once more, in full.
again:  cpx last_row+1          ; carry as at row
        lda exponent_constant+1
        weight sbc, 0
        acc adc, PLANE_E
        asl a
        bcc select              ; always

; The slower way, for all d: the product, then by normal_cases or low_cases.
whole:  lda case+1
select: sta normal_case+1
        ora #$80
        sta low_case+1
whole_product:
        jmp whole_bytes

; The product p5..p2 from the bytes' pages. Leaves N as bit 7 of p5.
.macro  product_bytes
        weight ldy, 3
        lda l2,y
        clc
        adc h1,y
        sta p2
        lda h2,y
        adc #0
        sta p3
        weight ldy, 2
        lda l1,y
        adc p2
        sta p2
        lda l2,y
        adc p3
        sta p3
        lda h2,y
        adc #0
        sta p4
        lda h0,y
        adc p2
        sta p2
        lda h1,y
        adc p3
        sta p3
        bcc :+
        inc p4
        clc
:       weight lda, 1
        ora #$80
        tay
        lda l0,y
        adc p2
        sta p2
        lda l1,y
        adc p3
        sta p3
        lda l2,y
        adc p4
        sta p4
        lda h2,y
        adc #0
        sta p5
        lda h0,y
        adc p3
        sta p3
        lda h1,y
        adc p4
        sta p4
        lda p5
        adc #0
        sta p5
.endmacro

; The same from the multiples' pages.
.macro  product_multiples
        stx exact_row
        weight ldy, 3
        weight lda, 2
        tax
        lda t2,y
        clc
        adc t1,x
        sta p2
        lda t3,y
        adc t2,x
        sta p3
        lda t3,x
        adc #0
        sta p4
        ldx exact_row
        weight lda, 1
        ora #$80
        tay
        lda t0,y
        adc p2
        sta p2
        lda t1,y
        adc p3
        sta p3
        lda t2,y
        adc p4
        sta p4
        lda t3,y
        adc #0
        sta p5
.endmacro

; Rounds p5..p2 to nearest and goes to normal_to or low_to; to open_to where that
; needs more than p2 (which is too small by less than 3). In: N = bit 7 of p5.
; Falls through to low_to.
.macro  round normal_to, low_to, open_to
        .local low, carry
        bpl low
        lda p2
        cmp #$7e
        bcc normal_to
        cmp #$81
        bcc open_to
        inc p3
        bne normal_to
        inc p4
        bne normal_to
        inc p5
        bne normal_to           ; always
low:    ldy p2                  ; the mantissa: p5..p3 and bit 7 of p2
        lda round_low,y
        sta p2
        lsr a
        bcc low_to
        beq carry
        sty p2
        bne open_to             ; always
carry:  sta p2
        inc p3
        bne low_to
        inc p4
        bne low_to
        inc p5
        bmi normal_to
.endmacro

whole_multiples:
        product_multiples
        jmp whole_round
whole_bytes:
        product_bytes
whole_round:
        round normal_case, low_case, open_near
low_case:
        jmp (low_cases)
normal_case:
        jmp (normal_cases)
open_near:
        jmp open

; p5, p4, p3 without what p2 carries, too small by less than 5. Y = p3 at the end.
.macro  short_bytes
        weight ldy, 3
        lda h2,y
        weight ldy, 2
        clc
        adc l2,y
        sta p3
        lda h2,y
        adc #0
        sta p4
        lda h1,y
        adc p3
        sta p3
        bcc :+
        inc p4
        clc
:       weight lda, 1
        ora #$80
        tay
        lda l1,y
        adc p3
        sta p3
        lda l2,y
        adc p4
        sta p4
        lda h2,y
        adc #0
        sta p5
        lda h0,y
        adc p3
        sta p3
        lda h1,y
        adc p4
        sta p4
        bcc :+
        inc p5
:       ldy p3
.endmacro

; The same from the multiples' pages, too small by less than 3.
.macro  short_multiples
        weight ldy, 3
        lda t3,y
        weight ldy, 2
        clc
        adc t2,y
        sta p3
        lda t3,y
        adc #0
        sta p4
        weight lda, 1
        ora #$80
        tay
        lda t1,y
        adc p3
        sta p3
        lda t2,y
        adc p4
        sta p4
        lda t3,y
        adc #0
        sta p5
        ldy p3
.endmacro

; A short product is not enough: add what it lacks, and go on as whole does.
; Carries are counted in X.
resume_bytes:
        weight lda, 1
        ora #$80
        sta exact_work
        weight lda, 2
        sta exact_work+1
        weight ldy, 3
        stx exact_row
        ldx #0
        clc
        lda l2,y
        adc h1,y
        bcc :+
        inx
        clc
:       ldy exact_work+1
        adc l1,y
        bcc :+
        inx
        clc
:       adc h0,y
        bcc :+
        inx
        clc
:       ldy exact_work
        adc l0,y
        bcc resume
        inx
        clc
resume: sta p2
        txa
        adc p3
        sta p3
        bcc :+
        inc p4
        bne :+
        inc p5
:       ldx exact_row
        lda case+1
        sta normal_case+1
        ora #$80
        sta low_case+1
        lda p5
        jmp whole_round

resume_multiples:
        weight lda, 1
        ora #$80
        sta exact_work
        weight ldy, 3
        weight lda, 2
        stx exact_row
        tax
        clc
        lda t2,y
        adc t1,x
        ldx #0
        bcc :+
        inx
        clc
:       ldy exact_work
        adc t0,y
        bcc resume
        inx
        clc
        bcc resume              ; always

; The rounding is open: add what is below p2, and round knowing all.
open:   lda exact_factor        ; low bytes of x0*m0, x0*m1: not all of l0 is there
        sta mul_sl
        eor #$ff
        sta mul_nl
        weight ldy, 3
        sec
        lda (mul_sl),y
        sbc (mul_nl),y
        sta exact_work          ; p0
        weight lda, 2
        tay
        sec
        lda (mul_sl),y
        sbc (mul_nl),y
        weight ldy, 3
        clc
        adc l1,y                ; or t1,y
        bcc :+
        inc p2                  ; never from $FF: p2 is near the half
        clc
:
open_h0:
        adc h0,y                ; bit h0 with the multiples
        bcc :+
        inc p2
:       ora exact_work
        tay                     ; not 0: more than p2 says
        lda p5
        bpl open_low
        lda p2
        cmp #$80
        bcc open_down
        bne open_up
        tya
        bne open_up
        lda p3                  ; tie
        lsr a
        bcc open_down
open_up:
        inc p3
        bne open_down
        inc p4
        bne open_down
        inc p5
open_down:
        jmp normal_case

open_low:
        lda p2
        and #$7f
        cmp #$40
        bcc open_low_down
        bne open_low_up
        tya
        bne open_low_up
        lda p2                  ; tie
        bpl open_low_down
open_low_up:
        lda p2
        and #$80
        eor #$80
        sta p2
        bmi open_low_case
        inc p3
        bne open_low_case
        inc p4
        bne open_low_case
        inc p5
        bmi open_down
open_low_case:
        jmp low_case
open_low_down:
        lda p2
        and #$80
        sta p2
        jmp low_case

CASE_SWAP = FAR
CASE_STORE = FAR+1
REVERSE_MOST = 4                ; greatest -d with code of its own

        .segment "EXACT_TABLES"
        .align 256
.macro  cases from
        .repeat SHORT+3, d
        .addr .ident(.sprintf("%s_%d", from, d))
        .endrepeat
        .repeat SHORT_MOST-7
        .addr .ident(.sprintf("%s_8_to_15", from))
        .endrepeat
        .repeat FAR-SHORT_MOST-1
        .addr whole
        .endrepeat
        .repeat 128-FAR
        .addr next
        .endrepeat
.endmacro
bytes_cases:
        cases "bytes"
multiples_cases:
        cases "multiples"

normal_cases:
        .addr normal_0, normal_1, normal_2, normal_3, normal_4, normal_5, normal_6, normal_7
        .repeat FAR-8
        .addr normal_far
        .endrepeat
        .addr normal_swap, normal_store
        .res normal_cases+$80-*
low_cases:
        .addr low_0, low_1, low_2, low_3, low_4, low_5, low_6, low_7
        .repeat FAR-8
        .addr low_far
        .endrepeat
        .addr low_swap, low_store
        .res normal_cases+$100-2*REVERSE_MOST-*
        .addr reverse_4, reverse_3, reverse_2, reverse_1

; For p2 of a low product, its rounding: bit 7 the new bit 7; bit 0 set: 1 is a
; carry, 3 is an open case.
round_low:
        .repeat 256, b
        .if (b & $7f) < $3e
        .byte b & $80
        .elseif (b & $7f) < $41
        .byte 3
        .elseif b < $80
        .byte $80
        .else
        .byte 1
        .endif
        .endrepeat
        .segment "EXACT"

; Entries bytes_d and multiples_d: the product, rounded, then normal_d or, if it is
; low with bit 7 of p2 set after rounding, on after the macro.
.macro  product_for d, normal
        .local join, low, carry, open_to
.ident(.sprintf("bytes_%d", d)):
        product_bytes
        jmp join
open_to:
        lda #2*(d)
        sta normal_case+1
        ora #$80
        sta low_case+1
        jmp open
.ident(.sprintf("multiples_%d", d)):
        product_multiples
join:   bpl low
        lda p2
        cmp #$7e
        bcc normal
        cmp #$81
        bcc open_to
carry:  inc p3
        bne normal
        inc p4
        bne normal
        inc p5
        bne normal              ; always
low:    ldy p2
        lda round_low,y
        bmi :+
        lsr a
        bcc normal
        beq carry
        bne open_to             ; always
:
.endmacro

; The sum for one d, 1..7: acc = acc +- (p5,p4,p3,p2 >> d).
.macro  sum     d
        .local shr_d, shl_d, guard, opposite, to_up, to_down, to_edge, tie, same, normal
shr_d = exact_shifts+512*(d-1)
shl_d = exact_shifts+512*(d-1)+256

.ident(.sprintf("low_%d", d)):
        ldy p2
        lda shr_d,y
        ldy p3
        ora shl_d,y
        jmp guard
        .if (d) < SHORT
        product_for d, normal
        ldy p3
        lda shl_d,y
        ora #$80 >> (d)
        jmp guard
        .endif
.ident(.sprintf("normal_%d", d)):
normal: ldy p3
        lda shl_d,y
guard:  sta g
        cmp #$80                ; carry: round up
        beq tie
same:   if_opposite opposite

        lda shr_d,y
        ldy p4
        ora shl_d,y
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda shr_d,y
        ldy p5
        ora shl_d,y
        acc adc, PLANE_1
        acc sta, PLANE_1
        lda shr_d,y
        acc adc, PLANE_2
        bcs to_up
        acc sta, PLANE_2
        jmp next
to_up:  jmp up

opposite:
        lda #$80                ; no carry: round down
        cmp g
        lda shr_d,y
        ldy p4
        ora shl_d,y
        eor #$ff
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda shr_d,y
        ldy p5
        ora shl_d,y
        eor #$ff
        acc adc, PLANE_1
        acc sta, PLANE_1
        lda shr_d,y
        eor #$ff
        acc adc, PLANE_2
        bpl to_down
        cmp #$80
        beq to_edge
        acc sta, PLANE_2
        jmp next
to_down:
        jmp down
to_edge:
        jmp edge

tie:    lda shr_d,y             ; let the sum be even
        acc eor, PLANE_0
        lsr a
        lda #$7f
        bcc :+
        lda #$81
:       sta g
        jmp same
.endmacro

        .repeat 7, i
        sum i+1
        .endrepeat

; Branches if g, too small by up to `units`, leaves open on which side of a
; quarter or of three quarters it is. Keeps A.
.macro  if_quarter_open units, to
        .local sure
        ldy g
        cpy #$40-units
        bcc sure
        cpy #$41
        bcc to
        cpy #$c0-units
        bcc sure
        cpy #$c1
        bcc to
sure:
.endmacro

; The sum of a short product for one d, 5..7. In: Y = p3.
.macro  short_sum d
        .local shr_d, shl_d, units, opposite, to_up, add_open, to_down, to_edge, sub_open, shifted, sure
shr_d = exact_shifts+512*(d-1)
shl_d = exact_shifts+512*(d-1)+256
units = 5 << (8-d)              ; by what g may be too small

.ident(.sprintf("bytes_%d", d)):
        short_bytes
        lda shl_d,y
        sta g
        cmp #$80-units
        bcc sure
        cmp #$81                ; carry: round up
        bcs sure
        jmp resume_bytes
.ident(.sprintf("multiples_%d", d)):
        short_multiples
        lda shl_d,y
        sta g
        cmp #$80-(3 << (8-d))
        bcc sure
        cmp #$81
        bcs sure
        jmp resume_multiples
sure:   if_opposite opposite

        lda shr_d,y
        ldy p4
        ora shl_d,y
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda shr_d,y
        ldy p5
        ora shl_d,y
        acc adc, PLANE_1
        acc sta, PLANE_1
        lda shr_d,y
        acc adc, PLANE_2
        bcs to_up
        acc sta, PLANE_2
        jmp next

to_up:  ldy g
        beq add_open
        cpy #<-units
        bcs add_open
        sec
        jmp up
add_open:
        jsr shifted
        jmp undo_sum

opposite:
        lda #$80                ; no carry: round down
        cmp g
        lda shr_d,y
        ldy p4
        ora shl_d,y
        eor #$ff
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda shr_d,y
        ldy p5
        ora shl_d,y
        eor #$ff
        acc adc, PLANE_1
        acc sta, PLANE_1
        lda shr_d,y
        eor #$ff
        acc adc, PLANE_2
        bpl to_down
        cmp #$80
        beq to_edge
        acc sta, PLANE_2
        jmp next

to_down:
        if_quarter_open units, sub_open
        jmp down
to_edge:
        if_quarter_open units, sub_open
        jmp edge
sub_open:
        jsr shifted
        jmp undo_difference

shifted:                        ; p4, p3 = what was added to the planes 1 and 0
        ldy p3
        lda shr_d,y
        ldy p4
        ora shl_d,y
        sta p3
        lda shr_d,y
        ldy p5
        ora shl_d,y
        sta p4
        rts
.endmacro

        short_sum 5
        short_sum 6
        short_sum 7

; d = 8..15: by a byte and some bits.
SHORT_UNITS = 6                 ; as `units`; one for bits shifted out of g
bytes_8_to_15:
        short_bytes
        jmp :+
multiples_8_to_15:
        short_multiples
:       lda case+1
        lsr a
        sec
        sbc #8
        beq short_8
        tay
:       lsr p5
        ror p4
        ror p3
        dey
        bne :-
short_8:
        lda p3
        sta g
        cmp #$80-SHORT_UNITS
        bcc :+
        cmp #$81                ; carry: round up
        bcs :+
        jmp again
:       if_opposite short_8_opposite
        lda p4
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda p5
        acc adc, PLANE_1
        acc sta, PLANE_1
        bcc short_8_done
        acc lda, PLANE_2
        adc #0
        bcs short_8_up
        acc sta, PLANE_2
short_8_done:
        jmp next

short_8_up:
        ldy g
        beq short_8_add_open
        cpy #<-SHORT_UNITS
        bcs short_8_add_open
        sec
        jmp up
short_8_add_open:
        jsr short_8_shifted
        jmp undo_sum

short_8_opposite:
        lda #$80                ; no carry: round down
        cmp g
        acc lda, PLANE_0
        sbc p4
        acc sta, PLANE_0
        acc lda, PLANE_1
        sbc p5
        acc sta, PLANE_1
        acc lda, PLANE_2
        sbc #0
        bpl short_8_down
        cmp #$80
        beq short_8_edge
        acc sta, PLANE_2
        jmp next
short_8_down:
        if_quarter_open SHORT_UNITS, short_8_sub_open
        jmp down
short_8_edge:
        if_quarter_open SHORT_UNITS, short_8_sub_open
        jmp edge
short_8_sub_open:
        jsr short_8_shifted
        jmp undo_difference

short_8_shifted:
        lda p4
        sta p3
        lda p5
        sta p4
        rts

; A short product's sum is open at its new exponent: take it back and do the row
; in full. Planes 0 and 1 have (p4, p3) added or subtracted, rounded by g.
undo_sum:
        lda #$80                ; no carry: was rounded up
        cmp g
        acc lda, PLANE_0
        sbc p3
        acc sta, PLANE_0
        acc lda, PLANE_1
        sbc p4
        acc sta, PLANE_1
        jmp again
undo_difference:
        lda g
        cmp #$81                ; carry: was rounded down
        acc lda, PLANE_0
        adc p3
        acc sta, PLANE_0
        acc lda, PLANE_1
        adc p4
        acc sta, PLANE_1
        jmp again

; d = 0, product low: as for the others, without shift.
        product_for 0, normal_0
        lda #$80
        bne low_0_tie           ; always
normal_0:
        lda p5
        bpl :+
        jmp normal_0_sum
:       lda #0
        clc
        beq low_0_guard_g       ; always
low_0:  lda p2
        cmp #$80
        bne low_0_guard_g
low_0_tie:
        lda p3
        acc eor, PLANE_0
        lsr a
        lda #$7f
        bcc low_0_guard_g
        lda #$81
low_0_guard_g:                  ; carry: round up
        sta g
        if_opposite low_0_opposite
        lda p3
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda p4
        acc adc, PLANE_1
        acc sta, PLANE_1
        lda p5
        acc adc, PLANE_2
        bcs up
        acc sta, PLANE_2
        jmp next
low_0_opposite:
        lda #$80
        cmp g
        acc lda, PLANE_0
        sbc p3
        acc sta, PLANE_0
        acc lda, PLANE_1
        sbc p4
        acc sta, PLANE_1
        acc lda, PLANE_2
        sbc p5
        bpl to_down
        cmp #$80
        beq to_edge
        acc sta, PLANE_2
        jmp next
to_down:
        jmp down
to_edge:
        jmp edge

; d = 0, product normal: the sum is exact with one bit more.
normal_0_sum:
        lda #0
        sta g
        if_opposite :+
        clc
        lda p3
        acc adc, PLANE_0
        acc sta, PLANE_0
        lda p4
        acc adc, PLANE_1
        acc sta, PLANE_1
        lda p5
        acc adc, PLANE_2        ; carries: goes on at up
        jmp up
:       jmp normal_0_opposite

; The sum has a 25th bit, the carry; A = its high byte, not stored. g >= $80
; says that it was rounded up already, which the last bit takes back when it goes.
up:     ror a
        acc sta, PLANE_2
        acc ror, PLANE_1
        acc ror, PLANE_0
        acc inc, PLANE_E
        bcs up_round
up_rounded:
        acc lda, PLANE_E
        cmp #MOST_E+1
        bcs up_out
        jmp next
up_out: jmp demote
up_round:
        lda g
        bmi up_rounded
        bne up_more
        acc lda, PLANE_0        ; tie
        lsr a
        bcc up_rounded
up_more:
        acc inc, PLANE_0
        bne up_rounded
        acc inc, PLANE_1
        bne up_rounded
        acc inc, PLANE_2
        bne up_rounded
        lda #$80
        acc sta, PLANE_2
        acc inc, PLANE_E
        bne up_rounded          ; always

; The difference rounded to $800000, A = $80 not stored. It is too great by
; g/256 if g < $80: then $FFFFFF at the exponent below may be nearer.
edge:
        acc sta, PLANE_2
        acc lda, PLANE_1
        acc ora, PLANE_0
        bne to_next
        lda g
        bmi to_next
        cmp #$41
        bcc to_next
        lda #$ff
        acc sta, PLANE_2
        acc sta, PLANE_1
        acc sta, PLANE_0
        acc dec, PLANE_E
        jmp down_rounded
to_next:
        jmp next

; The difference lost bit 23; A = its high byte, not stored. It was rounded by
; one bit too many: too great by g/256 if g < $80, too small by 1 - g/256 if not.
down:   tay
        acc asl, PLANE_0
        acc lda, PLANE_1        ; sim65 2.19 has no rol abs,x
        rol a
        acc sta, PLANE_1
        tya
        rol a
        acc sta, PLANE_2
        bpl down_far
        acc dec, PLANE_E
        lda g
        cmp #$41
        bcc down_rounded
        cmp #$c0
        bcs down_rounded
        jsr down_round
        acc lda, PLANE_2
        bpl down_deep
down_rounded:
        acc lda, PLANE_E
        cmp #LEAST_E
        bcc :+
        jmp next
:       jmp demote

down_far:                       ; d = 0 or 1: more bits may be lost
        acc dec, PLANE_E
        lda g
        cmp #$41
        bcc :+
        cmp #$c0
        bcs :+
        jsr down_round
:
down_deep:
        acc lda, PLANE_0
        sta p3
        acc lda, PLANE_1
        sta p4
        acc lda, PLANE_2
        bpl normalise
        bmi down_rounded        ; always

; A = g: from $80 on one more, else one less.
down_round:
        asl a
        bcc :+
        acc inc, PLANE_0        ; the last bit was 0
        rts
:       acc lda, PLANE_0
        bne :++
        acc lda, PLANE_1
        bne :+
        acc dec, PLANE_2
:       acc dec, PLANE_1
:       acc dec, PLANE_0
        rts

; d = 0, product normal, signs opposite: exact, of any size.
normal_0_opposite:
        sec
        acc lda, PLANE_0
        sbc p3
        sta p3
        acc lda, PLANE_1
        sbc p4
        sta p4
        acc lda, PLANE_2
        sbc p5
        bcs normalise
        sta p5                  ; the product is greater: negate
        acc lda, PLANE_S
        eor #$80
        acc sta, PLANE_S
        lda #0
        sec
        sbc p3
        sta p3
        lda #0
        sbc p4
        sta p4
        lda #0
        sbc p5

; Normalises the mantissa A, p4, p3, bit 7 of A clear; zeros come in below.
normalise:
        bne :+
        ldy p4
        bne :+
        ldy p3
        beq zero
:       acc ldy, PLANE_E
:       dey
        asl p3
        rol p4
        rol a
        bpl :-
        acc sta, PLANE_2
        lda p4
        acc sta, PLANE_1
        lda p3
        acc sta, PLANE_0
        tya                     ; at least LEAST_E - 24
        acc sta, PLANE_E
        cmp #LEAST_E
        bcc demote
        jmp next
zero:   acc sta, PLANE_0        ; A = 0
        acc sta, PLANE_1
        acc sta, PLANE_2
        acc sta, PLANE_E
        acc sta, PLANE_S
        jmp next

; The accumulator's exponent, 1..254, left the ordinary range: binary32 from now.
demote: acc lda, PLANE_2
        asl a
        acc sta, PLANE_2
        acc lda, PLANE_E
        clc
        adc #E_BIAS
        tay
        acc lda, PLANE_S
        asl a
        tya
        ror a
        acc sta, PLANE_S
        acc ror, PLANE_2
        lda #0
        acc sta, PLANE_E
        jmp next

; The sum for one -d, 1..REVERSE_MOST: acc = p +- (acc >> -d). In: carry = opposite
; signs.
.macro  reverse d
        .local shr_d, shl_d, opposite, tie, same, to_up, to_down, to_edge, opposite_same, even
shr_d = exact_shifts+512*(d-1)
shl_d = exact_shifts+512*(d-1)+256

.ident(.sprintf("reverse_%d", d)):
        acc ldy, PLANE_0
        lda shl_d,y
        sta g
        bcs opposite
        cmp #$80                ; carry: round up
        beq tie
same:   lda shr_d,y
        acc ldy, PLANE_1
        ora shl_d,y
        adc p3
        acc sta, PLANE_0
        lda shr_d,y
        acc ldy, PLANE_2
        ora shl_d,y
        adc p4
        acc sta, PLANE_1
        lda shr_d,y
        adc p5
        bcs to_up
        acc sta, PLANE_2
        jmp next
to_up:  jmp up

tie:    jsr even
        jmp same
opposite:
        cmp #$80
        bne opposite_same
        jsr even
opposite_same:
        lda #$80                ; no carry: round down
        cmp g
        lda shr_d,y
        acc ldy, PLANE_1
        ora shl_d,y
        eor #$ff
        adc p3
        acc sta, PLANE_0
        lda shr_d,y
        acc ldy, PLANE_2
        ora shl_d,y
        eor #$ff
        adc p4
        acc sta, PLANE_1
        lda shr_d,y
        eor #$ff
        adc p5
        bpl to_down
        cmp #$80
        beq to_edge
        acc sta, PLANE_2
        jmp next
to_down:
        jmp down
to_edge:
        jmp edge

even:   lda shr_d,y             ; let the sum be even: g and carry say how
        eor p3
        lsr a
        lda #$7f
        bcc :+
        lda #$81
:       sta g
        rts
.endmacro
        .repeat REVERSE_MOST, i
        reverse i+1
        .endrepeat

; d = 8..25: whole bytes first.
normal_far:
        ldy #0
        sty p2
        lda normal_case+1
        bne far                 ; always
low_far:
        lda low_case+1
        and #$7f
far:    lsr a
        ldy #0
far_byte:
        sty exact_work          ; not 0: bits were lost
        ldy p3                  ; p >>= 8
        sty exact_g
        ldy p4
        sty p3
        ldy p5
        sty p4
        ldy #0
        sty p5
        ldy p2
        beq :+
        sty exact_work
:       ldy exact_g
        sty p2
        ldy exact_work
        sec
        sbc #8
        cmp #8
        bcs far_byte
        tay
        lda p2                  ; what the shift by Y bits would lose
        and low_bits,y
        ora exact_work
        beq :+
        lda p2
        ora sticky_bit,y
        sta p2
:       tya
        asl a
        ora #$80
        sta far_case+1
far_case:
        jmp (low_cases)

        .segment "EXACT"
low_bits:
        .byte 0, 1, 3, 7, 15, 31, 63, 127
sticky_bit:
        .byte 1, 2, 4, 8, 16, 32, 64, 128
        .segment "EXACT"

; d < 0: the accumulator is shifted right by -d and added to the product.
; exact_d = 256 + d; 0 where the exponents are equal after all.
below_multiples:
        product_multiples
        jmp below_round
below_bytes:
        product_bytes
below_round:
        round normal_swap, low_swap, below_open
low_swap:
        asl p2
        rol p3
        rol p4
        rol p5
        inc exact_d
        bne normal_swap
        jmp normal_0_sum
below_open:
        lda #2*CASE_SWAP
        sta normal_case+1
        ora #$80
        sta low_case+1
        jmp open
normal_swap:
        lda exact_d
        cmp #<-REVERSE_MOST
        bcc swap
        asl a
        sta reverse_case+1
        acc lda, PLANE_E
        sec
        sbc exact_d             ; exponent of the product
        cmp #MOST_E+1
        bcs to_slow
        acc sta, PLANE_E
        if_opposite :+
        clc
reverse_case:
        jmp (normal_cases)      ; at the end of the page
:       acc lda, PLANE_S        ; the product's sign prevails
        eor #$80
        acc sta, PLANE_S
        sec
        bcs reverse_case        ; always

; Farther apart: product and accumulator change places.
swap:   acc lda, PLANE_E
        sec
        sbc exact_d
        tay
        cpy #LEAST_E
        bcc to_slow
        cpy #MOST_E+1
        bcs to_slow
        tya
        acc sta, PLANE_E
        acc lda, PLANE_S
        tay
        weight lda, 1
        eor exact_x_sign
        and #$80
        acc sta, PLANE_S
        tya
        eor exact_x_sign
        weight sta, 1           ; the sign of what is added, as the sum finds it
        acc lda, PLANE_0
        ldy p3
        sta p3
        tya
        acc sta, PLANE_0
        acc lda, PLANE_1
        ldy p4
        sta p4
        tya
        acc sta, PLANE_1
        acc lda, PLANE_2
        ldy p5
        sta p5
        tya
        acc sta, PLANE_2
        lda #0
        sec
        sbc exact_d
        cmp #FAR
        bcs swapped
        asl a
        sta normal_case+1
        jmp normal_case
swapped:
        jmp next

to_slow:
        jmp exact_slow_step

; The accumulator is zero: it becomes the product.
low_store:
        asl p2
        rol p3
        rol p4
        rol p5
        inc exact_d
normal_store:
        lda #0
        sec
        sbc exact_d
        cmp #LEAST_E
        bcc to_slow
        cmp #MOST_E+1
        bcs to_slow
        acc sta, PLANE_E
        weight lda, 1
        eor exact_x_sign
        and #$80
        acc sta, PLANE_S
        lda p3
        acc sta, PLANE_0
        lda p4
        acc sta, PLANE_1
        lda p5
        acc sta, PLANE_2
        jmp next

; One row by the f32 library, whatever the operands are. In: X = row.
exact_slow_step:
        jsr step
        jmp next

step:   stx exact_row
        weight lda, 0
        lsr a                   ; carry: lowest bit of the exponent
        sta f32_a+3
        weight lda, 1
        and #$7f
        bcc :+
        ora #$80
:       sta f32_a+2
        weight lda, 1
        and #$80
        ora f32_a+3
        sta f32_a+3
        weight lda, 2
        sta f32_a+1
        weight lda, 3
        sta f32_a
        ldy #3
:       lda exact_x_packed,y
        sta f32_b,y
        dey
        bpl :-
        jsr f32_mul_zp
        ldx exact_row
        acc lda, PLANE_E
        beq packed
        clc
        adc #E_BIAS
        lsr a
        acc ora, PLANE_S
        sta f32_b+3
        acc lda, PLANE_2
        and #$7f
        bcc :+
        ora #$80
:       sta f32_b+2
        jmp :+
packed: acc lda, PLANE_S
        sta f32_b+3
        acc lda, PLANE_2
        sta f32_b+2
:       acc lda, PLANE_1
        sta f32_b+1
        acc lda, PLANE_0
        sta f32_b
        jsr f32_add_zp
        ldx exact_row
        lda f32_a
        acc sta, PLANE_0
        lda f32_a+1
        acc sta, PLANE_1
        lda f32_a+2
        asl a
        lda f32_a+3
        rol a
        cmp #ORDINARY_LEAST
        bcc unusual
        cmp #ORDINARY_MOST+1
        bcs unusual
        sbc #E_BIAS-1           ; carry is clear
        acc sta, PLANE_E
        lda f32_a+3
        and #$80
        acc sta, PLANE_S
        lda f32_a+2
        ora #$80
        acc sta, PLANE_2
        rts
unusual:
        lda #0
        acc sta, PLANE_E
        lda f32_a+3
        acc sta, PLANE_S
        lda f32_a+2
        acc sta, PLANE_2
        rts

; As exact_rows for an x that is zero, subnormal, infinite, NaN or of an exponent
; outside X_LEAST..X_MOST. In: exact_x_packed, exact_exponent.
exact_rows_slow:
        ldx #0
slow_row:
        weight lda, 0
        cmp #$ff
        beq slow_now
        lda exact_exponent      ; of x
        cmp #X_LEAST
        bcs slow_now
        lda exact_x_packed+3    ; zero times a number
        asl a
        ora exact_x_packed+2
        ora exact_x_packed+1
        ora exact_x_packed
        beq slow_next
        acc lda, PLANE_E
        beq slow_now
        clc
        adc #E_BIAS
        sec
        sbc exact_exponent      ; at least ORDINARY_LEAST - X_LEAST
        clc
        adc #126-FAR            ; w exponent up to here: d >= FAR
        bcs slow_next
        weight cmp, 0
        bcs slow_next
slow_now:
        jsr step
slow_next:
        inx
slow_last_row:
        cpx #0
        bne slow_row
        rts

; A = number of the block: sets the accumulators' addresses.
; Clobbers A. 1,300 cycles.
exact_patch_block:
        clc
        adc #>exact_accumulators
        .repeat PLANES, plane
        .repeat .ident(.sprintf("sites_%d", plane)), i
        sta .ident(.sprintf("acc_%d_%d", plane, i))+2
        .endrepeat
        .if plane < PLANES-1
        adc #PLANE_BYTES/256
        .endif
        .endrepeat
        rts

; A = bit 7 the sign of x.
exact_patch_sign:
        asl a
        lda #$30                ; bmi
        bcc :+
        lda #$10                ; bpl
:
        .repeat sign_sites, i
        sta .ident(.sprintf("sign_%d", i))
        .endrepeat
        rts

; Sets the addresses of the weights' planes, which begin exact_work (lo) and
; exact_work+1 (hi) bytes apart.
exact_patch_weights:
        lda #<exact_weights
        ldy #>exact_weights
        .repeat 4, plane
        .repeat .ident(.sprintf("weight_sites_%d", plane)), i
        sta .ident(.sprintf("weight_%d_%d", plane, i))+1
        sty .ident(.sprintf("weight_%d_%d", plane, i))+2
        .endrepeat
        .if plane < 3
        clc
        adc exact_work
        pha
        tya
        adc exact_work+1
        tay
        pla
        .endif
        .endrepeat
        rts

; A = the row after the last, 0 for 256. After exact_patch_exponent.
exact_patch_end:
        sta last_row+1
        sta slow_last_row+1
        cmp #1                  ; the carry at row is the opposite of this one
        lda exponent_base
        adc #0
        sta exponent_constant+1
        rts

; A = 0: products from the bytes' pages, else from the multiples'.
; Clobbers A, Y.
exact_patch_products:
        cmp #0
        bne :+
        lda #<whole_bytes
        sta whole_product+1
        lda #>whole_bytes
        sta whole_product+2
        lda #<below_bytes
        sta below_product+1
        lda #>below_bytes
        sta below_product+2
        lda #>bytes_cases
        sta case+2
        lda #$79                ; adc abs,y
        sta open_h0
        rts
:       lda #<whole_multiples
        sta whole_product+1
        lda #>whole_multiples
        sta whole_product+2
        lda #<below_multiples
        sta below_product+1
        lda #>below_multiples
        sta below_product+2
        lda #>multiples_cases
        sta case+2
        lda #$2c                ; bit abs
        sta open_h0
        rts

; Makes the multiples' pages of the bytes' pages. Clobbers A, X. 8,900 cycles.
exact_make_multiples:
        ldx #63
        clc
:       .repeat 4, quarter
        lda l1+64*quarter,x
        adc h0+64*quarter,x
        sta t1+64*quarter,x
        lda l2+64*quarter,x
        adc h1+64*quarter,x
        sta t2+64*quarter,x
        bcc :+
        inc h2+64*quarter,x
        clc
:
        .endrepeat
        dex
        bpl :-----
        rts

; A = exponent of x, X_LEAST..X_MOST.
exact_patch_exponent:
        sta exact_work
        lda #126+E_BIAS
        sec
        sbc exact_work
        sta exponent_base
        rts
