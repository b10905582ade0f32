/* A C128 in C64 mode, VICE's x128: at 2 MHz while the screen is dark, at 1 MHz around
 * each transfer of the REU, with the same story as a C64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

#define C128_SPEED 0xD030
#define REU_COMMAND 0xDF01
#define TRANSFER_FIRST 0x02A7 /* of accelerator.s */
#define TRANSFER_LAST 0x02FF
#define TOKENS 5

static const struct checkpoint_config small = {
    .dim = 40, .hidden_dim = 80, .n_layers = 2, .n_heads = 5, .n_kv_heads = 5, .vocab_size = 300, .seq_len = 96, .shared_classifier = true};

static struct test_model model_of_test;

static int set_up(void **state)
{
    (void)state;
    test_model_make_for(&model_of_test, &small, 5, ENGINE_EXACT | ENGINE_FAST, 12);
    return 0;
}

static int close_model(void **state)
{
    (void)state;
    test_model_close(&model_of_test);
    return 0;
}

static bool is_fast(void)
{
    uint8_t speed;

    assert_true(vice_read_io(v, C128_SPEED, &speed, 1));
    return speed & 1;
}

/* A story with these parameters: its tokens, and how many cycles it took. On a C128
 * every transfer must come from `transfer`. */
static uint64_t tell(const char *emulator, bool c128, const char *parameters, uint16_t *tokens)
{
    struct remote remote;
    uint64_t cycles = 0;
    char outside[40];
    unsigned n = 0;

    session_start(emulator, &model_of_test, false);
    expect("Takes about");
    assert_false(c128 && is_fast());
    type(parameters);
    type("\n");
    expect("How does the story begin?");
    session_follow();
    if (c128) {
        snprintf(outside, sizeof outside, "PC < $%04x || PC > $%04x", TRANSFER_FIRST, TRANSFER_LAST);
        assert_true(vice_watch_stores(v, REU_COMMAND, outside));
    }
    type("ab\n");
    while (session_next_report(&remote) == REMOTE_TOKEN) {
        assert_true(n < TOKENS);
        tokens[n++] = remote.next;
        cycles += remote.cycles;
        if (c128)
            assert_int_equal(is_fast(), strstr(parameters, "d+") != NULL);
    }
    assert_int_equal(remote.event, REMOTE_END);
    assert_false(c128 && is_fast());
    assert_int_equal(n, TOKENS);
    tear_down(NULL);
    return cycles;
}

static void check_engine(const char *light, const char *dark)
{
    uint16_t tokens[3][TOKENS];
    uint64_t c64 = tell("x64", false, light, tokens[0]);
    uint64_t at_1_mhz = tell("x128", true, light, tokens[1]), at_2_mhz = tell("x128", true, dark, tokens[2]);

    print_message("# %s: %.2f million cycles on a C64, %.2f on a C128, %.2f at 2 MHz\n", light, (double)c64 / 1e6,
                  (double)at_1_mhz / 1e6, (double)at_2_mhz / 1e6);
    assert_memory_equal(tokens[0], tokens[1], sizeof tokens[0]);
    assert_memory_equal(tokens[0], tokens[2], sizeof tokens[0]);
    assert_true(at_1_mhz < c64 + c64 / 20);
    assert_true(at_2_mhz < c64 * 65 / 100);
}

static void test_fast(void **state)
{
    (void)state;
    check_engine("s5o5", "s5o5d+");
}

static void test_exact(void **state)
{
    (void)state;
    check_engine("es5o5", "es5o5d+");
}

/* Back in BASIC and started again, it is as it was. */
static void test_again(void **state)
{
    struct remote remote;
    int i;

    (void)state;
    session_start("x128", &model_of_test, false);
    for (i = 0; i < 2; i++) {
        expect("Takes about");
        expect("C128  PAL");
        type("s5o2d+\n");
        expect("How does the story begin?");
        session_follow();
        type("\n");
        assert_int_equal(session_next_report(&remote), REMOTE_TOKEN);
        assert_true(is_fast());
        assert_int_equal(session_next_report(&remote), REMOTE_TOKEN);
        assert_int_equal(session_next_report(&remote), REMOTE_END);
        assert_true(vice_clear(v, REMOTE_REPORT));
        assert_false(is_fast());
        type("q");
        expect("READY.");
        assert_false(is_fast());
        type("run\n");
    }
}

/* On a C64 transfers stay where they are, and nothing else is in the place of `transfer`. */
static void test_none(void **state)
{
    static uint8_t place[TRANSFER_LAST - TRANSFER_FIRST + 1];
    uint8_t zeros[sizeof place] = {0};

    (void)state;
    session_start("x64", &model_of_test, false);
    expect("Takes about");
    assert_true(vice_read(v, TRANSFER_FIRST, place, sizeof place));
    assert_memory_equal(place, zeros, sizeof place);
    assert_true(vice_watch_stores(v, REU_COMMAND, "PC > $0800"));
    type("h"); /* keeps the screen in the REU */
    type("\n\n");
    assert_int_equal(vice_run(v, 60), VICE_CHECKPOINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_fast, tear_down),
        cmocka_unit_test_teardown(test_exact, tear_down),
        cmocka_unit_test_teardown(test_again, tear_down),
        cmocka_unit_test_teardown(test_none, tear_down),
    };

    return cmocka_run_group_tests_name("test_accelerator", tests, set_up, close_model);
}
