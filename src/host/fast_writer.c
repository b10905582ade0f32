/* What the numbers of the fast engine mean.
 *
 * RMSNorm's gains are folded into the matrices that follow, and the residual
 * stream is written in a rotated basis (QuaRot, Ashkboos et al. 2024): with an
 * orthogonal Q, x' = Q^T x has the same norm, and W x = (W Q) x'. A rotation
 * that makes rows have smaller maxima makes their quantisation finer. It costs
 * nothing on the C64.
 *
 * A row w of a matrix is u = floor(w / s) + 2^15 with s = max|w| / 2^15 rounded
 * up; its B most significant planes stand for the middle of their interval. The
 * kernels' sum over a chunk, less its centre, is then  d = w.x / (s 2^16),
 * whatever B is. The row's scale m/256 is s 2^16 / 2^e, where 2^e is the
 * matrix's, just above the largest; it is rounded up to 8 bits before u is made.
 * Of several chunks d is the sum, divided by 2^k to fit int16 (`lowered`): the
 * unit of d m/256 is then 2^(e+k).
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
#include "fast.h"
#include "fast_image.h"
#include "fast_scales.h"
#include "rope_table.h"

#define RESIDUAL_BITS 17 /* of the embedding's largest element */

struct matrix {
    double *w; /* [rows][cols] */
    uint32_t rows, cols;
};

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (!p)
        abort();
    return p;
}

static double weight(const struct tensor *tensor, size_t i)
{
    float value;
    memcpy(&value, tensor->data + i, sizeof value);
    return value;
}

/* --- rotation --------------------------------------------------------------- */

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

static struct matrix qkv_matrix(const struct checkpoint *c, const struct config *config, size_t layer, const double *q)
{
    struct matrix m = new_matrix((uint32_t)config->dim + 2 * config->kv_dim, config->dim);
    const struct tensor *t = c->tensors;
    /* Scores come out in units of log2, divided by sqrt(head_size). */
    double score = 1.4426950408889634 / sqrt(config->head_size);

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
                       bool normalised, uint32_t *at)
{
    m->rows = (uint16_t)rows;
    m->cols = (uint16_t)cols;
    m->chunks = (uint8_t)((cols + FAST_COLUMNS - 1) / FAST_COLUMNS);
    m->last_groups = (uint8_t)groups_of(cols - (m->chunks - 1u) * FAST_COLUMNS);
    m->high_planes = (uint8_t)high;
    m->lower = (uint8_t)lowered(cols, normalised);
    m->layer_bytes = rows * groups_of(cols) * planes;
    m->address = *at;
    *at += m->layer_bytes * layers;
    m->scales = *at;
    *at += rows * layers;
}

#define EXP2_BYTES 512u
#define SILU_BYTES 768u

static uint32_t lay_data(struct fast_header *h, const struct config *c, unsigned planes, uint32_t at)
{
    at += sizeof *h;
    h->planes = (uint8_t)planes;
    h->tables = at;
    at += EXP2_BYTES + (planes > 8 ? 2 : 1) * SILU_BYTES;
    h->layers = at;
    at += c->n_layers * (uint32_t)sizeof(struct fast_layer);
    h->rope = at;
    at += (uint32_t)c->seq_len * c->head_size * 2;
    h->embedding = at;
    at += (uint32_t)c->vocab_size * c->dim * 2;
    lay_matrix(&h->qkv, c->dim + 2u * c->kv_dim, c->dim, c->n_layers, planes, 5, true, &at);
    lay_matrix(&h->wo, c->dim, c->dim, c->n_layers, planes, 6, false, &at);
    lay_matrix(&h->gate_up, 2u * c->hidden_dim, c->dim, c->n_layers, planes, 5, true, &at);
    lay_matrix(&h->down, c->dim, c->hidden_dim, c->n_layers, planes, 6, false, &at);
    lay_matrix(&h->classifier, c->vocab_size, c->dim, 1, planes, 5, true, &at);
    return at;
}

static uint32_t blocks_of(const struct config *c)
{
    return (c->seq_len + FAST_POSITIONS - 1u) / FAST_POSITIONS;
}

static uint32_t lay_vectors(struct fast_header *h, const struct config *c, uint32_t at)
{
    h->residual = at;
    at += (c->dim + FAST_COLUMNS - 1u) / FAST_COLUMNS * FAST_RESIDUAL_BYTES;
    h->hidden = at;
    at += (c->hidden_dim + FAST_COLUMNS - 1u) / FAST_COLUMNS * (uint32_t)sizeof(struct fast_sizes);
    h->scores = at;
    return at + blocks_of(c) * 256;
}

size_t fast_data_bytes(const struct config *config, unsigned planes)
{
    struct fast_header h;
    return lay_data(&h, config, planes, 0);
}

size_t fast_vector_bytes(const struct config *config)
{
    struct fast_header h;
    return lay_vectors(&h, config, 0);
}

size_t fast_cache_bytes(const struct config *c, unsigned planes)
{
    uint32_t position = groups_of(c->head_size) * (planes > 8 ? 16 + 16 : 12 + 8) + 1; /* bytes of keys, values, exponents */

    return (size_t)c->n_layers * c->n_kv_heads * blocks_of(c) * FAST_POSITIONS * position;
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

/* Writes the planes and the scale m of a row: d * m * 2^(e - 8) is the product
 * in the unit of x. */
static void put_row(uint8_t *image, const struct fast_matrix *place, uint32_t layer, const struct matrix *m, uint32_t row,
                    unsigned planes, int e)
{
    int scale = fast_row_scale(row_of(m, row), m->cols, e);

    image[place->scales + (size_t)m->rows * layer + row] = (uint8_t)scale;
    put_planes(image, place, layer, m, row, planes, fast_step(scale, e));
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

/* |SiLU((i - 128) / 16)| in units of 1 / one. */
static long silu_size(int i, int one)
{
    double x = (i - 128) / 16.0;
    return lround(one * fabs(x / (1 + exp(-x))));
}

static void put_silu(uint8_t *to, int one)
{
    for (int i = 0; i < 256; ++i) {
        long size = silu_size(i, one), slope = silu_size(i + 1, one) - size;
        to[i] = (uint8_t)size;
        to[256 + i] = (uint8_t)(size >> 8);
        to[512 + i] = (uint8_t)labs(slope);
        assert((slope < 0) == (i >= FAST_FALLING && i < 128 && slope != 0));
    }
}

static void put_tables(uint8_t *to, unsigned planes)
{
    for (int i = 0; i < 256; ++i)
        put16(to + 2 * i, (int32_t)lround(65280 * exp2(-i / 256.0)));
    put_silu(to + EXP2_BYTES, 1024);
    if (planes > 8)
        put_silu(to + EXP2_BYTES + SILU_BYTES, 2048);
}

static void put_rope(uint8_t *to, const struct config *config)
{
    size_t n = (size_t)config->seq_len * config->head_size;
    f32 *table = allocate(n, sizeof *table);

    rope_table(table, config->seq_len, config->head_size);
    for (size_t i = 0; i < n; ++i) {
        float value;
        memcpy(&value, table + i, sizeof value);
        long fraction = lround(value * 32768.0);
        put16(to + 2 * i, (int32_t)(fraction > 32767 ? 32767 : fraction));
    }
    free(table);
}

void fast_write(uint8_t *image, uint32_t address, uint32_t vectors, uint32_t cache, const struct checkpoint *c, const struct config *config, unsigned planes)
{
    struct fast_header h = {0};
    double *q = allocate((size_t)config->dim * config->dim, sizeof *q), unit = sqrt(config->dim) / FAST_NORM;
    struct matrix m;
    double largest = 0;
    int residual, e;

    fast_rotation(q, config->dim);
    m = vocabulary_matrix(c, config, TENSOR_TOKEN_EMBEDDING, NULL, q);
    lay_data(&h, config, planes, address);
    lay_vectors(&h, config, vectors);
    h.cache = cache;

    for (size_t i = 0; i < (size_t)m.rows * m.cols; ++i)
        largest = fmax(largest, fabs(m.w[i]));
    frexp(largest, &e);
    residual = RESIDUAL_BITS - e;
    h.embedding_shift = RESIDUAL_BITS - 15;
    for (size_t i = 0; i < (size_t)m.rows * m.cols; ++i) {
        long value = lround(ldexp(m.w[i], 15 - e));
        put16(image + h.embedding + 2 * i, (int32_t)(value > 32767 ? 32767 : value < -32767 ? -32767 : value));
    }
    free(m.w);
    h.epsilon = (uint32_t)fmin(4294967295.0, ldexp(1e-5 * config->dim, 2 * residual - 8));
    h.norm = (uint32_t)lround(ldexp(FAST_NORM / 16, FAST_NORM_SHIFT));
    put_tables(image + h.tables, planes);
    put_rope(image + h.rope, config);

    for (uint32_t layer = 0; layer < config->n_layers; ++layer) {
        struct fast_layer constants;
        int eq, ek, ev, eg, eu, eo, ed;
        uint32_t heads = (uint32_t)config->dim + config->kv_dim;
        /* The products' unit is that of the weights times that of x. The
         * exponents of the scales take whole powers of two of it. */
        m = qkv_matrix(c, config, layer, q);
        for (size_t i = 0; i < (size_t)m.rows * m.cols; ++i)
            m.w[i] *= unit;
        eq = fast_fitting_exponent(m.w, config->dim, m.cols, h.qkv.lower);
        ek = fast_fitting_exponent(row_of(&m, config->dim), config->kv_dim, m.cols, h.qkv.lower);
        ev = fast_fitting_exponent(row_of(&m, heads), config->kv_dim, m.cols, h.qkv.lower);
        for (uint32_t i = 0; i < m.rows; ++i)
            put_row(image, &h.qkv, layer, &m, i, planes, i < config->dim ? eq : i < heads ? ek : ev);
        free(m.w);
        m = output_matrix(&c->tensors[TENSOR_WO], layer, config->dim, config->dim, q);
        eo = fast_exponent(m.w, m.rows, m.cols);
        for (uint32_t i = 0; i < m.rows; ++i)
            put_row(image, &h.wo, layer, &m, i, planes, eo);
        free(m.w);
        m = gate_up_matrix(c, config, layer, q);
        for (size_t i = 0; i < (size_t)m.rows * m.cols; ++i)
            m.w[i] *= unit;
        eg = hidden_exponent(&m, config->hidden_dim, false, FAST_LEAST_GATE);
        eu = hidden_exponent(&m, config->hidden_dim, true, INT_MIN);
        for (uint32_t i = 0; i < config->hidden_dim; ++i) {
            uint32_t n, row = gate_row(i, config->hidden_dim, &n);
            put_row(image, &h.gate_up, layer, &m, row, planes, eg);
            put_row(image, &h.gate_up, layer, &m, row + n, planes, eu);
        }
        free(m.w);
        m = output_matrix(&c->tensors[TENSOR_W2], layer, config->dim, config->hidden_dim, q);
        ed = fast_exponent(m.w, m.rows, m.cols);
        for (uint32_t i = 0; i < m.rows; ++i)
            put_row(image, &h.down, layer, &m, i, planes, ed);
        free(m.w);
        constants.score = (int8_t)-(24 + eq + ek + 2 * h.qkv.lower);
        constants.attended = (int8_t)-(eo + h.wo.lower - 8 + ev + h.qkv.lower + residual);
        constants.gate = (uint8_t)(eg + h.gate_up.lower + 12);
        constants.down = (int8_t)-(ed + h.down.lower - 8 + eu + h.gate_up.lower - 10 + 8 + residual);
        memcpy(image + h.layers + layer * sizeof constants, &constants, sizeof constants);
    }
    m = vocabulary_matrix(c, config, TENSOR_WCLS, &c->tensors[TENSOR_RMS_FINAL], q);
    for (size_t i = 0; i < (size_t)m.rows * m.cols; ++i)
        m.w[i] *= unit;
    e = fast_exponent(m.w, m.rows, m.cols);
    for (uint32_t i = 0; i < m.rows; ++i)
        put_row(image, &h.classifier, 0, &m, i, planes, e);
    h.logits_exponent = (int8_t)(e + h.classifier.lower - 8);
    free(m.w);
    memcpy(image + address, &h, sizeof h);
    free(q);
}
