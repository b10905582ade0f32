/* The trainer's forward and backward pass against the same network written
 * plainly in double precision, whose gradient is taken by finite differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "train_model.h"
#include "trainer.h"

#define MAX_TOKENS 64

/* --- the network, plainly ---------------------------------------------------- */

static void plain_rmsnorm(double *y, const double *x, const double *weight, int dim)
{
    double squares = 0.0;
    int i;

    for (i = 0; i < dim; i++)
        squares += x[i] * x[i];
    for (i = 0; i < dim; i++)
        y[i] = x[i] / sqrt(squares / dim + 1e-5) * weight[i];
}

static void plain_matmul(double *y, const double *w, const double *x, int rows, int columns)
{
    int r, c;

    for (r = 0; r < rows; r++) {
        y[r] = 0.0;
        for (c = 0; c < columns; c++)
            y[r] += w[r * columns + c] * x[c];
    }
}

static void plain_rope(double *v, int heads, int head_size, int position)
{
    int head, i;

    for (head = 0; head < heads; head++)
        for (i = 0; i < head_size; i += 2) {
            double angle = position / pow(10000.0, (double)i / head_size), *pair = v + head * head_size + i, v0 = pair[0], v1 = pair[1];

            pair[0] = v0 * cos(angle) - v1 * sin(angle);
            pair[1] = v0 * sin(angle) + v1 * cos(angle);
        }
}

/* The loss of one story: the sum of -ln p(tokens[i + 1]) for i < n. */
static double plain_loss(const struct train_model *model, const double *p, const uint16_t *tokens, int n)
{
    const struct checkpoint_config *c = &model->config;
    const int dim = c->dim, hidden_dim = c->hidden_dim, head_size = model->head_size, kv_dim = model->kv_dim, group = c->n_heads / c->n_kv_heads;
    double *keys = calloc((size_t)(c->n_layers * n * kv_dim), sizeof *keys), *values = calloc((size_t)(c->n_layers * n * kv_dim), sizeof *values);
    double x[dim], xn[dim], q[dim], att[dim], out[dim], h1[hidden_dim], h3[hidden_dim], logits[c->vocab_size], scores[n], loss = 0.0;
    int position, l, head, i, j;

    assert_non_null(keys);
    assert_non_null(values);
    for (position = 0; position < n; position++) {
        double sum = 0.0;

        memcpy(x, p + model->offset[TENSOR_TOKEN_EMBEDDING] + tokens[position] * dim, sizeof x);
        for (l = 0; l < c->n_layers; l++) {
            double *k = keys + (l * n + position) * kv_dim, *v = values + (l * n + position) * kv_dim;

            plain_rmsnorm(xn, x, p + model->offset[TENSOR_RMS_ATT] + l * dim, dim);
            plain_matmul(q, p + model->offset[TENSOR_WQ] + l * dim * dim, xn, dim, dim);
            plain_matmul(k, p + model->offset[TENSOR_WK] + l * kv_dim * dim, xn, kv_dim, dim);
            plain_matmul(v, p + model->offset[TENSOR_WV] + l * kv_dim * dim, xn, kv_dim, dim);
            plain_rope(q, c->n_heads, head_size, position);
            plain_rope(k, c->n_kv_heads, head_size, position);
            for (head = 0; head < c->n_heads; head++) {
                const int at = head / group * head_size;

                sum = 0.0;
                for (j = 0; j <= position; j++) {
                    scores[j] = 0.0;
                    for (i = 0; i < head_size; i++)
                        scores[j] += q[head * head_size + i] * keys[(l * n + j) * kv_dim + at + i];
                    scores[j] = exp(scores[j] / sqrt(head_size));
                    sum += scores[j];
                }
                for (i = 0; i < head_size; i++) {
                    att[head * head_size + i] = 0.0;
                    for (j = 0; j <= position; j++)
                        att[head * head_size + i] += scores[j] / sum * values[(l * n + j) * kv_dim + at + i];
                }
            }
            plain_matmul(out, p + model->offset[TENSOR_WO] + l * dim * dim, att, dim, dim);
            for (i = 0; i < dim; i++)
                x[i] += out[i];
            plain_rmsnorm(xn, x, p + model->offset[TENSOR_RMS_FFN] + l * dim, dim);
            plain_matmul(h1, p + model->offset[TENSOR_W1] + l * hidden_dim * dim, xn, hidden_dim, dim);
            plain_matmul(h3, p + model->offset[TENSOR_W3] + l * hidden_dim * dim, xn, hidden_dim, dim);
            for (i = 0; i < hidden_dim; i++)
                h1[i] = h1[i] / (1.0 + exp(-h1[i])) * h3[i];
            plain_matmul(out, p + model->offset[TENSOR_W2] + l * dim * hidden_dim, h1, dim, hidden_dim);
            for (i = 0; i < dim; i++)
                x[i] += out[i];
        }
        plain_rmsnorm(xn, x, p + model->offset[TENSOR_RMS_FINAL], dim);
        plain_matmul(logits, p + model->offset[TENSOR_WCLS], xn, c->vocab_size, dim);
        sum = 0.0;
        for (i = 0; i < c->vocab_size; i++)
            sum += exp(logits[i]);
        loss += log(sum) - logits[tokens[position + 1]];
    }
    free(keys);
    free(values);
    return loss;
}

/* --- a model with stories of several lengths ---------------------------------- */

#define STORIES 3
static const int story_lengths[STORIES] = {37, 5, 16};

struct example {
    struct train_model model;
    struct train_workspace workspace;
    float *parameters, *gradient;
    double *plain; /* parameters */
    uint16_t tokens[STORIES][MAX_TOKENS + 1];
};

static void example_open(struct example *e, const struct checkpoint_config *config)
{
    uint64_t state = 5;
    int64_t i;
    int s;

    memset(e, 0, sizeof *e);
    assert_int_equal(train_model_open(&e->model, config), 0);
    assert_int_equal(train_workspace_open(&e->workspace, &e->model, 8), 0);
    e->parameters = calloc((size_t)e->model.n_parameters, sizeof(float));
    e->gradient = calloc((size_t)e->model.n_parameters, sizeof(float));
    e->plain = calloc((size_t)e->model.n_parameters, sizeof(double));
    assert_non_null(e->parameters);
    assert_non_null(e->gradient);
    assert_non_null(e->plain);
    train_model_initialise(&e->model, e->parameters, 3);
    for (i = 0; i < e->model.n_parameters; i++) {
        /* Far from the start of a training, where the norms' weights are all 1. */
        e->parameters[i] = 1.5f * e->parameters[i] + 0.2f * (float)(splitmix64(&state) >> 40) / 16777216.0f;
        e->plain[i] = (double)e->parameters[i];
    }
    train_workspace_clear(&e->workspace);
    for (s = 0; s < STORIES; s++) {
        for (i = 0; i <= story_lengths[s]; i++)
            e->tokens[s][i] = (uint16_t)(splitmix64(&state) % (uint64_t)config->vocab_size);
        assert_true(train_workspace_add(&e->workspace, e->tokens[s], story_lengths[s]));
    }
}

static void example_close(struct example *e)
{
    train_workspace_close(&e->workspace);
    train_model_close(&e->model);
    free(e->parameters);
    free(e->gradient);
    free(e->plain);
}

static double example_loss(const struct example *e)
{
    double loss = 0.0;
    int s;

    for (s = 0; s < STORIES; s++)
        loss += plain_loss(&e->model, e->plain, e->tokens[s], story_lengths[s]);
    return loss;
}

static const struct checkpoint_config configs[] = {
    {16, 24, 2, 2, 1, 20, 40, true},  /* grouped heads of 8 */
    {12, 10, 2, 3, 3, 35, 37, false}, /* heads of 4, sizes that fill no tile, a classifier of its own */
    {20, 7, 1, 1, 1, 20, 64, true},   /* one wide head of 20 */
    {12, 33, 3, 6, 2, 20, 64, true},  /* heads of 2 */
};
#define N_CONFIGS (sizeof configs / sizeof *configs)

static void loss_is_that_of_the_plain_network(void **state)
{
    size_t k;

    (void)state;
    for (k = 0; k < N_CONFIGS; k++) {
        struct example e;
        double expected, loss;

        example_open(&e, &configs[k]);
        expected = example_loss(&e);
        loss = train_model_pass(&e.workspace, e.parameters, NULL, 0.0f);
        if (fabs(loss - expected) > 2e-6 * expected)
            fail_msg("config %zu: loss %.9g, plainly %.9g", k, loss, expected);
        example_close(&e);
    }
}

static const char *const tensor_names[TENSOR_COUNT] = {"token_embedding", "rms_att", "wq", "wk", "wv", "wo", "rms_ffn", "w1", "w2", "w3", "rms_final", "", "", "wcls"};

/* Along a random direction through a whole tensor, and for single weights of it. */
static void gradients_are_finite_differences(void **state)
{
    const double h = 1e-5;
    const float scale = 0.25f;
    size_t k;
    int id, probe;

    (void)state;
    for (k = 0; k < N_CONFIGS; k++) {
        struct example e;
        uint64_t random = 11;

        example_open(&e, &configs[k]);
        train_model_pass(&e.workspace, e.parameters, e.gradient, scale);
        for (id = 0; id < TENSOR_COUNT; id++) {
            const int64_t begin = e.model.offset[id], n = train_tensor_elements(&e.model, (enum tensor_id)id);
            double length = 0.0;
            int64_t i;

            for (i = begin; i < begin + n; i++)
                length += (double)e.gradient[i] * (double)e.gradient[i];
            length = sqrt(length);
            for (probe = 0; n > 0 && probe < 12; probe++) {
                const int64_t single = begin + (int64_t)(splitmix64(&random) % (uint64_t)n);
                double *direction = calloc((size_t)n, sizeof *direction), expected = 0.0, difference;

                assert_non_null(direction);
                for (i = 0; i < n; i++) {
                    direction[i] = probe < 4 ? (double)(splitmix64(&random) >> 11) / 4503599627370496.0 - 1.0 : begin + i == single;
                    expected += direction[i] * (double)e.gradient[begin + i];
                }
                for (i = 0; i < n; i++)
                    e.plain[begin + i] = (double)e.parameters[begin + i] + h * direction[i];
                difference = example_loss(&e);
                for (i = 0; i < n; i++)
                    e.plain[begin + i] = (double)e.parameters[begin + i] - h * direction[i];
                difference = (difference - example_loss(&e)) / (2.0 * h) * (double)scale;
                for (i = 0; i < n; i++)
                    e.plain[begin + i] = (double)e.parameters[begin + i];
                free(direction);
                if (fabs(difference - expected) > 1e-5 * length + 1e-6)
                    fail_msg("config %zu, %s, probe %d: gradient %.9g, finite difference %.9g, tensor's norm %.4g", k, tensor_names[id], probe, expected, difference, length);
            }
        }
        example_close(&e);
    }
}

/* A gradient is added to what is there; a story's does not depend on its neighbours. */
static void gradients_of_stories_add_up(void **state)
{
    struct example e;
    float *alone;
    int64_t i;
    int s;

    (void)state;
    example_open(&e, &configs[0]);
    alone = calloc((size_t)e.model.n_parameters, sizeof *alone);
    assert_non_null(alone);
    train_model_pass(&e.workspace, e.parameters, e.gradient, 1.0f);
    for (s = 0; s < STORIES; s++) {
        train_workspace_clear(&e.workspace);
        assert_true(train_workspace_add(&e.workspace, e.tokens[s], story_lengths[s]));
        train_model_pass(&e.workspace, e.parameters, alone, 1.0f);
    }
    for (i = 0; i < e.model.n_parameters; i++)
        if (fabsf(alone[i] - e.gradient[i]) > 1e-5f + 1e-5f * fabsf(alone[i]))
            fail_msg("parameter %lld: %g alone, %g together", (long long)i, (double)alone[i], (double)e.gradient[i]);
    free(alone);
    example_close(&e);
}

static void a_workspace_refuses_what_has_no_room(void **state)
{
    struct example e;
    int more = 0;

    (void)state;
    example_open(&e, &configs[0]);
    while (train_workspace_add(&e.workspace, e.tokens[2], 16))
        more++;
    assert_int_equal(more, 8 - 3 - 1 - 1);
    example_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_is_that_of_the_plain_network),
        cmocka_unit_test(gradients_are_finite_differences),
        cmocka_unit_test(gradients_of_stories_add_up),
        cmocka_unit_test(a_workspace_refuses_what_has_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
