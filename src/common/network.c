/* The forward pass, block by block in llama2.c's order of operations. Vectors
 * of dim elements live in RAM, all else in the REU.
 *
 * The caches are matrices of the exact engine's kind, so that attention is two
 * more matrix products. They are blocks of 64 positions, each with a matrix for
 * each layer and key/value head:
 *   keys    a column of 64 positions for each of the head_size elements:
 *           scores = keys^T q
 *   values  a column of head_size elements for each position:
 *           output = values^T scores
 */
#include "network.h"
#include <string.h>
#include "exact.h"
#include "machine.h"
#include "model.h"
#include "softmax.h"
#include "window.h"

#define EPSILON 0x3727C5ACUL /* 1e-5 */
#define KEY_COLUMN (KEY_BLOCK * 4U) /* bytes */

#define SWIGLU_PART 64 /* elements, a quarter of a second */

#ifdef __CC65__
#pragma bss-name(push, "EXACT_HIGH")
#endif
static f32 x[MAX_DIM];
#ifdef __CC65__
#pragma bss-name(pop)
#endif
static f32 xb[MAX_DIM];
static f32 head[MAX_DIM]; /* q, k or v of one head; also the second factor of SwiGLU */

/* Bytes of a column, and of a chunk, of a matrix. */
static uint16_t column_bytes(const struct section *matrix)
{
    return matrix->block_rows * matrix->blocks * 4;
}

static uint32_t chunk_bytes(const struct section *matrix)
{
    return (uint32_t)column_bytes(matrix) * matrix->cols;
}

/* x = the token's row of the embedding, one byte of a plane at a time. */
static void embed(uint16_t token)
{
    const struct section *matrix = &model.sections[SECTION_EMBEDDING];
    uint16_t block_rows = matrix->block_rows, step = column_bytes(matrix);
    uint16_t row = token % matrix->chunk_rows, i;
    reu_address at = matrix->address + chunk_bytes(matrix) * (token / matrix->chunk_rows)
        + (uint32_t)(row / block_rows) * block_rows * 4 + row % block_rows;
    uint8_t plane[4], j;
    uint8_t *to = (uint8_t *)x;

    for (i = 0; i < matrix->cols; ++i) {
        for (j = 0; j < 4; ++j)
            reu_read(plane + j, at + j * block_rows, 1);
        to[0] = plane[3];
        to[1] = plane[2];
        to[2] = (plane[1] & 0x7F) | (uint8_t)(plane[0] << 7);
        to[3] = (plane[1] & 0x80) | (plane[0] >> 1);
        to += 4;
        at += step;
    }
}

/* out = weight * (x / rms(x)), with the weight vector in the REU. */
static void rmsnorm(f32 *out, reu_address weight)
{
    uint16_t dim = model.config.dim, part;
    f32 scale = f32_div(f32v_sum_squares(x, dim), f32_from_uint(dim));

    if (machine_stopped)
        return;
    scale = f32_div(F32_ONE, f32_sqrt(f32_add(scale, EPSILON)));
    memmove(out, x, dim * sizeof(f32));
    f32v_scale(out, scale, dim);
    for (; dim; dim -= part) {
        part = WINDOW_PART(dim);
        reu_read(window, weight, part * sizeof(f32));
        f32v_mul(out, window, part);
        out += part;
        weight += part * sizeof(f32);
    }
}

/* The vector at `to` in the REU = W in, for a matrix whose `rows` rows give it,
 * chunk by chunk, and whose input is in RAM. */
static void matmul(reu_address to, const f32 *in, uint8_t id, uint8_t layer, uint16_t rows)
{
    const struct section *matrix = &model.sections[id];
    reu_address at = section_layer(id, layer);
    uint16_t of_chunk, first, part;

    for (; rows; rows -= of_chunk) {
        of_chunk = rows < matrix->chunk_rows ? rows : matrix->chunk_rows;
        exact_begin(matrix->blocks, matrix->block_rows, of_chunk);
        exact_columns(at, in, matrix->cols);
        at += chunk_bytes(matrix);
        for (first = 0; first < of_chunk; first += part) {
            part = WINDOW_PART(of_chunk - first);
            exact_store(window, first, part);
            reu_write(to, window, part * sizeof(f32));
            to += part * sizeof(f32);
        }
        if (machine_stopped)
            return;
    }
}

/* The residual connection: x += the accumulators. */
static void add_to_x(uint8_t layer)
{
    uint16_t dim = model.config.dim, first, part;

    machine_step(layer, STEP_RESIDUAL);
    for (first = 0; first < dim; first += part) {
        part = WINDOW_PART(dim - first);
        exact_store(window, first, part);
        f32v_add(x + first, window, part);
    }
}

/* head = the vector of head_size elements at `from` in the REU. */
static void get_head(reu_address from)
{
    reu_read(head, from, model.config.head_size * sizeof(f32));
}

/* Rotates head by the position's angles. */
static void rope(uint8_t layer, uint16_t position)
{
    uint16_t head_size = model.config.head_size, first, part;
    reu_address table = section(SECTION_ROPE) + (uint32_t)position * head_size * sizeof(f32);

    machine_step(layer, STEP_ROPE);
    for (first = 0; first < head_size; first += part) {
        part = WINDOW_PART(head_size - first);
        reu_read(window, table, part * sizeof(f32));
        f32v_rotate(head + first, window, part);
        table += part * sizeof(f32);
    }
}

/* From a block of positions to the next. */
static uint32_t block_bytes(void)
{
    return model.sections[SECTION_KEY_CACHE].bytes + model.sections[SECTION_VALUE_CACHE].bytes;
}

/* Puts head into the cache of values: a column at `to`. */
static void remember_value(reu_address to)
{
    uint16_t rows = model.sections[SECTION_VALUE_CACHE].block_rows, first;

    for (first = 0; first < model.config.head_size; first += rows) {
        exact_planes((uint8_t *)window, head + first, rows);
        reu_write(to, window, rows * 4);
        to += rows * 4;
    }
}

/* Puts head into the cache of keys: a row, from `to` on. */
static void remember_key(reu_address to)
{
    uint8_t planes[4], plane;
    uint16_t i;

    for (i = 0; i < model.config.head_size; ++i) {
        exact_planes(planes, head + i, 1);
        for (plane = 0; plane < 4; ++plane) {
            reu_write(to, planes + plane, 1);
            to += KEY_BLOCK;
        }
    }
}

/* out = softmax(head . keys / sqrt(head_size)) . values. */
static void attend(f32 *out, reu_address keys, reu_address values, uint8_t layer, uint16_t position)
{
    const struct section *matrix = &model.sections[SECTION_VALUE_CACHE];
    uint16_t head_size = model.config.head_size, left, part;
    reu_address scores = section(SECTION_SCORES), to;
    uint32_t block = block_bytes();
    f32 root = f32_sqrt(f32_from_uint(head_size));

    machine_step(layer, STEP_ATTENTION);
    for (left = position + 1, to = scores; left; left -= part) {
        part = left < KEY_BLOCK ? left : KEY_BLOCK;
        exact_begin(1, KEY_BLOCK, part);
        exact_columns(keys, head, head_size);
        exact_store(window, 0, part);
        f32v_div(window, root, part);
        reu_write(to, window, part * sizeof(f32));
        to += KEY_BLOCK * sizeof(f32);
        keys += block;
    }

    machine_step(layer, STEP_SOFTMAX);
    softmax(scores, position + 1);

    machine_step(layer, STEP_VALUES);
    exact_begin(matrix->blocks, matrix->block_rows, head_size);
    for (left = position + 1; left; left -= part) {
        part = left < KEY_BLOCK ? left : KEY_BLOCK;
        reu_read(window, scores, part * sizeof(f32));
        exact_columns(values, window, part);
        scores += KEY_BLOCK * sizeof(f32);
        values += block;
    }
    exact_store(out, 0, head_size);
}

/* Takes q, k and v from SECTION_HEADS: fills the caches and, if wanted, leaves
 * the attention's output in xb. Heads come in groups that share keys and values. */
static void attention(uint8_t layer, uint16_t position, uint8_t want_output)
{
    const struct config *c = &model.config;
    uint16_t head_bytes = c->head_size * sizeof(f32), group = c->n_heads / c->n_kv_heads, heads, in_group;
    reu_address keys = section_layer(SECTION_KEY_CACHE, layer);
    reu_address values = section_layer(SECTION_VALUE_CACHE, layer);
    uint32_t here = block_bytes() * (position / KEY_BLOCK); /* the position's block */
    reu_address q = section(SECTION_HEADS), k = q + c->dim * sizeof(f32), v = k + c->kv_dim * sizeof(f32);
    f32 *out = xb;

    for (heads = c->n_kv_heads; heads; --heads) {
        get_head(v);
        remember_value(values + here + (position % KEY_BLOCK) * column_bytes(&model.sections[SECTION_VALUE_CACHE]));
        get_head(k);
        rope(layer, position);
        remember_key(keys + here + position % KEY_BLOCK);
        if (want_output)
            for (in_group = group; in_group; --in_group) {
                get_head(q);
                rope(layer, position);
                attend(out, keys, values, layer, position);
                q += head_bytes;
                out += c->head_size;
            }
        if (machine_stopped)
            return;
        k += head_bytes;
        v += head_bytes;
        keys += c->head_size * KEY_COLUMN;
        values += chunk_bytes(&model.sections[SECTION_VALUE_CACHE]);
    }
}

/* SECTION_HIDDEN = silu(w1 xb) * (w3 xb), chunk by chunk: the accumulators hold
 * the rows of both. */
static void gate_up(uint8_t layer)
{
    const struct section *matrix = &model.sections[SECTION_GATE_UP];
    reu_address at = section_layer(SECTION_GATE_UP, layer), to = section(SECTION_HIDDEN);
    uint16_t left = model.config.hidden_dim, rows, first, part;
    uint16_t up = matrix->block_rows * (matrix->blocks / 2);

    for (; left; left -= rows) {
        rows = left < matrix->chunk_rows ? left : matrix->chunk_rows;
        machine_step(layer, STEP_GATE_UP);
        exact_begin(matrix->blocks, matrix->block_rows, up + rows);
        exact_columns(at, xb, matrix->cols);
        at += chunk_bytes(matrix);

        machine_step(layer, STEP_SWIGLU);
        for (first = 0; first < rows; first += part) {
            if (machine_stopped)
                return;
            part = rows - first < SWIGLU_PART ? rows - first : SWIGLU_PART;
            exact_store(window, first, part);
            f32v_silu(window, part);
            exact_store(head, up + first, part);
            f32v_mul(window, head, part);
            reu_write(to, window, part * sizeof(f32));
            to += part * sizeof(f32);
        }
    }
}

/* The accumulators = w2 hidden. */
static void down(uint8_t layer)
{
    const struct section *matrix = &model.sections[SECTION_DOWN];
    reu_address at = section_layer(SECTION_DOWN, layer), from = section(SECTION_HIDDEN);
    uint16_t left, part;

    machine_step(layer, STEP_DOWN);
    exact_begin(matrix->blocks, matrix->block_rows, model.config.dim);
    for (left = matrix->cols; left; left -= part) {
        part = WINDOW_PART(left);
        reu_read(window, from, part * sizeof(f32));
        exact_columns(at, window, part);
        from += part * sizeof(f32);
        at += (uint32_t)part * column_bytes(matrix);
    }
}

void forward(uint16_t token, uint16_t position, uint8_t want)
{
    const struct config *c = &model.config;
    uint16_t with_products = model.sections[SECTION_PRODUCTS].cols;
    uint8_t layer, last;

    machine_step(0, STEP_EMBEDDING);
    if (with_products && position >= with_products)
        exact_init(0); /* the table makes room for keys and values */
    embed(token);
    for (layer = 0; layer < c->n_layers; ++layer) {
        last = layer + 1 == c->n_layers;
        machine_step(layer, STEP_RMSNORM);
        rmsnorm(xb, section_layer(SECTION_RMS_ATT, layer));
        machine_step(layer, STEP_QKV);
        matmul(section(SECTION_HEADS), xb, SECTION_QKV, layer, c->dim + 2 * c->kv_dim);
        attention(layer, position, want || !last);
        if (machine_stopped || (last && !want))
            return; /* the caches are complete, and the rest serves the logits alone */
        machine_step(layer, STEP_WO);
        exact_begin(model.sections[SECTION_WO].blocks, model.sections[SECTION_WO].block_rows, c->dim);
        exact_columns(section_layer(SECTION_WO, layer), xb, c->dim);
        add_to_x(layer);

        machine_step(layer, STEP_RMSNORM);
        rmsnorm(xb, section_layer(SECTION_RMS_FFN, layer));
        gate_up(layer);
        down(layer);
        if (machine_stopped)
            return;
        add_to_x(layer);
    }
    machine_step(layer, STEP_RMSNORM);
    rmsnorm(x, section(SECTION_RMS_FINAL));
    machine_step(layer, STEP_CLASSIFIER);
    matmul(section(SECTION_LOGITS), x, SECTION_CLASSIFIER, 0, c->vocab_size);
}
