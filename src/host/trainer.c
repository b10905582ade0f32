#include "trainer.h"

#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mapped_file.h"
#include "output_file.h"

#define WORKSPACE_TILES 32

#define BETA_1 0.9f
#define BETA_2 0.98f
#define EPSILON 1e-8f

static float *new_floats(int64_t n)
{
    float *floats = aligned_alloc(64, (size_t)(n + TILE - 1) / TILE * TILE * sizeof *floats);

    if (floats != NULL)
        memset(floats, 0, (size_t)n * sizeof *floats);
    return floats;
}

int trainer_open(struct trainer *t, const struct train_model *model, const struct train_data *data, const struct train_options *options, int threads)
{
    int i;

    memset(t, 0, sizeof *t);
    t->options = *options;
    t->model = model;
    t->data = data;
    t->threads = threads < GRADIENT_PARTS ? threads : GRADIENT_PARTS;
    t->parameters = new_floats(model->n_parameters);
    t->first_moment = new_floats(model->n_parameters);
    t->second_moment = new_floats(model->n_parameters);
    t->pass_model = model;
    if (options->qat_bits != 0) {
        struct checkpoint_config separate = model->config;

        separate.shared_classifier = false;
        if (train_model_open(&t->effective_model, &separate) != 0 ||
            train_quantiser_open(&t->quantiser, &t->effective_model, (int)options->qat_bits, t->threads) != 0) {
            trainer_close(t);
            return -1;
        }
        t->pass_model = &t->effective_model;
    }
    t->effective = options->qat_bits == 0 ? t->parameters : new_floats(t->pass_model->n_parameters);
    t->gradients = new_floats(GRADIENT_PARTS * t->pass_model->n_parameters);
    t->workspaces = calloc((size_t)t->threads, sizeof *t->workspaces);
    if (t->parameters == NULL || t->first_moment == NULL || t->second_moment == NULL || t->effective == NULL || t->gradients == NULL || t->workspaces == NULL ||
        shuffle_open(&t->shuffle, data->n_sequences, options->seed) != 0) {
        trainer_close(t);
        return -1;
    }
    for (i = 0; i < t->threads; i++)
        if (train_workspace_open(&t->workspaces[i], t->pass_model, WORKSPACE_TILES) != 0) {
            trainer_close(t);
            return -1;
        }
    return 0;
}

void trainer_close(struct trainer *t)
{
    int i;

    for (i = 0; t->workspaces != NULL && i < t->threads; i++)
        train_workspace_close(&t->workspaces[i]);
    free(t->workspaces);
    if (t->effective != t->parameters)
        free(t->effective);
    train_quantiser_close(&t->quantiser);
    train_model_close(&t->effective_model);
    free(t->parameters);
    free(t->first_moment);
    free(t->second_moment);
    free(t->gradients);
    free(t->batch.sequences);
    free(t->slices.ends);
    shuffle_close(&t->shuffle);
    curve_free(&t->curve);
    memset(t, 0, sizeof *t);
}

/* The classifier comes last among the tensors, so all others stand where they
 * stand in the parameters of a model that shares it. */
void trainer_refresh(struct trainer *t)
{
    const struct train_model *model = t->pass_model;

    if (t->effective == t->parameters)
        return;
    memcpy(t->effective, t->parameters, (size_t)t->model->n_parameters * sizeof(float));
    if (t->model->config.shared_classifier)
        memcpy(t->effective + model->offset[TENSOR_WCLS], t->parameters + t->model->offset[TENSOR_TOKEN_EMBEDDING],
               (size_t)train_tensor_elements(model, TENSOR_WCLS) * sizeof(float));
    train_quantise(&t->quantiser, t->effective);
}

double trainer_learning_rate(const struct train_options *o, int64_t step)
{
    double progress;

    if (step < o->warm_up)
        return o->learning_rate * (double)(step + 1) / (double)o->warm_up;
    progress = (double)(step - o->warm_up) / fmax(1.0, (double)(o->steps - o->warm_up));
    return o->learning_rate * (o->last_learning_rate + (1.0 - o->last_learning_rate) * 0.5 * (1.0 + cos(3.141592653589793 * fmin(progress, 1.0))));
}

static int tiles_of(const struct sequence *sequence)
{
    return (sequence->n + TILE - 1) / TILE;
}

static int append_slice(struct trainer *t)
{
    if (t->slices.n == t->slices.room) {
        size_t room = 2 * t->slices.room + 16;
        size_t *ends = realloc(t->slices.ends, room * sizeof *ends);

        if (ends == NULL)
            return -1;
        t->slices.ends = ends;
        t->slices.room = room;
    }
    t->slices.ends[t->slices.n++] = t->batch.n;
    return 0;
}

static int append_sequence(struct trainer *t, uint32_t sequence)
{
    if (t->batch.n == t->batch.room) {
        size_t room = 2 * t->batch.room + 64;
        uint32_t *sequences = realloc(t->batch.sequences, room * sizeof *sequences);

        if (sequences == NULL)
            return -1;
        t->batch.sequences = sequences;
        t->batch.room = room;
    }
    t->batch.sequences[t->batch.n++] = sequence;
    return 0;
}

/* Takes the next sequences and cuts them into slices. */
static int next_batch(struct trainer *t, int64_t *tokens)
{
    int room = t->workspaces[0].capacity, used = 0;

    t->batch.n = 0;
    t->slices.n = 0;
    *tokens = 0;
    while (*tokens < t->options.batch_tokens) {
        uint32_t next = shuffle_peek(&t->shuffle);
        const struct sequence *sequence = &t->data->sequences[next];

        if (used + tiles_of(sequence) > room) {
            if (append_slice(t) != 0)
                return -1;
            used = 0;
        }
        if (append_sequence(t, next) != 0)
            return -1;
        used += tiles_of(sequence);
        *tokens += sequence->n;
        shuffle_advance(&t->shuffle);
    }
    return append_slice(t);
}

/* Gradient and loss of every GRADIENT_PARTS-th slice of the batch. With
 * quantisation every second part goes through the unrounded weights: a network
 * that never sees them is good in its rounded form only. */
static double part_of_gradient(struct trainer *t, int part, float scale)
{
    struct train_workspace *workspace = &t->workspaces[omp_get_thread_num()];
    const bool rounded = part % 2 == 0;
    float *gradient = t->gradients + part * t->pass_model->n_parameters;
    double loss = 0.0;
    size_t slice, i;

    memset(gradient, 0, (size_t)t->pass_model->n_parameters * sizeof *gradient);
    for (slice = (size_t)part; slice < t->slices.n; slice += GRADIENT_PARTS) {
        train_workspace_clear(workspace);
        for (i = slice == 0 ? 0 : t->slices.ends[slice - 1]; i < t->slices.ends[slice]; i++) {
            const struct sequence *sequence = &t->data->sequences[t->batch.sequences[i]];

            train_workspace_add(workspace, t->data->tokens.tokens + sequence->first, sequence->n);
        }
        workspace->model = rounded ? t->pass_model : t->model;
        loss += train_model_pass(workspace, rounded ? t->effective : t->parameters, gradient, scale);
    }
    workspace->model = t->pass_model;
    return loss;
}

static void adamw(struct trainer *t, float factor, float rate)
{
    const float correction_1 = 1.0f / (1.0f - powf(BETA_1, (float)(t->step + 1))), correction_2 = 1.0f / (1.0f - powf(BETA_2, (float)(t->step + 1)));
    int id;

    for (id = 0; id < TENSOR_COUNT; id++) {
        const int64_t begin = t->model->offset[id], n = train_tensor_elements(t->model, (enum tensor_id)id);
        const float decay = tensor_is_matrix((enum tensor_id)id) ? rate * (float)t->options.weight_decay : 0.0f;
        float *restrict w = t->parameters + begin, *restrict m = t->first_moment + begin, *restrict v = t->second_moment + begin;
        const float *restrict g = t->gradients + begin;
        int64_t i;

        for (i = 0; i < n; i++) {
            const float gradient = g[i] * factor;

            m[i] = BETA_1 * m[i] + (1.0f - BETA_1) * gradient;
            v[i] = BETA_2 * v[i] + (1.0f - BETA_2) * gradient * gradient;
            w[i] -= rate * m[i] * correction_1 / (sqrtf(v[i] * correction_2) + EPSILON) + decay * w[i];
        }
    }
}

/* The gradient of a parameter that is rounded is taken for that of its rounded
 * value (the straight-through estimator); that of a shared classifier belongs to
 * the embedding. Sums the parts in their order into the first. */
static void sum_gradients(struct trainer *t)
{
    const int64_t n = t->pass_model->n_parameters, classifier = train_tensor_elements(t->pass_model, TENSOR_WCLS);
    int64_t i;

#pragma omp parallel for num_threads(t->threads) schedule(static)
    for (i = 0; i < n; i++) {
        float sum = t->gradients[i];
        int part;

        for (part = 1; part < GRADIENT_PARTS; part++)
            sum += t->gradients[part * n + i];
        t->gradients[i] = sum;
    }
    if (t->pass_model != t->model && t->model->config.shared_classifier)
        for (i = 0; i < classifier; i++)
            t->gradients[t->model->offset[TENSOR_TOKEN_EMBEDDING] + i] += t->gradients[t->pass_model->offset[TENSOR_WCLS] + i];
}

int trainer_step(struct trainer *t, double *loss)
{
    const int64_t n = t->model->n_parameters;
    double losses[GRADIENT_PARTS], squares = 0.0, norm, rate = trainer_learning_rate(&t->options, t->step);
    int64_t tokens, i;
    float scale;
    int part;

    if (next_batch(t, &tokens) != 0)
        return -1;
    scale = 1.0f / (float)tokens;
#pragma omp parallel for num_threads(t->threads) schedule(dynamic, 1)
    for (part = 0; part < GRADIENT_PARTS; part++)
        losses[part] = part_of_gradient(t, part, scale);
    sum_gradients(t);
    for (i = 0; i < n; i++)
        squares += (double)t->gradients[i] * (double)t->gradients[i];
    norm = sqrt(squares);
    adamw(t, norm > t->options.clip ? (float)(t->options.clip / norm) : 1.0f, (float)rate);
    trainer_refresh(t);

    *loss = 0.0;
    for (part = 0; part < GRADIENT_PARTS; part++)
        *loss += losses[part];
    t->step++;
    t->tokens += tokens;
    t->loss_sum += *loss;
    t->loss_tokens += tokens;
    *loss /= (double)tokens;
    return 0;
}

double trainer_evaluate(struct trainer *t, const struct train_data *data, uint64_t max_tokens, uint64_t *tokens)
{
    double losses[GRADIENT_PARTS], loss = 0.0;
    size_t n = 0;
    int part;

    for (*tokens = 0; n < data->n_sequences && *tokens < max_tokens; n++)
        *tokens += (uint64_t)data->sequences[n].n;
#pragma omp parallel for num_threads(t->threads) schedule(dynamic, 1)
    for (part = 0; part < GRADIENT_PARTS; part++) {
        struct train_workspace *workspace = &t->workspaces[omp_get_thread_num()];
        size_t i;

        losses[part] = 0.0;
        train_workspace_clear(workspace);
        for (i = (size_t)part; i < n; i += GRADIENT_PARTS) {
            const struct sequence *sequence = &data->sequences[i];
            const uint16_t *first = data->tokens.tokens + sequence->first;

            if (!train_workspace_add(workspace, first, sequence->n)) {
                losses[part] += train_model_pass(workspace, t->effective, NULL, 0.0f);
                train_workspace_clear(workspace);
                train_workspace_add(workspace, first, sequence->n);
            }
        }
        if (workspace->tiles > 0)
            losses[part] += train_model_pass(workspace, t->effective, NULL, 0.0f);
    }
    for (part = 0; part < GRADIENT_PARTS; part++)
        loss += losses[part];
    return loss;
}

#define STATE_MAGIC "train64 state 1"

/* What a state file begins with; then the points of the curve, the parameters
 * and the two moments. */
struct state_header {
    char magic[16];
    int32_t shape[8]; /* the config's numbers */
    struct train_options options;
    uint64_t text_digest;
    int64_t step, tokens, loss_tokens;
    double loss_sum;
    uint64_t epoch, next, n_points;
    uint64_t payload_digest;
};

static uint64_t digest(uint64_t hash, const void *data, size_t bytes)
{
    const uint8_t *byte = data;

    while (bytes-- > 0)
        hash = (hash ^ *byte++) * 0x100000001B3ULL; /* FNV-1a */
    return hash;
}

static void fill_header(struct state_header *h, const struct trainer *t)
{
    const struct checkpoint_config *c = &t->model->config;
    const int32_t shape[8] = {c->dim, c->hidden_dim, c->n_layers, c->n_heads, c->n_kv_heads, c->vocab_size, c->seq_len, c->shared_classifier};
    const size_t bytes = (size_t)t->model->n_parameters * sizeof(float);
    const float *const parts[3] = {t->parameters, t->first_moment, t->second_moment};
    int i;

    memset(h, 0, sizeof *h);
    memcpy(h->magic, STATE_MAGIC, sizeof STATE_MAGIC);
    memcpy(h->shape, shape, sizeof shape);
    h->options = t->options;
    h->text_digest = digest(0xCBF29CE484222325ULL, t->data->tokens.tokens, t->data->tokens.n * sizeof *t->data->tokens.tokens);
    h->step = t->step;
    h->tokens = t->tokens;
    h->loss_tokens = t->loss_tokens;
    h->loss_sum = t->loss_sum;
    h->epoch = t->shuffle.epoch;
    h->next = t->shuffle.next;
    h->n_points = t->curve.n;
    h->payload_digest = digest(0xCBF29CE484222325ULL, t->curve.points, t->curve.n * sizeof *t->curve.points);
    for (i = 0; i < 3; i++)
        h->payload_digest = digest(h->payload_digest, parts[i], bytes);
}

int trainer_save_state(const struct trainer *t, const char *path, char *error, size_t error_size)
{
    const size_t n = (size_t)t->model->n_parameters;
    struct state_header header;
    struct output_file out;

    fill_header(&header, t);
    if (output_file_open(&out, path, error, error_size) != 0)
        return -1;
    fwrite(&header, sizeof header, 1, out.stream);
    if (t->curve.n > 0)
        fwrite(t->curve.points, sizeof *t->curve.points, t->curve.n, out.stream);
    fwrite(t->parameters, sizeof(float), n, out.stream);
    fwrite(t->first_moment, sizeof(float), n, out.stream);
    fwrite(t->second_moment, sizeof(float), n, out.stream);
    return output_file_commit(&out, error, error_size);
}

/* Whether the state is that of this run. */
static int check_header(const struct state_header *h, const struct state_header *own, char *error, size_t error_size)
{
    static const char *const names[8] = {"dim", "hidden", "layers", "heads", "kv-heads", "vocab", "context", "shared classifier"};
    int i;

    for (i = 0; i < 8; i++)
        if (h->shape[i] != own->shape[i]) {
            snprintf(error, error_size, "is of another shape: %s %" PRId32 ", not %" PRId32, names[i], h->shape[i], own->shape[i]);
            return -1;
        }
    if (h->text_digest != own->text_digest) {
        snprintf(error, error_size, "belongs to another text or tokenizer");
        return -1;
    }
    if (memcmp(&h->options, &own->options, sizeof own->options) != 0) {
        snprintf(error, error_size, "belongs to a run with other options");
        return -1;
    }
    return 0;
}

int trainer_load_state(struct trainer *t, const char *path, char *error, size_t error_size)
{
    const size_t bytes = (size_t)t->model->n_parameters * sizeof(float);
    struct state_header header, own;
    struct mapped_file file;
    const uint8_t *at;
    uint64_t i;
    int result = -1;

    fill_header(&own, t);
    if (mapped_file_open(&file, path, error, error_size) != 0)
        return -1;
    if (file.size < sizeof header || memcmp(file.bytes, STATE_MAGIC, sizeof STATE_MAGIC) != 0) {
        snprintf(error, error_size, "is not the state of a training run");
        goto done;
    }
    memcpy(&header, file.bytes, sizeof header);
    if (check_header(&header, &own, error, error_size) != 0)
        goto done;
    at = file.bytes + sizeof header;
    if (header.n_points > file.size / sizeof(struct curve_point) ||
        file.size != sizeof header + (size_t)header.n_points * sizeof(struct curve_point) + 3 * bytes || header.next > t->shuffle.n ||
        header.payload_digest != digest(0xCBF29CE484222325ULL, at, file.size - sizeof header)) {
        snprintf(error, error_size, "is damaged");
        goto done;
    }
    for (i = 0; i < header.n_points; i++, at += sizeof(struct curve_point)) {
        struct curve_point point;

        memcpy(&point, at, sizeof point);
        if (curve_add(&t->curve, &point) != 0) {
            snprintf(error, error_size, "no memory");
            goto done;
        }
    }
    memcpy(t->parameters, at, bytes);
    memcpy(t->first_moment, at + bytes, bytes);
    memcpy(t->second_moment, at + 2 * bytes, bytes);
    t->step = header.step;
    t->tokens = header.tokens;
    t->loss_tokens = header.loss_tokens;
    t->loss_sum = header.loss_sum;
    shuffle_seek(&t->shuffle, header.epoch, (size_t)header.next);
    trainer_refresh(t);
    result = 0;
done:
    mapped_file_close(&file);
    return result;
}
