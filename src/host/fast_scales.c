#include "fast_scales.h"

#include <assert.h>
#include <math.h>

#include "fast.h"
#include "random.h"

#define ROTATION 3            /* seed; see docs/fidelity.md */
#define ROTATED_LIMIT 23160.0 /* 32760 / sqrt(2) */

/* Sums of 12 uniform numbers, made orthogonal row by row. */
void fast_rotation(double *q, uint32_t n)
{
    uint64_t state = ROTATION;

    for (uint32_t i = 0; i < n; ++i) {
        double *row = q + (size_t)i * n, norm = 0;
        for (uint32_t j = 0; j < n; ++j) {
            row[j] = -6;
            for (int k = 0; k < 12; ++k)
                row[j] += (double)(splitmix64(&state) >> 11) / 9007199254740992.0;
        }
        for (int twice = 0; twice < 2; ++twice)
            for (uint32_t k = 0; k < i; ++k) {
                double dot = 0;
                for (uint32_t j = 0; j < n; ++j)
                    dot += row[j] * q[(size_t)k * n + j];
                for (uint32_t j = 0; j < n; ++j)
                    row[j] -= dot * q[(size_t)k * n + j];
            }
        for (uint32_t j = 0; j < n; ++j)
            norm += row[j] * row[j];
        for (uint32_t j = 0; j < n; ++j)
            row[j] /= sqrt(norm);
    }
}

static double row_maximum(const double *row, uint32_t cols)
{
    double maximum = 0;

    for (uint32_t j = 0; j < cols; ++j)
        maximum = fmax(maximum, fabs(row[j]));
    return maximum;
}

/* The span of a row's 16-bit weights, over 2^16. */
static double row_span(const double *row, uint32_t cols)
{
    return row_maximum(row, cols) * 2 * (1 + 1e-9);
}

int fast_exponent(const double *w, size_t rows, uint32_t cols)
{
    double most = 1e-30;
    int e;

    for (size_t i = 0; i < rows; ++i)
        most = fmax(most, row_span(w + i * cols, cols));
    frexp(most * 256 / 255, &e);
    return e;
}

/* The bound of the rows' products: |w.x| <= |w|_2 |x|_2, and with 4 planes each weight
 * is off by up to a 16th of the largest. */
static double product_bound(const double *w, size_t rows, uint32_t cols)
{
    double bound = 1e-30;

    for (size_t i = 0; i < rows; ++i) {
        const double *row = w + i * cols;
        double squares = 0;
        for (uint32_t j = 0; j < cols; ++j)
            squares += row[j] * row[j];
        bound = fmax(bound, FAST_NORM * (sqrt(squares) + sqrt(cols) * row_maximum(row, cols) / 14));
    }
    return bound;
}

bool fast_fits(const double *w, size_t rows, uint32_t cols, int e, int k)
{
    return product_bound(w, rows, cols) <= ldexp(ROTATED_LIMIT, e + k);
}

int fast_fitting_exponent(const double *w, size_t rows, uint32_t cols, int k)
{
    int e, least = fast_exponent(w, rows, cols);

    frexp(product_bound(w, rows, cols) / ROTATED_LIMIT, &e);
    return e - k > least ? e - k : least;
}

/* |x|_1 / 2 is at most N sqrt(cols) / 2; beyond that the kernel may be off by 64 a
 * chunk. */
unsigned fast_lowered(uint32_t cols)
{
    uint32_t chunks = (cols + FAST_COLUMNS - 1) / FAST_COLUMNS;
    unsigned k = 0;

    if (chunks > 1)
        while (FAST_NORM / 2 * sqrt(cols) + 64 * chunks > ldexp(1, 15 + (int)k))
            ++k;
    return k;
}

int fast_row_scale(const double *row, uint32_t cols, int e)
{
    double m = fmax(1, ceil(ldexp(row_span(row, cols), 8 - e)));

    assert(m <= 255);
    return (int)m;
}

double fast_step(int m, int e)
{
    return ldexp(m, e - 8 - 16);
}

int32_t fast_weight(double w, double s)
{
    int32_t u = (int32_t)floor(w / s) + 32768;

    return u < 0 ? 0 : u > 65535 ? 65535 : u;
}
