#include "fast_rounding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"

static void exchange(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* Columns i < k of the matrix whose lower triangle stands in a [n][n]; rows from k + 1
 * on are factored already. */
static void exchange_columns(double *a, uint32_t *order, uint32_t n, uint32_t i, uint32_t k)
{
    uint32_t j, column = order[i];

    order[i] = order[k];
    order[k] = column;
    for (j = 0; j < i; ++j)
        exchange(&a[(size_t)i * n + j], &a[(size_t)k * n + j]);
    for (j = i + 1; j < k; ++j)
        exchange(&a[(size_t)j * n + i], &a[(size_t)k * n + j]);
    for (j = k + 1; j < n; ++j)
        exchange(&a[(size_t)j * n + i], &a[(size_t)j * n + k]);
    exchange(&a[(size_t)i * n + i], &a[(size_t)k * n + k]);
}

/* From the last column to the first, each time the one whose D is least: the
 * product of all D is given, their sum is smaller the less they differ, and those
 * that come last are the largest. */
bool fast_rounding_open(struct fast_rounding *rounding, const float *moments, uint32_t n)
{
    double *a, damping = 0;
    uint32_t i, j, k;

    for (i = 0; i < n; ++i)
        for (j = 0; j < n; ++j)
            if (!isfinite(moments[(size_t)i * n + j]))
                return false;
    for (i = 0; i < n; ++i)
        damping += (double)moments[(size_t)i * n + i] * FAST_DAMPING / n;
    if (!(damping > 1e-30))
        return false;
    rounding->n = n;
    rounding->order = allocate(n, sizeof *rounding->order);
    a = rounding->factor = allocate((size_t)n * n, sizeof *a);
    for (i = 0; i < n; ++i) {
        rounding->order[i] = i;
        for (j = 0; j < i; ++j)
            a[(size_t)i * n + j] = (double)moments[(size_t)i * n + j];
        a[(size_t)i * n + i] = (double)moments[(size_t)i * n + i] + damping;
    }
    for (k = n; k-- > 0;) {
        double *from = a + (size_t)k * n, d;
        uint32_t least = k;

        for (i = 0; i < k; ++i)
            if (a[(size_t)i * n + i] < a[(size_t)least * n + least])
                least = i;
        if (least < k)
            exchange_columns(a, rounding->order, n, least, k);
        if (from[k] < damping) /* but for rounding there is none */
            from[k] = damping;
        d = from[k];
        for (i = 0; i < k; ++i) {
            double *to = a + (size_t)i * n, x = from[i] / d;

            for (j = 0; j <= i; ++j)
                to[j] -= x * from[j];
        }
        for (i = 0; i < k; ++i)
            from[i] /= d;
    }
    for (i = 0; i < n; ++i)
        for (j = i + 1; j < n; ++j)
            a[(size_t)i * n + j] = a[(size_t)j * n + i];
    return true;
}

void fast_rounding_close(struct fast_rounding *rounding)
{
    free(rounding->order);
    free(rounding->factor);
    memset(rounding, 0, sizeof *rounding);
}

/* From right to left, of H = (U + 1) D (U + 1)^T. */
void fast_rounding_solve(const struct fast_rounding *rounding, double *y)
{
    uint32_t n = rounding->n, j, k;
    double *z = allocate(n, sizeof *z);

    for (j = 0; j < n; ++j)
        z[j] = y[rounding->order[j]];
    for (k = n; k-- > 0;)
        for (j = 0; j < k; ++j)
            z[j] -= z[k] * rounding->factor[(size_t)k * n + j];
    for (j = 0; j < n; ++j)
        z[j] /= rounding->factor[(size_t)j * n + j];
    for (j = 0; j < n; ++j)
        for (k = j + 1; k < n; ++k)
            z[k] -= z[j] * rounding->factor[(size_t)j * n + k];
    for (j = 0; j < n; ++j)
        y[rounding->order[j]] = z[j];
    free(z);
}

void fast_round_row(const struct fast_rounding *rounding, double *row, double step, unsigned planes)
{
    double interval = ldexp(step, 16 - (int)planes), half = ldexp(1, (int)planes - 1);
    uint32_t n = rounding->n, j, k;
    double *wanted = allocate(n, sizeof *wanted);

    for (j = 0; j < n; ++j)
        wanted[j] = row[rounding->order[j]];
    for (j = 0; j < n; ++j) {
        const double *u = rounding->factor + (size_t)j * n;
        double *w = row + rounding->order[j], error = *w;

        *w = (fmin(half - 1, fmax(-half, floor(wanted[j] / interval))) + 0.5) * interval;
        error = *w - error;
        for (k = j + 1; k < n; ++k)
            wanted[k] -= error * u[k];
    }
    free(wanted);
}
