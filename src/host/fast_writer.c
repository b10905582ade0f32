/* What the numbers of the fast engine mean.
 *
 * RMSNorm's gains are folded into the matrices that follow, and the residual
 * stream is written in a rotated basis (QuaRot, Ashkboos et al. 2024): with an
 * orthogonal Q, x' = Q^T x has the same norm, and W x = (W Q) x'. A rotation
 * that makes rows have smaller maxima makes their quantisation finer. It costs
 * nothing on the C64.
 *
 * A row w of a matrix is u = floor(w / s) + 2^15 with s = max|w| / 2^15 rounded
 * up; its B most significant planes stand for the middle of their interval. So that
 * as many planes as the image has do best, w is changed before, and is not simply rounded
 * (fast_calibration.h, fast_rounding.h). The
 * kernels' sum over a chunk, less its centre, is then  d = w.x / (s 2^16),
 * whatever B is. The row's scale m/256 is s 2^16 / 2^e, where 2^e is the
 * matrix's, just above the largest; it is rounded up to 8 bits before u is made.
 * Of several chunks d is the sum, divided by 2^k to fit int16 (`lowered`): the
 * unit of d m/256 is then 2^(e+k). What goes into the residual is lowered by less where it fits
 * (fast_excess).
 *
 *   normalised x     N / sqrt(dim) each: N = 7904, because |x|_1 over a chunk is
 *                    at most 8 |x|_2, so 63232 at most
 *   residual         2^-R, R so that the embedding has 17 bits
 *   q, k             16 bits at most after the rotation: d is less than 2^15,
 *                    and the scales here are below 1/2
 */
#include "fast_writer.h"
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "allocate.h"
#include "fast.h"
#include "fast_calibration.h"
#include "fast_image.h"
#include "fast_scales.h"
#include "rope_table.h"

#define RESIDUAL_BITS 17 /* of the embedding's largest element */
#define MOST_GAINS 16.0  /* ratio of the last rmsnorm's, for columns' factors of 8 bits */
#define MANY_PRODUCTS 2.5e7 /* threads are worth their while */

struct matrix {
    double *w; /* [rows][cols] */
    uint32_t rows, cols;
};

static double weight(const struct tensor *tensor, size_t i)
{
    float value;
    memcpy(&value, tensor->data + i, sizeof value);
    return value;
}

/* --- matrices in the rotated basis ------------------------------------------- */

static struct matrix new_matrix(uint32_t rows, uint32_t cols)
{
    return (struct matrix){allocate((size_t)rows * cols, sizeof(double)), rows, cols};
}

/* Row `row` of m = row `from` of a tensor with gains, times q. */
static void put_input_row(struct matrix *m, uint32_t row, const struct tensor *tensor, size_t from, const struct tensor *gains,
                          size_t first_gain, double factor, const double *q)
{
    uint32_t n = m->cols;
    double *to = m->w + (size_t)row * n;

    for (uint32_t k = 0; k < n; ++k) {
        double w = weight(tensor, from * n + k) * factor * (gains ? weight(gains, first_gain + k) : 1);
        for (uint32_t j = 0; j < n; ++j)
            to[j] += w * q[(size_t)k * n + j];
    }
}

/* m = q^T times rows [dim] of a tensor. */
static struct matrix output_matrix(const struct tensor *tensor, size_t layer, uint32_t dim, uint32_t cols, const double *q)
{
    struct matrix m = new_matrix(dim, cols);

    for (uint32_t k = 0; k < dim; ++k)
        for (uint32_t i = 0; i < dim; ++i)
            for (uint32_t j = 0; j < cols; ++j)
                m.w[(size_t)i * cols + j] += q[(size_t)k * dim + i] * weight(tensor, (layer * dim + k) * cols + j);
    return m;
}

/* Of the queries: scores come out in units of log2, divided by sqrt(head_size). */
static double score_factor(const struct config *config)
{
    return 1.4426950408889634 / sqrt(config->head_size);
}

static struct matrix qkv_matrix(const struct checkpoint *c, const struct config *config, size_t layer, const double *q)
{
    struct matrix m = new_matrix((uint32_t)config->dim + 2 * config->kv_dim, config->dim);
    const struct tensor *t = c->tensors;
    double score = score_factor(config);

    for (uint32_t i = 0; i < config->dim; ++i)
        put_input_row(&m, i, &t[TENSOR_WQ], layer * config->dim + i, &t[TENSOR_RMS_ATT], layer * config->dim, score, q);
    for (uint32_t i = 0; i < config->kv_dim; ++i) {
        put_input_row(&m, config->dim + i, &t[TENSOR_WK], layer * config->kv_dim + i, &t[TENSOR_RMS_ATT], layer * config->dim, 1, q);
        put_input_row(&m, (uint32_t)config->dim + config->kv_dim + i, &t[TENSOR_WV], layer * config->kv_dim + i, &t[TENSOR_RMS_ATT],
                      layer * config->dim, 1, q);
    }
    return m;
}

/* Row i of the gates is row gate_row(i) of the matrix, of w3 n rows further. */
static uint32_t gate_row(uint32_t i, uint32_t hidden_dim, uint32_t *n)
{
    uint32_t first = i / FAST_COLUMNS * FAST_COLUMNS;

    *n = hidden_dim - first < FAST_COLUMNS ? hidden_dim - first : FAST_COLUMNS;
    return first + i;
}

static struct matrix gate_up_matrix(const struct checkpoint *c, const struct config *config, size_t layer, const double *q)
{
    struct matrix m = new_matrix(2 * (uint32_t)config->hidden_dim, config->dim);
    const struct tensor *t = c->tensors;

    for (uint32_t i = 0; i < config->hidden_dim; ++i) {
        uint32_t n, row = gate_row(i, config->hidden_dim, &n);
        put_input_row(&m, row, &t[TENSOR_W1], layer * config->hidden_dim + i, &t[TENSOR_RMS_FFN], layer * config->dim, 1, q);
        put_input_row(&m, row + n, &t[TENSOR_W3], layer * config->hidden_dim + i, &t[TENSOR_RMS_FFN], layer * config->dim, 1, q);
    }
    return m;
}

static struct matrix vocabulary_matrix(const struct checkpoint *c, const struct config *config, enum tensor_id id,
                                       const struct tensor *gains, const double *q)
{
    struct matrix m = new_matrix(config->vocab_size, config->dim);

    for (uint32_t i = 0; i < config->vocab_size; ++i)
        put_input_row(&m, i, &c->tensors[id], i, gains, 0, 1, q);
    return m;
}

static const double *row_of(const struct matrix *m, size_t row)
{
    return m->w + row * m->cols;
}

/* --- layout ------------------------------------------------------------------ */

static uint32_t groups_of(uint32_t columns)
{
    return (columns + FAST_GROUP - 1) / FAST_GROUP;
}

/* The places that the products of chunks lose so that their sum fits int16: a
 * chunk's is at most |x|_1 / 2, which is less than 2^15. */
static unsigned lowered(uint32_t cols, bool normalised)
{
    uint32_t chunks = (cols + FAST_COLUMNS - 1) / FAST_COLUMNS;
    unsigned k = 0;

    if (normalised)
        return fast_lowered(cols);
    while (chunks > 1u << k)
        ++k;
    return k;
}

static void lay_matrix(struct fast_matrix *m, uint32_t rows, uint32_t cols, uint32_t layers, unsigned planes, unsigned high,
                       bool normalised, uint64_t *at)
{
    m->rows = (uint16_t)rows;
    m->cols = (uint16_t)cols;
    m->chunks = (uint8_t)((cols + FAST_COLUMNS - 1) / FAST_COLUMNS);
    m->last_groups = (uint8_t)groups_of(cols - (m->chunks - 1u) * FAST_COLUMNS);
    m->high_planes = (uint8_t)high;
    m->lower = (uint8_t)lowered(cols, normalised);
    m->layer_bytes = rows * groups_of(cols) * planes;
    m->address = (uint32_t)*at;
    *at += (uint64_t)m->layer_bytes * layers;
    m->scales = (uint32_t)*at;
    *at += (uint64_t)rows * layers;
}

#define EXP2_BYTES 512u
#define SILU_BYTES 768u

static uint32_t blocks_of(const struct config *c)
{
    return (c->seq_len + FAST_POSITIONS - 1u) / FAST_POSITIONS;
}

static uint64_t lay_data(struct fast_header *h, const struct config *c, unsigned planes, bool compact, uint64_t at)
{
    at += sizeof *h;
    h->planes = (uint8_t)planes;
    h->tables = (uint32_t)at;
    at += EXP2_BYTES + (planes > 8 ? 2 : 1) * SILU_BYTES;
    h->layers = (uint32_t)at;
    at += c->n_layers * (uint32_t)sizeof(struct fast_layer);
    h->rope = (uint32_t)at;
    at += (compact ? blocks_of(c) : c->seq_len) * c->head_size * 2u;
    h->turns = compact ? (uint32_t)at : 0;
    at += compact ? FAST_POSITIONS * c->head_size * 2u : 0;
    h->columns = (uint32_t)at;
    at += c->dim;
    h->embedding = compact ? 0 : (uint32_t)at;
    at += compact ? 0 : (uint32_t)c->vocab_size * c->dim * 2;
    lay_matrix(&h->qkv, c->dim + 2u * c->kv_dim, c->dim, c->n_layers, planes, 5, true, &at);
    lay_matrix(&h->wo, c->dim, c->dim, c->n_layers, planes, 5, false, &at);
    lay_matrix(&h->gate_up, 2u * c->hidden_dim, c->dim, c->n_layers, planes, 5, true, &at);
    lay_matrix(&h->down, c->dim, c->hidden_dim, c->n_layers, planes, 6, false, &at);
    lay_matrix(&h->classifier, c->vocab_size, c->dim, 1, planes, 5, true, &at);
    return at;
}

static uint64_t lay_vectors(struct fast_header *h, const struct config *c, uint64_t at)
{
    h->residual = (uint32_t)at;
    at += (c->dim + FAST_COLUMNS - 1u) / FAST_COLUMNS * FAST_RESIDUAL_BYTES;
    h->hidden = (uint32_t)at;
    at += (c->hidden_dim + FAST_COLUMNS - 1u) / FAST_COLUMNS * (uint32_t)sizeof(struct fast_sizes);
    h->scores = (uint32_t)at;
    return at + blocks_of(c) * 256;
}

size_t fast_data_bytes(const struct config *config, unsigned planes, bool compact)
{
    struct fast_header h;
    return lay_data(&h, config, planes, compact, 0);
}

size_t fast_vector_bytes(const struct config *config)
{
    struct fast_header h;
    return lay_vectors(&h, config, 0);
}

uint32_t fast_entry_bytes(const struct config *c, unsigned planes)
{
    unsigned keys = planes > 8 ? FAST_PRECISE_KEY_PLANES : FAST_KEY_PLANES, values = planes > 8 ? 2 * FAST_GROUP : FAST_GROUP;

    return groups_of(c->head_size) * (keys + values);
}

static uint64_t lay_cache(struct fast_header *h, const struct config *c, unsigned planes, uint64_t at)
{
    uint64_t positions = (uint64_t)c->n_layers * blocks_of(c) * FAST_POSITIONS;

    h->cache = (uint32_t)at;
    at += positions * c->n_kv_heads * fast_entry_bytes(c, planes);
    h->exponents = (uint32_t)at;
    return at + positions;
}

size_t fast_cache_bytes(const struct config *config, unsigned planes)
{
    struct fast_header h;
    return lay_cache(&h, config, planes, 0);
}

/* --- numbers ----------------------------------------------------------------- */

static void put16(uint8_t *to, int32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)((uint32_t)value >> 8);
}

/* Writes the planes of a row with u = floor(w / s) + 2^15. */
static void put_planes(uint8_t *image, const struct fast_matrix *place, uint32_t layer, const struct matrix *m, uint32_t row,
                       unsigned planes, double s)
{
    uint32_t block = row / FAST_BLOCK * FAST_BLOCK;
    uint32_t block_rows = m->rows - block < FAST_BLOCK ? m->rows - block : FAST_BLOCK;
    uint8_t *at = image + place->address + (size_t)place->layer_bytes * layer + (size_t)block * groups_of(m->cols) * planes;

    for (uint32_t chunk = 0; chunk < m->cols; chunk += FAST_COLUMNS) {
        uint32_t columns = m->cols - chunk < FAST_COLUMNS ? m->cols - chunk : FAST_COLUMNS;
        uint32_t groups = groups_of(columns);
        uint8_t *record = at + (size_t)(row - block) * groups * planes;
        for (uint32_t j = 0; j < groups * FAST_GROUP; ++j) {
            double w = j < columns ? m->w[(size_t)row * m->cols + chunk + j] : 0;
            int32_t u = fast_weight(w, s);
            for (unsigned p = 0; p < planes; ++p)
                if (u >> (15 - p) & 1)
                    record[p * groups + j / FAST_GROUP] |= (uint8_t)(1 << j % FAST_GROUP);
        }
        at += (size_t)block_rows * groups * planes;
    }
}

/* --- rounding ---------------------------------------------------------------- */

struct writer {
    uint8_t *image;
    struct fast_header h;
    unsigned planes;
    struct fast_calibration *calibration; /* NULL: each weight is rounded by itself */
    struct fast_rounding rounding;        /* of the matrix at work, if `compensates` */
    bool compensates;
};

/* Both readings are at the inputs of m, which adds to the residual stream or not. */
static void measure(struct writer *w, uint32_t cols, bool adds)
{
    w->compensates = w->calibration && fast_calibration_measure(w->calibration, &w->rounding, cols, adds);
}

static void correct(const struct writer *w, struct matrix *m)
{
    if (w->compensates)
        fast_calibration_correct(w->calibration, &w->rounding, m->w, m->rows);
}

static void finish(struct writer *w)
{
    if (w->compensates)
        fast_rounding_close(&w->rounding);
    w->compensates = false;
}

/* Finds the scales m of n rows, and rounds them: d * m * 2^(e - 8) is the product in
 * the unit of x. */
static void round_rows(const struct writer *w, uint8_t *scales, const struct matrix *m, uint32_t first, uint32_t n, int e)
{
#pragma omp parallel for schedule(static) if ((double)n * m->cols * m->cols > MANY_PRODUCTS)
    for (uint32_t i = first; i < first + n; ++i) {
        scales[i] = (uint8_t)fast_row_scale(row_of(m, i), m->cols, e);
        if (w->compensates)
            fast_round_row(&w->rounding, m->w + (size_t)i * m->cols, fast_step(scales[i], e), w->planes);
    }
}

/* The same with the exponent for products that RoPE turns, or are values, which is
 * returned. Rounding may make a row longer, so that it takes another one. */
static int round_fitting_rows(const struct writer *w, uint8_t *scales, const struct matrix *m, uint32_t first, uint32_t n)
{
    size_t at = (size_t)first * m->cols, elements = (size_t)n * m->cols;
    double *rows = allocate(elements, sizeof *rows);
    int k = w->h.qkv.lower, e = fast_fitting_exponent(row_of(m, first), n, m->cols, k);

    memcpy(rows, m->w + at, elements * sizeof *rows);
    for (;; ++e) {
        round_rows(w, scales, m, first, n, e);
        if (fast_fits(row_of(m, first), n, m->cols, e, k))
            break;
        memcpy(m->w + at, rows, elements * sizeof *rows);
    }
    free(rows);
    return e;
}

/* Writes the planes and the scale of a row. */
static void put_row(const struct writer *w, const struct fast_matrix *place, uint32_t layer, const struct matrix *m, uint32_t row, uint8_t scale, int e)
{
    w->image[place->scales + (size_t)m->rows * layer + row] = scale;
    put_planes(w->image, place, layer, m, row, w->planes, fast_step(scale, e));
}

/* The exponent of w1's rows, or of w3's, `least` at least. */
static int hidden_exponent(const struct matrix *m, uint32_t hidden_dim, bool up, int least)
{
    for (uint32_t i = 0; i < hidden_dim; ++i) {
        uint32_t n, row = gate_row(i, hidden_dim, &n);
        int e = fast_exponent(row_of(m, up ? row + n : row), 1, m->cols);
        if (e > least)
            least = e;
    }
    return least;
}

/* |SiLU((i + first) / steps)| in units of 1 / one. */
static long silu_size(int i, int first, int steps, int one)
{
    double x = (double)(i + first) / steps;
    return lround(one * fabs(x / (1 + exp(-x))));
}

static void put_silu(uint8_t *to, int first, int steps, int one)
{
    for (int i = 0; i < 256; ++i) {
        long size = silu_size(i, first, steps, one), slope = silu_size(i + 1, first, steps, one) - size;
        to[i] = (uint8_t)size;
        to[256 + i] = (uint8_t)(size >> 8);
        to[512 + i] = (uint8_t)labs(slope);
        assert((slope < 0) == (i + first < 0 && i >= FAST_FALLING && slope != 0));
    }
}

static void put_tables(uint8_t *to, unsigned planes)
{
    for (int i = 0; i < 256; ++i)
        put16(to + 2 * i, (int32_t)lround(65280 * exp2(-i / 256.0)));
    put_silu(to + EXP2_BYTES, -128, 16, 1024);
    if (planes > 8)
        put_silu(to + EXP2_BYTES + SILU_BYTES, 0, 32, 1024 << FAST_SILU_FINER);
}

/* Every step-th position's angles, `positions` of them, as fractions of `one`. */
static void put_angles(uint8_t *to, const struct config *config, uint32_t positions, uint32_t step, double one)
{
    f32 *table = allocate((size_t)positions * step * config->head_size, sizeof *table);

    rope_table(table, (int)(positions * step), config->head_size);
    for (uint32_t p = 0; p < positions; ++p)
        for (uint32_t i = 0; i < config->head_size; ++i) {
            float value;
            memcpy(&value, table + (size_t)p * step * config->head_size + i, sizeof value);
            long fraction = lround(value * one);
            put16(to, (int32_t)(fraction > 32767 ? 32767 : fraction));
            to += 2;
        }
    free(table);
}

/* What is turned on the C64, in any direction, must keep clear of 2^15. */
static void put_rope(uint8_t *image, const struct fast_header *h, const struct config *config)
{
    if (h->turns) {
        put_angles(image + h->rope, config, blocks_of(config), FAST_POSITIONS, 32752);
        put_angles(image + h->turns, config, FAST_POSITIONS, 1, 32768);
    } else {
        put_angles(image + h->rope, config, config->seq_len, 1, 32768);
    }
}

static void multiply_by(struct matrix *m, double factor)
{
    for (size_t i = 0; i < (size_t)m->rows * m->cols; ++i)
        m->w[i] *= factor;
}

/* m takes what rmsnorm makes, x sqrt(dim) / |x|, in units of `unit`, and does not add to
 * the residual stream. */
static void begin_normalised(struct writer *w, struct matrix *m, double unit)
{
    multiply_by(m, unit);
    if (w->calibration)
        fast_calibration_normalise(w->calibration);
    measure(w, m->cols, false);
}

/* The matrix's exponent; its rows are rounded and written. */
static int put_matrix(const struct writer *w, const struct fast_matrix *place, uint32_t layer, const struct matrix *m)
{
    uint8_t *scales = allocate(m->rows, sizeof *scales);
    int e = fast_exponent(m->w, m->rows, m->cols);

    round_rows(w, scales, m, 0, m->rows, e);
    for (uint32_t i = 0; i < m->rows; ++i)
        put_row(w, place, layer, m, i, scales[i], e);
    free(scales);
    return e;
}

/* Exponents of a layer's matrices. */
struct exponents {
    int queries, keys, values, wo, gates, ups, w2;
};

/* The products' unit is that of the weights times that of x. The exponents of the
 * scales take whole powers of two of it. */
static void put_qkv(struct writer *w, const struct checkpoint *c, const struct config *config, uint32_t layer, const double *q, struct exponents *e)
{
    uint32_t dim = config->dim, heads = dim + config->kv_dim;
    double unit = sqrt(dim) / FAST_NORM;
    struct matrix m = qkv_matrix(c, config, layer, q);
    uint8_t *scales = allocate(m.rows, sizeof *scales);

    begin_normalised(w, &m, unit);
    if (w->calibration)
        fast_calibration_attend(w->calibration, READING_EXACT, m.w, unit, score_factor(config));
    correct(w, &m);
    e->queries = round_fitting_rows(w, scales, &m, 0, dim);
    e->keys = round_fitting_rows(w, scales, &m, dim, config->kv_dim);
    e->values = round_fitting_rows(w, scales, &m, heads, config->kv_dim);
    for (uint32_t i = 0; i < m.rows; ++i)
        put_row(w, &w->h.qkv, layer, &m, i, scales[i], i < dim ? e->queries : i < heads ? e->keys : e->values);
    if (w->calibration)
        fast_calibration_attend(w->calibration, READING_ROUNDED, m.w, unit, score_factor(config));
    finish(w);
    free(scales);
    free(m.w);
}

static void put_gate_up(struct writer *w, const struct checkpoint *c, const struct config *config, uint32_t layer, const double *q,
                        struct exponents *e)
{
    double unit = sqrt(config->dim) / FAST_NORM;
    struct matrix m = gate_up_matrix(c, config, layer, q);
    uint8_t *scales = allocate(m.rows, sizeof *scales);

    begin_normalised(w, &m, unit);
    if (w->calibration)
        fast_calibration_swiglu(w->calibration, READING_EXACT, m.w, unit);
    correct(w, &m);
    e->gates = hidden_exponent(&m, config->hidden_dim, false, FAST_LEAST_GATE);
    e->ups = hidden_exponent(&m, config->hidden_dim, true, INT_MIN);
    for (uint32_t i = 0, n; i < config->hidden_dim; i += n) {
        uint32_t row = gate_row(i, config->hidden_dim, &n);
        round_rows(w, scales, &m, row, n, e->gates);
        round_rows(w, scales, &m, row + n, n, e->ups);
        for (uint32_t j = 0; j < 2 * n; ++j)
            put_row(w, &w->h.gate_up, layer, &m, row + j, scales[row + j], j < n ? e->gates : e->ups);
    }
    if (w->calibration)
        fast_calibration_swiglu(w->calibration, READING_ROUNDED, m.w, unit);
    finish(w);
    free(scales);
    free(m.w);
}

/* wo or w2; returns its exponent. */
static int put_output(struct writer *w, const struct fast_matrix *place, const struct tensor *tensor, uint32_t layer, const double *q)
{
    struct matrix m = output_matrix(tensor, layer, place->rows, place->cols, q);
    int e;

    measure(w, m.cols, true);
    if (w->calibration)
        fast_calibration_add(w->calibration, READING_EXACT, m.w, m.cols);
    correct(w, &m);
    e = put_matrix(w, place, layer, &m);
    if (w->calibration)
        fast_calibration_add(w->calibration, READING_ROUNDED, m.w, m.cols);
    finish(w);
    free(m.w);
    return e;
}

static int put_classifier(struct writer *w, const struct checkpoint *c, const struct config *config, const double *q)
{
    struct matrix m = vocabulary_matrix(c, config, TENSOR_WCLS, &c->tensors[TENSOR_RMS_FINAL], q);
    int e;

    begin_normalised(w, &m, sqrt(config->dim) / FAST_NORM);
    correct(w, &m);
    e = put_matrix(w, &w->h.classifier, 0, &m);
    finish(w);
    free(m.w);
    return e;
}

/* R of the residual's unit 2^-R. */
static int residual_exponent(const struct matrix *embedding)
{
    double largest = 0;
    int e;

    for (size_t i = 0; i < (size_t)embedding->rows * embedding->cols; ++i)
        largest = fmax(largest, fabs(embedding->w[i]));
    frexp(largest, &e);
    return RESIDUAL_BITS - e;
}

/* Writes the embedding's rows. */
static void put_embedding(struct writer *w, const struct matrix *m, int residual)
{
    int column = 1 << (RESIDUAL_BITS - 15), e = residual - (RESIDUAL_BITS - 15);

    memset(w->image + w->h.columns, column, m->cols);
    for (size_t i = 0; i < (size_t)m->rows * m->cols; ++i) {
        long value = lround(ldexp(m->w[i], e));
        value = value > 32767 ? 32767 : value < -32767 ? -32767 : value;
        put16(w->image + w->h.embedding + 2 * i, (int32_t)value);
    }
}

/* Writes the classifier, from whose rows embed() makes the embedding, which becomes `rounded`: weight (i, j) of the
 * embedding is (u - 2^15) m / 2^9 times the column's factor, in units of 2^-R. Each is rounded
 * by itself, because it serves two purposes. Returns the exponent. */
static int put_shared(struct writer *w, const struct checkpoint *c, const struct config *config, const double *q, int residual,
                      struct matrix *rounded)
{
    struct matrix m = vocabulary_matrix(c, config, TENSOR_WCLS, &c->tensors[TENSOR_RMS_FINAL], q);
    double unit = sqrt(config->dim) / FAST_NORM, most = 0, interval = ldexp(1, 16 - (int)w->planes);
    int e, shift;

    multiply_by(&m, unit);
    e = put_matrix(w, &w->h.classifier, 0, &m);
    for (uint32_t j = 0; j < m.cols; ++j)
        most = fmax(most, 1 / weight(&c->tensors[TENSOR_RMS_FINAL], j));
    frexp(ldexp(most / unit, e - 15 + residual), &shift);
    w->h.embedding_shift = (int8_t)(8 - shift);
    for (uint32_t j = 0; j < m.cols; ++j) {
        double factor = ldexp(1 / (unit * weight(&c->tensors[TENSOR_RMS_FINAL], j)), e - 15 + residual + 8 - shift);
        int column = factor > 255 ? 255 : factor < 1 ? 1 : (int)lround(factor);
        w->image[w->h.columns + j] = (uint8_t)column;
        for (uint32_t i = 0; i < m.rows; ++i) {
            double s = fast_step(w->image[w->h.classifier.scales + i], e);
            double u = (floor(fast_weight(m.w[(size_t)i * m.cols + j], s) / interval) + 0.5) * interval;
            rounded->w[(size_t)i * m.cols + j] = ldexp((u - 32768) * w->image[w->h.classifier.scales + i] * column, -9 - (8 - shift) - residual);
        }
    }
    free(m.w);
    return e;
}

bool fast_can_be_compact(const struct checkpoint *c)
{
    double least = INFINITY, most = 0;

    for (uint32_t j = 0; j < (uint32_t)c->config.dim; ++j) {
        double gain = weight(&c->tensors[TENSOR_RMS_FINAL], j);
        least = fmin(least, gain);
        most = fmax(most, gain);
    }
    return c->config.shared_classifier && least > 0 && most <= MOST_GAINS * least;
}

static void unit_matrix(double *q, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        q[(size_t)i * n + i] = 1;
}

void fast_write(uint8_t *image, uint32_t address, uint32_t vectors, uint32_t cache, const struct checkpoint *c, const struct config *config,
                unsigned planes, bool compact, bool compensated)
{
    struct writer w = {.image = image, .planes = planes};
    struct fast_header *h = &w.h;
    double *q = allocate((size_t)config->dim * config->dim, sizeof *q);
    struct matrix embedding, rounded = {0};
    int residual, classifier = 0;

    if (compact)
        unit_matrix(q, config->dim);
    else
        fast_rotation(q, config->dim);
    lay_data(h, config, planes, compact, address);
    lay_vectors(h, config, vectors);
    lay_cache(h, config, planes, cache);
    embedding = vocabulary_matrix(c, config, TENSOR_TOKEN_EMBEDDING, NULL, q);
    residual = residual_exponent(&embedding);
    if (compact) {
        rounded = new_matrix(embedding.rows, embedding.cols);
        classifier = put_shared(&w, c, config, q, residual, &rounded);
    } else {
        put_embedding(&w, &embedding, residual);
    }
    if (compensated)
        w.calibration = fast_calibration_open(c, embedding.w, compact ? rounded.w : embedding.w);
    free(embedding.w);
    free(rounded.w);
    h->epsilon = (uint32_t)fmin(4294967295.0, ldexp(1e-5 * config->dim, 2 * residual - 8));
    h->norm = (uint32_t)lround(ldexp(FAST_NORM / 16, FAST_NORM_SHIFT));
    put_tables(image + h->tables, planes);
    put_rope(image, h, config);

    for (uint32_t layer = 0; layer < config->n_layers; ++layer) {
        struct fast_layer constants;
        struct exponents e;

        put_qkv(&w, c, config, layer, q, &e);
        e.wo = put_output(&w, &h->wo, &c->tensors[TENSOR_WO], layer, q);
        put_gate_up(&w, c, config, layer, q, &e);
        e.w2 = put_output(&w, &h->down, &c->tensors[TENSOR_W2], layer, q);
        constants.score = (int8_t)-(24 + e.queries + e.keys + 2 * h->qkv.lower);
        constants.attended = (int8_t)-(e.wo + h->wo.lower - 8 + e.values + h->qkv.lower + residual);
        constants.gate = (uint8_t)(e.gates + h->gate_up.lower + 12);
        constants.down = (int8_t)-(e.w2 + h->down.lower - 8 + e.ups + h->gate_up.lower - 10 + 8 + residual);
        memcpy(image + h->layers + layer * sizeof constants, &constants, sizeof constants);
    }
    if (!compact)
        classifier = put_classifier(&w, c, config, q);
    h->logits_exponent = (int8_t)(classifier + h->classifier.lower - 8);
    fast_calibration_close(w.calibration);
    memcpy(image + address, h, sizeof *h);
    free(q);
}
