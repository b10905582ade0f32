/* Error-compensating rounding, and what the image writer makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "fast_calibration.h"
#include "fast_rounding.h"
#include "fast_scales.h"
#include "fast_writer.h"
#include "random.h"
#include "train_model.h"

#define COLUMNS 24
#define INPUTS 2000

static double uniform(uint64_t *state)
{
    return (double)(splitmix64(state) >> 11) / 4503599627370496.0 - 1;
}

/* Inputs that are sums of a few common numbers, and a little of their own. */
static void correlated(double *x, uint32_t n, uint64_t *state)
{
    double common[4];
    uint32_t i, k;

    for (k = 0; k < 4; k++)
        common[k] = uniform(state);
    for (i = 0; i < n; i++) {
        uint64_t mix = 77 + i;

        x[i] = 0.3 * uniform(state);
        for (k = 0; k < 4; k++)
            x[i] += uniform(&mix) * common[k];
    }
}

static double output_error(const double *row, const double *rounded, uint32_t n, uint64_t seed)
{
    double x[COLUMNS], error = 0;
    int t;
    uint32_t i;

    for (t = 0; t < INPUTS; t++) {
        double d = 0;

        correlated(x, n, &seed);
        for (i = 0; i < n; i++)
            d += (rounded[i] - row[i]) * x[i];
        error += d * d;
    }
    return error;
}

static void moments_of_correlated(float *h, uint32_t n)
{
    double x[COLUMNS];
    uint64_t state = 1;
    uint32_t t, i, j;

    memset(h, 0, (size_t)n * n * sizeof *h);
    for (t = 0; t < INPUTS; t++) {
        correlated(x, n, &state);
        for (i = 0; i < n; i++)
            for (j = 0; j < n; j++)
                h[i * n + j] += (float)(x[i] * x[j]);
    }
}

/* On inputs that it has not seen the products' error is less than half of that of plain
 * rounding, with any number of planes. */
static void errors_make_up_for_each_other(void **unused)
{
    static float h[COLUMNS * COLUMNS];
    struct fast_rounding rounding;
    uint64_t state = 5;
    unsigned planes;

    (void)unused;
    moments_of_correlated(h, COLUMNS);
    assert_true(fast_rounding_open(&rounding, h, COLUMNS));
    for (planes = 4; planes <= 16; planes++) {
        double plain_error = 0, error = 0, interval = ldexp(1, 1 - (int)planes);
        int r, i;

        for (r = 0; r < 40; r++) {
            double row[COLUMNS], plain[COLUMNS], rounded[COLUMNS];

            for (i = 0; i < COLUMNS; i++) {
                rounded[i] = row[i] = 0.9 * uniform(&state);
                plain[i] = (floor(row[i] / interval) + 0.5) * interval;
            }
            fast_round_row(&rounding, rounded, ldexp(1, -15), planes);
            for (i = 0; i < COLUMNS; i++) {
                double level = rounded[i] / interval - 0.5;

                assert_true(level == floor(level) && fabs(rounded[i]) < 1);
            }
            plain_error += output_error(row, plain, COLUMNS, 99);
            error += output_error(row, rounded, COLUMNS, 99);
        }
        if (!(error < 0.5 * plain_error))
            fail_msg("%u planes: error %g, of plain rounding %g", planes, error, plain_error);
    }
    fast_rounding_close(&rounding);
}

/* Inputs that have nothing to do with each other leave nothing to make up for. */
static void unrelated_inputs_give_plain_rounding(void **unused)
{
    float h[COLUMNS * COLUMNS] = {0};
    double row[COLUMNS], plain[COLUMNS];
    struct fast_rounding rounding;
    uint64_t state = 6;
    int i;

    (void)unused;
    for (i = 0; i < COLUMNS; i++) {
        h[i * COLUMNS + i] = (float)(i + 1);
        row[i] = 0.9 * uniform(&state);
        plain[i] = (floor(row[i] * 128) + 0.5) / 128;
    }
    assert_true(fast_rounding_open(&rounding, h, COLUMNS));
    fast_round_row(&rounding, row, ldexp(1, -15), 8);
    assert_memory_equal(row, plain, sizeof row);
    fast_rounding_close(&rounding);
}

static void solve_inverts(void **unused)
{
    static float h[COLUMNS * COLUMNS];
    double x[COLUMNS], y[COLUMNS], damping = 0;
    struct fast_rounding rounding;
    uint64_t state = 7;
    int i, j;

    (void)unused;
    moments_of_correlated(h, COLUMNS);
    assert_true(fast_rounding_open(&rounding, h, COLUMNS));
    for (i = 0; i < COLUMNS; i++) {
        x[i] = uniform(&state);
        damping += (double)h[i * COLUMNS + i] * FAST_DAMPING / COLUMNS;
    }
    for (j = 0; j < COLUMNS; j++)
        for (i = 0, y[j] = damping * x[j]; i < COLUMNS; i++)
            y[j] += x[i] * (double)h[i * COLUMNS + j];
    fast_rounding_solve(&rounding, y);
    for (i = 0; i < COLUMNS; i++)
        assert_true(fabs(y[i] - x[i]) < 1e-6);
    fast_rounding_close(&rounding);
}

/* Moments of one input only, or with columns that are always zero, will do; none, or no
 * numbers, will not. */
static void degenerate_moments(void **unused)
{
    float h[COLUMNS * COLUMNS] = {0};
    double row[COLUMNS];
    struct fast_rounding rounding;
    uint64_t state = 8;
    int i, j;

    (void)unused;
    assert_false(fast_rounding_open(&rounding, h, COLUMNS));
    for (i = 0; i < COLUMNS / 2; i++)
        for (j = 0; j < COLUMNS / 2; j++)
            h[i * COLUMNS + j] = (float)((i + 1) * (j + 1)) * 1e30f;
    assert_true(fast_rounding_open(&rounding, h, COLUMNS));
    for (i = 0; i < COLUMNS; i++)
        row[i] = 0.9 * uniform(&state);
    fast_round_row(&rounding, row, ldexp(1, -15), 4);
    for (i = 0; i < COLUMNS; i++)
        assert_true(fabs(row[i]) < 1);
    fast_rounding_close(&rounding);
    h[3] = NAN;
    assert_false(fast_rounding_open(&rounding, h, COLUMNS));
    h[3] = INFINITY;
    assert_false(fast_rounding_open(&rounding, h, COLUMNS));
    h[0] = 1;
    assert_true(fast_rounding_open(&rounding, h, 1));
    fast_rounding_close(&rounding);
}

/* --- images ---------------------------------------------------------------------- */

struct written {
    uint8_t *bytes;
    size_t size;
};

/* The fast engine's data of random weights times `size`. */
static struct written write_data(const struct checkpoint_config *shape, unsigned planes, bool compensated, float size)
{
    struct config config = {(uint16_t)shape->dim, (uint16_t)shape->hidden_dim, (uint16_t)shape->n_layers, (uint16_t)shape->n_heads,
                            (uint16_t)shape->n_kv_heads, (uint16_t)shape->vocab_size, (uint16_t)shape->seq_len,
                            (uint16_t)(shape->dim / shape->n_heads), (uint16_t)(shape->dim / shape->n_heads * shape->n_kv_heads)};
    struct checkpoint checkpoint = {.config = *shape};
    struct train_model model;
    struct written w;
    float *parameters;
    int id;
    int64_t i;

    assert_int_equal(train_model_open(&model, shape), 0);
    parameters = malloc((size_t)model.n_parameters * sizeof *parameters);
    assert_non_null(parameters);
    train_model_initialise(&model, parameters, 3);
    for (i = 0; i < model.n_parameters; i++)
        parameters[i] *= size;
    for (id = 0; id < TENSOR_COUNT; id++)
        checkpoint.tensors[id] = (struct tensor){(const f32 *)(const void *)(parameters + model.offset[id]), (uint64_t)train_tensor_elements(&model, (enum tensor_id)id)};
    w.size = fast_data_bytes(&config, planes, false);
    w.bytes = calloc(w.size, 1);
    assert_non_null(w.bytes);
    fast_write(w.bytes, 0, (uint32_t)w.size, 0, &checkpoint, &config, planes, false, compensated);
    free(parameters);
    train_model_close(&model);
    return w;
}

static const struct checkpoint_config usual = {32, 84, 2, 4, 2, 300, 40, false};

static void threads_change_nothing(void **unused)
{
    struct checkpoint_config large = {128, 1030, 1, 4, 1, 3000, 64, true};
    struct written one, four;
    int threads = omp_get_max_threads();

    (void)unused;
    omp_set_num_threads(1);
    one = write_data(&large, 8, true, 1);
    omp_set_num_threads(4);
    four = write_data(&large, 8, true, 1);
    omp_set_num_threads(threads);
    assert_memory_equal(one.bytes, four.bytes, one.size);
    free(one.bytes);
    free(four.bytes);
}

static void compensation_changes_the_weights(void **unused)
{
    struct written plain = write_data(&usual, 8, false, 1), compensated = write_data(&usual, 8, true, 1), again = write_data(&usual, 8, true, 1);

    (void)unused;
    assert_memory_not_equal(plain.bytes, compensated.bytes, plain.size);
    assert_memory_equal(again.bytes, compensated.bytes, plain.size);
    free(plain.bytes);
    free(compensated.bytes);
    free(again.bytes);
}

/* No shape and no size of weights is too odd; without a token to begin with, weights are
 * rounded by themselves. */
static void odd_models(void **unused)
{
    static const struct checkpoint_config shapes[] = {
        {2, 1, 1, 1, 1, 2, 1, true}, {6, 3, 3, 3, 1, 20, 5, false}, {48, 2100, 1, 3, 3, 40, 70, true}, {130, 9, 1, 1, 1, 9, 33, false},
    };
    static const float sizes[] = {1, 0, 1e-20f, 1e5f};
    struct checkpoint_config none = {8, 8, 1, 2, 1, 1, 8, true};
    struct written plain, compensated;
    size_t i, k;

    (void)unused;
    for (i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (k = 0; k < sizeof sizes / sizeof *sizes; k++)
            free(write_data(&shapes[i], 4 + (unsigned)k * 4, true, sizes[k]).bytes);
    plain = write_data(&none, 8, false, 1);
    compensated = write_data(&none, 8, true, 1);
    assert_memory_equal(plain.bytes, compensated.bytes, plain.size);
    free(plain.bytes);
    free(compensated.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_make_up_for_each_other),
        cmocka_unit_test(unrelated_inputs_give_plain_rounding),
        cmocka_unit_test(solve_inverts),
        cmocka_unit_test(degenerate_moments),
        cmocka_unit_test(compensation_changes_the_weights),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(odd_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
