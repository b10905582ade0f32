/* f32: IEEE-754 binary32 arithmetic, round to nearest even, with subnormals,
 * infinities and NaN.
 *
 * A value is its bit pattern in a 32-bit integer, because cc65 has no float
 * type. On the C64 these are the assembly routines of src/c64/f32; on the host
 * the definitions of src/definition/f32.c, which use the host's FPU. Both give
 * the same bits for every operand, but for NaN: any NaN may stand for another.
 */
#ifndef F32_H
#define F32_H

#include <stdint.h>

typedef uint32_t f32;

#define F32_ZERO 0x00000000UL
#define F32_ONE 0x3F800000UL
#define F32_MINUS_ONE 0xBF800000UL
#define F32_INFINITY 0x7F800000UL
#define F32_NAN 0x7FC00000UL
#define F32_SIGN 0x80000000UL

f32 f32_add(f32 a, f32 b);
f32 f32_sub(f32 a, f32 b);
f32 f32_mul(f32 a, f32 b);
f32 f32_div(f32 a, f32 b);
f32 f32_sqrt(f32 a);
f32 f32_exp(f32 a); /* correctly rounded e^a */

/* 1 if a < b, else 0; also 0 if either is NaN. -0 equals +0. */
uint8_t f32_less(f32 a, f32 b);
/* 1 if a == b, else 0; also 0 if either is NaN. -0 equals +0. */
uint8_t f32_equal(f32 a, f32 b);

/* Conversions round to nearest even; to integers they truncate towards zero.
 * Out of range gives the nearest int32_t, NaN gives 0. */
f32 f32_from_int(int32_t a);
f32 f32_from_uint(uint32_t a);
int32_t f32_to_int(f32 a);

/* Vectors: n elements in RAM, 1 <= n <= 16383, worked in ascending order.
 * Each element operation is the scalar one above, rounded by itself. */
void f32v_add(f32 *y, const f32 *x, uint16_t n);       /* y[i] += x[i] */
void f32v_mul(f32 *y, const f32 *x, uint16_t n);       /* y[i] *= x[i] */
void f32v_scale(f32 *y, f32 s, uint16_t n);            /* y[i] *= s */
void f32v_div(f32 *y, f32 s, uint16_t n);              /* y[i] /= s */
f32 f32v_sum_squares(const f32 *x, uint16_t n);        /* ((0 + x0*x0) + x1*x1) + ... */
f32 f32v_sum(f32 start, const f32 *x, uint16_t n);     /* ((start + x0) + x1) + ... */
f32 f32v_max(f32 start, const f32 *x, uint16_t n);     /* for each: if (x[i] > m) m = x[i] */
void f32v_exp(f32 *y, f32 shift, uint16_t n);          /* y[i] = exp(y[i] - shift) */
void f32v_silu(f32 *y, uint16_t n);                    /* y[i] *= 1 / (1 + exp(-y[i])) */
/* Rotary embedding of n/2 pairs: table holds cos, sin for each pair;
 * (v0, v1) becomes (v0*cos - v1*sin, v0*sin + v1*cos). */
void f32v_rotate(f32 *v, const f32 *table, uint16_t n);

#endif
