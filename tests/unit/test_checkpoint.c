/* The readers of checkpoint and tokenizer: right values, and a clear no to all
 * that is not such a file. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "checkpoint.h"
#include "model_files.h"
#include "tokenizer_file.h"

static const struct checkpoint_config shared = {16, 12, 3, 4, 2, 300, 10, true};
static const struct checkpoint_config separate = {16, 12, 3, 4, 2, 300, 10, false};

/* Where run.c's memory_map_weights() puts the tensors, in floats after the
 * header, for the two configs above. */
static const size_t offsets[TENSOR_COUNT + 1] = {
    0,     /* token_embedding_table 300 * 16 */
    4800,  /* rms_att_weight 3 * 16 */
    4848,  /* wq 3 * 16 * 16 */
    5616,  /* wk 3 * 8 * 16 */
    6000,  /* wv */
    6384,  /* wo 3 * 16 * 16 */
    7152,  /* rms_ffn_weight 3 * 16 */
    7200,  /* w1 3 * 12 * 16 */
    7776,  /* w2 */
    8352,  /* w3 */
    8928,  /* rms_final_weight 16 */
    8944,  /* freq_cis_real 10 * 2 */
    8964,  /* freq_cis_imag */
    8984,  /* wcls 300 * 16 */
    13784,
};

static uint8_t *make_checkpoint(const struct checkpoint_config *config, size_t *size)
{
    struct model_files files;
    uint8_t *bytes;

    make_model(&files, config, 7);
    bytes = read_file(files.checkpoint, size);
    remove_model(&files);
    return bytes;
}

static uint8_t *make_tokenizer(size_t *size)
{
    struct model_files files;
    uint8_t *bytes;

    make_model(&files, &shared, 7);
    bytes = read_file(files.tokenizer, size);
    remove_model(&files);
    return bytes;
}

static void tensors_are_where_llama2c_has_them(void **state)
{
    const struct checkpoint_config *configs[2] = {&shared, &separate};
    int i, id;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct checkpoint checkpoint;
        char error[256];
        size_t size;
        uint8_t *bytes = make_checkpoint(configs[i], &size);

        assert_int_equal(size, 28 + 4 * offsets[i == 0 ? TENSOR_WCLS : TENSOR_COUNT]);
        assert_int_equal(checkpoint_parse(&checkpoint, bytes, size, error, sizeof error), 0);
        assert_memory_equal(&checkpoint.config, configs[i], sizeof shared);
        for (id = 0; id < TENSOR_WCLS; id++) {
            assert_ptr_equal(checkpoint.tensors[id].data, bytes + 28 + 4 * offsets[id]);
            assert_int_equal(checkpoint.tensors[id].elements, offsets[id + 1] - offsets[id]);
        }
        assert_ptr_equal(checkpoint.tensors[TENSOR_WCLS].data, bytes + 28 + (i == 0 ? 0 : 4 * offsets[TENSOR_WCLS]));
        assert_int_equal(checkpoint.tensors[TENSOR_WCLS].elements, 4800);
        free(bytes);
    }
}

static void refuse_checkpoint(const uint8_t *bytes, size_t size, const char *cause)
{
    struct checkpoint checkpoint;
    char error[256] = "";

    assert_int_equal(checkpoint_parse(&checkpoint, bytes, size, error, sizeof error), -1);
    if (strstr(error, cause) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, cause);
    assert_null(strchr(error, '\n'));
}

static void impossible_headers_are_refused(void **state)
{
    enum { DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, SEQ };
    static const struct {
        int field;
        int32_t value;
        const char *cause;
    } cases[] = {
        {DIM, 0, "dim is 0"},
        {DIM, -16, "dim is -16"},
        {DIM, INT32_MIN, "dim is -2147483648"},
        {DIM, 18, "4 heads do not divide dim 18"},
        {DIM, 12, "head size 3 is odd"},
        {DIM, 0x616B3432, "version"},
        {HIDDEN, 0, "hidden_dim is 0"},
        {HIDDEN, -1, "hidden_dim is -1"},
        {LAYERS, 0, "n_layers is 0"},
        {LAYERS, -3, "n_layers is -3"},
        {HEADS, 0, "n_heads is 0"},
        {HEADS, 3, "3 heads do not divide dim 16"},
        {HEADS, 32, "32 heads do not divide dim 16"},
        {HEADS, 16, "head size 1 is odd"},
        {KV_HEADS, 0, "n_kv_heads is 0"},
        {KV_HEADS, 3, "3 kv heads do not divide 4 heads"},
        {KV_HEADS, 8, "8 kv heads do not divide 4 heads"},
        {VOCAB, 0, "vocab_size is 0"},
        {VOCAB, INT32_MIN, "vocab_size is -2147483648"},
        {VOCAB, 2, "vocab_size 2"},
        {SEQ, 0, "seq_len is 0"},
        {SEQ, -10, "seq_len is -10"},
        {HIDDEN, 13, "is truncated"},
        {HIDDEN, 11, "is too long"},
        {LAYERS, INT32_MAX, "is truncated"},
        {VOCAB, -300, "is truncated"},
        {VOCAB, INT32_MAX, "is truncated"},
        {SEQ, INT32_MAX, "is truncated"},
    };
    size_t size, i;
    uint8_t *bytes = make_checkpoint(&shared, &size);

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t before;

        memcpy(&before, bytes + 4 * cases[i].field, 4);
        memcpy(bytes + 4 * cases[i].field, &cases[i].value, 4);
        refuse_checkpoint(bytes, size, cases[i].cause);
        memcpy(bytes + 4 * cases[i].field, &before, 4);
    }
    free(bytes);
}

static void sizes_beyond_64_bit_are_refused(void **state)
{
    const int32_t header[8] = {INT32_MAX - 1, INT32_MAX, INT32_MAX, 1, 1, -INT32_MAX, INT32_MAX, 0};

    (void)state;
    refuse_checkpoint((const uint8_t *)header, sizeof header, "more weights than can be counted");
}

static void other_lengths_are_refused(void **state)
{
    size_t size;
    uint8_t *bytes = make_checkpoint(&separate, &size), *longer = calloc(size + 4, 1);

    (void)state;
    memcpy(longer, bytes, size);
    refuse_checkpoint(bytes, 1, "is truncated");
    refuse_checkpoint(bytes, 27, "is truncated: 27 bytes, the header alone has 28");
    refuse_checkpoint(bytes, 28, "is truncated: 28 bytes, its header asks for 55164");
    refuse_checkpoint(bytes, size - 1, "is truncated");
    refuse_checkpoint(longer, size + 1, "is too long");
    refuse_checkpoint(longer, size + 4, "is too long: 55168 bytes, its header asks for 55164");
    free(bytes);
    free(longer);
}

static void weights_that_are_no_numbers_are_refused(void **state)
{
    static const f32 bad[3] = {F32_NAN | 1, F32_INFINITY, F32_INFINITY | F32_SIGN};
    static const char *const names[TENSOR_COUNT] = {
        "token_embedding_table[1] is ", "rms_att_weight[1] is ", "wq[1] is ", "wk[1] is ", "wv[1] is ", "wo[1] is ", "rms_ffn_weight[1] is ",
        "w1[1] is ", "w2[1] is ", "w3[1] is ", "rms_final_weight[1] is ", NULL, NULL, "wcls[1] is "};
    struct checkpoint checkpoint;
    char error[256];
    size_t size;
    uint8_t *bytes = make_checkpoint(&separate, &size);
    int id, kind;

    (void)state;
    assert_int_equal(checkpoint_parse(&checkpoint, bytes, size, error, sizeof error), 0);
    assert_int_equal(checkpoint_check_finite(&checkpoint, error, sizeof error), 0);
    for (id = 0; id < TENSOR_COUNT; id++)
        for (kind = 0; kind < 3; kind++) {
            f32 *element = (f32 *)(bytes + 28 + 4 * offsets[id]) + 1, before = *element;
            int result;

            *element = bad[kind];
            error[0] = '\0';
            result = checkpoint_check_finite(&checkpoint, error, sizeof error);
            *element = before;
            if (names[id] == NULL) {
                assert_int_equal(result, 0);
                continue;
            }
            assert_int_equal(result, -1);
            assert_memory_equal(error, names[id], strlen(names[id]));
            assert_string_equal(error + strlen(names[id]), kind == 0 ? "not a number" : "infinite");
        }
    /* The largest number is one. */
    *(f32 *)(bytes + 28) = F32_INFINITY - 1;
    assert_int_equal(checkpoint_check_finite(&checkpoint, error, sizeof error), 0);
    free(bytes);
}

static void pieces_and_scores_are_read(void **state)
{
    static const uint8_t bytes[] = {
        4, 0, 0, 0,                                               /* max_token_length */
        0, 0, 0x80, 0x3F, 2, 0, 0, 0, 'a', 0xFF,                  /* 1.0 */
        0, 0, 0, 0xC0, 0, 0, 0, 0,                                /* -2.0, no bytes */
        0, 0, 0, 0, 4, 0, 0, 0, 'x', 0, 'y', 'z',                 /* C's strings end at a NUL */
    };
    struct tokenizer_file tokenizer;
    char error[256];

    (void)state;
    assert_int_equal(tokenizer_file_parse(&tokenizer, bytes, sizeof bytes, 3, error, sizeof error), 0);
    assert_int_equal(tokenizer.vocab_size, 3);
    assert_string_equal(tokenizer.pieces[0].text, "a\xFF");
    assert_int_equal(tokenizer.pieces[0].length, 2);
    assert_true(tokenizer.pieces[0].score == 1.0f);
    assert_string_equal(tokenizer.pieces[1].text, "");
    assert_int_equal(tokenizer.pieces[1].length, 0);
    assert_true(tokenizer.pieces[1].score == -2.0f);
    assert_string_equal(tokenizer.pieces[2].text, "x");
    assert_int_equal(tokenizer.pieces[2].length, 1);
    tokenizer_file_close(&tokenizer);
}

static void refuse_tokenizer(const uint8_t *bytes, size_t size, uint32_t vocab_size, const char *cause)
{
    struct tokenizer_file tokenizer;
    char error[256] = "";

    assert_int_equal(tokenizer_file_parse(&tokenizer, bytes, size, vocab_size, error, sizeof error), -1);
    if (strstr(error, cause) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, cause);
    assert_null(strchr(error, '\n'));
}

static void bad_tokenizers_are_refused(void **state)
{
    static const int32_t lengths[] = {-1, INT32_MIN, 256, INT32_MAX};
    size_t size, i;
    int32_t before, zero = 0;
    uint8_t *bytes = make_tokenizer(&size);

    (void)state;
    refuse_tokenizer(bytes, 3, 300, "is truncated");
    refuse_tokenizer(bytes, 4, 300, "too few for its 300 tokens");
    refuse_tokenizer(bytes, size - 1, 300, "is truncated: it ends within token 299 of 300");
    refuse_tokenizer(bytes, size, 299, "bytes are left over after its 299 tokens");
    refuse_tokenizer(bytes, size, 301, "it ends after 300 of 301 tokens");
    refuse_tokenizer(bytes, size, 32000, "too few for its 32000 tokens");
    refuse_tokenizer(bytes, size, INT32_MAX, "too few");
    memcpy(&before, bytes + 8, 4);
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char cause[64];

        snprintf(cause, sizeof cause, "token 0 is %d bytes long", lengths[i]);
        memcpy(bytes + 8, &lengths[i], 4);
        refuse_tokenizer(bytes, size, 300, cause);
    }
    memcpy(bytes + 8, &before, 4);
    memcpy(bytes, &zero, 4);
    refuse_tokenizer(bytes, size, 300, "max_token_length is 0");
    free(bytes);
}

static void the_same_seed_gives_the_same_model(void **state)
{
    size_t size, size2;
    uint8_t *a = make_checkpoint(&separate, &size), *b = make_checkpoint(&separate, &size2);

    (void)state;
    assert_int_equal(size, size2);
    assert_memory_equal(a, b, size);
    free(a);
    free(b);
}

static void stories260k_is_read(void **state)
{
    const char *path = getenv("MODEL"), *tokenizer_path = getenv("TOKENIZER");
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    char error[256];

    (void)state;
    if (path == NULL || strstr(path, "stories260K") == NULL || tokenizer_path == NULL)
        skip();
    assert_int_equal(checkpoint_open(&checkpoint, path, error, sizeof error), 0);
    assert_int_equal(checkpoint.config.dim, 64);
    assert_int_equal(checkpoint.config.hidden_dim, 172);
    assert_int_equal(checkpoint.config.n_layers, 5);
    assert_int_equal(checkpoint.config.n_heads, 8);
    assert_int_equal(checkpoint.config.n_kv_heads, 4);
    assert_int_equal(checkpoint.config.vocab_size, 512);
    assert_int_equal(checkpoint.config.seq_len, 512);
    assert_true(checkpoint.config.shared_classifier);
    assert_int_equal(checkpoint.tensors[TENSOR_TOKEN_EMBEDDING].data[0], 0xBE96E950);
    assert_int_equal(checkpoint_check_finite(&checkpoint, error, sizeof error), 0);
    assert_int_equal(tokenizer_file_open(&tokenizer, tokenizer_path, 512, error, sizeof error), 0);
    assert_string_equal(tokenizer.pieces[1].text, "\n<s>\n");
    assert_string_equal(tokenizer.pieces[260].text, "he");
    assert_true(tokenizer.pieces[260].score == -1.0f);
    tokenizer_file_close(&tokenizer);
    checkpoint_close(&checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_where_llama2c_has_them),
        cmocka_unit_test(impossible_headers_are_refused),
        cmocka_unit_test(sizes_beyond_64_bit_are_refused),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(weights_that_are_no_numbers_are_refused),
        cmocka_unit_test(pieces_and_scores_are_read),
        cmocka_unit_test(bad_tokenizers_are_refused),
        cmocka_unit_test(the_same_seed_gives_the_same_model),
        cmocka_unit_test(stories260k_is_read),
    };

    return cmocka_run_group_tests_name("checkpoint and tokenizer files", tests, NULL, NULL);
}
