/* What llama2.c printed, run64 --host prints: text and tokens of every story in
 * $GOLDEN/stories260K.json, and the logits there, bit for bit. */
#include "run64_outcome.h"

#define VOCAB_BYTES (512 * 4) /* logits of a position of stories260K */
#define MAX_STORIES 200

static const char *checkpoint, *tokenizer, *golden;

static void test_story(void **state)
{
    json_t *story = *state;
    char temperature[32], topp[32], seed[32], steps[32];
    struct outcome outcome;
    const char *const arguments[] = {checkpoint, "-z", tokenizer, "--host", "-t", temperature, "-p", topp, "-s", seed, "-n", steps,
                                     "-i", json_string_value(json_object_get(story, "prompt")), NULL};

    snprintf(temperature, sizeof temperature, "%.9g", json_number_value(json_object_get(story, "temperature")));
    snprintf(topp, sizeof topp, "%.9g", json_number_value(json_object_get(story, "topp")));
    snprintf(seed, sizeof seed, "%lld", (long long)json_integer_value(json_object_get(story, "seed")));
    snprintf(steps, sizeof steps, "%lld", (long long)json_integer_value(json_object_get(story, "steps")));
    run64(&outcome, 0, arguments);
    assert_told(&outcome);
    assert_string_equal(outcome.out, json_string_value(json_object_get(story, "text")));
    assert_true(json_equal(json_object_get(outcome.stats, "tokens"), json_object_get(story, "tokens")));
    assert_string_equal(json_string_value(json_object_get(outcome.stats, "backend")), "host");
    outcome_free(&outcome);
}

static void test_zoo_logits(void **state)
{
    struct outcome outcome;
    char path[4096];
    size_t n;
    char *expected;
    const char *const arguments[] = {checkpoint, "-z", tokenizer, "--host", "-t", "0", "-n", "60", "-i", "Zoo", NULL};

    (void)state;
    snprintf(path, sizeof path, "%s/logits-zoo-60x512.f32", golden);
    expected = read_whole(path, &n);
    assert_non_null(expected);
    run64(&outcome, 1, arguments);
    assert_told(&outcome);
    assert_int_equal(outcome.logits_bytes, n);
    assert_memory_equal(outcome.logits, expected, n);
    free(expected);
    outcome_free(&outcome);
}

static void test_sara_logits(void **state)
{
    json_t *story = *state, *positions;
    struct outcome outcome;
    char path[4096];
    size_t n, i;
    char *expected;
    const char *const arguments[] = {checkpoint, "-z", tokenizer, "--host", "-t", "0", "-n", "400", "-i",
                                     json_string_value(json_object_get(story, "prompt")), NULL};

    snprintf(path, sizeof path, "%s/logits-sara-positions.json", golden);
    positions = json_load_file(path, 0, NULL);
    assert_true(json_array_size(positions) > 0);
    snprintf(path, sizeof path, "%s/logits-sara.f32", golden);
    expected = read_whole(path, &n);
    assert_non_null(expected);
    assert_int_equal(n, json_array_size(positions) * VOCAB_BYTES);
    run64(&outcome, 1, arguments);
    assert_told(&outcome);
    for (i = 0; i < json_array_size(positions); i++) {
        size_t position = (size_t)json_integer_value(json_array_get(positions, i));
        assert_true((position + 1) * VOCAB_BYTES <= outcome.logits_bytes);
        assert_memory_equal(outcome.logits + position * VOCAB_BYTES, expected + i * VOCAB_BYTES, VOCAB_BYTES);
    }
    free(expected);
    json_decref(positions);
    outcome_free(&outcome);
}

int main(void)
{
    static struct CMUnitTest tests[MAX_STORIES + 2];
    static char names[MAX_STORIES][80];
    char path[4096];
    json_t *stories = NULL;
    size_t n = 0, i;
    int result;

    checkpoint = getenv("MODEL");
    tokenizer = getenv("TOKENIZER");
    golden = getenv("GOLDEN");
    if (golden) {
        snprintf(path, sizeof path, "%s/stories260K.json", golden);
        stories = json_load_file(path, 0, NULL);
    }
    if (!checkpoint || !tokenizer || !strstr(checkpoint, "stories260K") || !stories) {
        printf("1..0 # SKIP golden stories: no stories260K.bin, or no llama2.c outputs for it\n");
        return 0;
    }
    for (i = 0; i < json_array_size(stories) && i < MAX_STORIES; i++) {
        json_t *story = json_array_get(stories, i);
        const char *prompt = json_string_value(json_object_get(story, "prompt"));
        char *c;
        snprintf(names[i], sizeof names[i], "golden story %u: %.40s", (unsigned)i, prompt);
        for (c = names[i]; *c; c++)
            if (*c == '#' || *c == '\n')
                *c = ' '; /* which TAP gives a meaning */
        tests[n++] = (struct CMUnitTest){.name = names[i], .test_func = test_story, .initial_state = story};
        if (strncmp(prompt, "Sara had a red hat.", 19) == 0)
            tests[n++] = (struct CMUnitTest){.name = "golden logits of Sara", .test_func = test_sara_logits, .initial_state = story};
    }
    tests[n++] = (struct CMUnitTest){.name = "golden logits of Zoo", .test_func = test_zoo_logits};
    result = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
    json_decref(stories);
    return result;
}
