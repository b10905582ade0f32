#include "train_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output_file.h"
#include "random.h"
#include "rope_table.h"

int tensor_is_matrix(enum tensor_id id)
{
    return id != TENSOR_RMS_ATT && id != TENSOR_RMS_FFN && id != TENSOR_RMS_FINAL && id != TENSOR_FREQ_CIS_REAL && id != TENSOR_FREQ_CIS_IMAG;
}

int64_t train_tensor_elements(const struct train_model *model, enum tensor_id id)
{
    return id == TENSOR_FREQ_CIS_REAL || id == TENSOR_FREQ_CIS_IMAG ? 0 : (int64_t)checkpoint_elements(&model->config, id);
}

int train_model_open(struct train_model *model, const struct checkpoint_config *config)
{
    int tiles = (config->seq_len + TILE - 1) / TILE, position, i, id;

    memset(model, 0, sizeof *model);
    model->config = *config;
    model->head_size = config->dim / config->n_heads;
    model->kv_dim = model->head_size * config->n_kv_heads;
    for (id = 0; id < TENSOR_COUNT; id++) {
        model->offset[id] = model->n_parameters;
        model->n_parameters += train_tensor_elements(model, (enum tensor_id)id);
    }
    if (config->shared_classifier)
        model->offset[TENSOR_WCLS] = model->offset[TENSOR_TOKEN_EMBEDDING];
    model->rope = aligned_alloc(64, (size_t)tiles * TILE * (size_t)model->head_size * sizeof(float));
    model->rope_by_position = malloc((size_t)config->seq_len * (size_t)model->head_size * sizeof(float));
    if (model->rope == NULL || model->rope_by_position == NULL) {
        train_model_close(model);
        return -1;
    }
    rope_table((f32 *)(void *)model->rope_by_position, (uint32_t)config->seq_len, (uint32_t)model->head_size);
    for (position = 0; position < tiles * TILE; position++)
        for (i = 0; i < model->head_size; i++)
            model->rope[((int64_t)(position / TILE) * model->head_size + i) * TILE + position % TILE] =
                position < config->seq_len ? model->rope_by_position[(int64_t)position * model->head_size + i] : 0.0f;
    return 0;
}

void train_model_close(struct train_model *model)
{
    free(model->rope);
    free(model->rope_by_position);
    memset(model, 0, sizeof *model);
}

/* A normally distributed number (Box and Muller). */
static float normal(uint64_t *state)
{
    double u = (double)((splitmix64(state) >> 11) + 1) / 9007199254740993.0, v = (double)(splitmix64(state) >> 11) / 9007199254740992.0;

    return (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
}

/* Standard deviation 1/sqrt(columns), so that a product keeps the size of its
 * input; what is added to the residual stream is smaller by sqrt(2 n_layers)
 * (GPT-2). Small embeddings make the first logits small. */
void train_model_initialise(const struct train_model *model, float *parameters, uint64_t seed)
{
    const struct checkpoint_config *c = &model->config;
    uint64_t state = seed;
    int64_t i;
    int id;

    for (id = 0; id < TENSOR_COUNT; id++) {
        float *w = parameters + model->offset[id];
        int64_t n = train_tensor_elements(model, (enum tensor_id)id);
        int columns = id == TENSOR_W2 ? c->hidden_dim : c->dim;
        float deviation = 1.0f / sqrtf((float)columns);

        if (id == TENSOR_TOKEN_EMBEDDING || id == TENSOR_WCLS)
            deviation *= 0.5f;
        if (id == TENSOR_WO || id == TENSOR_W2)
            deviation /= sqrtf(2.0f * (float)c->n_layers);
        for (i = 0; i < n; i++)
            w[i] = tensor_is_matrix((enum tensor_id)id) ? deviation * normal(&state) : 1.0f;
    }
}

/* Lays the buffers out: with memory NULL it only counts. */
static int64_t lay_out(struct train_workspace *ws, float *memory)
{
    const struct checkpoint_config *c = &ws->model->config;
    const int64_t dim = c->dim, kv_dim = ws->model->kv_dim, hidden_dim = c->hidden_dim, tokens = (int64_t)ws->capacity * TILE;
    const int64_t widest = dim > hidden_dim ? dim : hidden_dim;
    int64_t at = 0;
    int l;

#define TAKE(field, features) (field) = memory == NULL ? NULL : memory + at, at += (features)*tokens
    for (l = 0; l < c->n_layers; l++) {
        struct layer_activations *a = &ws->layers[l];

        TAKE(a->x, dim);
        TAKE(a->inverse_rms_att, 1);
        TAKE(a->xn_att, dim);
        TAKE(a->q, dim);
        TAKE(a->k, kv_dim);
        TAKE(a->v, kv_dim);
        TAKE(a->att, dim);
        TAKE(a->log_sum, c->n_heads);
        TAKE(a->x_mid, dim);
        TAKE(a->inverse_rms_ffn, 1);
        TAKE(a->xn_ffn, dim);
        TAKE(a->h1, hidden_dim);
        TAKE(a->h3, hidden_dim);
        TAKE(a->g, hidden_dim);
    }
    TAKE(ws->x, dim);
    TAKE(ws->inverse_rms, 1);
    TAKE(ws->xn, dim);
    TAKE(ws->logits, c->vocab_size);
    TAKE(ws->loss, 1);
    TAKE(ws->dx, dim);
    TAKE(ws->dxn, dim);
    TAKE(ws->dq, dim);
    TAKE(ws->dk, kv_dim);
    TAKE(ws->dv, kv_dim);
    TAKE(ws->datt, dim);
    TAKE(ws->dg, hidden_dim);
    TAKE(ws->transposed, (widest + TILE - 1) / TILE * TILE);
#undef TAKE
    return at;
}

int train_workspace_open(struct train_workspace *ws, const struct train_model *model, int tiles)
{
    int least = (model->config.seq_len + TILE - 1) / TILE;
    int64_t floats;

    memset(ws, 0, sizeof *ws);
    ws->model = model;
    ws->capacity = tiles > least ? tiles : least;
    ws->tokens = malloc((size_t)ws->capacity * TILE * sizeof *ws->tokens);
    ws->targets = malloc((size_t)ws->capacity * TILE * sizeof *ws->targets);
    ws->first_tile = malloc((size_t)ws->capacity * sizeof *ws->first_tile);
    ws->layers = calloc((size_t)model->config.n_layers, sizeof *ws->layers);
    if (ws->tokens == NULL || ws->targets == NULL || ws->first_tile == NULL || ws->layers == NULL) {
        train_workspace_close(ws);
        return -1;
    }
    floats = lay_out(ws, NULL);
    ws->memory = aligned_alloc(64, (size_t)(floats + TILE - 1) / TILE * TILE * sizeof(float));
    if (ws->memory == NULL) {
        train_workspace_close(ws);
        return -1;
    }
    lay_out(ws, ws->memory);
    return 0;
}

void train_workspace_close(struct train_workspace *ws)
{
    free(ws->tokens);
    free(ws->targets);
    free(ws->first_tile);
    free(ws->layers);
    free(ws->memory);
    memset(ws, 0, sizeof *ws);
}

void train_workspace_clear(struct train_workspace *ws)
{
    ws->tiles = 0;
    ws->n_targets = 0;
}

int train_workspace_add(struct train_workspace *ws, const uint16_t *tokens, int n)
{
    int first = ws->tiles, tiles = (n + TILE - 1) / TILE, i;

    if (first + tiles > ws->capacity)
        return 0;
    for (i = 0; i < tiles; i++)
        ws->first_tile[first + i] = first;
    for (i = 0; i < tiles * TILE; i++) {
        ws->tokens[first * TILE + i] = i < n ? tokens[i] : 0;
        ws->targets[first * TILE + i] = i < n ? tokens[i + 1] : -1;
    }
    ws->tiles += tiles;
    ws->n_targets += n;
    return 1;
}

/* A layer's matrix, and its transpose. */
static struct matrix_view matrix(const struct train_model *model, const float *parameters, enum tensor_id id, int layer, int rows, int columns)
{
    struct matrix_view w = {parameters + model->offset[id] + (int64_t)layer * rows * columns, rows, columns, columns, 1};

    return w;
}

static struct matrix_view transposed(struct matrix_view w)
{
    struct matrix_view t = {w.data, w.columns, w.rows, w.column_stride, w.row_stride};

    return t;
}

/* The views of a layer's matrices. */
struct layer_matrices {
    struct matrix_view wq, wk, wv, wo, w1, w2, w3;
};

static struct layer_matrices layer_matrices(const struct train_model *model, const float *parameters, int l)
{
    const struct checkpoint_config *c = &model->config;
    struct layer_matrices m = {
        .wq = matrix(model, parameters, TENSOR_WQ, l, c->dim, c->dim),
        .wk = matrix(model, parameters, TENSOR_WK, l, model->kv_dim, c->dim),
        .wv = matrix(model, parameters, TENSOR_WV, l, model->kv_dim, c->dim),
        .wo = matrix(model, parameters, TENSOR_WO, l, c->dim, c->dim),
        .w1 = matrix(model, parameters, TENSOR_W1, l, c->hidden_dim, c->dim),
        .w2 = matrix(model, parameters, TENSOR_W2, l, c->dim, c->hidden_dim),
        .w3 = matrix(model, parameters, TENSOR_W3, l, c->hidden_dim, c->dim),
    };

    return m;
}

/* Turns q and k, or their gradients back. */
static void rope(const struct train_workspace *ws, float *q, float *k, int direction)
{
    const struct train_model *model = ws->model;
    const struct train_kernels *kernels = train_kernels();
    int tile;

    for (tile = 0; tile < ws->tiles; tile++) {
        const float *table = model->rope + (int64_t)(tile - ws->first_tile[tile]) * model->head_size * TILE;

        kernels->rope(q + (int64_t)tile * model->config.dim * TILE, table, model->config.n_heads, model->head_size, direction);
        kernels->rope(k + (int64_t)tile * model->kv_dim * TILE, table, model->config.n_kv_heads, model->head_size, direction);
    }
}

/* Tiles of the story that begins at `tile`. */
static int story_tiles(const struct train_workspace *ws, int tile)
{
    int end = tile + 1;

    while (end < ws->tiles && ws->first_tile[end] == tile)
        end++;
    return end - tile;
}

static void attention(struct train_workspace *ws, struct layer_activations *a)
{
    const struct train_model *model = ws->model;
    const struct attention_shape shape = {model->head_size, model->config.n_heads, model->config.n_kv_heads};
    int tile, n;

    for (tile = 0; tile < ws->tiles; tile += n) {
        const int64_t at = (int64_t)tile * model->config.dim * TILE, kv_at = (int64_t)tile * model->kv_dim * TILE;

        n = story_tiles(ws, tile);
        train_kernels()->attention(a->att + at, a->log_sum + (int64_t)tile * shape.n_heads * TILE, a->q + at, a->k + kv_at, a->v + kv_at, &shape, n);
    }
}

static void attention_backward(struct train_workspace *ws, const struct layer_activations *a)
{
    const struct train_model *model = ws->model;
    const struct attention_shape shape = {model->head_size, model->config.n_heads, model->config.n_kv_heads};
    const size_t kv_bytes = (size_t)ws->tiles * (size_t)model->kv_dim * TILE * sizeof(float);
    int tile, n;

    memset(ws->dk, 0, kv_bytes);
    memset(ws->dv, 0, kv_bytes);
    for (tile = 0; tile < ws->tiles; tile += n) {
        const int64_t at = (int64_t)tile * model->config.dim * TILE, kv_at = (int64_t)tile * model->kv_dim * TILE;

        n = story_tiles(ws, tile);
        train_kernels()->attention_backward(ws->dq + at, ws->dk + kv_at, ws->dv + kv_at, ws->datt + at, a->att + at,
                                            a->log_sum + (int64_t)tile * shape.n_heads * TILE, a->q + at, a->k + kv_at, a->v + kv_at, &shape, n);
    }
}

static void embed(struct train_workspace *ws, const float *embedding, float *x)
{
    int dim = ws->model->config.dim, token, i;

    for (token = 0; token < ws->tiles * TILE; token++) {
        const float *row = embedding + (int64_t)ws->tokens[token] * dim;
        float *to = x + (int64_t)(token / TILE) * dim * TILE + token % TILE;

        for (i = 0; i < dim; i++)
            to[i * TILE] = row[i];
    }
}

static void embed_backward(const struct train_workspace *ws, float *dembedding)
{
    int dim = ws->model->config.dim, token, i;

    for (token = 0; token < ws->tiles * TILE; token++) {
        const float *from = ws->dx + (int64_t)(token / TILE) * dim * TILE + token % TILE;
        float *row = dembedding + (int64_t)ws->tokens[token] * dim;

        if (ws->targets[token] >= 0)
            for (i = 0; i < dim; i++)
                row[i] += from[i * TILE];
    }
}

static double forward_pass(struct train_workspace *ws, const float *parameters, float scale)
{
    const struct train_model *model = ws->model;
    const struct checkpoint_config *c = &model->config;
    const struct train_kernels *kernels = train_kernels();
    const int tiles = ws->tiles;
    const size_t x_bytes = (size_t)tiles * (size_t)c->dim * TILE * sizeof(float);
    const struct matrix_view classifier = matrix(model, parameters, TENSOR_WCLS, 0, c->vocab_size, c->dim);
    double loss = 0.0;
    int l, tile, i;

    embed(ws, parameters + model->offset[TENSOR_TOKEN_EMBEDDING], c->n_layers > 0 ? ws->layers[0].x : ws->x);
    for (l = 0; l < c->n_layers; l++) {
        struct layer_activations *a = &ws->layers[l];
        const struct layer_matrices m = layer_matrices(model, parameters, l);
        float *out = l + 1 < c->n_layers ? ws->layers[l + 1].x : ws->x;

        kernels->rmsnorm(a->xn_att, a->inverse_rms_att, a->x, parameters + model->offset[TENSOR_RMS_ATT] + (int64_t)l * c->dim, c->dim, tiles);
        kernels->product(a->q, &m.wq, a->xn_att, tiles, 0);
        kernels->product(a->k, &m.wk, a->xn_att, tiles, 0);
        kernels->product(a->v, &m.wv, a->xn_att, tiles, 0);
        rope(ws, a->q, a->k, 1);
        attention(ws, a);
        memcpy(a->x_mid, a->x, x_bytes);
        kernels->product(a->x_mid, &m.wo, a->att, tiles, 1);

        kernels->rmsnorm(a->xn_ffn, a->inverse_rms_ffn, a->x_mid, parameters + model->offset[TENSOR_RMS_FFN] + (int64_t)l * c->dim, c->dim, tiles);
        kernels->product(a->h1, &m.w1, a->xn_ffn, tiles, 0);
        kernels->product(a->h3, &m.w3, a->xn_ffn, tiles, 0);
        kernels->swiglu(a->g, a->h1, a->h3, tiles * c->hidden_dim * TILE);
        memcpy(out, a->x_mid, x_bytes);
        kernels->product(out, &m.w2, a->g, tiles, 1);
    }
    kernels->rmsnorm(ws->xn, ws->inverse_rms, ws->x, parameters + model->offset[TENSOR_RMS_FINAL], c->dim, tiles);
    kernels->product(ws->logits, &classifier, ws->xn, tiles, 0);
    for (tile = 0; tile < tiles; tile++)
        kernels->cross_entropy(ws->logits + (int64_t)tile * c->vocab_size * TILE, ws->loss + tile * TILE, ws->targets + tile * TILE, c->vocab_size, scale);
    for (i = 0; i < tiles * TILE; i++)
        loss += (double)ws->loss[i];
    return loss;
}

/* The gradient of w += dy x^T, with x already transposed, and dx (+)= w^T dy. */
static void product_backward(const struct train_workspace *ws, float *gradient, const float *parameters, struct matrix_view w, float *dx, const float *dy, int accumulate)
{
    const struct matrix_view t = transposed(w);

    train_kernels()->outer_product(gradient + (w.data - parameters), dy, ws->transposed, w.rows, w.columns, ws->tiles);
    train_kernels()->product(dx, &t, dy, ws->tiles, accumulate);
}

static void backward_pass(struct train_workspace *ws, const float *parameters, float *gradient)
{
    const struct train_model *model = ws->model;
    const struct checkpoint_config *c = &model->config;
    const struct train_kernels *kernels = train_kernels();
    const int tiles = ws->tiles;
    int l;

    kernels->transpose(ws->transposed, ws->xn, c->dim, tiles);
    product_backward(ws, gradient, parameters, matrix(model, parameters, TENSOR_WCLS, 0, c->vocab_size, c->dim), ws->dxn, ws->logits, 0);
    memset(ws->dx, 0, (size_t)tiles * (size_t)c->dim * TILE * sizeof(float));
    kernels->rmsnorm_backward(ws->dx, gradient + model->offset[TENSOR_RMS_FINAL], ws->dxn, ws->x, ws->inverse_rms, parameters + model->offset[TENSOR_RMS_FINAL], c->dim, tiles);

    for (l = c->n_layers - 1; l >= 0; l--) {
        struct layer_activations *a = &ws->layers[l];
        const struct layer_matrices m = layer_matrices(model, parameters, l);
        const int64_t rms_ffn = model->offset[TENSOR_RMS_FFN] + (int64_t)l * c->dim, rms_att = model->offset[TENSOR_RMS_ATT] + (int64_t)l * c->dim;

        kernels->transpose(ws->transposed, a->g, c->hidden_dim, tiles);
        product_backward(ws, gradient, parameters, m.w2, ws->dg, ws->dx, 0);
        kernels->swiglu_backward(a->h1, a->h3, ws->dg, a->h1, a->h3, tiles * c->hidden_dim * TILE);
        kernels->transpose(ws->transposed, a->xn_ffn, c->dim, tiles);
        product_backward(ws, gradient, parameters, m.w1, ws->dxn, a->h1, 0);
        product_backward(ws, gradient, parameters, m.w3, ws->dxn, a->h3, 1);
        kernels->rmsnorm_backward(ws->dx, gradient + rms_ffn, ws->dxn, a->x_mid, a->inverse_rms_ffn, parameters + rms_ffn, c->dim, tiles);

        kernels->transpose(ws->transposed, a->att, c->dim, tiles);
        product_backward(ws, gradient, parameters, m.wo, ws->datt, ws->dx, 0);
        attention_backward(ws, a);
        rope(ws, ws->dq, ws->dk, -1);
        kernels->transpose(ws->transposed, a->xn_att, c->dim, tiles);
        product_backward(ws, gradient, parameters, m.wq, ws->dxn, ws->dq, 0);
        product_backward(ws, gradient, parameters, m.wk, ws->dxn, ws->dk, 1);
        product_backward(ws, gradient, parameters, m.wv, ws->dxn, ws->dv, 1);
        kernels->rmsnorm_backward(ws->dx, gradient + rms_att, ws->dxn, a->x, a->inverse_rms_att, parameters + rms_att, c->dim, tiles);
    }
    embed_backward(ws, gradient + model->offset[TENSOR_TOKEN_EMBEDDING]);
}

double train_model_pass(struct train_workspace *ws, const float *parameters, float *gradient, float scale)
{
    double loss = forward_pass(ws, parameters, gradient == NULL ? 0.0f : scale);

    if (gradient != NULL)
        backward_pass(ws, parameters, gradient);
    return loss;
}

void train_model_load(const struct train_model *model, float *parameters, const struct checkpoint *checkpoint)
{
    int id;

    for (id = 0; id < TENSOR_COUNT; id++)
        if (id != TENSOR_WCLS || !model->config.shared_classifier)
            memcpy(parameters + model->offset[id], checkpoint->tensors[id].data, (size_t)train_tensor_elements(model, (enum tensor_id)id) * sizeof(float));
}

int train_model_save(const struct train_model *model, const float *parameters, const char *path, char *error, size_t error_size)
{
    const struct checkpoint_config *c = &model->config;
    const int32_t header[7] = {c->dim, c->hidden_dim, c->n_layers, c->n_heads, c->n_kv_heads, c->shared_classifier ? c->vocab_size : -c->vocab_size, c->seq_len};
    struct output_file out;
    int64_t i, angles = (int64_t)c->seq_len * (model->head_size / 2);
    int id;

    if (output_file_open(&out, path, error, error_size) != 0)
        return -1;
    fwrite(header, sizeof header, 1, out.stream);
    for (id = 0; id < TENSOR_COUNT; id++) {
        if (id == TENSOR_FREQ_CIS_REAL || id == TENSOR_FREQ_CIS_IMAG)
            for (i = 0; i < angles; i++)
                fwrite(model->rope_by_position + 2 * i + (id == TENSOR_FREQ_CIS_IMAG), sizeof(float), 1, out.stream);
        else
            fwrite(parameters + model->offset[id], sizeof(float), (size_t)train_tensor_elements(model, (enum tensor_id)id), out.stream);
    }
    return output_file_commit(&out, error, error_size);
}
