/* The fast engine's likeliest token, for which most rows of the classifier are not computed, is that of
 * all logits, the first of several: in shapes with and without bounds (fast.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fast_image.h"
#include "fast_network.h"
#include "machine.h"
#include "model.h"
#include "network.h"
#include "test_model.h"

#define SHAPE(...) (&(struct checkpoint_config){__VA_ARGS__})

static struct test_model m;

/* The first of the greatest logits. */
static unsigned first_greatest(void)
{
    float logits[2000];
    unsigned first = 0;

    memcpy(logits, m.image.bytes + section(SECTION_LOGITS), model.config.vocab_size * sizeof *logits);
    for (unsigned i = 1; i < model.config.vocab_size; ++i)
        if (logits[i] > logits[first])
            first = i;
    return first;
}

static void compare(unsigned bits, uint16_t positions)
{
    fast_begin((uint8_t)bits);
    for (uint16_t position = 0, token = 1; position < positions; ++position) {
        unsigned expected, found;
        fast_forward(token, position, WANT_LOGITS);
        expected = first_greatest();
        found = fast_forward(token, position, WANT_GREATEST);
        if (found != expected)
            fail_msg("%u bits, position %u: token %u instead of %u", bits, position, found, expected);
        token = (uint16_t)((token * 7919u + 13) % model.config.vocab_size);
    }
}

/* Lets each of the classifier's rows from `first` on be the one `distance` before it, scales too. */
static void repeat_rows(unsigned first, unsigned distance)
{
    struct fast_header h;
    unsigned stride;

    memcpy(&h, m.image.bytes + section(SECTION_FAST), sizeof h);
    assert_int_equal(h.classifier.chunks, 1);
    stride = h.classifier.last_groups * h.planes;
    for (unsigned i = first; i < h.classifier.rows; ++i) {
        uint8_t *row = m.image.bytes + h.classifier.address + i * stride, *scale = m.image.bytes + h.classifier.scales + i;
        memcpy(row, row - distance * stride, stride);
        *scale = scale[-(int)distance];
    }
}

/* All rows have this scale. With 0 all logits are 0. */
static void set_scales(uint8_t scale)
{
    struct fast_header h;

    memcpy(&h, m.image.bytes + section(SECTION_FAST), sizeof h);
    memset(m.image.bytes + h.classifier.scales, scale, h.classifier.rows);
}

static void every_precision(const struct checkpoint_config *config)
{
    for (unsigned planes = 8; planes <= 16; planes += 8) {
        test_model_make_for(&m, config, 17, ENGINE_FAST, planes);
        for (unsigned bits = 4; bits <= planes; ++bits)
            compare(bits, 6);
        test_model_close(&m);
    }
}

static void small(void **state)
{
    (void)state;
    every_precision(SHAPE(8, 5, 1, 2, 1, 300, 16, true));
}

static void one_chunk(void **state)
{
    (void)state;
    every_precision(SHAPE(64, 172, 2, 8, 4, 512, 64, true));
}

static void blocks_of_rows_and_a_classifier_of_its_own(void **state)
{
    (void)state;
    every_precision(SHAPE(48, 40, 1, 6, 2, 1501, 64, false));
}

static void several_chunks(void **state)
{
    (void)state;
    every_precision(SHAPE(72, 40, 1, 6, 2, 600, 64, true));
}

static void equal_rows(void **state)
{
    const unsigned distances[] = {1, 3, 64, 100, 256, 513};

    (void)state;
    for (unsigned i = 0; i < sizeof distances / sizeof *distances; ++i) {
        test_model_make_for(&m, SHAPE(32, 40, 1, 4, 2, 1100, 64, false), i, ENGINE_FAST, 8);
        repeat_rows(distances[i], distances[i]);
        compare(8, 12);
        compare(6, 12);
        test_model_close(&m);
    }
}

static void equal_scales(void **state)
{
    (void)state;
    test_model_make_for(&m, SHAPE(64, 40, 1, 4, 2, 700, 64, false), 3, ENGINE_FAST, 8);
    for (unsigned scale = 0; scale < 256; scale += 51) {
        set_scales((uint8_t)scale);
        compare(8, 6);
    }
    test_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small),
        cmocka_unit_test(one_chunk),
        cmocka_unit_test(blocks_of_rows_and_a_classifier_of_its_own),
        cmocka_unit_test(several_chunks),
        cmocka_unit_test(equal_rows),
        cmocka_unit_test(equal_scales),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
