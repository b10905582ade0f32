/* The common tokenizer against the reference: encode on random texts of all
 * kinds, decode on every token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "reference.h"
#include "test_model.h"
#include "tokenizer.h"

#define LONGEST 300

static void compare(struct test_model *m, const char *text)
{
    int expected[LONGEST + 2], n = reference_encode(&m->tokenizer, text, expected), i;
    uint16_t token;

    memcpy(m->image.bytes + section(SECTION_PROMPT), text, strlen(text));
    if (encode((uint16_t)strlen(text)) != n)
        fail_msg("\"%s\": another number of tokens than %d", text, n);
    for (i = 0; i < n; ++i) {
        token = encoded(i);
        if (token != expected[i])
            fail_msg("\"%s\": token %d is %d instead of %d", text, i, token, expected[i]);
    }
}

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

static void compare_random(struct test_model *m, int texts)
{
    static const char *const words[] = {"once", "upon", "Once", "time", "Lily", "the", "was", "\"", ".", ", ", "!", "  ", " ", "\n",
                                        "<0x0A>", "<s>", "</s>", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xFF", "\x80\x80\x80\x80\x80", "3", "'s"};
    char text[LONGEST + 1];
    int i, length, kind;

    compare(m, "");
    compare(m, " ");
    compare(m, "\x80");
    for (i = 0; i < texts; ++i) {
        kind = (int)random_below(3);
        length = 0;
        text[0] = 0;
        while (length < 200 && random_below(40)) {
            if (kind == 0)
                strcpy(text + length, words[random_below(sizeof words / sizeof *words)]);
            else if (kind == 1)
                snprintf(text + length, 2, "%c", (char)('a' + random_below(26)));
            else
                snprintf(text + length, 2, "%c", (char)(1 + random_below(255)));
            length = (int)strlen(text);
        }
        compare(m, text);
    }
}

static void synthetic(void **state)
{
    struct checkpoint_config small = {8, 8, 1, 1, 1, 700, 64, true}, bytes_only = {8, 8, 1, 1, 1, 259, 64, true};
    struct test_model m;

    (void)state;
    test_model_make(&m, &small, 3);
    compare_random(&m, 400);
    test_model_close(&m);
    test_model_make(&m, &bytes_only, 4);
    compare_random(&m, 100);
    test_model_close(&m);
}

static void real(void **state)
{
    struct test_model m;

    (void)state;
    if (!getenv("MODEL") || !*getenv("MODEL"))
        skip();
    test_model_open(&m, getenv("MODEL"), getenv("TOKENIZER"));
    compare_random(&m, 500);
    compare(&m, "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.");
    test_model_close(&m);
}

/* What llama2.c's decode and safe_printf make of a piece. */
static size_t expected_text(const char *text, int previous, char *out)
{
    unsigned char byte;

    if (previous == 1 && text[0] == ' ')
        ++text;
    if (sscanf(text, "<0x%02hhX>", &byte) == 1) {
        out[0] = (char)byte;
        out[1] = 0;
    } else {
        strcpy(out, text);
    }
    if (out[0] && !out[1]) {
        byte = (unsigned char)out[0];
        if (!(byte >= 32 && byte < 127) && !(byte >= 9 && byte <= 13))
            return 0;
    }
    return strlen(out);
}

static void decodes_every_token(void **state)
{
    struct checkpoint_config config = {8, 8, 1, 1, 1, 700, 64, true};
    struct test_model m;
    char text[300];
    uint16_t token, previous;
    size_t n;

    (void)state;
    test_model_make(&m, &config, 3);
    for (token = 0; token < 700; ++token)
        for (previous = 1; previous < 3; ++previous) {
            n = expected_text(m.tokenizer.pieces[token].text, previous, text);
            assert_int_equal(decode(previous, token), n);
            assert_memory_equal(piece, text, n);
        }
    test_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthetic),
        cmocka_unit_test(real),
        cmocka_unit_test(decodes_every_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
