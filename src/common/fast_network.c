/* The forward pass in fixed point. Vectors that live through a layer are in
 * RAM, matrices, caches and the hidden vector in the REU.
 *
 * The caches, for each layer, key/value head and slice of 64 of its elements:
 *   keys       [seq_len] records of bit planes, as the rows of a matrix: q.k is
 *              one more matrix product
 *   values     [seq_len] records of int8, or of int16 if precise
 *   exponents  [seq_len][2] the left shifts that key and value came with
 */
#include "fast_network.h"
#include <string.h>
#include "fast.h"
#include "fast_image.h"
#include "machine.h"
#include "model.h"
#include "window.h"

#define KEY_PLANES 12
#define KEY_LOW 4
#define PRECISE_KEY_PLANES 16
#define PRECISE_KEY_LOW 6
#define SUM_LIMIT (FAST_SUM - FAST_COLUMNS / 2UL) /* of fast_extent, before rounding */

static struct fast_header fast;
static struct fast_layer layer_constants;

#ifdef __CC65__
#pragma bss-name(push, "FAST_HIGH")
#endif
static int16_t x[MAX_DIM];
#ifdef __CC65__
#pragma bss-name(pop)
#endif
static int16_t qkv[3 * MAX_DIM];
static int32_t d[FAST_BLOCK + FAST_COLUMNS];

/* Of up to FAST_COLUMNS elements each, in the window. */
#define part ((int32_t *)window)
#define part_scores ((int16_t *)(window + FAST_COLUMNS))
#define rotation ((int16_t *)(window + FAST_COLUMNS * 3 / 2))
#define part_exponents ((uint8_t *)(window + FAST_COLUMNS * 2))
#define part_scales ((uint8_t *)(window + FAST_COLUMNS * 5 / 2))
#define record ((uint8_t *)(window + FAST_COLUMNS * 3))

static uint8_t planes;      /* of the weights in use */
static uint8_t precise;     /* more than 8 of them */
static uint8_t key_planes, key_low;
static uint16_t dim, hidden_dim, kv_dim, head_size, seq_len;
static uint8_t slices;      /* of a head */
static uint8_t n_kv_heads, q_per_kv;
static uint16_t score_centre;

#define PART(n) ((uint8_t)((n) < FAST_COLUMNS ? (n) : FAST_COLUMNS))

/* Planes of a matrix that the tables' high bytes suffice for. */
static uint8_t low_planes(const struct fast_matrix *matrix)
{
    if (precise)
        return planes / 4;
    return matrix->high_planes < planes ? planes - matrix->high_planes : 0;
}

/* d[0..rows-1] = the matrix's rows from `first`, a multiple of FAST_BLOCK, on,
 * times x; from the REU at `hidden`, int32 halved `shift` times, if that is not 0. */
static void product(const struct fast_matrix *matrix, uint8_t layer, uint16_t first, uint16_t rows, reu_address hidden,
                    uint8_t shift)
{
    uint8_t groups = FAST_GROUPS, n, columns = FAST_COLUMNS, chunk, low = low_planes(matrix);
    uint16_t stride, centre, row, left = matrix->cols, block = matrix->rows - first;
    reu_address at;
    const int16_t *from = x;

    if (block > FAST_BLOCK)
        block = FAST_BLOCK;
    at = matrix->address + matrix->layer_bytes * layer
        + (uint32_t)((matrix->chunks - 1) * FAST_GROUPS + matrix->last_groups) * fast.planes * first;
    for (chunk = 0; chunk < matrix->chunks; ++chunk) {
        if (chunk == matrix->chunks - 1) {
            groups = matrix->last_groups;
            columns = (uint8_t)left;
        }
        if (hidden) {
            reu_read(part, hidden, (uint16_t)(columns * sizeof(int32_t)));
            hidden += FAST_COLUMNS * sizeof(int32_t);
            fast_narrow(x, part, shift, columns);
            from = x;
        }
        if (columns < groups * FAST_GROUP)
            memset((int16_t *)from + columns, 0, (groups * FAST_GROUP - columns) * sizeof(int16_t));
        fast_select(groups, planes, low);
        centre = fast_tables(from);
        stride = (uint16_t)(groups * fast.planes);
        for (row = 0; row < rows; row += n) {
            n = PART(rows - row);
            fast_rows(d + row, at, stride, centre, chunk, n);
            at += (uint16_t)(stride * n);
            if (machine_stopped)
                return;
        }
        at += fast_offset(stride, block - rows);
        from += FAST_COLUMNS;
        left -= FAST_COLUMNS;
    }
}

static void get_scales(const struct fast_matrix *matrix, uint8_t layer, uint16_t row, uint8_t n)
{
    reu_read(part_scales, matrix->scales + (uint32_t)matrix->rows * layer + row, n);
}

/* part = elements i.. of the residual, as many as there are and fit. */
static uint8_t get_residual(uint16_t i)
{
    uint8_t n = PART(dim - i);

    reu_read(part, fast.residual + i * 4U, n * 4U);
    return n;
}

static void put_residual(uint16_t i, uint8_t n)
{
    reu_write(fast.residual + i * 4U, part, n * 4U);
}

/* x = residual / rms(residual) in the units of the matrices that follow, whose
 * weights contain rmsnorm's own. */
static void rmsnorm(void)
{
    uint32_t bits = 0, squares = 0, epsilon = fast.epsilon;
    uint8_t shift = 0, up = 0, n;
    int8_t left = 0;
    uint16_t i, factor;

    for (i = 0; i < dim; i += n) {
        n = get_residual(i);
        bits |= fast_magnitude(part, n);
    }
    /* The largest gets 14 bits, unless epsilon is far above all. */
    for (; bits >= 0x4000; bits >>= 1) {
        ++shift;
        epsilon >>= 2;
    }
    for (; bits < 0x2000 && epsilon < 0x10000000UL; bits <<= 1) {
        ++left;
        epsilon <<= 2;
    }
    for (i = 0; i < dim; i += n) {
        n = get_residual(i);
        fast_narrow(x + i, part, shift, n);
        if (left)
            fast_shift_16(x + i, x + i, left, n);
        squares += fast_squares(x + i, n);
    }
    squares += epsilon;
    for (; squares < 0x40000000UL; squares <<= 2)
        ++up;
    factor = fast_quotient(fast.norm, fast_root(squares));
    factor = up <= FAST_NORM_SHIFT - 16 ? factor >> (FAST_NORM_SHIFT - 16 - up) : factor << 1;
    for (i = 0; i < dim; i += n) {
        n = PART(dim - i);
        fast_multiply(x + i, factor, n);
    }
}

/* residual = the token's row of the embedding. */
static void embed(uint16_t token)
{
    uint16_t i;
    uint8_t n, k;

    reu_read(x, fast.embedding + fast_offset(token, dim * sizeof(int16_t)), dim * sizeof(int16_t));
    for (i = 0; i < dim; i += n) {
        n = PART(dim - i);
        for (k = 0; k < n; ++k)
            part[k] = (int32_t)((uint32_t)(int32_t)x[i + k] << fast.embedding_shift);
        put_residual(i, n);
    }
}

/* The least shift that brings a chunk's extent below the limit. */
static uint8_t shift_for(uint32_t sum)
{
    uint8_t shift = 0;

    for (; sum > SUM_LIMIT; sum >>= 1)
        ++shift;
    return shift;
}

/* residual += matrix * (x or hidden). */
static void into_residual(const struct fast_matrix *matrix, uint8_t layer, reu_address hidden, uint8_t shift, int8_t out)
{
    uint8_t n;
    uint16_t i;

    product(matrix, layer, 0, dim, hidden, shift);
    machine_step(layer, STEP_RESIDUAL);
    for (i = 0; i < dim; i += n) {
        n = get_residual(i);
        get_scales(matrix, layer, i, n);
        fast_residual(part, d + i, part_scales, out - shift, n);
        put_residual(i, n);
    }
}

/* --- the caches -------------------------------------------------------------- */

/* Position 0 of the records of a key/value head, slice 0, and bytes from one
 * slice, or head, to the next: the forward pass goes through them in order. */
struct place {
    reu_address keys, values, exponents;
};
static struct place here, step;
static uint16_t key_bytes, value_bytes; /* of a record */

static void next_place(struct place *place)
{
    place->keys += step.keys;
    place->values += step.values;
    place->exponents += step.exponents;
}

static uint8_t slice_width(uint8_t slice)
{
    return slice < slices - 1 ? FAST_COLUMNS : (uint8_t)(head_size - (uint16_t)slice * FAST_COLUMNS);
}

#define GROUPS(columns) ((uint8_t)(((columns) + FAST_GROUP - 1) / FAST_GROUP))

/* Puts the layer's keys and values of a position into the caches. */
static void remember(uint16_t position)
{
    uint8_t head, slice, width, shifts[2];
    uint16_t bytes;
    struct place at;
    const int16_t *key = qkv + dim, *value = key + kv_dim;

    at = here;
    for (head = 0; head < n_kv_heads; ++head) {
        shifts[0] = fast_headroom(key, head_size);
        shifts[1] = fast_headroom(value, head_size);
        reu_write(at.exponents + position * 2U, shifts, 2);
        for (slice = 0; slice < slices; ++slice) {
            width = slice_width(slice);
            memset(x, 0, sizeof(int16_t) * FAST_GROUP * GROUPS(width));
            fast_shift_16(x, key, (int8_t)shifts[0], width);
            fast_planes(record, x, key_planes, GROUPS(width));
            reu_write(at.keys + fast_offset(key_bytes, position), record, key_planes * GROUPS(width));
            fast_shift_16(x, value, (int8_t)shifts[1], width);
            bytes = width * sizeof(int16_t);
            if (!precise) {
                fast_high_bytes((int8_t *)record, x, width);
                reu_write(at.values + fast_offset(value_bytes, position), record, width);
            } else {
                reu_write(at.values + fast_offset(value_bytes, position), x, bytes);
            }
            key += width;
            value += width;
            next_place(&at);
        }
    }
}

/* Scores of n positions whose keys begin at keys of the first slice. */
static int16_t score(const struct place *first, uint16_t position, const int16_t *q, int8_t shift, uint8_t n)
{
    uint8_t slice;
    struct place at;

    at = *first;
    for (slice = 0; slice < slices; ++slice) {
        if (slices > 1 || position == 0) {
            fast_select(GROUPS(slice_width(slice)), key_planes, key_low);
            score_centre = fast_tables(q + slice * FAST_COLUMNS);
        }
        fast_rows(d, at.keys + fast_offset(key_bytes, position), key_bytes, score_centre, slice, n);
        next_place(&at);
    }
    reu_read(part_exponents, first->exponents + position * 2U, (uint16_t)(n * 2));
    return fast_scores(part_scores, d, part_exponents, shift, n);
}

/* One query head with the keys and values at `first`: out = the weighted mean of
 * the values, in 1/256 of the values' unit. */
static void attend(uint8_t layer, const struct place *first, uint16_t position, const int16_t *q, int8_t shift, int32_t *out)
{
    uint8_t n, i, slice, least = 15, one_block = position < FAST_COLUMNS;
    uint16_t at;
    int16_t greatest = -0x7FFF - 1, block_greatest;
    uint32_t total = 0;
    struct place values;

    machine_step(layer, STEP_ATTENTION);
    for (at = 0; at <= position; at += n) {
        n = PART(position + 1 - at);
        block_greatest = score(first, at, q, shift, n);
        if (block_greatest > greatest)
            greatest = block_greatest;
        for (i = 1; i < 2 * n; i += 2)
            if (part_exponents[i] < least)
                least = part_exponents[i];
        if (!one_block)
            reu_write(fast.scores + at * 2U, part_scores, (uint16_t)(n * 2));
        if (machine_stopped)
            return;
    }
    machine_step(layer, STEP_VALUES);
    memset(out, 0, head_size * sizeof(int32_t));
    for (at = 0; at <= position; at += n) {
        n = PART(position + 1 - at);
        if (!one_block) {
            reu_read(part_scores, fast.scores + at * 2U, (uint16_t)(n * 2));
            reu_read(part_exponents, first->exponents + at * 2U, (uint16_t)(n * 2));
        }
        total += fast_weights(part_scores, greatest, n);
        values = *first;
        for (slice = 0; slice < slices; ++slice) {
            fast_values(out + slice * FAST_COLUMNS, values.values + fast_offset(value_bytes, at), part_scores, part_exponents + 1, least, n,
                        slice_width(slice), precise);
            next_place(&values);
        }
        if (machine_stopped)
            return;
    }
    for (slice = 0; slice < slices; ++slice)
        fast_divide(out + slice * FAST_COLUMNS, total, (precise ? 21 : 24) - least, slice_width(slice));
}

/* The shift, to the right if negative, that makes a vector of this extent as
 * large as the tables take it. */
static int8_t fitting_shift(uint32_t extent)
{
    int8_t shift = 0;

    for (; extent > SUM_LIMIT; extent >>= 1)
        --shift;
    for (; shift < 14 && extent << 1 <= SUM_LIMIT && shift >= 0; extent <<= 1)
        ++shift;
    return shift;
}

/* All heads; x = their outputs, halved as often as is returned. */
static uint8_t attention(uint8_t layer, uint16_t position)
{
    uint8_t head, in_group, slice, n;
    uint16_t i;
    int8_t shift;
    uint32_t sum, greatest;
    const int16_t *q = qkv;
    int32_t *output = d + FAST_COLUMNS; /* the scores need the first of d */

    for (head = 0; head < n_kv_heads; ++head) {
        for (in_group = 0; in_group < q_per_kv; ++in_group) {
            greatest = 0;
            for (slice = 0; slice < slices; ++slice) {
                sum = fast_extent_16(q + slice * FAST_COLUMNS, slice_width(slice));
                if (sum > greatest)
                    greatest = sum;
            }
            shift = fitting_shift(greatest);
            for (slice = 0; slice < slices; ++slice) {
                n = slice_width(slice);
                fast_shift_16(x + slice * FAST_COLUMNS, q + slice * FAST_COLUMNS, shift, n);
                if (n % FAST_GROUP)
                    memset(x + slice * FAST_COLUMNS + n, 0, (FAST_GROUP - n % FAST_GROUP) * sizeof(int16_t));
            }
            attend(layer, &here, position, x, layer_constants.score + shift, output);
            if (machine_stopped)
                return 0;
            q += head_size;
            output += head_size;
        }
        for (slice = 0; slice < slices; ++slice)
            next_place(&here);
    }
    output = d + FAST_COLUMNS;
    greatest = 0;
    for (i = 0; i < dim; i += n) {
        n = PART(dim - i);
        sum = fast_extent(output + i, n);
        if (sum > greatest)
            greatest = sum;
    }
    shift = (int8_t)shift_for(greatest);
    for (i = 0; i < dim; i += n) {
        n = PART(dim - i);
        fast_narrow(x + i, output + i, (uint8_t)shift, n);
    }
    return (uint8_t)shift;
}

/* --- the feed-forward network ------------------------------------------------- */

/* SwiGLU into the hidden vector of the REU; returns the shift for its use. */
static uint8_t swiglu(uint8_t layer)
{
    uint16_t row, i, rows = fast.gate_up.rows, block, left = hidden_dim;
    uint8_t n;
    uint32_t extent, greatest = 0;
    reu_address to = fast.hidden;

    for (row = 0; row < rows; row += block) {
        block = rows - row < FAST_BLOCK ? rows - row : FAST_BLOCK;
        machine_step(layer, STEP_GATE_UP);
        product(&fast.gate_up, layer, row, block, 0, 0);
        if (machine_stopped)
            return 0;
        machine_step(layer, STEP_SWIGLU);
        for (i = 0; i < block; i += 2 * n) {
            n = PART(left);
            get_scales(&fast.gate_up, layer, row + i, 2 * n);
            extent = fast_swiglu(part, d + i, part_scales, layer_constants.gate, n);
            if (extent > greatest)
                greatest = extent;
            reu_write(to, part, (uint16_t)(n * sizeof(int32_t)));
            to += n * sizeof(int32_t);
            left -= n;
        }
    }
    return shift_for(greatest);
}

static void classify(void)
{
    uint16_t row, i, block, rows = model.config.vocab_size;
    uint8_t n;

    for (row = 0; row < rows; row += block) {
        block = rows - row < FAST_BLOCK ? rows - row : FAST_BLOCK;
        product(&fast.classifier, 0, row, block, 0, 0);
        if (machine_stopped)
            return;
        for (i = 0; i < block; i += n) {
            n = PART(block - i);
            get_scales(&fast.classifier, 0, row + i, n);
            fast_logits((f32 *)part, d + i, part_scales, fast.logits_exponent, n);
            reu_write(section(SECTION_LOGITS) + (uint32_t)(row + i) * sizeof(f32), part, (uint16_t)(n * sizeof(f32)));
        }
    }
}

void fast_begin(uint8_t bits)
{
    fast_forget();
    reu_read(&fast, section(SECTION_FAST), sizeof fast);
    reu_read(fast_exp2, fast.tables, sizeof fast_exp2);
    reu_read(fast_silu, fast.tables + sizeof fast_exp2, sizeof fast_silu);
    reu_read(fast_silu_slope, fast.tables + sizeof fast_exp2 + sizeof fast_silu, sizeof fast_silu_slope);
    planes = bits < fast.planes ? bits : fast.planes;
    precise = planes > 8;
    key_planes = precise ? PRECISE_KEY_PLANES : KEY_PLANES;
    key_low = precise ? PRECISE_KEY_LOW : KEY_LOW;
    dim = model.config.dim;
    hidden_dim = model.config.hidden_dim;
    kv_dim = model.config.kv_dim;
    head_size = model.config.head_size;
    seq_len = model.config.seq_len;
    n_kv_heads = (uint8_t)model.config.n_kv_heads;
    q_per_kv = (uint8_t)(model.config.n_heads / n_kv_heads);
    slices = (uint8_t)((head_size + FAST_COLUMNS - 1) / FAST_COLUMNS);
    {
        uint16_t width = slices > 1 ? FAST_COLUMNS : head_size;
        key_bytes = (uint16_t)(key_planes * GROUPS(width));
        value_bytes = precise ? width * 2 : width;
        step.keys = (uint32_t)seq_len * key_bytes;
        step.values = (uint32_t)seq_len * value_bytes;
        step.exponents = seq_len * 2UL;
    }
}

void fast_forward(uint16_t token, uint16_t position, uint8_t want_logits)
{
    uint8_t layer, head, shift, n, n_layers = (uint8_t)model.config.n_layers;
    uint16_t i, row, block;

    machine_step(0, STEP_EMBEDDING);
    here.keys = fast.keys;
    here.values = fast.values;
    here.exponents = fast.exponents;
    embed(token);
    for (layer = 0; layer < n_layers; ++layer) {
        reu_read(&layer_constants, fast.layers + (uint32_t)layer * sizeof layer_constants, sizeof layer_constants);
        machine_step(layer, STEP_RMSNORM);
        rmsnorm();
        machine_step(layer, STEP_QKV);
        for (row = 0; row < fast.qkv.rows; row += block) {
            block = fast.qkv.rows - row < FAST_BLOCK ? fast.qkv.rows - row : FAST_BLOCK;
            product(&fast.qkv, layer, row, block, 0, 0);
            if (machine_stopped)
                return;
            for (i = 0; i < block; i += n) {
                n = PART(block - i);
                get_scales(&fast.qkv, layer, row + i, n);
                fast_scale(qkv + row + i, d + i, part_scales, n);
            }
        }
        machine_step(layer, STEP_ROPE);
        for (i = 0; i < head_size; i += n) {
            n = PART(head_size - i);
            reu_read(rotation, fast.rope + ((uint32_t)position * head_size + i) * sizeof(int16_t), (uint16_t)(n * sizeof(int16_t)));
            for (head = 0; head < model.config.n_heads + n_kv_heads; ++head)
                fast_rotate(qkv + head * head_size + i, rotation, n);
        }
        remember(position);
        if (layer == n_layers - 1 && !want_logits)
            return;
        shift = attention(layer, position);
        if (machine_stopped)
            return;
        machine_step(layer, STEP_WO);
        into_residual(&fast.wo, layer, 0, shift, layer_constants.attended);
        machine_step(layer, STEP_RMSNORM);
        rmsnorm();
        shift = swiglu(layer);
        if (machine_stopped)
            return;
        machine_step(layer, STEP_DOWN);
        into_residual(&fast.down, layer, fast.hidden, shift, layer_constants.down);
        if (machine_stopped)
            return;
    }
    machine_step(n_layers, STEP_RMSNORM);
    rmsnorm();
    machine_step(n_layers, STEP_CLASSIFIER);
    classify();
}
