/* The command line of run64: llama2.c's defaults, clamping and odd numbers, and
 * what is refused. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "image.h"
#include "progress.h"
#include "run64_options.h"

#define MAX_ARGUMENTS 16

static char error[256];

/* Parses "model.bin" and the given arguments, NULL-terminated. */
static int parse(struct run64_options *options, const char *const *arguments)
{
    char *argv[MAX_ARGUMENTS + 3] = {"run64", "model.bin"};
    int argc = 2;

    for (; *arguments; arguments++)
        argv[argc++] = (char *)(uintptr_t)*arguments;
    error[0] = '\0';
    return run64_options_parse(options, argc, argv, error, sizeof error);
}

#define PARSE(options, ...) parse(options, (const char *const[]){__VA_ARGS__, NULL})

static void test_defaults(void **state)
{
    struct run64_options o;
    const char *const none[] = {NULL};
    uint64_t before = (uint64_t)time(NULL);

    (void)state;
    assert_int_equal(parse(&o, none), 0);
    assert_string_equal(o.checkpoint, "model.bin");
    assert_string_equal(o.tokenizer, "tokenizer.bin");
    assert_true(o.temperature == 1.0f);
    assert_true(o.topp == 0.9f);
    assert_int_equal(o.steps, 256);
    assert_string_equal(o.prompt, "");
    assert_true(o.seed >= before && o.seed <= (uint64_t)time(NULL));
    assert_int_equal(o.engine, ENGINE_EXACT);
    assert_false(o.host);
    assert_string_equal(o.emulator, "x64");
    assert_int_equal(o.reu_kib, 0);
    assert_null(o.stats);
}

static void test_values(void **state)
{
    struct run64_options o;

    (void)state;
    assert_int_equal(PARSE(&o, "-z", "tok.bin", "-t", "0.8", "-p", "0.95", "-s", "42", "-n", "60", "-i", "-x y"), 0);
    assert_string_equal(o.tokenizer, "tok.bin");
    assert_true(o.temperature == 0.8f);
    assert_true(o.topp == 0.95f);
    assert_true(o.seed == 42);
    assert_int_equal(o.steps, 60);
    assert_string_equal(o.prompt, "-x y");
    assert_int_equal(PARSE(&o, "-m", "generate", "-y", "be nice", "--host", "--stats", "a", "--logits", "b", "--reu", "4096"), 0);
    assert_true(o.host);
    assert_string_equal(o.stats, "a");
    assert_string_equal(o.logits, "b");
    assert_int_equal(o.reu_kib, 4096);
    assert_int_equal(PARSE(&o, "--window", "--emulator", "/usr/bin/x64sc", "--screenshot", "s.png", "--engine", "exact", "--prg", "a.prg", "--patience", "2.5"), 0);
    assert_true(o.window);
    assert_string_equal(o.emulator, "/usr/bin/x64sc");
    assert_string_equal(o.program, "a.prg");
    assert_true(o.patience == 2.5);
}

/* run.c: `if (temperature < 0.0) temperature = 0.0; if (topp < 0.0 || 1.0 < topp) topp = 0.9;
 * if (steps < 0) steps = 0;` */
static void test_clamping(void **state)
{
    struct run64_options o;

    (void)state;
    assert_int_equal(PARSE(&o, "-t", "-1", "-p", "1.5", "-n", "-3"), 0);
    assert_true(o.temperature == 0.0f && !signbit(o.temperature));
    assert_true(o.topp == 0.9f);
    assert_int_equal(o.steps, 0);
    assert_int_equal(PARSE(&o, "-t", "-0", "-p", "-0.1"), 0);
    assert_false(signbit(o.temperature));
    assert_true(o.topp == 0.9f);
    assert_int_equal(PARSE(&o, "-p", "1", "-n", "99999999999"), 0);
    assert_true(o.topp == 1.0f);
    assert_int_equal(o.steps, INT_MAX);
    assert_int_equal(PARSE(&o, "-p", "0", "-n", "4294967297"), 0);
    assert_true(o.topp == 0.0f);
    assert_int_equal(o.steps, INT_MAX);
}

/* run.c: `unsigned long long rng_seed = atoi(...)`, where atoi is (int)strtol(...). */
static void test_seed(void **state)
{
    struct run64_options o;
    uint64_t before = (uint64_t)time(NULL);

    (void)state;
    assert_int_equal(PARSE(&o, "-s", "2147483647"), 0);
    assert_true(o.seed == 2147483647u);
    assert_int_equal(PARSE(&o, "-s", "-5"), 0);
    assert_true(o.seed == UINT64_MAX - 4);
    assert_int_equal(PARSE(&o, "-s", "3000000000"), 0);
    assert_true(o.seed == 0xFFFFFFFFB2D05E00u);
    assert_int_equal(PARSE(&o, "-s", "8589934599"), 0);
    assert_true(o.seed == 7);
    assert_int_equal(PARSE(&o, "-s", "99999999999999999999"), 0);
    assert_true(o.seed == UINT64_MAX);
    assert_int_equal(PARSE(&o, "-s", "0"), 0);
    assert_true(o.seed >= before && o.seed <= (uint64_t)time(NULL));
}

static void test_refusals(void **state)
{
    static const char *const cases[][4] = {
        {"-t", "warm", NULL, "-t: must be a number"},
        {"-t", "nan", NULL, "-t: must be a number"},
        {"-t", "", NULL, "-t: must be a number"},
        {"-p", "0.5x", NULL, "-p: must be a number"},
        {"-n", "ten", NULL, "must be a whole number"},
        {"-n", "1.5", NULL, "must be a whole number"},
        {"-s", "0x10", NULL, "must be a whole number"},
        {"-m", "chat", NULL, "must be generate"},
        {"-x", "1", NULL, "-x: unknown option"},
        {"-t", NULL, NULL, "-t: needs a value"},
        {"--stats", NULL, NULL, "--stats: needs a value"},
        {"--engine", "warp", NULL, "must be exact or fast"},
        {"--reu", "1000", NULL, "must be the size of a REU"},
        {"--reu", "64", NULL, "must be the size of a REU"},
        {"--reu", "32768", NULL, "must be the size of a REU"},
        {"--patience", "0", NULL, "must be a number of seconds"},
        {"other.bin", NULL, NULL, "other.bin: a file too many"},
        {"--host", "--window", NULL, "--host: there is no emulator then, for --window"},
    };
    struct run64_options o;
    char *nothing[] = {"run64", NULL};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(&o, cases[i]), -1);
        if (!strstr(error, cases[i][3]) || strchr(error, '\n'))
            fail_msg("\"%s\" does not say \"%s\"", error, cases[i][3]);
    }
    assert_int_equal(PARSE(&o, "--host", "--screenshot", "a.png"), -1);
    assert_int_equal(run64_options_parse(&o, 1, nothing, error, sizeof error), -1);
    assert_non_null(strstr(error, "CHECKPOINT: missing"));
}

static void test_help(void **state)
{
    char *argv[] = {"run64", "--help", NULL};
    struct run64_options o;

    (void)state;
    assert_int_equal(run64_options_parse(&o, 2, argv, error, sizeof error), 0);
    assert_true(o.help);
    assert_non_null(strstr(run64_usage, "--emulator"));
}

static void test_time(void **state)
{
    char text[24];

    (void)state;
    progress_time(text, sizeof text, 0.4);
    assert_string_equal(text, "0:00");
    progress_time(text, sizeof text, 107.6);
    assert_string_equal(text, "1:48");
    progress_time(text, sizeof text, 3599.7);
    assert_string_equal(text, "1:00:00");
    progress_time(text, sizeof text, 33252);
    assert_string_equal(text, "9:14:12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_values), cmocka_unit_test(test_clamping),
        cmocka_unit_test(test_seed),     cmocka_unit_test(test_refusals), cmocka_unit_test(test_help),
        cmocka_unit_test(test_time),
    };

    return cmocka_run_group_tests_name("run64_options", tests, NULL, NULL);
}
