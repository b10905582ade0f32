/* Kernels of the exact engine: matrix times vector in binary32, each product
 * and each sum rounded by itself, in llama2.c's order within a row.
 *
 * A matrix is walked column by column: for a fixed x[j] all rows take their
 * step  acc[i] = acc[i] + w[i][j] * x[j].  The order of additions within a row
 * is that of llama2.c's matmul, so the rounding is the same; what depends on
 * x[j] alone is prepared once a column.
 *
 * In the REU a matrix is a sequence of columns; a column is a sequence of row
 * blocks; a block of B rows is four byte planes of B bytes each:
 *     E   biased exponent
 *     M2  sign in bit 7, mantissa bits 22..16 in bits 6..0
 *     M1  mantissa bits 15..8
 *     M0  mantissa bits 7..0
 * (binary32 with its upper nine bits rotated left by one). 1 <= B <= 256, 1 to 4 blocks a column.
 */
#ifndef EXACT_H
#define EXACT_H

#include <stdint.h>
#include "f32.h"
#include "reu.h"

#define EXACT_MAX_BLOCKS 4
#define EXACT_BLOCK_ROWS 256

/* The C64's kernel looks products of two bytes up in the REU, in a table of
 * EXACT_PRODUCTS_BYTES at products, a multiple of 256; or makes them anew for each
 * column, if that is 0. exact_init says where, whenever the kernel has been brought
 * into memory; exact_make_products then fills it, once for an image: 2 million cycles. */
#define EXACT_PRODUCTS_BYTES 0x20000UL
void exact_init(reu_address products);
void exact_make_products(void);

/* Starts a product: shape of a column, and +0 in every accumulator.
 * rows is how many rows of the column are wanted, counted through the blocks
 * in order: 1 <= rows <= blocks * block_rows. The kernel may compute all rows
 * of the last block. Rows of one block follow those of the one before it. */
void exact_begin(uint8_t blocks, uint16_t block_rows, uint16_t rows);

/* Accumulates n columns that follow each other in the REU from `weights` on,
 * with x[0..n-1] in RAM; 1 <= n <= 512. May be called again to go on with the
 * columns that follow. */
void exact_columns(reu_address weights, const f32 *x, uint16_t n);

/* out[i] = accumulator of row first + i, 0 <= i < n. */
void exact_store(f32 *out, uint16_t first, uint16_t n);

/* Splits n values into the four planes E, M2, M1, M0 of n bytes each;
 * 1 <= n <= 512. planes has room for 4*n bytes. */
void exact_planes(uint8_t *planes, const f32 *x, uint16_t n);

#endif
