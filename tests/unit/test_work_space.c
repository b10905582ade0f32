/* Both engines and the encoder use the same work space, one after the other:
 * whatever came before, a story is the one that an untouched image tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fast_image.h"
#include "model.h"
#include "reu_host.h"
#include "story.h"
#include "test_model.h"

#define POSITIONS 420
#define VOCAB 600

static struct test_model m;
static uint8_t all_logits, fast_bits = 8;
static struct image both;

struct told {
    uint16_t tokens[POSITIONS];
    unsigned n;
    f32 logits[VOCAB]; /* of the last position */
};

static void tell(struct told *told, uint8_t engine, const char *prompt, f32 temperature)
{
    struct settings settings = {.engine = engine, .bits = engine == ENGINE_FAST ? fast_bits : 0, .steps = POSITIONS, .temperature = temperature, .topp = 0x3F666666, .seed = {7}, .all_logits = all_logits};
    uint16_t n = (uint16_t)strlen(prompt);
    uint8_t status;

    memset(told, 0, sizeof *told);
    memcpy(both.bytes + section(SECTION_PROMPT), prompt, n);
    status = story_begin(&settings, n);
    while (status == STORY_GOES_ON) {
        status = story_step();
        assert_true(told->n < POSITIONS);
        told->tokens[told->n++] = story.next;
    }
    assert_int_equal(status, STORY_ENDED);
    if (engine == ENGINE_EXACT || temperature) /* the fast engine makes none where the greatest is enough */
        memcpy(told->logits, both.bytes + section(SECTION_LOGITS), sizeof told->logits);
}

static void after_each_other(void **state)
{
    static char long_prompt[700];
    static const struct {
        uint8_t engine;
        int is_long;
        f32 temperature;
    } stories[] = {{ENGINE_FAST, 0, 0x3F800000}, {ENGINE_FAST, 0, 0}, {ENGINE_EXACT, 0, 0}, {ENGINE_FAST, 1, 0}, {ENGINE_FAST, 0, 0x3F800000}, {ENGINE_EXACT, 1, 0},
                   {ENGINE_EXACT, 1, 0x3F800000}, {ENGINE_EXACT, 0, 0}, {ENGINE_FAST, 1, 0}, {ENGINE_FAST, 1, 0}, {ENGINE_EXACT, 0, 0x3F800000}};
    uint32_t work;
    uint8_t *saved;

    (void)state;
    for (size_t i = 0; i + 6 < sizeof long_prompt; i += 5)
        memcpy(long_prompt + i, (i / 5) % 3 ? "some " : "more ", 5);
    long_prompt[400] = 0;
    test_model_make(&m, &(struct checkpoint_config){24, 20, 2, 4, 2, VOCAB, 420, true}, 3);
    {
        char error[256];
        assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "both", ENGINE_EXACT | ENGINE_FAST, 8, IMAGE_MAX_KIB, &both, error, sizeof error), 0);
    }
    reu_attach(both.bytes, both.size);
    assert_int_equal(model_open(IMAGE_MAX_KIB), MODEL_OK);
    work = both.header->data_bytes;
    saved = malloc(both.size);
    assert_non_null(saved);
    for (size_t i = 0; i < sizeof stories / sizeof *stories; ++i) {
        static struct told now, fresh;
        const char *prompt = stories[i].is_long ? long_prompt : "some of more";

        tell(&now, stories[i].engine, prompt, stories[i].temperature);
        memcpy(saved, both.bytes, both.size);
        memset(both.bytes + work, 0xFF, both.size - work); /* nothing there may matter */
        story_forget();
        tell(&fresh, stories[i].engine, prompt, stories[i].temperature);
        if (memcmp(&now, &fresh, sizeof now) != 0)
            fail_msg("story %zu is not the one that an untouched image tells", i);
        memcpy(both.bytes, saved, both.size);
    }
    free(saved);
    image_free(&both);
    test_model_close(&m);
}

/* Keys and values of position 0 in the image are those that the engines compute; where logits are
 * wanted, they do. */
static void position_0_is_ready(void **state)
{
    static const uint8_t engines[] = {ENGINE_EXACT, ENGINE_FAST};

    (void)state;
    test_model_make(&m, &(struct checkpoint_config){72, 20, 2, 2, 1, VOCAB, 420, true}, 5);
    for (uint8_t bits = 8; bits <= 12; bits += 4) {
        char error[256];

        assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "both", ENGINE_EXACT | ENGINE_FAST, bits, IMAGE_MAX_KIB, &both, error, sizeof error), 0);
        assert_true(both.header->sections[SECTION_FIRST].bytes > 0);
        for (size_t i = 0; i < 2; ++i) {
            static struct told ready, computed;

            reu_attach(both.bytes, both.size);
            assert_int_equal(model_open(IMAGE_MAX_KIB), MODEL_OK);
            story_forget();
            fast_bits = bits;
            all_logits = 0;
            tell(&ready, engines[i], "some of more", F32_ONE);
            story_forget();
            all_logits = 1;
            tell(&computed, engines[i], "some of more", F32_ONE);
            assert_memory_equal(&ready, &computed, sizeof ready);
        }
        image_free(&both);
    }
    all_logits = 0;
    test_model_close(&m);
}

static void make_fast(unsigned bits, unsigned most_kib)
{
    char error[256];

    assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "fast", ENGINE_FAST, bits, most_kib, &both, error, sizeof error), 0);
    reu_attach(both.bytes, both.size);
    assert_int_equal(model_open(IMAGE_MAX_KIB), MODEL_OK);
    story_forget();
}

static uint32_t *token_heads(void)
{
    return (uint32_t *)(void *)(both.bytes + section(SECTION_FAST) + offsetof(struct fast_header, token_heads));
}

/* q, k and v of layer 0 in the image are those that the engine computes, at any precision of the weights; they are there
 * where the REU has room. */
static void token_heads_are_ready(void **state)
{
    static const struct checkpoint_config shapes[] = {{72, 20, 2, 2, 1, VOCAB, 420, true}, {24, 130, 1, 3, 3, VOCAB, 100, false}, {200, 20, 2, 4, 4, VOCAB, 64, false}};
    static struct told ready, computed;

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        test_model_make(&m, &shapes[i], 5);
        for (unsigned bits = 6; bits <= 12; bits += 6) {
            make_fast(bits, IMAGE_MAX_KIB);
            assert_true(*token_heads() != 0);
            for (fast_bits = 5; fast_bits <= bits; fast_bits = (uint8_t)(fast_bits + bits - 5)) {
                uint32_t address = *token_heads();

                story_forget();
                tell(&ready, ENGINE_FAST, "some of more", F32_ONE);
                *token_heads() = 0;
                story_forget();
                tell(&computed, ENGINE_FAST, "some of more", F32_ONE);
                assert_memory_equal(&ready, &computed, sizeof ready);
                *token_heads() = address;
            }
            image_free(&both);
        }
        test_model_close(&m);
    }
    fast_bits = 8;
    test_model_make(&m, &shapes[0], 5);
    make_fast(8, 256);
    assert_true(both.header->config.seq_len == 420 && *token_heads() == 0);
    image_free(&both);
    make_fast(8, 512);
    assert_true(both.header->config.seq_len == 420 && *token_heads() != 0);
    image_free(&both);
    test_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(after_each_other), cmocka_unit_test(position_0_is_ready), cmocka_unit_test(token_heads_are_ready)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
