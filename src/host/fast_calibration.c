#include "fast_calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fast.h"
#include "teacher_sampler.h"
#include "tokenizer.h"
#include "train_kernels.h"
#include "train_model.h"

#define SEED 64
#define STORIES 32   /* as many as teacher_sample works on at a time */
#define POSITIONS 128 /* of a story at most */
#define MOST_WORK 100e9 /* positions times weights: some ten seconds */
#define MOST_FLOATS 16e6 /* positions times features */
#define MOST_COLUMNS 2048 /* of a matrix that is rounded so; moments are this number squared */

/* Threads are worth their while. */
#define MANY_PRODUCTS 2e8

struct fast_calibration {
    const struct train_kernels *kernels;
    struct train_model model;
    int tiles;
    int *first_tile; /* [tiles] of the tile's story */
    bool *valid;     /* [tiles * TILE]: a token of a story */
    float *residual[READINGS], *input[READINGS]; /* [tiles][features][TILE] */
    float *products[3], *scratch, *ones;
    float *weights; /* of the matrix at work */
    float *moments, *cross, *error; /* of its inputs, see `correct` */
};

/* For vectors: at multiples of 64. */
static void *allocate_aligned(size_t n, size_t size)
{
    size_t bytes = (n * size + 63) / 64 * 64;
    void *p = aligned_alloc(64, bytes);

    if (!p)
        abort();
    memset(p, 0, bytes);
    return p;
}

static float *floats(const struct fast_calibration *c, int features)
{
    return allocate_aligned((size_t)c->tiles * TILE * (size_t)features, sizeof(float));
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* --- the text ---------------------------------------------------------------------- */

/* Fewer positions if the model is large. */
static int story_positions(const struct checkpoint_config *config)
{
    double weights = 0, features = larger(config->dim, config->hidden_dim);
    int positions = POSITIONS;

    for (int id = 0; id < TENSOR_COUNT; ++id)
        if (id != TENSOR_FREQ_CIS_REAL && id != TENSOR_FREQ_CIS_IMAG)
            weights += (double)checkpoint_elements(config, (enum tensor_id)id);
    while (positions > TILE && (weights * STORIES * positions > MOST_WORK || features * STORIES * positions > MOST_FLOATS))
        positions /= 2;
    return positions < config->seq_len ? positions : config->seq_len;
}

static int story_length(const struct sampled_story *story, int positions)
{
    return story->n_tokens < positions ? story->n_tokens + 1 : positions;
}

/* A story stands in tiles of its own. */
static void read_story(struct fast_calibration *c, int tile, const struct sampled_story *story, int n, const double *embedding, const double *rounded)
{
    int dim = c->model.config.dim;

    for (int i = 0; i < n; ++i) {
        int token = i > 0 ? story->tokens[i - 1] : TOKEN_BOS;
        size_t at = (size_t)(tile + i / TILE) * (size_t)dim * TILE + (size_t)(i % TILE);

        c->valid[tile * TILE + i] = true;
        for (int j = 0; j < dim; ++j) {
            c->residual[READING_EXACT][at + (size_t)j * TILE] = (float)embedding[(size_t)token * (size_t)dim + (size_t)j];
            c->residual[READING_ROUNDED][at + (size_t)j * TILE] = (float)rounded[(size_t)token * (size_t)dim + (size_t)j];
        }
    }
    for (int t = 0; t < (n + TILE - 1) / TILE; ++t)
        c->first_tile[tile + t] = tile;
}

struct fast_calibration *fast_calibration_open(const struct checkpoint *checkpoint, const double *embedding, const double *rounded)
{
    struct fast_calibration *c;
    struct checkpoint teacher = *checkpoint;
    struct sampled_story stories[STORIES];
    int positions = teacher.config.seq_len = story_positions(&checkpoint->config), dim = teacher.config.dim, hidden_dim = teacher.config.hidden_dim;
    int widest = larger(dim, hidden_dim), tile = 0;

    if (teacher.config.vocab_size <= TOKEN_BOS)
        return NULL;
    c = allocate_aligned(1, sizeof *c);
    c->kernels = train_kernels();
    if (teacher_sample(&teacher, SEED, 1, 0, STORIES, stories) < 0 || train_model_open(&c->model, &teacher.config) != 0)
        abort();
    for (int s = 0; s < STORIES; ++s)
        c->tiles += (story_length(&stories[s], positions) + TILE - 1) / TILE;
    c->first_tile = allocate_aligned((size_t)c->tiles, sizeof *c->first_tile);
    c->valid = allocate_aligned((size_t)c->tiles * TILE, sizeof *c->valid);
    for (int r = 0; r < READINGS; ++r) {
        c->residual[r] = floats(c, dim);
        c->input[r] = floats(c, widest);
    }
    c->products[0] = floats(c, larger(dim, 2 * hidden_dim));
    c->products[1] = floats(c, c->model.kv_dim);
    c->products[2] = floats(c, c->model.kv_dim);
    c->scratch = floats(c, larger((widest + TILE - 1) / TILE * TILE, teacher.config.n_heads));
    c->weights = allocate_aligned((size_t)larger(dim, 2 * hidden_dim) * (size_t)dim, sizeof *c->weights);
    c->ones = allocate_aligned((size_t)dim, sizeof *c->ones);
    for (int i = 0; i < dim; ++i)
        c->ones[i] = 1;
    for (int s = 0; s < STORIES; ++s) {
        int n = story_length(&stories[s], positions);

        read_story(c, tile, &stories[s], n, embedding, rounded);
        tile += (n + TILE - 1) / TILE;
        free(stories[s].tokens);
    }
    return c;
}

void fast_calibration_close(struct fast_calibration *c)
{
    if (!c)
        return;
    train_model_close(&c->model);
    free(c->first_tile);
    free(c->valid);
    for (int r = 0; r < READINGS; ++r) {
        free(c->residual[r]);
        free(c->input[r]);
    }
    for (int i = 0; i < 3; ++i)
        free(c->products[i]);
    free(c->scratch);
    free(c->weights);
    free(c->moments);
    free(c->cross);
    free(c->error);
    free(c->ones);
    free(c);
}

/* --- the readings ------------------------------------------------------------------ */

/* y = factor w x, or y += that. */
static void multiply(struct fast_calibration *c, float *y, const double *w, int rows, int columns, double factor, const float *x, bool add)
{
    struct matrix_view view = {c->weights, rows, columns, columns, 1};

    for (size_t i = 0; i < (size_t)rows * (size_t)columns; ++i)
        c->weights[i] = (float)(w[i] * factor);
#pragma omp parallel for schedule(static) if ((double)rows * columns * c->tiles * TILE > MANY_PRODUCTS)
    for (int t = 0; t < c->tiles; ++t)
        c->kernels->product(y + (size_t)t * (size_t)rows * TILE, &view, x + (size_t)t * (size_t)columns * TILE, 1, add);
}

void fast_calibration_normalise(struct fast_calibration *c)
{
    for (int r = 0; r < READINGS; ++r)
        c->kernels->rmsnorm(c->input[r], c->scratch, c->residual[r], c->ones, c->model.config.dim, c->tiles);
}

void fast_calibration_attend(struct fast_calibration *c, enum reading reading, const double *w, double unit, double score)
{
    const struct attention_shape shape = {c->model.head_size, c->model.config.n_heads, c->model.config.n_kv_heads};
    int dim = c->model.config.dim, kv_dim = c->model.kv_dim, end;
    float *input = c->input[reading], *q = c->products[0], *k = c->products[1], *v = c->products[2];

    multiply(c, q, w, dim, dim, 1 / (unit * score), input, false);
    multiply(c, k, w + (size_t)dim * (size_t)dim, kv_dim, dim, 1 / unit, input, false);
    multiply(c, v, w + (size_t)(dim + kv_dim) * (size_t)dim, kv_dim, dim, 1 / unit, input, false);
    for (int t = 0; t < c->tiles; ++t) {
        const float *table = c->model.rope + (size_t)(t - c->first_tile[t]) * (size_t)shape.head_size * TILE;

        c->kernels->rope(q + (size_t)t * (size_t)dim * TILE, table, shape.n_heads, shape.head_size, 1);
        c->kernels->rope(k + (size_t)t * (size_t)kv_dim * TILE, table, shape.n_kv_heads, shape.head_size, 1);
    }
    for (int t = 0; t < c->tiles; t = end) {
        size_t at = (size_t)t * (size_t)dim * TILE, kv_at = (size_t)t * (size_t)kv_dim * TILE;

        for (end = t + 1; end < c->tiles && c->first_tile[end] == t; ++end)
            ;
        c->kernels->attention(input + at, c->scratch, q + at, k + kv_at, v + kv_at, &shape, end - t);
    }
}

void fast_calibration_swiglu(struct fast_calibration *c, enum reading reading, const double *w, double unit)
{
    int hidden_dim = c->model.config.hidden_dim, n;
    const float *gates = c->products[0];
    float *to = c->input[reading];

    multiply(c, c->products[0], w, 2 * hidden_dim, c->model.config.dim, 1 / unit, to, false);
    for (int t = 0; t < c->tiles; ++t)
        for (int i = 0; i < hidden_dim; i += n) {
            n = hidden_dim - i < FAST_COLUMNS ? hidden_dim - i : FAST_COLUMNS;
            c->kernels->swiglu(to, gates, gates + (size_t)n * TILE, n * TILE);
            to += (size_t)n * TILE;
            gates += 2 * (size_t)n * TILE;
        }
}

void fast_calibration_add(struct fast_calibration *c, enum reading reading, const double *w, uint32_t columns)
{
    multiply(c, c->residual[reading], w, c->model.config.dim, (int)columns, 1, c->input[reading], true);
}

/* --- moments ----------------------------------------------------------------------- */

/* Nothing comes of places that hold no token. */
static void clear_unused(const struct fast_calibration *c, float *x, size_t features)
{
    for (size_t t = 0; t < (size_t)c->tiles * TILE; ++t)
        if (!c->valid[t])
            for (size_t i = 0; i < features; ++i)
                x[(t / TILE * features + i) * TILE + t % TILE] = 0;
}

/* to [rows][n] = the sum over all positions of y x^T; xt is x, transposed. */
static void sum_products(const struct fast_calibration *c, float **to, const float *y, const float *xt, int rows, int n)
{
    free(*to);
    *to = allocate_aligned((size_t)rows * (size_t)n, sizeof **to);
    c->kernels->outer_product(*to, y, xt, rows, n, c->tiles);
}

bool fast_calibration_measure(struct fast_calibration *c, struct fast_rounding *rounding, uint32_t columns, bool adds)
{
    int n = (int)columns, dim = c->model.config.dim;
    const float *rounded = c->input[READING_ROUNDED], *exact = c->input[READING_EXACT];

    if (n > MOST_COLUMNS)
        return false;
    for (int r = 0; r < READINGS; ++r)
        clear_unused(c, c->input[r], columns);
    c->kernels->transpose(c->scratch, rounded, n, c->tiles);
    sum_products(c, &c->moments, rounded, c->scratch, n, n);
    sum_products(c, &c->cross, exact, c->scratch, n, n);
    free(c->error);
    c->error = NULL;
    if (adds) {
        for (size_t i = 0; i < (size_t)c->tiles * TILE * (size_t)dim; ++i)
            c->products[0][i] = c->residual[READING_EXACT][i] - c->residual[READING_ROUNDED][i];
        clear_unused(c, c->products[0], (size_t)dim);
        sum_products(c, &c->error, c->products[0], c->scratch, dim, n);
    }
    return fast_rounding_open(rounding, c->moments, columns);
}

/* With the inputs X and X' of the exact and the rounded reading, and the residual's error
 * R, W X + R is to be met with X': least squares give W + (W X + R - W X') X'^T (X' X'^T)^-1.
 * A row that would change beyond its size, for want of text, stays as it is. */
void fast_calibration_correct(const struct fast_calibration *c, const struct fast_rounding *rounding, double *w, uint32_t rows)
{
    uint32_t n = rounding->n;

#pragma omp parallel for schedule(static) if ((double)rows * n * n > MANY_PRODUCTS / 8)
    for (uint32_t r = 0; r < rows; ++r) {
        double *row = w + (size_t)r * n, *change = allocate_aligned(n, sizeof *change), largest = 0;
        bool small = true;

        for (uint32_t j = 0; j < n; ++j) {
            change[j] = c->error ? (double)c->error[(size_t)r * n + j] : 0;
            largest = fmax(largest, fabs(row[j]));
        }
        for (uint32_t i = 0; i < n; ++i)
            for (uint32_t j = 0; j < n; ++j)
                change[j] += row[i] * ((double)c->cross[(size_t)i * n + j] - (double)c->moments[(size_t)i * n + j]);
        fast_rounding_solve(rounding, change);
        for (uint32_t j = 0; j < n; ++j)
            small &= fabs(change[j]) <= largest; /* false for NaN */
        for (uint32_t j = 0; small && j < n; ++j)
            row[j] += change[j];
        free(change);
    }
}

