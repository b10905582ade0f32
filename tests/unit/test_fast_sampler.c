/* The fast engine's sampler against softmax in double precision: the token that is drawn must be one that
 * llama2.c's sampler could draw with the same random number, if probabilities were off by a thousandth. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fast.h"
#include "fast_network.h"
#include "fast_sampler.h"
#include "model.h"
#include "test_model.h"
#include "xorshift.h"

#define SLACK 2e-3 /* of a sum of probabilities */
#define ALIKE 0.01 /* so far apart, relatively, two weights may have changed places */

static int32_t *products;
static double *probabilities;
static uint16_t n;

/* Random products of so many bits, and logits' exponent. */
static void make(unsigned bits, int exponent)
{
    fast_draw.most = INT32_MIN;
    fast_draw.exponent = (int8_t)exponent;
    for (unsigned i = 0; i < n; ++i) {
        products[i] = bits ? (int32_t)(random_u32() >> (32 - bits)) - (1 << (bits - 1)) : 7;
        if (products[i] > fast_draw.most)
            fast_draw.most = products[i];
    }
}

/* Softmax of the products. */
static void make_probabilities(double temperature)
{
    double sum = 0;

    for (unsigned i = 0; i < n; ++i) {
        probabilities[i] = exp(ldexp((double)products[i] - fast_draw.most, fast_draw.exponent) / temperature);
        sum += probabilities[i];
    }
    for (unsigned i = 0; i < n; ++i)
        probabilities[i] /= sum;
}

static double sum_above(double least)
{
    double sum = 0;

    for (unsigned i = 0; i < n; ++i)
        if (probabilities[i] > least)
            sum += probabilities[i];
    return sum;
}

static void draw(float temperature, float topp)
{
    f32 temperature_bits, topp_bits;
    uint8_t before[sizeof rng_state];
    double coin, below = 0, p;
    uint16_t token;

    memcpy(&temperature_bits, &temperature, sizeof temperature);
    memcpy(&topp_bits, &topp, sizeof topp);
    memcpy(before, rng_state, sizeof before);
    coin = (random_u32() >> 8) / 16777216.0;
    memcpy(rng_state, before, sizeof before);
    reu_write(section(SECTION_LOGITS), products, (uint16_t)(n * sizeof *products));
    token = fast_sample(temperature_bits, topp_bits);
    assert_true(token < n);
    p = probabilities[token];
    if (topp <= 0 || topp >= 1) {
        for (unsigned i = 0; i < token; ++i)
            below += probabilities[i];
        assert_true(below - SLACK < coin && coin < below + p + SLACK);
        return;
    }
    /* Those before it, in any case, and all that may be: they may have been up to topp. */
    double before_it = sum_above(p * (1 + ALIKE)), with_it = sum_above(p * (1 - ALIKE));
    assert_true(before_it < topp + SLACK);
    /* All that are drawn from have between topp and topp and the least of them together. */
    double most = topp + SLACK, least = topp - SLACK;
    for (unsigned i = 0; i < n; ++i)
        if (sum_above(probabilities[i]) < topp + SLACK && topp + SLACK + probabilities[i] > most)
            if (sum_above(probabilities[i] * (1 - 1e-9)) >= topp - SLACK)
                most = topp + SLACK + probabilities[i];
    assert_true(coin * most > before_it - SLACK);
    assert_true(coin * least < with_it + SLACK);
}

static void draws(uint16_t tokens)
{
    static const float temperatures[] = {1.0f, 0.7f, 2.0f, 0.05f, 1e-6f, 1e-38f, 50.0f, 1e6f, 3e38f};
    static const float topps[] = {0.9f, 1.0f, 0.0f, 0.5f, 1e-6f, 0.999999f, 0.1f};
    const struct checkpoint_config config = {
        .dim = 8, .hidden_dim = 8, .n_layers = 1, .n_heads = 1, .n_kv_heads = 1, .vocab_size = tokens, .seq_len = 8, .shared_classifier = true};
    struct test_model m;

    test_model_make_for(&m, &config, 1, ENGINE_FAST, 8);
    fast_begin(8);
    n = tokens;
    products = malloc(n * sizeof *products);
    probabilities = malloc(n * sizeof *probabilities);
    assert_non_null(products);
    assert_non_null(probabilities);
    for (unsigned bits = 0; bits <= 23; bits = bits ? bits + 11 : 1)
        for (int exponent = -28; exponent <= 4; exponent += 8) {
            make(bits, exponent);
            for (size_t t = 0; t < sizeof temperatures / sizeof *temperatures; ++t) {
                make_probabilities(temperatures[t]);
                for (size_t p = 0; p < sizeof topps / sizeof *topps; ++p)
                    draw(temperatures[t], topps[p]);
            }
        }
    free(products);
    free(probabilities);
    test_model_close(&m);
}

static void test_vocabularies(void **state)
{
    static const uint16_t sizes[] = {259, 300, 321, 512, 513, 1000};

    (void)state;
    memcpy(rng_state, "llama2.c", sizeof rng_state);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
        draws(sizes[i]);
}

/* The distance of all others is as large as it gets. */
static void test_greatest_alone(void **state)
{
    (void)state;
    memcpy(rng_state, "llama2.c", sizeof rng_state);
    const struct checkpoint_config config = {
        .dim = 8, .hidden_dim = 8, .n_layers = 1, .n_heads = 1, .n_kv_heads = 1, .vocab_size = 300, .seq_len = 8, .shared_classifier = true};
    struct test_model m;

    test_model_make_for(&m, &config, 1, ENGINE_FAST, 8);
    fast_begin(8);
    for (uint16_t greatest = 0; greatest < 300; greatest += 13) {
        int32_t p[300];
        for (unsigned i = 0; i < 300; ++i)
            p[i] = i == greatest ? 0x7FFFFF : -0x7FFFFF;
        fast_draw.most = 0x7FFFFF;
        fast_draw.exponent = -16;
        reu_write(section(SECTION_LOGITS), p, sizeof p);
        assert_int_equal(fast_sample(F32_ONE, greatest & 1 ? F32_ONE : F32_ZERO), greatest);
        reu_write(section(SECTION_LOGITS), p, sizeof p);
        assert_int_equal(fast_sample(F32_ONE, 0x3F666666), greatest); /* 0.9 */
    }
    test_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocabularies),
        cmocka_unit_test(test_greatest_alone),
    };

    return cmocka_run_group_tests_name("test_fast_sampler", tests, NULL, NULL);
}
