/* Kernels of the fast engine: fixed-point arithmetic, bit-plane weights, table
 * lookups instead of multiplications. src/definition/fast_*.c define every one;
 * src/c64/fast gives equal bytes. fast_writer.c and
 * fast_network.c say why nothing can overflow.
 *
 * A matrix is a sequence of rows of unsigned 16-bit weights u (offset binary),
 * cut into bit planes, most significant first. One byte of a plane holds one
 * bit of 8 neighbouring columns, the first in bit 0: a group. Up to 8 groups
 * make a chunk. For a vector x of int16 each group has a table
 *     T[b] = sum of x[j] for the bits j of b  +  (K - sum of all x[j]) / 2, rounded down,
 *     T[255 - b] = K - T[b], b < 128, where
 *     K = sum |x[j]| + 2 with bits 0..7 set
 * so that 0 < T < K, and an entry's bytes are those of its complement but for one
 * subtraction. The sum of one entry of each group is below 2^16, as the caller keeps
 * sum |x[j]| at FAST_SUM or less over a chunk.
 */
#ifndef FAST_H
#define FAST_H

#include <stdint.h>
#include "f32.h"
#include "reu.h"

/* Rows of a block whose sums are in RAM at the same time. A multiple of 128. */
#define FAST_BLOCK 512
#define FAST_GROUP 8
#define FAST_GROUPS 8    /* of a chunk, at most */
#define FAST_COLUMNS 64  /* of a chunk, at most; also elements a kernel takes at once */
#define FAST_MAX_PLANES 16
#define FAST_ROWS 128    /* of a matrix that fast_rows takes at once */
#define FAST_SUM 63479U /* 2^16 - 1 - FAST_GROUPS * 257 */

/* --- matrix times vector ------------------------------------------------ */

/* Once, before the others: memory is as it happens to be. */
void fast_forget(void);

/* The shape of the chunks that follow: groups 1..8, planes 1..16 used, of which
 * the `low` least significant take the tables' high bytes only: FAST_LOW(planes) of more than 8. */
#define FAST_LOW(planes) (uint8_t)((planes) > 10 ? (planes) - 10 : 0)
void fast_select(uint8_t groups, uint8_t planes, uint8_t low);

/* Selected with FAST_BOUND_PLANES for both, after the tables were made for `planes` of them, 6 at least, rows give no
 * accumulators but bounds h of what fast_rows makes of all planes with the centre c: if the centre here is
 * FAST_BOUND_CENTRE, 2h is the same or more.
 * Let S be the sum of a plane's entries, H that of their high bytes, m = FAST_BOUND_PLANES. 128a is what is here the
 * accumulator, where a = (a + H) >> 1 from plane to plane, so that the sum of H 2^-k, k = 1 for the most significant plane,
 * is less than a + 1. An accumulator of all planes is at most the sum of S 2^-k, and 16 for what its chains and carries are
 * rounded up. S is at most 256 H + 255 groups for the m planes, the sum of all K for the others. So it is at most
 *     256 a + 256 + 255 groups + K / 2^m + 16
 * and K / 2^m = K / 32 is known from c = K / 2 - K / 2^(planes + 1) - bias, rounded, with -5 < bias < 64: it is less than
 * (c + 65) / 15.75, and c less that is more than 0.9365 c - 5. */
#define FAST_BOUND_PLANES 5
#define FAST_BOUND_CENTRE(c, groups) (uint16_t)((uint16_t)(fast_offset(c, 30687 /* 0.9365 / 2 */) >> 16) - ((groups) + 1) * 128U - 16)

/* Builds the tables of the selected groups for x[8 * groups]; returns the
 * centre of the accumulators: what a row of zero weights would give. */
uint16_t fast_tables(const int16_t *x);

/* The accumulators of n <= FAST_ROWS rows, less the centre, go to d[i]. The first row is at `rows` in the REU, each
 * `stride` bytes after the one before it. Of matrices of several chunks d[i] is the sum's lower part, modulo 2^16,
 * above[i] its bits 16..23: FAST_FIRST begins it, FAST_NEXT adds to it.
 * An accumulator less the centre is within -2^15 + 256 .. 2^15 - 129, so that 256 chunks fit. */
enum fast_sum { FAST_ONLY, FAST_FIRST, FAST_NEXT };
void fast_rows(int16_t *d, uint8_t *above, reu_address rows, uint16_t stride, uint16_t centre, uint8_t sum, uint8_t n);
/* For `above`, of a block of rows; also fast_attend's. */
extern uint8_t fast_above[FAST_BLOCK];
/* The places by which sums of n rows are to be lowered: after that each is less than 2^15 in size, rounding included. */
uint8_t fast_excess(const int16_t *d, uint16_t n);
/* d[i] = the sum / 2^places, rounded half up; the result fits. */
void fast_lower(int16_t *d, uint8_t places, uint16_t n);

/* y[8 * groups] = what the planes of a row's chunk in the window say: u - 2^15, where u is in the
 * middle of its interval. */
void fast_gather(int16_t *y, uint8_t groups, uint8_t planes);

/* --- elements, n <= 64 of them ----------------------------------------- */

/* In the window: numbers of 24 bits, with a sign in bit 7 of `sign`. */
struct fast_sizes {
    uint8_t size[3][FAST_COLUMNS]; /* bytes 0, 1, 2 of each */
    uint8_t sign[FAST_COLUMNS];
};
/* And the scales of rows, uint8_t scale[2 * FAST_COLUMNS], from this byte on. */
#define FAST_SCALES 640

/* A part of the residual in the window: int32, byte k of each from FAST_RESIDUAL + 64 * k on; zeros
 * before them. */
#define FAST_RESIDUAL FAST_COLUMNS
#define FAST_RESIDUAL_BYTES (4 * FAST_COLUMNS)

/* Adds d[i] * scale[i] / 2^shift to the residual, rounded half up; -15 <= shift <= 31. Where it
 * does not fit the greatest or the least int32 stands. Returns the or of 255 and all r ^ (r >> 31):
 * its length in bits is that of the largest. The scales are at FAST_SCALES of the window. */
uint32_t fast_residual(const int16_t *d, int8_t shift, uint8_t n);
/* x[i] = element i of the residual / 2^shift, towards minus infinity; the result fits; -7 <= shift
 * <= 16. Returns the sum of x[i]^2 / 2^16, about. */
uint32_t fast_narrow(int16_t *x, int8_t shift, uint8_t n);
/* y[i] = (y[i] + 1/2) * factor / 2^16, rounded, about; factor below 2^15. */
void fast_multiply(int16_t *y, uint16_t factor, uint8_t n);
/* The length of a in bits. */
uint8_t fast_length(uint32_t a);
/* The factor for fast_multiply: norm / 2^(FAST_NORM_SHIFT - 8) / sqrt(squares), but at most 2^15 - 1. The
 * quotient of norm and 2^15 is below 2^15; squares > 0. */
uint16_t fast_norm_factor(uint32_t norm, uint32_t squares);
/* a * b. */
uint32_t fast_offset(uint16_t a, uint16_t b);
/* y[i] = d[i] * scale[i] / 2^(8 - shift), rounded half up; shift 0..8; the result fits. y may be d. */
void fast_scale(int16_t *y, const int16_t *d, uint8_t shift, uint8_t n);
/* y[i] = binary32 of d[i] * scale[i] * 2^exponent, rounded to nearest even. */
void fast_logits(f32 *y, const int16_t *d, int8_t exponent, uint8_t n);
/* 1 more than the index of the first of the greatest d[i] * scale[i] if that is greater than
 * *most, which then becomes it; else 0. */
#define FAST_LEAST_PRODUCT -8388608L /* less than any */
uint8_t fast_greatest(int32_t *most, int16_t *d, uint8_t n);
/* Unless the stride is 0, d[i] is a bound of the row at rows + i * stride (FAST_BOUND_CENTRE): where the bound may be
 * greater than half of *most, d[i] becomes the row's sum. The kernel is selected that fast_rows was last called
 * with, for one such row or more, FAST_ONLY. */
extern struct fast_bounds {
    reu_address rows;
    uint8_t stride;
} fast_bounds;
/* Rotates n/2 pairs at v and at every stride-th element after it before end: cos, sin of
 * each in table, as fractions of 2^15. */
void fast_rotate(int16_t *v, const int16_t *end, const int16_t *table, uint16_t stride, uint8_t n);
/* h[i] = SiLU(gate) * up / 2^8 into the window (struct fast_sizes), with
 *     gate = d[i] * scale[i] / 2^8, in units of 2^(shift - 12); shift 0..15
 *     up = d[n + i] * scale[n + i] / 2^8
 * and SiLU(gate) in units of 2^-10, or finer by FAST_SILU_FINER places, from the table fast_silu. The scales are at
 * FAST_SCALES of the window. Products as high_bytes in fixed.h has them, those of the finer SiLU with more bits. Returns
 * what must be below 2^16 for the tables: the larger of the sum of the sizes and
 * twice the or of all, bits 0..7 taken as ones; less than 2^29. */
uint32_t fast_swiglu(const int16_t *d, uint8_t shift, uint8_t n);
/* x[i] = element i of the window's, divided by 2^shift, rounded half away from 0;
 * shift 0..16; the result fits. The window's are used up. */
void fast_hidden(int16_t *x, uint8_t shift, uint8_t n);

/* --- attention -----------------------------------------------------------
 *
 * Keys and values are taken a block of positions at a time, and 8 elements of a
 * head (a group) at a time:
 *   keys    [planes][FAST_POSITIONS] bit planes, least significant first
 *   values  [8][FAST_POSITIONS] bytes of value + 128, 1..255;
 *           precise: the high bytes of value + 2^15, then so many low bytes */

#define FAST_POSITIONS 64
#define FAST_KEY_PLANES 12
#define FAST_PRECISE_KEY_PLANES 16
#define FAST_LOW_PLANES 6 /* of keys, for which the tables' high bytes suffice */
#define FAST_NEAR 576     /* 9 octaves in steps of 1/64 */

/* The sum of |x[i]| or up to 256 n more: 256 for each and its high byte. */
uint32_t fast_extent_16(const int16_t *x, uint8_t n);
/* y[i] = x[i] * 2^shift, rounded half up; the result fits. */
void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n);

/* What a query meets: the cache of its key/value head. */
struct fast_head {
    reu_address cache;      /* see fast_attention.c */
    reu_address lists;      /* for each block 256 bytes, the kernel's */
    reu_address exponents;  /* of the layer, see there, a byte for each position */
    uint32_t block_bytes;   /* of the cache */
    uint16_t size;          /* of a head */
    uint16_t centre;        /* of scores */
    uint16_t most;          /* that the elements of a group of a query add up to: 2^k - 1 */
    uint8_t groups;         /* of a head */
    uint8_t precise;        /* 16 planes of keys and two bytes for a value, else 12 and one */
    uint8_t blocks;         /* of positions */
    uint8_t last_positions; /* of the last block */
    int8_t score;           /* a score is in units of 2^-(score + the key's and the query's shift + 8) octaves */
    int8_t value_exponent;  /* of the means, at most that of the last position's value */
    uint8_t fetched;        /* the kernel's, 0 before the first query of a key/value head */
};
extern struct fast_head fast_head;

/* Left shift that brings the largest |x[i]| into 2^14..2^15-1; 15 if all are 0. */
uint8_t fast_headroom(const int16_t *x, uint16_t n);
/* Puts a position's key and value [size] into the cache fast_head: `at` is where the first plane
 * of its first group goes. They are shifted to the left by the exponents, see fast_attention.c.
 * Whole groups are read. */
void fast_remember(reu_address at, const int16_t *key, const int16_t *value, uint8_t exponents);

/* y[size] = the means of the head's values, weighted by softmax of its keys times q,
 * as values times 2^(value_exponent - 1). */
void fast_attend(int16_t *y, const int16_t *q);

/* --- sampling, FAST_COLUMNS tokens at a time, at most ---------------------- */

#define FAST_OCTAVES 24

struct fast_draw {
    int32_t most;     /* the greatest product of a row and its scale */
    uint32_t sum;     /* of weights, */
    uint32_t mass[FAST_OCTAVES]; /* and of those in each octave of distances */
    int8_t exponent;  /* a logit is a product * 2^exponent */
    int8_t shift;     /* -15 .. 24 */
    uint8_t finer;    /* 0..8 */
    uint8_t octaves;  /* 1..FAST_OCTAVES, with finer 24 at most */
    int16_t distance[FAST_COLUMNS];
    uint32_t weight[FAST_COLUMNS]; /* those that are listed, */
    uint8_t index[FAST_COLUMNS];   /* and the tokens of the part that they belong to */
};
extern struct fast_draw fast_draw;

/* y[i] = d[i] * scale[i]. */
void fast_products(int32_t *y, const int16_t *d, uint8_t n);
/* distance[i] = (most - the window's int32 i) / 2^shift, rounded down, at most 2^15 - 1; none is
 * greater than `most`, all are less than 2^23 in size. */
void fast_distances(uint8_t n);
/* For each distance, now in 1/256 octaves, that is less than `octaves`:
 *     weight = 2^8 * fast_exp2[distance % 256] / 2^(distance / 256 + finer), rounded down, less than 2^24
 * Lists it and adds it to sum and mass. Returns how many there are. */
uint8_t fast_exponentials(uint8_t n);

/* --- tables, from the image ---------------------------------------------- */

/* 65280 * 2^(-i/256), rounded: 255 * 2^8 at most, which 8 bits hold too. */
extern uint16_t fast_exp2[256];
/* 255 * 2^(-i/64), rounded: what fast_weigh makes of fast_exp2. */
extern uint8_t fast_near_weights[FAST_NEAR];
void fast_weigh(void);
/* |SiLU| at (i - 128) / 16 as a fraction of 2^10: low bytes, high bytes; the
 * difference to the next one, which is negative from FAST_FALLING to 127. Finer: at i / 32, as a
 * fraction of 2^(10 + FAST_SILU_FINER). */
extern uint8_t fast_silu[3][256];
extern uint8_t fast_silu_finer; /* 1: the finer one, for more than 8 bits; else 0 */
#define FAST_FALLING 107
#define FAST_SILU_FINER 2

#endif
