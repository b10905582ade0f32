/* What the parameter screen says a story will take, against what it takes: on PAL and
 * NTSC, with both engines, for shapes that the costs were not fitted to. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

#define OFF 0.10 /* that an estimate may be */

static const struct checkpoint_config deep = {.dim = 40,
                                              .hidden_dim = 140,
                                              .n_layers = 4,
                                              .n_heads = 10,
                                              .n_kv_heads = 5,
                                              .vocab_size = 500,
                                              .seq_len = 128,
                                              .shared_classifier = true};
static const struct checkpoint_config wide = {.dim = 112,
                                              .hidden_dim = 200,
                                              .n_layers = 1,
                                              .n_heads = 7,
                                              .n_kv_heads = 7,
                                              .vocab_size = 320,
                                              .seq_len = 128,
                                              .shared_classifier = false};

/* Tells a story of the model with the parameters that these keys choose, and closes it. */
static void check_model(const char *emulator, struct test_model *m, bool ntsc, const char *parameters)
{
    double cycles = 0, estimated, taken, shown;
    struct remote remote;

    session_start(emulator, m, ntsc);
    expect("The image is intact.");
    type(parameters);
    assert_int_equal(vice_run(v, 1), VICE_TIMEOUT);
    estimated = session_duration("Takes about");
    type("\n");
    expect("How does the story begin?");
    session_follow();
    type("\n");
    while (session_next_report(&remote) == REMOTE_TOKEN)
        cycles += remote.cycles;
    assert_int_equal(remote.event, REMOTE_END);
    taken = cycles / (ntsc ? NTSC_HZ : PAL_HZ);
    shown = session_duration(" in ");
    print_message("# %s %s %s: estimated %.0f s, %.1f s of cycles, %.0f s by the clock\n", emulator, ntsc ? "NTSC" : "PAL", parameters,
                  estimated, taken, shown);
    assert_true(taken > 40); /* or a second would be too much */
    assert_true(fabs(estimated / taken - 1) < OFF);
    assert_true(fabs(estimated / shown - 1) < OFF);
    test_model_close(m);
}

static void check(const struct checkpoint_config *config, bool ntsc, const char *parameters)
{
    struct test_model m;

    test_model_make_for(&m, config, 7, ENGINE_EXACT | ENGINE_FAST, 16);
    check_model("x64", &m, ntsc, parameters);
}

static void test_fast(void **state)
{
    (void)state;
    check(&deep, false, "t0o24");
}

static void test_fast_ntsc(void **state)
{
    (void)state;
    check(&wide, true, "t0o16");
}

/* From here to the story's end, against what is said to be left after the first position; returns the latter. */
static double check_left(struct remote *remote)
{
    double cycles = 0, left;

    assert_int_equal(session_next_report(remote), REMOTE_TOKEN);
    left = session_duration("left");
    do
        cycles += remote->cycles;
    while (session_next_report(remote) == REMOTE_TOKEN);
    print_message("# left %.0f s, %.1f s of cycles\n", left, cycles / PAL_HZ);
    assert_true(fabs(left * PAL_HZ / cycles - 1) < OFF);
    return left;
}

/* When the prompt is known, so is what is left: its tokens cost less, and nothing if they are the
 * same again. */
static void test_prompt(void **state)
{
    double left, again;
    struct test_model m;
    struct remote remote;

    (void)state;
    test_model_make_for(&m, &deep, 7, ENGINE_FAST, 8);
    session_start("x64", &m, false);
    expect("Takes about");
    type("t0o70\n");
    expect("How does the story begin?");
    type("one day a little bird saw a big red ball in the park");
    session_follow();
    type("\n");
    left = check_left(&remote);
    assert_in_range(remote.n_prompt_tokens, 21, 50);
    assert_int_equal(remote.event, REMOTE_END);
    type("a");
    again = check_left(&remote);
    assert_true(again < 0.7 * left);
    test_model_close(&m);
}

/* How long sampling takes depends on how sure of itself a model is. */
static void test_sampled(void **state)
{
    struct test_model m;

    (void)state;
    test_model_open_for(&m, "models/stories64.bin", "models/stories64.tok", ENGINE_FAST, 8);
    check_model("x64", &m, false, "s7o8");
}

static void test_fast_16_bits(void **state)
{
    (void)state;
    check(&wide, true, "b16t0o12");
}

static void test_c128_dark(void **state)
{
    struct test_model m;

    (void)state;
    test_model_make_for(&m, &wide, 7, ENGINE_FAST, 8);
    check_model("x128", &m, false, "t0o30d+");
}

static void test_fast_dark(void **state)
{
    (void)state;
    check(&wide, false, "t0o16d+");
}

static void test_exact(void **state)
{
    (void)state;
    check(&deep, false, "et0o12");
}

static void test_exact_ntsc(void **state)
{
    (void)state;
    check(&wide, true, "et0o12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_fast, tear_down),
        cmocka_unit_test_teardown(test_fast_ntsc, tear_down),
        cmocka_unit_test_teardown(test_prompt, tear_down),
        cmocka_unit_test_teardown(test_sampled, tear_down),
        cmocka_unit_test_teardown(test_fast_16_bits, tear_down),
        cmocka_unit_test_teardown(test_c128_dark, tear_down),
        cmocka_unit_test_teardown(test_fast_dark, tear_down),
        cmocka_unit_test_teardown(test_exact, tear_down),
        cmocka_unit_test_teardown(test_exact_ntsc, tear_down),
    };

    return cmocka_run_group_tests_name("test_estimate", tests, NULL, NULL);
}
