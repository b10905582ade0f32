#include "cost.h"
#include "fast.h"
#include "model.h"

static uint16_t groups_of(uint16_t elements)
{
    return (elements + COST_COLUMNS - 1) / COST_COLUMNS;
}

/* A matrix of this shape times a vector. */
static void matrix(uint16_t rows, uint16_t cols)
{
    uint16_t chunks = (cols + COST_CHUNK - 1) / COST_CHUNK, blocks = (rows + COST_BLOCK_ROWS - 1) / COST_BLOCK_ROWS;

    cost_add(COST_PRODUCT, (uint32_t)rows * cols);
    cost_add(COST_GROUP, (uint32_t)rows * groups_of(cols));
    cost_add(COST_ROW, (uint32_t)rows * chunks);
    cost_add(COST_COLUMN, (uint32_t)cols * blocks);
    cost_add(COST_BLOCK, (uint32_t)chunks * blocks);
}

static uint16_t groups(uint16_t heads)
{
    return heads * groups_of(model.config.head_size);
}

uint8_t cost_bounds(uint8_t bits)
{
    return bits > FAST_BOUND_PLANES && model.config.dim <= COST_CHUNK;
}

void cost_part(uint8_t part)
{
    const struct config *c = &model.config;

    switch (part) {
    case PART_EMBEDDING:
        cost_add(COST_EMBEDDING_DIM, c->dim);
        break;
    case PART_NORM:
        cost_add(COST_NORM, 1);
        cost_add(COST_NORM_DIM, c->dim);
        break;
    case PART_QKV:
        matrix(c->dim + 2 * c->kv_dim, c->dim);
        break;
    case PART_CACHE:
        cost_add(COST_CACHE_DIM, c->dim + c->kv_dim);
        cost_add(COST_CACHE_HEAD, c->n_heads + c->n_kv_heads);
        cost_add(COST_CACHE_GROUP, groups(c->n_kv_heads));
        break;
    case PART_ATTENTION:
        cost_add(COST_ATTENTION_DIM, c->dim);
        cost_add(COST_ATTENTION_GROUP, groups(c->n_heads));
        cost_add(COST_ATTENTION_HEAD, c->n_heads);
        cost_add(COST_ATTENTION_KV_HEAD, c->n_kv_heads);
        break;
    case PART_WO:
        matrix(c->dim, c->dim);
        break;
    case PART_RESIDUAL:
        cost_add(COST_RESIDUAL, 1);
        cost_add(COST_RESIDUAL_DIM, c->dim);
        break;
    case PART_GATE_UP:
        matrix(2 * c->hidden_dim, c->dim);
        break;
    case PART_SWIGLU:
        cost_add(COST_HIDDEN, c->hidden_dim);
        break;
    case PART_DOWN:
        matrix(c->dim, c->hidden_dim);
        break;
    case PART_CLASSIFIER:
        matrix(c->vocab_size, c->dim);
        break;
    case PART_BOUNDS:
        cost_add(COST_BOUND, (uint32_t)c->vocab_size * groups_of(c->dim));
        break;
    case PART_GREATEST:
        cost_add(COST_GREATEST, c->vocab_size);
        break;
    case PART_SAMPLE:
        cost_add(COST_SAMPLE, c->vocab_size);
        break;
    case PART_TOKEN:
        cost_add(COST_TOKEN, 1);
        break;
    case PART_POSITION:
        cost_add(COST_POSITION_DIM, c->dim);
        cost_add(COST_POSITION_GROUP, groups(c->n_heads));
        cost_add(COST_POSITION_HEAD, c->n_heads);
        cost_add(COST_POSITION_KV_HEAD, c->n_kv_heads);
        break;
    }
}
