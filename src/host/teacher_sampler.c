#include "teacher_sampler.h"

#include <stdlib.h>
#include <string.h>

#include "rope_table.h"
#include "tokenizer.h"
#include "train_kernels.h"

/* Stories that are worked on together: enough for the weights to be read once
 * for many tokens, few enough for the keys and values to stay in the caches. */
#define SAMPLER_TILES 2
#define SAMPLER_LANES (SAMPLER_TILES * TILE)

struct sampler_lane {
    struct sampled_story *story; /* NULL: nothing left to do */
    uint64_t rng;
    int token, position;
    float *keys, *values; /* [n_layers][n_kv_heads][head_size][capacity] */
};

struct sampler {
    const struct train_kernels *kernels;
    const struct checkpoint *teacher;
    int dim, hidden_dim, n_layers, n_heads, n_kv_heads, head_size, kv_dim, vocab_size, seq_len, capacity;
    struct sampler_lane lanes[SAMPLER_LANES];
    float *rope;                                    /* [seq_len][head_size/2][2] */
    float *x, *xn, *q, *k, *v, *att, *h1, *h3, *g;  /* [SAMPLER_TILES][features][TILE] */
    float *logits, *sums, *angles, *inverse_rms, *scratch;
    float *memory;
};

/* xorshift64*, as llama2.c's. */
static float random_f32(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (float)((*state * 0x2545F4914F6CDD1DULL) >> 40) / 16777216.0f;
}

/* The finaliser of splitmix64: neighbouring numbers give unrelated seeds. */
static uint64_t scramble(uint64_t z)
{
    z += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return z != 0 ? z : 1;
}

static const float *weights(const struct sampler *s, enum tensor_id id)
{
    return (const float *)s->teacher->tensors[id].data;
}

static void multiply(const struct sampler *s, float *y, enum tensor_id id, int layer, int rows, int columns, const float *x, int accumulate)
{
    struct matrix_view w = {weights(s, id) + (int64_t)layer * rows * columns, rows, columns, columns, 1};

    s->kernels->product(y, &w, x, SAMPLER_TILES, accumulate);
}

static int sampler_init(struct sampler *s, const struct checkpoint *teacher)
{
    const struct checkpoint_config *c = &teacher->config;
    int64_t cache, features, total;
    float *at;
    int lane;

    memset(s, 0, sizeof *s);
    s->kernels = train_kernels();
    s->teacher = teacher;
    s->dim = c->dim;
    s->hidden_dim = c->hidden_dim;
    s->n_layers = c->n_layers;
    s->n_heads = c->n_heads;
    s->n_kv_heads = c->n_kv_heads;
    s->head_size = c->dim / c->n_heads;
    s->kv_dim = s->head_size * c->n_kv_heads;
    s->vocab_size = c->vocab_size;
    s->seq_len = c->seq_len;
    s->capacity = (c->seq_len + TILE - 1) / TILE * TILE;

    cache = (int64_t)s->n_layers * s->kv_dim * s->capacity;
    features = 4 * (int64_t)s->dim + 2 * s->kv_dim + 3 * (int64_t)s->hidden_dim + s->vocab_size + s->head_size + 2;
    total = 2 * cache * SAMPLER_LANES + features * SAMPLER_LANES + s->capacity;
    s->memory = aligned_alloc(64, (size_t)(total + TILE) / TILE * TILE * sizeof(float));
    s->rope = malloc((size_t)s->seq_len * (size_t)s->head_size * sizeof(float));
    if (s->memory == NULL || s->rope == NULL)
        return -1;
    memset(s->memory, 0, (size_t)total * sizeof(float));
    rope_table((f32 *)(void *)s->rope, (uint32_t)s->seq_len, (uint32_t)s->head_size);

    at = s->memory;
#define TAKE(field, n) s->field = at, at += (int64_t)(n)*SAMPLER_LANES
    TAKE(x, s->dim);
    TAKE(xn, s->dim);
    TAKE(q, s->dim);
    TAKE(att, s->dim);
    TAKE(k, s->kv_dim);
    TAKE(v, s->kv_dim);
    TAKE(h1, s->hidden_dim);
    TAKE(h3, s->hidden_dim);
    TAKE(g, s->hidden_dim);
    TAKE(logits, s->vocab_size);
    TAKE(angles, s->head_size);
    TAKE(sums, 1);
    TAKE(inverse_rms, 1);
#undef TAKE
    for (lane = 0; lane < SAMPLER_LANES; lane++) {
        s->lanes[lane].keys = at;
        s->lanes[lane].values = at + cache;
        at += 2 * cache;
    }
    s->scratch = at;
    return 0;
}

static void sampler_free(struct sampler *s)
{
    free(s->memory);
    free(s->rope);
}

/* Where feature i of a lane stands in a buffer of `features`. */
static float *element(float *x, int features, int lane, int i)
{
    return x + ((int64_t)(lane / TILE) * features + i) * TILE + lane % TILE;
}

static void attend(struct sampler *s, int lane_number, int layer)
{
    struct sampler_lane *lane = &s->lanes[lane_number];
    int group = s->n_heads / s->n_kv_heads, head, i;
    float q[s->head_size], out[s->head_size];

    for (i = 0; i < s->kv_dim; i++) {
        int64_t at = ((int64_t)layer * s->kv_dim + i) * s->capacity + lane->position;

        lane->keys[at] = *element(s->k, s->kv_dim, lane_number, i);
        lane->values[at] = *element(s->v, s->kv_dim, lane_number, i);
    }
    for (head = 0; head < s->n_heads; head++) {
        int64_t at = ((int64_t)layer * s->n_kv_heads + head / group) * s->head_size * s->capacity;

        for (i = 0; i < s->head_size; i++)
            q[i] = *element(s->q, s->dim, lane_number, head * s->head_size + i);
        s->kernels->attend_one(out, q, lane->keys + at, lane->values + at, s->head_size, s->capacity, lane->position + 1, s->scratch);
        for (i = 0; i < s->head_size; i++)
            *element(s->att, s->dim, lane_number, head * s->head_size + i) = out[i];
    }
}

/* The logits of every lane's token at its position. */
static void forward_lanes(struct sampler *s)
{
    const struct train_kernels *kernels = s->kernels;
    int dim = s->dim, hidden_dim = s->hidden_dim, layer, lane, tile, i;

    for (lane = 0; lane < SAMPLER_LANES; lane++) {
        const float *embedding = weights(s, TENSOR_TOKEN_EMBEDDING) + (int64_t)s->lanes[lane].token * dim;

        for (i = 0; i < dim; i++)
            *element(s->x, dim, lane, i) = embedding[i];
        for (i = 0; i < s->head_size; i++)
            *element(s->angles, s->head_size, lane, i) = s->rope[(int64_t)s->lanes[lane].position * s->head_size + i];
    }
    for (layer = 0; layer < s->n_layers; layer++) {
        kernels->rmsnorm(s->xn, s->inverse_rms, s->x, weights(s, TENSOR_RMS_ATT) + (int64_t)layer * dim, dim, SAMPLER_TILES);
        multiply(s, s->q, TENSOR_WQ, layer, dim, dim, s->xn, 0);
        multiply(s, s->k, TENSOR_WK, layer, s->kv_dim, dim, s->xn, 0);
        multiply(s, s->v, TENSOR_WV, layer, s->kv_dim, dim, s->xn, 0);
        for (tile = 0; tile < SAMPLER_TILES; tile++) {
            const float *angles = s->angles + tile * s->head_size * TILE;

            kernels->rope(s->q + tile * dim * TILE, angles, s->n_heads, s->head_size, 1);
            kernels->rope(s->k + tile * s->kv_dim * TILE, angles, s->n_kv_heads, s->head_size, 1);
        }
        for (lane = 0; lane < SAMPLER_LANES; lane++)
            if (s->lanes[lane].story != NULL)
                attend(s, lane, layer);
        multiply(s, s->x, TENSOR_WO, layer, dim, dim, s->att, 1);
        kernels->rmsnorm(s->xn, s->inverse_rms, s->x, weights(s, TENSOR_RMS_FFN) + (int64_t)layer * dim, dim, SAMPLER_TILES);
        multiply(s, s->h1, TENSOR_W1, layer, hidden_dim, dim, s->xn, 0);
        multiply(s, s->h3, TENSOR_W3, layer, hidden_dim, dim, s->xn, 0);
        kernels->swiglu(s->g, s->h1, s->h3, hidden_dim * SAMPLER_LANES);
        multiply(s, s->x, TENSOR_W2, layer, dim, hidden_dim, s->g, 1);
    }
    kernels->rmsnorm(s->xn, s->inverse_rms, s->x, weights(s, TENSOR_RMS_FINAL), dim, SAMPLER_TILES);
    multiply(s, s->logits, TENSOR_WCLS, 0, s->vocab_size, dim, s->xn, 0);
}

static int sample_lane(struct sampler *s, int lane)
{
    float limit = random_f32(&s->lanes[lane].rng) * *element(s->sums, 1, lane, 0), sum = 0.0f;
    const float *weight = element(s->logits, s->vocab_size, lane, 0);
    int token;

    for (token = 0; token < s->vocab_size - 1; token++) {
        sum += weight[token * TILE];
        if (limit < sum)
            break;
    }
    return token;
}

int64_t teacher_sample(const struct checkpoint *teacher, uint64_t seed, float temperature, int64_t first, int n, struct sampled_story *stories)
{
    struct sampler s;
    int started = 0, running = 0, lane, tile;
    int64_t total = 0;

    if (sampler_init(&s, teacher) != 0) {
        sampler_free(&s);
        return -1;
    }
    for (;;) {
        for (lane = 0; lane < SAMPLER_LANES; lane++) {
            struct sampler_lane *l = &s.lanes[lane];

            if (l->story != NULL || started == n)
                continue;
            l->story = &stories[started];
            l->story->n_tokens = 0;
            l->story->complete = 0;
            l->story->tokens = malloc((size_t)s.seq_len * sizeof *l->story->tokens);
            if (l->story->tokens == NULL) {
                sampler_free(&s);
                return -1;
            }
            l->rng = scramble(seed ^ scramble((uint64_t)(first + started)));
            l->token = TOKEN_BOS;
            l->position = 0;
            started++;
            running++;
        }
        if (running == 0)
            break;
        total += running;
        forward_lanes(&s);
        for (tile = 0; tile < SAMPLER_TILES; tile++)
            s.kernels->softmax_weights(s.logits + (int64_t)tile * s.vocab_size * TILE, s.sums + tile * TILE, s.vocab_size, temperature);
        for (lane = 0; lane < SAMPLER_LANES; lane++) {
            struct sampler_lane *l = &s.lanes[lane];

            if (l->story == NULL)
                continue;
            l->token = sample_lane(&s, lane);
            if (l->token == TOKEN_BOS || l->token == TOKEN_EOS)
                l->story->complete = 1;
            else
                l->story->tokens[l->story->n_tokens++] = (uint16_t)l->token;
            if (l->story->complete || ++l->position == s.seq_len) {
                l->story = NULL;
                l->token = TOKEN_BOS;
                l->position = 0;
                running--;
            }
        }
    }
    sampler_free(&s);
    return total;
}
