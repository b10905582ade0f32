#include "first_writer.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "fast.h"
#include "fast_image.h"
#include "fast_network.h"
#include "fast_writer.h"
#include "first_position.h"
#include "model.h"
#include "network.h"
#include "reu_host.h"
#include "tokenizer.h"

_Static_assert(sizeof(struct first_bytes) == 8, "no padding");

/* Of a value in the exact engine's cache: a column of whole blocks of rows. */
static uint32_t value_bytes(const struct config *c)
{
    uint32_t blocks = (c->head_size + EXACT_BLOCK_ROWS - 1U) / EXACT_BLOCK_ROWS;

    return (c->head_size + blocks - 1U) / blocks * blocks * (uint32_t)sizeof(f32);
}

uint64_t first_exact_bytes(const struct config *c)
{
    uint64_t head = 2 * sizeof(struct first_bytes) + c->head_size * sizeof(f32) + value_bytes(c);

    return (uint64_t)c->n_layers * c->n_kv_heads * head + sizeof(struct first_bytes);
}

uint64_t first_fast_bytes(const struct config *c, unsigned planes)
{
    uint64_t head = sizeof(struct first_bytes) + fast_entry_bytes(c, planes);

    return c->n_layers * (sizeof(struct first_bytes) + 1 + c->n_kv_heads * head) + sizeof(struct first_bytes);
}

static uint8_t *put(uint8_t *to, const uint8_t *image, reu_address at, uint32_t n, uint32_t stride)
{
    struct first_bytes bytes = {at, (uint16_t)n, (uint16_t)stride};

    memcpy(to, &bytes, sizeof bytes);
    to += sizeof bytes;
    for (uint32_t i = 0; i < n; ++i)
        *to++ = image[at + i * stride];
    return to;
}

static void put_exact(uint8_t *to, const uint8_t *image)
{
    const struct config *c = &model.config;
    uint32_t keys = c->head_size * (uint32_t)sizeof(f32), values = value_bytes(c);

    for (uint16_t layer = 0; layer < c->n_layers; ++layer)
        for (uint32_t head = 0; head < c->n_kv_heads; ++head) {
            to = put(to, image, section_layer(SECTION_KEY_CACHE, layer) + model.sections[SECTION_KEY_CACHE].layer_bytes / c->n_kv_heads * head, keys, KEY_BLOCK);
            to = put(to, image, section_layer(SECTION_VALUE_CACHE, layer) + model.sections[SECTION_VALUE_CACHE].layer_bytes / c->n_kv_heads * head, values, 1);
        }
    put(to, image, 0, 0, 0);
}

static void put_fast(uint8_t *to, const uint8_t *image)
{
    const struct config *c = &model.config;
    uint32_t positions = (c->seq_len + FAST_POSITIONS - 1U) / FAST_POSITIONS * FAST_POSITIONS, bytes;
    struct fast_header h;

    memcpy(&h, image + section(SECTION_FAST), sizeof h);
    bytes = fast_entry_bytes(c, h.planes);
    for (uint32_t layer = 0; layer < c->n_layers; ++layer) {
        to = put(to, image, h.exponents + layer * positions, 1, 1);
        for (uint32_t head = 0; head < c->n_kv_heads; ++head)
            to = put(to, image, h.cache + (layer * c->n_kv_heads + head) * bytes * positions, bytes, FAST_POSITIONS);
    }
    put(to, image, 0, 0, 0);
}

uint64_t token_heads_bytes(const struct config *c)
{
    return (uint64_t)c->vocab_size * (c->dim + 2u * c->kv_dim) * sizeof(int16_t);
}

static void put_token_heads(uint8_t *image, uint32_t address)
{
    size_t bytes = (size_t)(token_heads_bytes(&model.config) / model.config.vocab_size);

    for (uint32_t token = 0; token < model.config.vocab_size; ++token)
        memcpy(image + address + token * bytes, fast_token_heads((uint16_t)token), bytes);
    memcpy(image + section(SECTION_FAST) + offsetof(struct fast_header, token_heads), &address, sizeof address);
}

void first_write(uint8_t *image, uint32_t size, uint32_t token_heads)
{
    reu_attach(image, size);
    if (model_open(UINT16_MAX) != MODEL_OK)
        abort();
    if (model.engines & ENGINE_EXACT) {
        forward(TOKEN_BOS, 0, WANT_NOTHING);
        put_exact(image + section(SECTION_FIRST), image);
    }
    if (model.engines & ENGINE_FAST) {
        fast_begin(FAST_MAX_PLANES);
        fast_forward(TOKEN_BOS, 0, WANT_NOTHING);
        put_fast(image + section_layer(SECTION_FIRST, 1), image);
        if (token_heads)
            put_token_heads(image, token_heads);
    }
    memset(image + model.data_bytes, 0, model.used_bytes - model.data_bytes);
}
