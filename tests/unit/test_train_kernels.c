/* The kernels of every instruction set give what the base ones give, up to
 * rounding; those are held to the plain network in test_train_gradient. Sizes
 * are such that every remainder of the blocking occurs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "train_kernels.h"

static uint64_t state = 1;

/* n floats in [-1, 1), from an aligned allocation that ends right behind them. */
static float *random_floats(int64_t n)
{
    float *floats = aligned_alloc(64, (size_t)(n + 15) / 16 * 16 * sizeof *floats);
    int64_t i;

    assert_non_null(floats);
    for (i = 0; i < n; i++)
        floats[i] = (float)(splitmix64(&state) >> 40) / 8388608.0f - 1.0f;
    return floats;
}

static float *copy_of(const float *floats, int64_t n)
{
    float *copy = random_floats(n);

    memcpy(copy, floats, (size_t)n * sizeof *copy);
    return copy;
}

static void expect_equal(const float *a, const float *b, int64_t n, float size, const char *what)
{
    int64_t i;

    for (i = 0; i < n; i++)
        if (!(fabsf(a[i] - b[i]) <= 2e-6f * size))
            fail_msg("%s[%lld]: %.9g and %.9g", what, (long long)i, (double)a[i], (double)b[i]);
}

static void products(void **unused)
{
    const struct train_kernels *best = train_kernels(), *base = train_kernels_base();
    const int columns = 19, tiles = 10;
    int rows, accumulate, turned;

    (void)unused;
    for (rows = 1; rows <= 27; rows++)
        for (turned = 0; turned < 2; turned++)
            for (accumulate = 0; accumulate < 2; accumulate++) {
                float *w = random_floats(rows * columns), *x = random_floats((int64_t)tiles * columns * TILE), *y = random_floats((int64_t)tiles * rows * TILE);
                float *y2 = copy_of(y, (int64_t)tiles * rows * TILE);
                const struct matrix_view view = {w, rows, columns, turned ? 1 : columns, turned ? rows : 1};
                double expected = accumulate ? (double)y[(tiles * rows - 1) * TILE + 5] : 0.0;
                int i;

                base->product(y, &view, x, tiles, accumulate);
                best->product(y2, &view, x, tiles, accumulate);
                expect_equal(y, y2, (int64_t)tiles * rows * TILE, (float)columns, "product");
                for (i = 0; i < columns; i++)
                    expected += (double)w[(rows - 1) * view.row_stride + i * view.column_stride] * (double)x[((tiles - 1) * columns + i) * TILE + 5];
                assert_true(fabs((double)y[(tiles * rows - 1) * TILE + 5] - expected) < 1e-5);
                free(w);
                free(x);
                free(y);
                free(y2);
            }
}

static void outer_products(void **unused)
{
    const struct train_kernels *best = train_kernels(), *base = train_kernels_base();
    const int tiles = 10;
    int rows, columns, t;

    (void)unused;
    for (rows = 1; rows <= 14; rows++)
        for (columns = 13; columns <= 34; columns += 7) {
            const int padded = (columns + TILE - 1) / TILE * TILE;
            float *dw = random_floats(rows * columns), *dw2 = copy_of(dw, rows * columns), *dy = random_floats((int64_t)tiles * rows * TILE);
            float *x = random_floats((int64_t)tiles * columns * TILE), *xt = random_floats((int64_t)tiles * padded * TILE), *xt2 = random_floats((int64_t)tiles * padded * TILE);
            double expected = (double)dw[rows * columns - 1];

            base->transpose(xt, x, columns, tiles);
            best->transpose(xt2, x, columns, tiles);
            assert_memory_equal(xt, xt2, (size_t)tiles * (size_t)padded * TILE * sizeof *xt);
            base->outer_product(dw, dy, xt, rows, columns, tiles);
            best->outer_product(dw2, dy, xt, rows, columns, tiles);
            expect_equal(dw, dw2, rows * columns, (float)(tiles * TILE), "outer product");
            for (t = 0; t < tiles * TILE; t++)
                expected += (double)dy[(t / TILE * rows + rows - 1) * TILE + t % TILE] * (double)x[(t / TILE * columns + columns - 1) * TILE + t % TILE];
            assert_true(fabs((double)dw[rows * columns - 1] - expected) < 1e-4);
            free(dw);
            free(dw2);
            free(dy);
            free(x);
            free(xt);
            free(xt2);
        }
}

static void element_wise(void **unused)
{
    const struct train_kernels *best = train_kernels(), *base = train_kernels_base();
    const int dim = 12, tiles = 3, n = dim * tiles * TILE;
    float *x = random_floats(n), *dy = random_floats(n), *weight = random_floats(dim), *y = random_floats(n), *y2 = random_floats(n);
    float *scale = random_floats(tiles * TILE), *scale2 = random_floats(tiles * TILE), *dx = random_floats(n), *dx2 = copy_of(dx, n);
    float *dweight = random_floats(dim), *dweight2 = copy_of(dweight, dim), *table = random_floats(4 * TILE);
    int i;

    (void)unused;
    base->rmsnorm(y, scale, x, weight, dim, tiles);
    best->rmsnorm(y2, scale2, x, weight, dim, tiles);
    expect_equal(y, y2, n, 4.0f, "rmsnorm");
    expect_equal(scale, scale2, tiles * TILE, 4.0f, "inverse rms");
    base->rmsnorm_backward(dx, dweight, dy, x, scale, weight, dim, tiles);
    best->rmsnorm_backward(dx2, dweight2, dy, x, scale, weight, dim, tiles);
    expect_equal(dx, dx2, n, 16.0f, "rmsnorm backward");
    expect_equal(dweight, dweight2, dim, 64.0f, "rmsnorm's weight");

    for (i = 0; i < n; i++)
        x[i] *= 100.0f; /* both ends of the sigmoid */
    base->swiglu(y, x, dy, n);
    best->swiglu(y2, x, dy, n);
    expect_equal(y, y2, n, 100.0f, "swiglu");
    for (i = 0; i < n; i++)
        assert_true(fabs((double)y[i] - (double)x[i] / (1.0 + exp(-(double)x[i])) * (double)dy[i]) < 1e-4);
    base->swiglu_backward(y, dx, dy, x, dx2, n);
    best->swiglu_backward(y2, dx2, dy, x, dx2, n);
    expect_equal(y, y2, n, 100.0f, "swiglu backward, gate");
    expect_equal(dx, dx2, n, 100.0f, "swiglu backward, up");

    memcpy(y2, y, (size_t)n * sizeof *y);
    base->rope(y, table, 3, 4, 1);
    best->rope(y2, table, 3, 4, 1);
    expect_equal(y, y2, dim * TILE, 200.0f, "rope");

    for (i = 0; i < n; i++)
        x[i] *= 0.1f;
    memcpy(y, x, (size_t)n * sizeof *y);
    memcpy(y2, x, (size_t)n * sizeof *y);
    base->softmax_weights(y, scale, dim, 0.7f);
    best->softmax_weights(y2, scale2, dim, 0.7f);
    expect_equal(y, y2, dim * TILE, 1.0f, "softmax");
    expect_equal(scale, scale2, TILE, 12.0f, "softmax's sum");
    free(x);
    free(dy);
    free(weight);
    free(y);
    free(y2);
    free(scale);
    free(scale2);
    free(dx);
    free(dx2);
    free(dweight);
    free(dweight2);
    free(table);
}

static void losses(void **unused)
{
    const struct train_kernels *best = train_kernels(), *base = train_kernels_base();
    const int vocab_size = 21;
    float *logits = random_floats(vocab_size * TILE), *kept = copy_of(logits, vocab_size * TILE), *logits2 = copy_of(logits, vocab_size * TILE);
    float loss[TILE], loss2[TILE];
    int32_t targets[TILE];
    int i, lane;

    (void)unused;
    for (i = 0; i < TILE; i++)
        targets[i] = i == 3 ? -1 : i;
    base->cross_entropy(logits, loss, targets, vocab_size, 0.0f);
    assert_memory_equal(logits, kept, (size_t)vocab_size * TILE * sizeof *logits);
    base->cross_entropy(logits, loss, targets, vocab_size, 0.5f);
    best->cross_entropy(logits2, loss2, targets, vocab_size, 0.5f);
    expect_equal(loss, loss2, TILE, 4.0f, "loss");
    expect_equal(logits, logits2, vocab_size * TILE, 1.0f, "loss's gradient");
    assert_true(loss[3] == 0.0f);
    for (lane = 0; lane < TILE; lane++) {
        double sum = 0.0;

        for (i = 0; i < vocab_size; i++)
            sum += exp((double)kept[i * TILE + lane]);
        if (lane != 3)
            assert_true(fabs((double)loss[lane] - (log(sum) - (double)kept[lane * TILE + lane])) < 1e-5);
        for (i = 0; i < vocab_size; i++) {
            double expected = lane == 3 ? 0.0 : 0.5 * (exp((double)kept[i * TILE + lane]) / sum - (i == lane));

            assert_true(fabs((double)logits[i * TILE + lane] - expected) < 1e-6);
        }
    }
    free(logits);
    free(kept);
    free(logits2);
}

static void attention(void **unused)
{
    const struct train_kernels *best = train_kernels(), *base = train_kernels_base();
    const struct attention_shape shape = {6, 4, 2};
    const int dim = 24, kv_dim = 12, tiles = 3, n = dim * tiles * TILE, kv = kv_dim * tiles * TILE;
    float *q = random_floats(n), *k = random_floats(kv), *v = random_floats(kv), *out = random_floats(n), *out2 = random_floats(n), *dout = random_floats(n);
    float *lse = random_floats(4 * tiles * TILE), *lse2 = random_floats(4 * tiles * TILE), *scratch = random_floats(48);
    float *dq = random_floats(n), *dq2 = random_floats(n), *dk = random_floats(kv), *dk2 = copy_of(dk, kv), *dv = random_floats(kv), *dv2 = copy_of(dv, kv);
    float *keys = random_floats(6 * 48), *values = random_floats(6 * 48), query[6], one[6];
    int i, j, t;

    (void)unused;
    base->attention(out, lse, q, k, v, &shape, tiles);
    best->attention(out2, lse2, q, k, v, &shape, tiles);
    expect_equal(out, out2, n, 2.0f, "attention");
    expect_equal(lse, lse2, 4 * tiles * TILE, 8.0f, "log of the sum");
    base->attention_backward(dq, dk, dv, dout, out, lse, q, k, v, &shape, tiles);
    best->attention_backward(dq2, dk2, dv2, dout, out, lse, q, k, v, &shape, tiles);
    expect_equal(dq, dq2, n, 4.0f, "dq");
    expect_equal(dk, dk2, kv, 8.0f, "dk");
    expect_equal(dv, dv2, kv, 8.0f, "dv");

    /* The sampler's attention of one query is that of the third head at each position. */
    for (i = 0; i < 6; i++)
        for (t = 0; t < 48; t++) {
            keys[i * 48 + t] = k[(t / TILE * kv_dim + 6 + i) * TILE + t % TILE];
            values[i * 48 + t] = v[(t / TILE * kv_dim + 6 + i) * TILE + t % TILE];
        }
    for (t = 0; t < 48; t++)
        for (j = 0; j < 2; j++) {
            for (i = 0; i < 6; i++)
                query[i] = q[(t / TILE * dim + 12 + i) * TILE + t % TILE];
            (j ? best : base)->attend_one(one, query, keys, values, 6, 48, t + 1, scratch);
            for (i = 0; i < 6; i++)
                assert_true(fabsf(one[i] - out[(t / TILE * dim + 12 + i) * TILE + t % TILE]) < 4e-6f);
        }
    free(q);
    free(k);
    free(v);
    free(out);
    free(out2);
    free(dout);
    free(lse);
    free(lse2);
    free(scratch);
    free(dq);
    free(dq2);
    free(dk);
    free(dk2);
    free(dv);
    free(dv2);
    free(keys);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(outer_products),
        cmocka_unit_test(element_wise),
        cmocka_unit_test(losses),
        cmocka_unit_test(attention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
