/* Quantisation-aware training rounds as the fast engine does: the image holds,
 * plane by plane, the weights that training saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fast.h"
#include "fast_image.h"
#include "fast_writer.h"
#include "random.h"
#include "train_quantise.h"

static const struct checkpoint_config shape = {32, 80, 2, 4, 2, 300, 16, false};

static float *random_model(const struct train_model *model)
{
    float *parameters = malloc((size_t)model->n_parameters * sizeof *parameters);
    uint64_t state = 4;
    int64_t i;

    assert_non_null(parameters);
    train_model_initialise(model, parameters, 9);
    for (i = 0; i < shape.n_layers * shape.dim; i++) {
        parameters[model->offset[TENSOR_RMS_ATT] + i] = 0.5f + (float)(splitmix64(&state) >> 40) / 16777216.0f;
        parameters[model->offset[TENSOR_RMS_FFN] + i] = 0.5f + (float)(splitmix64(&state) >> 40) / 16777216.0f;
    }
    return parameters;
}

static void open_quantiser(struct train_quantiser *quantiser, const struct train_model *model, int bits)
{
    assert_int_equal(train_quantiser_open(quantiser, model, bits, 2), 0);
}

/* With 16 bits little changes, and each bit less doubles the error. */
static void error_halves_with_each_bit(void **unused)
{
    struct train_model model;
    double last = 0.0;
    int bits;

    (void)unused;
    assert_int_equal(train_model_open(&model, &shape), 0);
    for (bits = 16; bits >= 4; bits--) {
        float *before = random_model(&model), *after = random_model(&model);
        struct train_quantiser quantiser;
        double squares = 0.0;
        int64_t i;

        open_quantiser(&quantiser, &model, bits);
        train_quantise(&quantiser, after);
        for (i = 0; i < model.n_parameters; i++)
            squares += (double)(after[i] - before[i]) * (double)(after[i] - before[i]);
        assert_memory_equal(after, before, sizeof(float) * (size_t)(shape.vocab_size * shape.dim)); /* the embedding */
        if (bits == 16)
            assert_true(sqrt(squares / (double)model.n_parameters) < 1e-5);
        else if (bits < 13) /* above, binary32 adds to it */
            assert_true(sqrt(squares) > 1.9 * last && sqrt(squares) < 2.1 * last);
        last = sqrt(squares);
        train_quantiser_close(&quantiser);
        free(before);
        free(after);
    }
    train_model_close(&model);
}

/* The weight at (row, column) of a matrix in the image, in units of its layer. */
static double image_weight(const uint8_t *image, const struct fast_matrix *m, uint32_t layer, uint32_t row, uint32_t column, unsigned planes)
{
    uint32_t groups = ((uint32_t)m->cols + FAST_GROUP - 1) / FAST_GROUP, block = row / FAST_BLOCK * FAST_BLOCK, chunk = column / FAST_COLUMNS;
    uint32_t block_rows = m->rows - block < FAST_BLOCK ? m->rows - block : FAST_BLOCK;
    uint32_t chunk_groups = chunk + 1u < m->chunks ? FAST_GROUPS : m->last_groups;
    const uint8_t *at = image + m->address + m->layer_bytes * layer + block * groups * planes + chunk * FAST_GROUPS * block_rows * planes +
                        (row - block) * chunk_groups * planes;
    uint32_t u = 0, in_chunk = column - chunk * FAST_COLUMNS;
    unsigned p;

    for (p = 0; p < planes; p++)
        u |= (uint32_t)(at[p * chunk_groups + in_chunk / FAST_GROUP] >> in_chunk % FAST_GROUP & 1) << (15 - p);
    return ((double)u - 32768 + ldexp(0.5, 16 - (int)planes)) * image[m->scales + (uint32_t)m->rows * layer + row];
}

/* Compares rows first.. of the image with n rows of w, up to one factor for all
 * of them. */
static void expect_rows(const uint8_t *image, const struct fast_matrix *m, uint32_t layer, uint32_t first, uint32_t n, unsigned planes, const double *w)
{
    double factor = 0.0;
    uint32_t r, c;

    for (r = 0; r < n; r++)
        for (c = 0; c < m->cols; c++) {
            double seen = w[r * m->cols + c], stored = image_weight(image, m, layer, first + r, c, planes);

            if (factor == 0.0)
                factor = seen / stored;
            if (fabs(stored * factor - seen) > 2e-5 * fabs(seen))
                fail_msg("layer %u, row %u, column %u: %.9g in training, %.9g in the image", layer, first + r, c, seen, stored * factor);
        }
}

static double rotated[300 * 80];

/* w diag(gains) q: how a matrix that reads the residual stream stands in the image. */
static const double *input_matrix(const float *w, const float *gains, int rows, const double *q)
{
    int r, i, j;

    for (r = 0; r < rows; r++)
        for (j = 0; j < shape.dim; j++)
            for (i = 0, rotated[r * shape.dim + j] = 0.0; i < shape.dim; i++)
                rotated[r * shape.dim + j] += (double)w[r * shape.dim + i] * (double)gains[i] * q[i * shape.dim + j];
    return rotated;
}

/* q^T w: one that writes to it. */
static const double *output_matrix(const float *w, int columns, const double *q)
{
    int r, i, j;

    for (r = 0; r < shape.dim; r++)
        for (j = 0; j < columns; j++)
            for (i = 0, rotated[r * columns + j] = 0.0; i < shape.dim; i++)
                rotated[r * columns + j] += q[i * shape.dim + r] * (double)w[i * columns + j];
    return rotated;
}

static void image_holds_the_weights_of_training(void **unused)
{
    const struct config config = {32, 80, 2, 4, 2, 300, 16, 8, 16};
    struct checkpoint checkpoint = {.config = shape};
    struct train_model model;
    struct train_quantiser quantiser;
    struct fast_header h;
    const double *q;
    float *parameters;
    uint8_t *image;
    unsigned planes;
    int id;
    uint32_t l, first;

    (void)unused;
    for (planes = 4; planes <= 5; planes++) {
        assert_int_equal(train_model_open(&model, &shape), 0);
        parameters = random_model(&model);
        open_quantiser(&quantiser, &model, (int)planes);
        q = quantiser.rotation;
        for (id = 0; id < TENSOR_COUNT; id++) {
            checkpoint.tensors[id].elements = (uint64_t)train_tensor_elements(&model, (enum tensor_id)id);
            checkpoint.tensors[id].data = (const f32 *)(const void *)(parameters + model.offset[id]);
        }
        image = calloc(1, fast_data_bytes(&config, planes, false));
        assert_non_null(image);
        fast_write(image, 0, (uint32_t)fast_data_bytes(&config, planes, false), 0, &checkpoint, &config, planes, false, false);
        memcpy(&h, image, sizeof h);
        train_quantise(&quantiser, parameters);
#define TENSOR(id, elements) (parameters + model.offset[id] + l * (uint32_t)(elements))
        for (l = 0; l < (uint32_t)shape.n_layers; l++) {
            const float *att = TENSOR(TENSOR_RMS_ATT, 32), *ffn = TENSOR(TENSOR_RMS_FFN, 32);

            expect_rows(image, &h.qkv, l, 0, 32, planes, input_matrix(TENSOR(TENSOR_WQ, 32 * 32), att, 32, q));
            expect_rows(image, &h.qkv, l, 32, 16, planes, input_matrix(TENSOR(TENSOR_WK, 16 * 32), att, 16, q));
            expect_rows(image, &h.qkv, l, 48, 16, planes, input_matrix(TENSOR(TENSOR_WV, 16 * 32), att, 16, q));
            expect_rows(image, &h.wo, l, 0, 32, planes, output_matrix(TENSOR(TENSOR_WO, 32 * 32), 32, q));
            expect_rows(image, &h.down, l, 0, 32, planes, output_matrix(TENSOR(TENSOR_W2, 32 * 80), 80, q));
            for (first = 0; first < 80; first += 64) { /* 64 rows of w1, the same of w3 */
                uint32_t n = 80 - first < 64 ? 80 - first : 64;

                expect_rows(image, &h.gate_up, l, 2 * first, n, planes, input_matrix(TENSOR(TENSOR_W1, 80 * 32) + first * 32, ffn, (int)n, q));
                expect_rows(image, &h.gate_up, l, 2 * first + n, n, planes, input_matrix(TENSOR(TENSOR_W3, 80 * 32) + first * 32, ffn, (int)n, q));
            }
        }
#undef TENSOR
        expect_rows(image, &h.classifier, 0, 0, 300, planes,
                    input_matrix(parameters + model.offset[TENSOR_WCLS], parameters + model.offset[TENSOR_RMS_FINAL], 300, q));
        train_quantiser_close(&quantiser);
        free(image);
        free(parameters);
        train_model_close(&model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_halves_with_each_bit),
        cmocka_unit_test(image_holds_the_weights_of_training),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
