/* The common code on the host against the reference, bit for bit, in shapes that
 * differ in everything a shape can differ in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine.h"
#include "model.h"
#include "network.h"
#include "reference.h"
#include "sampler.h"
#include "story.h"
#include "test_model.h"
#include "tokenizer.h"

#define SHAPE(...) (&(struct checkpoint_config){__VA_ARGS__})

/* Feeds pseudo-random tokens and compares all logits of each position. */
static void compare_logits(struct test_model *m, int positions)
{
    int vocab = m->checkpoint.config.vocab_size, position, token = 1, i;
    struct reference *reference = reference_new(&m->checkpoint);
    const float *expected;
    const f32 *logits = (const f32 *)(const void *)(m->image.bytes + section(SECTION_LOGITS));

    for (position = 0; position < positions; ++position) {
        expected = reference_forward(reference, token, position);
        forward((uint16_t)token, (uint16_t)position, 1);
        for (i = 0; i < vocab; ++i) {
            f32 bits;
            memcpy(&bits, expected + i, sizeof bits);
            if (bits != logits[i])
                fail_msg("position %d, logit %d: %08X instead of %08X", position, i, (unsigned)logits[i], (unsigned)bits);
        }
        token = (token * 7919 + 13) % vocab;
    }
    reference_free(reference);
}

static void shape(const struct checkpoint_config *config, int positions)
{
    struct test_model m;

    test_model_make(&m, config, 17);
    compare_logits(&m, positions);
    test_model_close(&m);
}

static void tiny(void **state)
{
    (void)state;
    shape(SHAPE(8, 5, 1, 2, 1, 300, 16, true), 16);
}

static void stories260k_shape(void **state)
{
    (void)state;
    shape(SHAPE(64, 172, 5, 8, 4, 512, 512, true), 140); /* three blocks of keys */
}

static void separate_classifier_and_odd_hidden(void **state)
{
    (void)state;
    shape(SHAPE(48, 101, 3, 6, 2, 1500, 64, false), 12);
}

static void one_head_of_all(void **state)
{
    (void)state;
    shape(SHAPE(512, 640, 1, 1, 1, 259, 16, true), 4);
}

static void heads_of_two(void **state)
{
    (void)state;
    shape(SHAPE(512, 16, 1, 256, 64, 259, 16, true), 4);
}

static void wide(void **state)
{
    (void)state;
    shape(SHAPE(256, 2048, 1, 4, 4, 3000, 32, false), 3);
}

static void long_context(void **state)
{
    (void)state;
    shape(SHAPE(8, 8, 2, 2, 2, 260, 600, true), 600); /* scores beyond the window */
}

static void vocabulary_of_32000(void **state)
{
    (void)state;
    shape(SHAPE(32, 64, 1, 4, 2, 32000, 32, true), 2);
}

/* A story of the common code against the reference's, token by token. */
static void compare_story(struct test_model *m, const char *prompt, float temperature, float topp, uint64_t seed, int steps)
{
    struct settings settings = {.engine = ENGINE_EXACT, .steps = (uint16_t)steps};
    struct reference *reference = reference_new(&m->checkpoint);
    int tokens[256], n = reference_encode(&m->tokenizer, prompt, tokens), position, token = 1, next;
    float *logits = malloc((size_t)m->checkpoint.config.vocab_size * sizeof(float));
    uint8_t status;

    assert_non_null(logits);
    memcpy(&settings.temperature, &temperature, sizeof temperature);
    memcpy(&settings.topp, &topp, sizeof topp);
    memcpy(settings.seed, &seed, sizeof seed);
    memcpy(m->image.bytes + section(SECTION_PROMPT), prompt, strlen(prompt));
    assert_int_equal(story_begin(&settings, (uint16_t)strlen(prompt)), STORY_GOES_ON);
    assert_int_equal(story.n_prompt_tokens, n);
    for (position = 0; position < steps; ++position) {
        memcpy(logits, reference_forward(reference, token, position), (size_t)m->checkpoint.config.vocab_size * sizeof(float));
        next = position + 1 < n ? tokens[position + 1]
                                : reference_sample(logits, m->checkpoint.config.vocab_size, temperature, topp, &seed);
        status = story_step();
        assert_int_equal(story.next, next);
        if (next == 1) {
            assert_int_equal(status, STORY_ENDED);
            break;
        }
        assert_int_equal(status, position + 1 < steps ? STORY_GOES_ON : STORY_ENDED);
        token = next;
    }
    free(logits);
    reference_free(reference);
}

static void stories(void **state)
{
    struct test_model m;
    uint64_t seed;

    (void)state;
    test_model_make(&m, SHAPE(32, 40, 2, 4, 2, 400, 64, true), 5);
    compare_story(&m, "abc", 0.0f, 0.9f, 1, 40);
    for (seed = 1; seed < 6; ++seed) {
        compare_story(&m, "a b", 1.0f, 0.9f, seed, 40);
        compare_story(&m, "", 0.7f, 0.5f, seed * 0x123456789ull, 64);
        compare_story(&m, "b", 1.5f, 1.0f, ~seed, 40);
        compare_story(&m, "the same again", 1.0f, 0.0f, seed, 30);
        compare_story(&m, "the same again, and more", 0.1f, 0.95f, seed, 40);
    }
    test_model_close(&m);
}

/* A story that begins like the last one takes keys and values from the caches:
 * were they computed again, the spoilt weights would show. */
static void the_same_beginning_is_not_computed_again(void **state)
{
    struct settings settings = {.engine = ENGINE_EXACT, .steps = 30, .topp = F32_ONE, .seed = {1}};
    struct test_model m;
    uint16_t first[30], i;
    const char *prompt = "the beginning of a story";
    uint16_t n = (uint16_t)strlen(prompt);

    (void)state;
    test_model_make(&m, SHAPE(32, 40, 2, 4, 2, 400, 64, true), 5);
    memcpy(m.image.bytes + section(SECTION_PROMPT), prompt, n);
    assert_int_equal(story_begin(&settings, n), STORY_GOES_ON);
    for (i = 0; i < 30; ++i) {
        story_step();
        first[i] = story.next;
    }
    assert_int_equal(story_begin(&settings, n), STORY_GOES_ON);
    assert_true(story.n_prompt_tokens > 4);
    for (i = 0; i < 30; ++i) {
        if (i == 0)
            memset(m.image.bytes + section(SECTION_QKV), 0, model.sections[SECTION_QKV].bytes);
        else if (i == story.n_prompt_tokens - 1)
            break;
        story_step();
        assert_int_equal(story.next, first[i]);
    }
    test_model_close(&m);

    test_model_make(&m, SHAPE(32, 40, 2, 4, 2, 400, 64, true), 5);
    compare_story(&m, "the beginning of a story", 0.0f, 0.9f, 1, 30);
    compare_story(&m, "the beginning of a tale", 0.0f, 0.9f, 1, 30);
    compare_story(&m, "the beginning", 0.0f, 0.9f, 1, 30);
    compare_story(&m, "the beginning of a story", 0.0f, 0.9f, 1, 30);
    test_model_close(&m);
}

static void stops_when_asked(void **state)
{
    struct settings settings = {.engine = ENGINE_EXACT, .steps = 30, .seed = {1}};
    struct test_model m;

    (void)state;
    test_model_make(&m, SHAPE(32, 40, 2, 4, 2, 400, 64, true), 5);
    m.image.bytes[section(SECTION_PROMPT)] = 'a';
    assert_int_equal(story_begin(&settings, 1), STORY_GOES_ON);
    machine_stopped = 1;
    assert_int_equal(story_step(), STORY_STOPPED);
    machine_stopped = 0;
    assert_int_equal(story_step(), STORY_GOES_ON);
    test_model_close(&m);
}

static void refuses_a_prompt_of_more_tokens_than_positions(void **state)
{
    struct settings settings = {.engine = ENGINE_EXACT, .seed = {1}};
    struct test_model m;

    (void)state;
    test_model_make(&m, SHAPE(32, 40, 2, 4, 2, 400, 16, true), 5);
    memset(m.image.bytes + section(SECTION_PROMPT), '~', 100);
    assert_int_equal(story_begin(&settings, 100), STORY_PROMPT_TOO_LONG);
    assert_int_equal(story_begin(&settings, 5), STORY_GOES_ON);
    assert_int_equal(story.steps, 16);
    test_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny),
        cmocka_unit_test(stories260k_shape),
        cmocka_unit_test(separate_classifier_and_odd_hidden),
        cmocka_unit_test(one_head_of_all),
        cmocka_unit_test(heads_of_two),
        cmocka_unit_test(wide),
        cmocka_unit_test(long_context),
        cmocka_unit_test(vocabulary_of_32000),
        cmocka_unit_test(stories),
        cmocka_unit_test(the_same_beginning_is_not_computed_again),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(refuses_a_prompt_of_more_tokens_than_positions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
