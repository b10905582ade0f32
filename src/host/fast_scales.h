/* How the fast engine rounds a matrix: what fast_writer.c puts into the image and
 * train_quantise.c trains for. fast_writer.c tells what the numbers mean. */
#ifndef FAST_SCALES_H
#define FAST_SCALES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAST_NORM 7904.0          /* of a normalised vector, times sqrt(dim) */
#define FAST_LEAST_GATE (-12)     /* exponent of w1: the kernel's shift is not negative */

/* q [n][n]: the orthogonal matrix that turns the residual stream. */
void fast_rotation(double *q, uint32_t n);

/* The exponent e of a matrix w [rows][cols]: scales are m * 2^(e - 8), m = 1..255,
 * and the largest row's is 128 or more. */
int fast_exponent(const double *w, size_t rows, uint32_t cols);

/* The least e of at least that for which the products of the rows with a
 * normalised x, in units of 2^(e+k), and pairs of them rotated, fit int16. */
int fast_fitting_exponent(const double *w, size_t rows, uint32_t cols, int k);

/* Whether that holds of these rows. */
bool fast_fits(const double *w, size_t rows, uint32_t cols, int e, int k);

/* The places k that the products of several chunks of a normalised x lose; other
 * vectors' lose ceil(log2 chunks). */
unsigned fast_lowered(uint32_t cols);

/* The scale m of a row. */
int fast_row_scale(const double *row, uint32_t cols, int e);

/* The weight u = floor(w / s) + 2^15, 16 bits, with s = fast_step(m, e). */
double fast_step(int m, int e);
int32_t fast_weight(double w, double s);

#endif
