/* How long a user waits: from RETURN behind the prompt to the first token of the story's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "session.h"

#define MOST_SECONDS 25

/* With the real model in a REU of this size. */
static void check(unsigned kib)
{
    const char *checkpoint = getenv("MODEL"), *tokenizer = getenv("TOKENIZER");
    char error[256] = "";
    struct test_model m;
    struct remote remote;
    double cycles;

    if (!checkpoint || !*checkpoint)
        skip();
    test_model_open_for(&m, checkpoint, tokenizer, ENGINE_FAST, 8);
    image_free(&m.image);
    assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "stories260K", ENGINE_FAST, 8, kib, &m.image, error, sizeof error), 0);
    assert_int_equal(m.image.header->image_kib, kib);
    assert_int_equal(m.image.header->config.seq_len, m.checkpoint.config.seq_len);
    session_start("x64", &m, false);
    expect("Takes about");
    type("t0\n");
    expect("How does the story begin?");
    type("Zoo");
    expect("  3 of 240");
    session_follow();
    press(RETURN);
    cycles = 0;
    do {
        assert_int_equal(session_next_report(&remote), REMOTE_TOKEN);
        cycles += remote.cycles;
    } while (remote.position + 1 < remote.n_prompt_tokens);
    cycles += remote.begin_cycles;
    read_screen();
    print_message("# %u KB: %.1f s\n", kib, cycles / PAL_HZ);
    assert_true(cycles / PAL_HZ < MOST_SECONDS);
    assert_true(session_duration("bits") <= MOST_SECONDS); /* the clock in the title bar */
    test_model_close(&m);
}

static void test_512_kib(void **state)
{
    (void)state;
    check(512);
}

static void test_1024_kib(void **state)
{
    (void)state;
    check(1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_512_kib, tear_down),
        cmocka_unit_test_teardown(test_1024_kib, tear_down),
    };

    return cmocka_run_group_tests_name("test_first_token", tests, NULL, NULL);
}
