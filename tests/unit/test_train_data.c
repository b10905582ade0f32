/* The way from a text to sequences of tokens: stories, the host's encoder, the
 * tokenizer's trainer, the shuffled order. */
#include "train_files.h"

#include <stdbool.h>

#include "reference.h"
#include "story_text.h"
#include "synthetic.h"
#include "tokenizer.h"
#include "tokenizer_encoder.h"
#include "tokenizer_file.h"
#include "tokenizer_trainer.h"
#include "train_data.h"

/* --- stories ------------------------------------------------------------------ */

static void expect_stories(const char *bytes, int n, const char *const *stories)
{
    struct train_files files;
    struct story_text text;
    char error[256];
    int i;

    make_files(&files);
    write_bytes(files.text, bytes, strlen(bytes));
    assert_int_equal(story_text_open(&text, files.text, error, sizeof error), 0);
    assert_int_equal(text.n_stories, n);
    for (i = 0; i < n; i++) {
        assert_int_equal(text.stories[i].bytes, strlen(stories[i]));
        assert_memory_equal(text.stories[i].text, stories[i], strlen(stories[i]));
    }
    story_text_close(&text);
    remove_files(&files);
}

static void stories_end_at_marks_or_blank_lines(void **state)
{
    (void)state;
    expect_stories("One.\n\nStill one.\n<|endoftext|>\n\nTwo\n<|endoftext|>", 2, (const char *const[]){"One.\n\nStill one.", "Two"});
    expect_stories("\n<|endoftext|>\r\n<|endoftext|>\n last ", 1, (const char *const[]){"last"});
    expect_stories("One\nline\n \nTwo\n\n\n\nThree <|endoftext|>", 3, (const char *const[]){"One\nline", "Two", "Three <|endoftext|>"});
    expect_stories("x", 1, (const char *const[]){"x"});
}

static void expect_no_text(const void *bytes, size_t n, const char *cause)
{
    struct train_files files;
    struct story_text text;
    char error[256];

    make_files(&files);
    write_bytes(files.text, bytes, n);
    assert_int_equal(story_text_open(&text, files.text, error, sizeof error), -1);
    if (strstr(error, cause) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, cause);
    remove_files(&files);
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    expect_no_text("", 0, "is empty");
    expect_no_text(" \n<|endoftext|>\n\n", 17, "only white space");
    expect_no_text("one\0two", 7, "byte 0x00 at offset 3");
    expect_no_text("one \xFFtwo", 8, "byte 0xFF at offset 4");
    expect_no_text("cut short \xE2\x82", 12, "byte 0xE2 at offset 10");
}

/* --- encoder ------------------------------------------------------------------ */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

#define LONGEST 300

static void compare(struct tokenizer_encoder *encoder, const char *text)
{
    int expected[LONGEST + 2], n = reference_encode(encoder->tokenizer, text, expected), i;
    struct token_list list = {0};

    assert_int_equal(tokenizer_encode(encoder, text, strlen(text), &list), 0);
    if (list.n + 1 != (size_t)n)
        fail_msg("\"%s\": %zu tokens instead of %d", text, list.n, n - 1);
    for (i = 1; i < n; i++)
        if (list.tokens[i - 1] != expected[i])
            fail_msg("\"%s\": token %d is %d instead of %d", text, i, list.tokens[i - 1], expected[i]);
    free(list.tokens);
}

static void compare_random(const struct tokenizer_file *tokenizer, int texts)
{
    static const char *const words[] = {"once", " upon", "Once", " time", "Lily", " the", "was", "\"", ".", ", ", "!", "  ", " ", "\n", "<0x0A>", "<s>",
                                        "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xFF", "\x80\x80\x80\x80\x80", "3", "'s"};
    struct tokenizer_encoder encoder;
    char text[LONGEST + 1];
    int i;

    assert_int_equal(tokenizer_encoder_open(&encoder, tokenizer), 0);
    compare(&encoder, "");
    compare(&encoder, " ");
    compare(&encoder, "\x80");
    for (i = 0; i < texts; i++) {
        int length = 0, kind = i % 3;

        text[0] = '\0';
        while (length < 200 && random_below(40)) {
            if (kind == 0)
                strcpy(text + length, words[random_below(sizeof words / sizeof *words)]);
            else if (kind == 1)
                strcpy(text + length, tokenizer->pieces[random_below(tokenizer->vocab_size)].text);
            else
                sprintf(text + length, "%c", (char)(random_below(2) ? 'a' + (int)random_below(26) : 1 + (int)random_below(255)));
            length += (int)strlen(text + length);
        }
        if (strlen(text) <= LONGEST)
            compare(&encoder, text);
    }
    tokenizer_encoder_close(&encoder);
}

/* Seven words and their forms, again and again. */
static void write_corpus(const char *path)
{
    static const char *const words[] = {"the", "cat", "sat", "on", "a", "mat", "and", "it's", "cats", "matter", "caf\xC3\xA9"};
    FILE *file = fopen(path, "w");
    int story, i;

    assert_non_null(file);
    for (story = 0; story < 200; story++) {
        for (i = 0; i < 30; i++)
            fprintf(file, "%s%s", words[random_below(sizeof words / sizeof *words)], i % 7 == 6 ? ".\n" : random_below(9) ? " " : ", ");
        fputs("\n<|endoftext|>\n", file);
    }
    assert_int_equal(fclose(file), 0);
}

static void train_tokenizer(struct train_files *files, uint32_t vocab_size, double coverage, struct tokenizer_file *tokenizer)
{
    struct trained_tokenizer trained;
    struct story_text text;
    char error[256];

    make_files(files);
    write_corpus(files->text);
    assert_int_equal(story_text_open(&text, files->text, error, sizeof error), 0);
    assert_int_equal(tokenizer_train(&trained, &text, vocab_size, coverage, error, sizeof error), 0);
    assert_int_equal(tokenizer_save(&trained, files->tokenizer, error, sizeof error), 0);
    trained_tokenizer_free(&trained);
    story_text_close(&text);
    assert_int_equal(tokenizer_file_count(files->tokenizer, error, sizeof error), vocab_size);
    assert_int_equal(tokenizer_file_open(tokenizer, files->tokenizer, vocab_size, error, sizeof error), 0);
}

static void encoder_agrees_with_llama2c(void **state)
{
    struct tokenizer_file tokenizer;
    struct train_files files;
    char error[256];
    int seed;

    (void)state;
    for (seed = 1; seed <= 5; seed++) {
        make_files(&files);
        assert_int_equal(synthetic_tokenizer(files.tokenizer, 600, (uint64_t)seed, error, sizeof error), 0);
        assert_int_equal(tokenizer_file_open(&tokenizer, files.tokenizer, 600, error, sizeof error), 0);
        compare_random(&tokenizer, 600);
        tokenizer_file_close(&tokenizer);
        remove_files(&files);
    }
    train_tokenizer(&files, 290, 1.0, &tokenizer);
    compare_random(&tokenizer, 600);
    tokenizer_file_close(&tokenizer);
    remove_files(&files);
}

static void encoder_agrees_on_the_real_tokenizer(void **state)
{
    const char *path = getenv("TOKENIZER");
    struct tokenizer_file tokenizer;
    char error[256];
    int64_t n;

    (void)state;
    if (path == NULL || *path == '\0') {
        skip();
        return;
    }
    n = tokenizer_file_count(path, error, sizeof error);
    assert_true(n > 0 && n < 65536);
    assert_int_equal(tokenizer_file_open(&tokenizer, path, (uint32_t)n, error, sizeof error), 0);
    compare_random(&tokenizer, 600);
    tokenizer_file_close(&tokenizer);
}

/* --- tokenizer's trainer ------------------------------------------------------- */

static void trained_tokenizer_is_llama2cs(void **state)
{
    struct tokenizer_file tokenizer;
    struct train_files files;
    bool seen_space = false;
    char byte[8];
    uint32_t i, j;

    (void)state;
    train_tokenizer(&files, 300, 1.0, &tokenizer);
    assert_string_equal(tokenizer.pieces[TOKEN_UNKNOWN].text, "<unk>");
    assert_string_equal(tokenizer.pieces[TOKEN_BOS].text, "\n<s>\n");
    assert_string_equal(tokenizer.pieces[TOKEN_EOS].text, "\n</s>\n");
    for (i = 0; i < 256; i++) {
        snprintf(byte, sizeof byte, "<0x%02X>", i);
        assert_string_equal(tokenizer.pieces[3 + i].text, byte);
    }
    for (i = TOKENIZER_FIRST_PIECE; i < 300; i++) {
        assert_true(tokenizer.pieces[i].length > 0);
        assert_true(tokenizer.pieces[i].score == -(float)(i - TOKENIZER_FIRST_PIECE));
        seen_space |= strcmp(tokenizer.pieces[i].text, " ") == 0;
        for (j = TOKENIZER_FIRST_PIECE; j < i; j++)
            assert_string_not_equal(tokenizer.pieces[i].text, tokenizer.pieces[j].text);
        /* A piece does not go on into the next word. */
        assert_null(strchr(tokenizer.pieces[i].text + 1, ' '));
    }
    assert_true(seen_space);
    tokenizer_file_close(&tokenizer);
    remove_files(&files);
}

/* The pair that is merged first is the one that a plain count finds. */
static void first_merge_is_the_most_frequent_pair(void **state)
{
    static const char corpus[] = "aab aab ab aab\n\nzab ab";
    struct trained_tokenizer trained;
    struct train_files files;
    struct story_text text;
    char error[256];

    (void)state;
    make_files(&files);
    write_bytes(files.text, corpus, strlen(corpus));
    assert_int_equal(story_text_open(&text, files.text, error, sizeof error), 0);
    /* Characters: a, b, space, z: two merges for 265 tokens. " aab" x 3, " ab" x 2,
     * " zab": "ab" stands there 6 times, " a" 5 times, "aa" 3 times. With "ab"
     * merged there remain " " before "a" 3 times, "a" before "ab" 3 times and " "
     * before "ab" 2 times. */
    assert_int_equal(tokenizer_train(&trained, &text, 265, 1.0, error, sizeof error), 0);
    assert_string_equal(trained.pieces[0].text, "ab");
    assert_int_equal(trained.pieces[2].length, 1);
    trained_tokenizer_free(&trained);
    assert_int_equal(tokenizer_train(&trained, &text, 2000, 1.0, error, sizeof error), -1);
    assert_non_null(strstr(error, "more than the text supports: at most 2"));
    story_text_close(&text);
    remove_files(&files);
}

static void rare_characters_are_spelled_in_bytes(void **state)
{
    struct tokenizer_encoder encoder;
    struct tokenizer_file tokenizer;
    struct train_files files;
    struct token_list list = {0};

    (void)state;
    train_tokenizer(&files, 290, 0.9, &tokenizer);
    assert_int_equal(tokenizer_encoder_open(&encoder, &tokenizer), 0);
    assert_int_equal(tokenizer_encode(&encoder, "\xC3\xA9", 2, &list), 0);
    assert_int_equal(list.n, 3);
    assert_int_equal(list.tokens[1], 0xC3 + 3);
    assert_int_equal(list.tokens[2], 0xA9 + 3);
    free(list.tokens);
    tokenizer_encoder_close(&encoder);
    tokenizer_file_close(&tokenizer);
    remove_files(&files);
}

/* --- sequences ----------------------------------------------------------------- */

static void sequences_cover_every_story(void **state)
{
    struct tokenizer_encoder encoder;
    struct tokenizer_file tokenizer;
    struct train_files files;
    struct story_text text;
    struct train_data data;
    uint64_t at = 0, tokens = 0, bytes = 0;
    char error[256];
    size_t s, i;

    (void)state;
    train_tokenizer(&files, 290, 1.0, &tokenizer);
    assert_int_equal(tokenizer_encoder_open(&encoder, &tokenizer), 0);
    assert_int_equal(story_text_open(&text, files.text, error, sizeof error), 0);
    assert_int_equal(train_data_open(&data, &text, 10, 50, &encoder, 32), 0);
    for (s = 0; s < data.n_sequences; s++) {
        const struct sequence *q = &data.sequences[s];

        /* A sequence takes up where the last one stopped, or at a story's BOS. */
        assert_int_equal(q->first, at);
        assert_in_range(q->n, 1, 32);
        at += (uint64_t)q->n;
        tokens += (uint64_t)q->n;
        if (data.tokens.tokens[at] == TOKEN_BOS)
            at++;
        else
            assert_int_equal(q->n, 32);
    }
    assert_int_equal(at, data.tokens.n);
    assert_int_equal(tokens, data.n_tokens);
    for (i = 10; i < 60; i++)
        bytes += text.stories[i].bytes;
    assert_int_equal(bytes, data.bytes);
    train_data_close(&data);
    story_text_close(&text);
    tokenizer_encoder_close(&encoder);
    tokenizer_file_close(&tokenizer);
    remove_files(&files);
}

static void shuffle_takes_each_once_an_epoch(void **state)
{
    struct shuffle a, b;
    uint8_t seen[2][100] = {{0}};
    int epoch, i, different = 0;
    uint32_t first[100];

    (void)state;
    assert_int_equal(shuffle_open(&a, 100, 42), 0);
    for (epoch = 0; epoch < 2; epoch++)
        for (i = 0; i < 100; i++) {
            uint32_t next = shuffle_peek(&a);

            assert_in_range(next, 0, 99);
            assert_int_equal(seen[epoch][next]++, 0);
            if (epoch == 0)
                first[i] = next;
            else
                different += first[i] != next;
            shuffle_advance(&a);
        }
    assert_in_range(different, 80, 100);
    /* From the middle of an epoch on it is the same. */
    assert_int_equal(shuffle_open(&b, 100, 42), 0);
    shuffle_seek(&b, 0, 30);
    for (i = 30; i < 100; i++) {
        assert_int_equal(shuffle_peek(&b), first[i]);
        shuffle_advance(&b);
    }
    shuffle_close(&a);
    shuffle_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_end_at_marks_or_blank_lines),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(encoder_agrees_with_llama2c),
        cmocka_unit_test(encoder_agrees_on_the_real_tokenizer),
        cmocka_unit_test(trained_tokenizer_is_llama2cs),
        cmocka_unit_test(first_merge_is_the_most_frequent_pair),
        cmocka_unit_test(rare_characters_are_spelled_in_bytes),
        cmocka_unit_test(sequences_cover_every_story),
        cmocka_unit_test(shuffle_takes_each_once_an_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
