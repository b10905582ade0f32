; The zero page: every use of it is allotted here. cc65's runtime brings 26
; bytes of its own (sp, sreg, regsave, ptr1-4, tmp1-4, regbank) in the same
; segment.

        .exportzp clock_now, clock_before, lap, step_now
        .exportzp key_counter, stop_flag
        .export _machine_stopped: absolute

; The KERNAL's number of characters in its keyboard buffer. VICE types there.
key_counter := $C6

        .segment "ZEROPAGE": zeropage

; timer.s and step.s: the cycle counter, little-endian.
clock_now:      .res 4          ; its last reading
clock_before:   .res 4          ; the reading at the last lap
lap:            .res 4          ; cycles between the two
step_now:       .res 1          ; enum step that the cycles are counted to; $FF none

; Set by the interrupt, looked at by the kernels (machine.h).
stop_flag:
_machine_stopped: .res 1

; f32, exact: pointers into the quarter-square tables for one factor of an
; 8x8-bit product. tables_init sets the high bytes, which must stay; the low
; bytes are scratch between calls.
        .exportzp mul_sl, mul_sh, mul_nl, mul_nh
mul_sl:         .res 2
mul_sh:         .res 2
mul_nl:         .res 2
mul_nh:         .res 2

; fast: planes of a row; begins where those of f32 and exact are.
        .exportzp fast_weights
fast_weights:

; f32: every routine of src/c64/f32. Operands and result are in f32_a and f32_b,
; binary32, little-endian, one after the other; the rest is scratch between calls.
        .exportzp f32_a, f32_b, f32_exponent, f32_sign, f32_guard, f32_work
f32_a:          .res 4
f32_b:          .res 4
f32_exponent:   .res 2
f32_sign:       .res 1
f32_guard:      .res 1
f32_work:       .res 16

; exact: the kernels of src/c64/exact; scratch between calls of exact.h.
        .exportzp exact_p2, exact_p3, exact_p4, exact_p5, exact_g, exact_d
        .exportzp exact_row, exact_x_sign, exact_work, exact_exponent
        .exportzp exact_x, exact_columns_left, exact_at, exact_factor
exact_p2:       .res 1          ; product, p5 the highest byte
exact_p3:       .res 1
exact_p4:       .res 1
exact_p5:       .res 1
exact_g:        .res 1          ; guard byte of a sum
exact_d:        .res 1          ; difference of exponents, if negative
exact_row:      .res 1
exact_x_sign:   .res 1          ; of x[j], in bit 7
exact_exponent: .res 1          ; of x[j]
exact_factor:   .res 3          ; mantissa of x[j] with its hidden bit
exact_x:        .res 2          ; address of x[j]
exact_columns_left: .res 2
exact_at:       .res 3          ; REU address of the block
exact_work:     .res 2
                .res fast_weights + 128 - *

; fast: the kernels of src/c64/fast; scratch between calls of fast.h.
        .exportzp fast_at, fast_low, fast_high, fast_index, fast_end, fast_length
        .exportzp fast_p, fast_q, fast_r, fast_t, fast_x, fast_product, fast_sum, fast_shift_by, fast_kernel
fast_at:        .res 3
fast_low:       .res 1
fast_high:      .res 1
fast_index:     .res 1
fast_end:       .res 1
fast_length:    .res 1

        .segment "ZPTOP": zeropage
fast_p:         .res 2
fast_q:         .res 2
fast_r:         .res 2
fast_t:         .res 6
fast_x:         .res 2
fast_product:   .res 6
fast_sum:       .res 4
fast_shift_by:  .res 1
fast_kernel:    .res 2          ; stays from fast_select to fast_rows

; fast: as mul_, for the high byte of a 16-bit factor.
        .exportzp mul2_sl, mul2_sh, mul2_nl, mul2_nh
mul2_sl:        .res 2
mul2_sh:        .res 2
mul2_nl:        .res 2
mul2_nh:        .res 2
