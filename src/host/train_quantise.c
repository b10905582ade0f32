#include "train_quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fast_scales.h"

int train_quantiser_open(struct train_quantiser *z, const struct train_model *model, int bits, int threads)
{
    const struct checkpoint_config *c = &model->config;
    const size_t dim = (size_t)c->dim, rows = (size_t)(c->vocab_size > c->hidden_dim ? c->vocab_size : c->hidden_dim);
    const size_t most = (rows > dim ? rows : dim) * dim;
    size_t i, j;

    memset(z, 0, sizeof *z);
    z->model = model;
    z->bits = bits;
    z->threads = threads;
    z->rotation = malloc(dim * dim * sizeof(double));
    z->transposed = malloc(dim * dim * sizeof(double));
    z->from = malloc(most * sizeof(double));
    z->rotated = malloc(most * sizeof(double));
    if (z->rotation == NULL || z->transposed == NULL || z->from == NULL || z->rotated == NULL) {
        train_quantiser_close(z);
        return -1;
    }
    fast_rotation(z->rotation, (uint32_t)c->dim);
    for (i = 0; i < dim; i++)
        for (j = 0; j < dim; j++)
            z->transposed[j * dim + i] = z->rotation[i * dim + j];
    return 0;
}

void train_quantiser_close(struct train_quantiser *z)
{
    free(z->rotation);
    free(z->transposed);
    free(z->from);
    free(z->rotated);
    memset(z, 0, sizeof *z);
}

/* y [rows][columns] = a [rows][inner] b [inner][columns] */
static void multiply(double *restrict y, const double *restrict a, const double *restrict b, int64_t rows, int inner, int columns, int threads)
{
    int64_t r;

#pragma omp parallel for num_threads(threads) schedule(static)
    for (r = 0; r < rows; r++) {
        double *restrict to = y + r * columns;
        int i, j;

        memset(to, 0, (size_t)columns * sizeof *to);
        for (i = 0; i < inner; i++) {
            const double w = a[r * inner + i];
            const double *restrict row = b + (int64_t)i * columns;

            for (j = 0; j < columns; j++)
                to[j] += w * row[j];
        }
    }
}

static void round_rows(double *w, int64_t rows, int columns, int e, int bits)
{
    const int dropped = 16 - bits;
    int64_t r;
    int i;

    for (r = 0; r < rows; r++, w += columns) {
        const double s = fast_step(fast_row_scale(w, (uint32_t)columns, e), e);

        for (i = 0; i < columns; i++) {
            const int32_t u = fast_weight(w[i], s);

            w[i] = (((u >> dropped << dropped) - 32768) + 0.5 * (1 << dropped)) * s;
        }
    }
}

/* A matrix that reads the normalised residual stream: to = w diag(gains) factor
 * rotation, in the engine's unit; and back. */
static void fold(struct train_quantiser *z, double *to, const float *w, const float *gains, double factor, int64_t rows)
{
    const int dim = z->model->config.dim;
    const double unit = sqrt(dim) / FAST_NORM;
    int64_t i;

    for (i = 0; i < rows * dim; i++)
        z->from[i] = (double)w[i] * factor * (double)gains[i % dim];
    multiply(to, z->from, z->rotation, rows, dim, dim, z->threads);
    for (i = 0; i < rows * dim; i++)
        to[i] *= unit;
}

static void unfold(struct train_quantiser *z, float *w, const double *rounded, const float *gains, double factor, int64_t rows)
{
    const int dim = z->model->config.dim;
    const double unit = sqrt(dim) / FAST_NORM;
    int64_t i;

    multiply(z->from, rounded, z->transposed, rows, dim, dim, z->threads);
    for (i = 0; i < rows * dim; i++)
        if (gains[i % dim] != 0.0f)
            w[i] = (float)(z->from[i] / (unit * factor * (double)gains[i % dim]));
}

static int exponent_of(const double *w, int64_t rows, int columns)
{
    return fast_exponent(w, (size_t)rows, (uint32_t)columns);
}

/* Of a matrix whose products RoPE turns, or are values. */
static int fitting_exponent(const double *w, int64_t rows, int columns)
{
    return fast_fitting_exponent(w, (size_t)rows, (uint32_t)columns, (int)fast_lowered((uint32_t)columns));
}

static void round_input_matrix(struct train_quantiser *z, float *w, const float *gains, double factor, int64_t rows, int (*exponent)(const double *, int64_t, int))
{
    const int dim = z->model->config.dim;

    fold(z, z->rotated, w, gains, factor, rows);
    round_rows(z->rotated, rows, dim, exponent(z->rotated, rows, dim), z->bits);
    unfold(z, w, z->rotated, gains, factor, rows);
}

static int gate_exponent(const double *w, int64_t rows, int columns)
{
    const int e = exponent_of(w, rows, columns);

    return e > FAST_LEAST_GATE ? e : FAST_LEAST_GATE;
}

/* A matrix that writes to the residual stream: rotation^T w. */
static void round_output_matrix(struct train_quantiser *z, float *w, int columns)
{
    const int dim = z->model->config.dim;
    int64_t i;

    for (i = 0; i < (int64_t)dim * columns; i++)
        z->from[i] = (double)w[i];
    multiply(z->rotated, z->transposed, z->from, dim, dim, columns, z->threads);
    round_rows(z->rotated, dim, columns, exponent_of(z->rotated, dim, columns), z->bits);
    multiply(z->from, z->rotation, z->rotated, dim, dim, columns, z->threads);
    for (i = 0; i < (int64_t)dim * columns; i++)
        w[i] = (float)z->from[i];
}

void train_quantise(struct train_quantiser *z, float *parameters)
{
    const struct train_model *model = z->model;
    const int64_t dim = model->config.dim, kv_dim = model->kv_dim, hidden_dim = model->config.hidden_dim;
    const double score = 1.4426950408889634 / sqrt(model->head_size); /* the engine's exponents have base 2 */
    int64_t l;

#define TENSOR(id, elements) (parameters + model->offset[id] + l * (elements))
    for (l = 0; l < model->config.n_layers; l++) {
        const float *gains = TENSOR(TENSOR_RMS_ATT, dim);

        round_input_matrix(z, TENSOR(TENSOR_WQ, dim * dim), gains, score, dim, fitting_exponent);
        round_input_matrix(z, TENSOR(TENSOR_WK, kv_dim * dim), gains, 1.0, kv_dim, fitting_exponent);
        round_input_matrix(z, TENSOR(TENSOR_WV, kv_dim * dim), gains, 1.0, kv_dim, fitting_exponent);
        round_output_matrix(z, TENSOR(TENSOR_WO, dim * dim), (int)dim);
        gains = TENSOR(TENSOR_RMS_FFN, dim);
        round_input_matrix(z, TENSOR(TENSOR_W1, hidden_dim * dim), gains, 1.0, hidden_dim, gate_exponent);
        round_input_matrix(z, TENSOR(TENSOR_W3, hidden_dim * dim), gains, 1.0, hidden_dim, exponent_of);
        round_output_matrix(z, TENSOR(TENSOR_W2, dim * hidden_dim), (int)hidden_dim);
    }
#undef TENSOR
    round_input_matrix(z, parameters + model->offset[TENSOR_WCLS], parameters + model->offset[TENSOR_RMS_FINAL], 1.0, model->config.vocab_size, exponent_of);
}
