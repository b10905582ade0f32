/* The C64 in the emulator against the same arithmetic on this machine, which
 * test_golden.c holds against llama2.c: same text, same tokens, same logits. */
#include "run64_outcome.h"
#include "synthetic.h"

/* All runs give up early: a hang is a failure, not a wait. */
#define PATIENCE "120"

struct story {
    const char *name;
    int real;                   /* the trained model */
    struct checkpoint_config config; /* else a synthetic one of this shape */
    const char *emulator;
    const char *arguments[12];  /* NULL-terminated */
};

static const struct story stories[] = {
    {"C64: Zoo, 60 tokens", 1, {0}, "x64", {"-t", "0", "-n", "60", "-i", "Zoo"}},
    {"C64: sampled with top-p", 1, {0}, "x64", {"-t", "0.8", "-p", "0.9", "-s", "7", "-n", "40", "-i", "The big dog"}},
    {"C64: sampled from all", 1, {0}, "x64", {"-t", "1", "-p", "1", "-s", "1234", "-n", "12"}},
    {"C64: odd characters", 1, {0}, "x64", {"-t", "0", "-n", "30", "-i", "xyz@#$%&*+=/<>[] \xC3\xA9\xE2\x82\xAC"}},
    {"C64: seed with 64 bits", 1, {0}, "x64", {"-s", "-3", "-n", "8", "-i", "A  b"}},
    {"C64: fast engine, 8 bits", 1, {0}, "x64", {"-t", "0", "-n", "30", "-i", "Zoo", "--engine", "fast"}},
    {"C64: fast engine, 5 bits, sampled", 1, {0}, "x64", {"-s", "7", "-n", "12", "--engine", "fast", "--bits", "5"}},
    {"x64sc: Zoo, 3 tokens", 1, {0}, "x64sc", {"-t", "0", "-n", "3", "-i", "Zoo"}},
    {"C64: separate classifier, 2 heads a key", 0, {24, 40, 2, 4, 2, 300, 12, false}, "x64", {"-t", "0", "-n", "0"}},
    {"C64: one layer, heads of 2, odd vocabulary", 0, {16, 30, 1, 8, 8, 263, 9, true}, "x64", {"-t", "0.7", "-s", "5", "-n", "0"}},
    {"C64: more rows than one block", 0, {64, 300, 1, 2, 1, 700, 8, true}, "x64", {"-t", "0", "-n", "4", "-i", "ab"}},
    {"C64: fast engine, odd sizes, separate classifier", 0, {60, 90, 2, 3, 3, 300, 12, false}, "x64", {"-t", "0", "-n", "0", "--engine", "fast", "--bits", "11"}},
    {"C64: fast engine, one layer, its q, k and v in the image", 0, {96, 300, 1, 4, 2, 600, 64, true}, "x64", {"-t", "0", "-n", "6", "--engine", "fast"}},
    {"C64: fast engine, heads of 20, two blocks of positions", 0, {40, 24, 1, 2, 1, 300, 70, true}, "x64", {"-t", "1", "-s", "2", "-n", "0", "--engine", "fast"}},
    {"C64: exact engine, keys and values in the place of the table of products", 0, {16, 16, 1, 2, 2, 600, 256, true}, "x64", {"-t", "1", "-s", "4", "-n", "205", "--reu", "256"}},
    {"x64sc: a small model", 0, {24, 40, 1, 4, 2, 300, 12, true}, "x64sc", {"-t", "0", "-n", "4"}},
};
#define N_STORIES (sizeof stories / sizeof stories[0])

static void make_synthetic(const struct checkpoint_config *config, char *folder, char checkpoint[64], char tokenizer[64])
{
    char error[256];

    assert_non_null(mkdtemp(folder));
    snprintf(checkpoint, 64, "%s/model.bin", folder);
    snprintf(tokenizer, 64, "%s/tok.bin", folder);
    assert_int_equal(synthetic_checkpoint(checkpoint, config, 3, error, sizeof error), 0);
    assert_int_equal(synthetic_tokenizer(tokenizer, (uint32_t)config->vocab_size, 3, error, sizeof error), 0);
}

/* Cycles are there for every position, add up from the steps, and are
 * plausible: a position takes more than 10,000 and less than 500 million. */
static void check_cycles(const json_t *stats)
{
    const json_t *cycles = json_object_get(stats, "cycles");
    json_t *steps = json_object_get(stats, "step_cycles"), *value;
    const char *name;
    json_int_t sum = 0, by_steps = 0;
    size_t i;

    assert_string_equal(json_string_value(json_object_get(stats, "backend")), "c64");
    assert_int_equal(json_integer_value(json_object_get(stats, "clock_hz")), 985248);
    assert_int_equal(json_array_size(cycles), json_array_size(json_object_get(stats, "tokens")));
    for (i = 0; i < json_array_size(cycles); i++) {
        json_int_t n = json_integer_value(json_array_get(cycles, i));
        assert_true(n > 10000 && n < 500000000);
        sum += n;
    }
    json_object_foreach(steps, name, value)
        by_steps += json_integer_value(value);
    assert_true(by_steps > 0 && by_steps <= sum);
}

static void test_story(void **state)
{
    const struct story *story = *state;
    char folder[] = "/tmp/run64-model-XXXXXX", made[2][64];
    const char *host[24] = {getenv("MODEL"), "-z", getenv("TOKENIZER"), "--patience", PATIENCE}, *c64[24];
    struct outcome expected, outcome;
    int n = 5, i;

    if (story->real) {
        if (!host[0] || !host[0][0] || !host[2] || !host[2][0]) {
            print_message("# no trained model\n");
            skip();
        }
    } else {
        make_synthetic(&story->config, folder, made[0], made[1]);
        host[0] = made[0];
        host[2] = made[1];
    }
    for (i = 0; story->arguments[i]; i++)
        host[n++] = story->arguments[i];
    memcpy(c64, host, sizeof c64);
    host[n] = "--host";
    c64[n++] = "--emulator";
    c64[n++] = story->emulator;
    run64(&expected, 1, host);
    assert_told(&expected);
    run64(&outcome, 1, c64);
    if (!story->real) {
        unlink(made[0]);
        unlink(made[1]);
        rmdir(folder);
    }
    assert_told(&outcome);
    assert_int_equal(outcome.out_bytes, expected.out_bytes);
    assert_memory_equal(outcome.out, expected.out, expected.out_bytes);
    assert_true(json_equal(json_object_get(outcome.stats, "tokens"), json_object_get(expected.stats, "tokens")));
    assert_int_equal(outcome.logits_bytes, expected.logits_bytes);
    assert_memory_equal(outcome.logits, expected.logits, expected.logits_bytes);
    check_cycles(outcome.stats);
    outcome_free(&expected);
    outcome_free(&outcome);
}

int main(void)
{
    static struct CMUnitTest tests[N_STORIES];
    size_t i;

    for (i = 0; i < N_STORIES; i++)
        tests[i] = (struct CMUnitTest){.name = stories[i].name, .test_func = test_story, .initial_state = (void *)(uintptr_t)&stories[i]};
    return _cmocka_run_group_tests("emulator", tests, N_STORIES, NULL, NULL);
}
