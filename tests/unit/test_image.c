/* The image: every weight, token and angle where image.h and exact.h put it,
 * for many shapes; sizes and limits; damage is noticed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "checksum.h"
#include "fast_image.h"
#include "image_writer.h"
#include "model_files.h"

/* Shapes that differ in every way that the layout depends on. */
static const struct checkpoint_config shapes[] = {
    {64, 172, 2, 8, 4, 512, 100, true},    /* like stories260K */
    {8, 5, 1, 2, 1, 300, 10, false},       /* odd hidden size, separate classifier */
    {2, 1, 1, 1, 1, 3, 1, true},           /* the smallest */
    {48, 515, 2, 24, 6, 1025, 70, false},  /* head size 2; two chunks of w1 and of the classifier */
    {512, 600, 1, 8, 8, 260, 65, true},    /* head size 64; two chunks of qkv, two blocks of wo */
    {64, 8192, 1, 1, 1, 259, 64, true},    /* one head; 16 chunks of w1 */
    {512, 33, 1, 1, 1, 259, 3, true},      /* head size 512: two blocks of values */
    {16, 20, 3, 8, 2, 32000, 64, true},    /* a large vocabulary */
};
#define SHAPES ((int)(sizeof shapes / sizeof *shapes))

struct model {
    struct model_files files;
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    struct image image;
};

static void build_model(struct model *m, const struct checkpoint_config *config, uint64_t seed)
{
    char error[256];

    make_model(&m->files, config, seed);
    assert_int_equal(checkpoint_open(&m->checkpoint, m->files.checkpoint, error, sizeof error), 0);
    assert_int_equal(tokenizer_file_open(&m->tokenizer, m->files.tokenizer, (uint32_t)config->vocab_size, error, sizeof error), 0);
    assert_int_equal(image_build(&m->checkpoint, &m->tokenizer, "model", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &m->image, error, sizeof error), 0);
}

static void free_model(struct model *m)
{
    image_free(&m->image);
    tokenizer_file_close(&m->tokenizer);
    checkpoint_close(&m->checkpoint);
    remove_model(&m->files);
}

/* An element of a matrix, read by what exact.h says. half: 1 for w3. */
static f32 element(const struct image *image, int id, int layer, int half, int row, int col)
{
    const struct section *s = &image->header->sections[id];
    size_t column = (size_t)s->blocks * s->block_rows * 4;
    int in_chunk = row % s->chunk_rows;
    int accumulator = half * (s->blocks / 2) * s->block_rows + in_chunk;
    const uint8_t *block = image->bytes + s->address + (size_t)layer * s->layer_bytes + (size_t)(row / s->chunk_rows) * s->cols * column
        + (size_t)col * column + (size_t)(accumulator / s->block_rows) * s->block_rows * 4;
    int i = accumulator % s->block_rows, b = s->block_rows;
    uint32_t e = block[i], m2 = block[b + i], m1 = block[2 * b + i], m0 = block[3 * b + i];

    return (m2 >> 7) << 31 | e << 23 | (m2 & 0x7F) << 16 | m1 << 8 | m0;
}

/* Compares consecutive rows of an image's matrix with rows of the checkpoint;
 * returns how many of their bytes are not zero. */
static uint64_t check_rows(const struct image *image, int id, int layer, int half, int first_row, int rows, int cols, const f32 *expected)
{
    uint64_t bytes = 0;
    int row, col;

    assert_int_equal(image->header->sections[id].cols, cols);
    for (row = 0; row < rows; row++)
        for (col = 0; col < cols; col++) {
            f32 value = expected[(size_t)row * cols + col];
            uint32_t planes = (value << 1 & 0xFF000000) | value >> 31 << 23 | (value & 0x7FFFFF);

            if (element(image, id, layer, half, first_row + row, col) != value)
                fail_msg("section %d layer %d half %d row %d col %d", id, layer, half, first_row + row, col);
            for (; planes != 0; planes >>= 8)
                bytes += (planes & 0xFF) != 0;
        }
    return bytes;
}

static const char *piece_text(const struct image *image, const struct token_entry *token)
{
    return (const char *)image->bytes + (token->piece_high << 16 | token->piece);
}

static uint64_t nonzero_bytes(const struct image *image, uint32_t address, uint32_t bytes)
{
    uint64_t n = 0;
    uint32_t i;

    for (i = 0; i < bytes; i++)
        n += image->bytes[address + i] != 0;
    return n;
}

/* Every weight is there once, and what pads the blocks is zero. The checkpoint
 * is walked by run.c's memory_map_weights(). */
static void weights_are_where_the_engine_reads_them(void **state)
{
    int i, layer;

    (void)state;
    for (i = 0; i < SHAPES; i++) {
        const struct checkpoint_config *c = &shapes[i];
        struct model m;
        const struct section *s;
        uint64_t nonzero[SECTION_COUNT] = {0};
        size_t size;
        uint8_t *file;
        const f32 *p, *embedding, *rms_att, *wq, *wk, *wv, *wo, *rms_ffn, *w1, *w2, *w3, *rms_final;
        size_t head_size = (size_t)(c->dim / c->n_heads), dim = (size_t)c->dim, hidden = (size_t)c->hidden_dim, layers = (size_t)c->n_layers;
        size_t kv_dim = head_size * (size_t)c->n_kv_heads;

        build_model(&m, c, 11 + (uint64_t)i);
        s = m.image.header->sections;
        file = read_file(m.files.checkpoint, &size);
        p = (const f32 *)(file + 28);
        embedding = p;
        p += (size_t)c->vocab_size * dim;
        rms_att = p;
        p += layers * dim;
        wq = p;
        p += layers * dim * dim;
        wk = p;
        p += layers * dim * kv_dim;
        wv = p;
        p += layers * dim * kv_dim;
        wo = p;
        p += layers * dim * dim;
        rms_ffn = p;
        p += layers * dim;
        w1 = p;
        p += layers * dim * hidden;
        w2 = p;
        p += layers * dim * hidden;
        w3 = p;
        p += layers * dim * hidden;
        rms_final = p;
        p += dim;
        p += (size_t)c->seq_len * head_size;

        assert_memory_equal(m.image.bytes + s[SECTION_RMS_ATT].address, rms_att, layers * dim * 4);
        assert_memory_equal(m.image.bytes + s[SECTION_RMS_FFN].address, rms_ffn, layers * dim * 4);
        assert_memory_equal(m.image.bytes + s[SECTION_RMS_FINAL].address, rms_final, dim * 4);
        nonzero[SECTION_EMBEDDING] = check_rows(&m.image, SECTION_EMBEDDING, 0, 0, 0, c->vocab_size, c->dim, embedding);
        nonzero[SECTION_CLASSIFIER] = check_rows(&m.image, SECTION_CLASSIFIER, 0, 0, 0, c->vocab_size, c->dim, c->shared_classifier ? embedding : p);
        assert_int_equal(s[SECTION_EMBEDDING].address == s[SECTION_CLASSIFIER].address, c->shared_classifier);
        for (layer = 0; layer < c->n_layers; layer++) {
            size_t l = (size_t)layer;

            nonzero[SECTION_QKV] += check_rows(&m.image, SECTION_QKV, layer, 0, 0, c->dim, c->dim, wq + l * dim * dim);
            nonzero[SECTION_QKV] += check_rows(&m.image, SECTION_QKV, layer, 0, c->dim, (int)kv_dim, c->dim, wk + l * dim * kv_dim);
            nonzero[SECTION_QKV] += check_rows(&m.image, SECTION_QKV, layer, 0, c->dim + (int)kv_dim, (int)kv_dim, c->dim, wv + l * dim * kv_dim);
            nonzero[SECTION_WO] += check_rows(&m.image, SECTION_WO, layer, 0, 0, c->dim, c->dim, wo + l * dim * dim);
            nonzero[SECTION_GATE_UP] += check_rows(&m.image, SECTION_GATE_UP, layer, 0, 0, c->hidden_dim, c->dim, w1 + l * dim * hidden);
            nonzero[SECTION_GATE_UP] += check_rows(&m.image, SECTION_GATE_UP, layer, 1, 0, c->hidden_dim, c->dim, w3 + l * dim * hidden);
            nonzero[SECTION_DOWN] += check_rows(&m.image, SECTION_DOWN, layer, 0, 0, c->dim, c->hidden_dim, w2 + l * dim * hidden);
        }
        for (layer = SECTION_EMBEDDING; layer <= SECTION_DOWN; layer++)
            assert_int_equal(nonzero_bytes(&m.image, s[layer].address, s[layer].bytes), nonzero[layer]);
        free(file);
        free_model(&m);
    }
}

static void assert_geometry(const struct image *image, int id, int cols, int chunks, int chunk_rows, int blocks, int block_rows)
{
    const struct section *s = &image->header->sections[id];

    assert_int_equal(s->cols, cols);
    assert_int_equal(s->chunks, chunks);
    assert_int_equal(s->chunk_rows, chunk_rows);
    assert_int_equal(s->blocks, blocks);
    assert_int_equal(s->block_rows, block_rows);
}

static void rows_are_cut_into_equal_chunks_and_blocks(void **state)
{
    struct model m;

    (void)state;
    build_model(&m, &shapes[0], 1);
    assert_geometry(&m.image, SECTION_EMBEDDING, 64, 1, 512, 2, 256);
    assert_geometry(&m.image, SECTION_QKV, 64, 1, 128, 1, 128);
    assert_geometry(&m.image, SECTION_GATE_UP, 64, 1, 172, 2, 172);
    assert_geometry(&m.image, SECTION_DOWN, 172, 1, 64, 1, 64);
    assert_geometry(&m.image, SECTION_KEY_CACHE, 8, 4, 64, 1, 64);
    assert_geometry(&m.image, SECTION_VALUE_CACHE, 64, 4, 8, 1, 8);
    assert_int_equal(m.image.header->sections[SECTION_KEY_CACHE].layer_bytes, 4 * 8 * 256);
    assert_int_equal(m.image.header->sections[SECTION_VALUE_CACHE].layer_bytes, 4 * 64 * 8 * 4);
    free_model(&m);
    build_model(&m, &shapes[3], 1);
    assert_geometry(&m.image, SECTION_CLASSIFIER, 48, 2, 513, 3, 171);
    assert_geometry(&m.image, SECTION_GATE_UP, 48, 2, 258, 4, 129);
    free_model(&m);
    build_model(&m, &shapes[4], 1);
    assert_geometry(&m.image, SECTION_QKV, 512, 2, 768, 3, 256);
    assert_geometry(&m.image, SECTION_WO, 512, 1, 512, 2, 256);
    assert_geometry(&m.image, SECTION_GATE_UP, 512, 2, 300, 4, 150);
    free_model(&m);
    build_model(&m, &shapes[6], 1);
    assert_geometry(&m.image, SECTION_VALUE_CACHE, 64, 1, 512, 2, 256);
    free_model(&m);
}

/* The work space: sections that hold something at the same time are apart. */
static void check_work(const struct image_header *h)
{
    static const uint8_t always[] = {SECTION_HISTORY, SECTION_PROMPT, SECTION_PRODUCTS, SECTION_PROGRAM};
    static const uint8_t caches[] = {SECTION_KEY_CACHE, SECTION_FAST_CACHE};
    static const uint8_t at_times[][3] = {
        {SECTION_HEADS, SECTION_HIDDEN, SECTION_SCORES},
        {SECTION_LOGITS, SECTION_HEAP, SECTION_HEAP},
        {SECTION_FAST_VECTORS, SECTION_FAST_VECTORS, SECTION_FAST_VECTORS},
        {SECTION_ENCODER, SECTION_ENCODER, SECTION_ENCODER},
    };
    const struct section *s = h->sections;
    uint32_t from[16], to[16], apart = h->prompt_capacity < 255 ? h->prompt_capacity : 255;
    int time, cache, n, i, j;

    for (time = 0; time < 5; time++) /* the last: a long prompt, while the caches hold nothing */
        for (cache = 0; cache < 2; cache++) {
            for (n = 0; n < 4; n++) {
                from[n] = s[always[n]].address;
                to[n] = from[n] + s[always[n]].bytes;
            }
            for (i = 0; i < 3 && time < 4; i++)
                if (i == 0 || at_times[time][i] != at_times[time][i - 1]) {
                    from[n] = s[at_times[time][i]].address;
                    to[n] = from[n] + s[at_times[time][i]].bytes;
                    if (time == 3)
                        to[n] = from[n] + (apart + 2) * 20;
                    n++;
                }
            if (time == 4) {
                from[n] = s[SECTION_ENCODER].address;
                to[n++] = s[SECTION_ENCODER].address + s[SECTION_ENCODER].bytes;
            } else {
                from[n] = s[caches[cache]].address;
                to[n] = from[n] + s[caches[cache]].bytes;
                if (cache == 0) /* keys and values of all blocks of positions */
                    to[n] = from[n] + (h->config.seq_len + 63U) / 64 * (s[SECTION_KEY_CACHE].bytes + s[SECTION_VALUE_CACHE].bytes);
                n++;
            }
            for (i = 0; i < n; i++)
                for (j = 0; j < i; j++)
                    if (from[i] < to[j] && from[j] < to[i])
                        fail_msg("work space: two ranges overlap: %06X-%06X, %06X-%06X", from[i], to[i], from[j], to[j]);
        }
}

/* For each position as many bytes as the pieces have on average, rounded up. */
static uint32_t capacity(const struct image_header *h)
{
    uint32_t bytes = h->sections[SECTION_PIECES].bytes - h->config.vocab_size, n = (bytes + h->config.vocab_size - 1U) / h->config.vocab_size * h->config.seq_len;

    return n < 32768 ? n : 32768;
}

static void sections_follow_each_other_in_the_image(void **state)
{
    static const unsigned sizes[] = {128, 256, 512, 1024, 2048, 4096, 8192, 16384};
    int i, id;

    (void)state;
    for (i = 0; i < SHAPES; i++) {
        const struct checkpoint_config *c = &shapes[i];
        struct model m;
        const struct image_header *h;
        uint32_t end = 1024;
        unsigned kib = 0;

        build_model(&m, c, 5);
        h = m.image.header;
        assert_memory_equal(h->magic, "llama2.c64\0", 12);
        assert_int_equal(h->version, 4);
        assert_int_equal(h->header_bytes, 1012);
        assert_int_equal(h->config.dim, c->dim);
        assert_int_equal(h->config.head_size, c->dim / c->n_heads);
        assert_int_equal(h->config.kv_dim, c->dim / c->n_heads * c->n_kv_heads);
        assert_int_equal(h->config.vocab_size, c->vocab_size);
        assert_int_equal(h->config.seq_len, c->seq_len);
        assert_int_equal(h->trained_seq_len, c->seq_len);
        assert_int_equal(h->prompt_capacity, capacity(h));
        assert_int_equal(h->shared_classifier, c->shared_classifier);
        assert_string_equal(h->name, "model");
        for (id = 0; id < SECTION_COUNT; id++) {
            const struct section *s = &h->sections[id];

            if (id == SECTION_FAST || id == SECTION_FAST_VECTORS || id == SECTION_FAST_CACHE) { /* the image is for the exact engine alone */
                assert_int_equal(s->address | s->bytes, 0);
                continue;
            }
            assert_true(s->bytes > 0);
            if (id == SECTION_CLASSIFIER && c->shared_classifier)
                continue;
            if (id < SECTION_KEY_CACHE) {
                assert_int_equal(s->address, (end + 255) / 256 * 256);
                end = s->address + s->bytes;
            } else {
                assert_int_equal(s->address % 256, 0);
                assert_true(s->address >= end && s->address + s->bytes <= h->used_bytes);
            }
            if (id == SECTION_FIRST)
                assert_int_equal(s->bytes, s->layer_bytes); /* one engine's */
            else if (s->layer_bytes != 0)
                assert_int_equal(s->bytes, s->layer_bytes * (uint32_t)c->n_layers);
            if (s->cols != 0) {
                assert_in_range(s->block_rows, 1, 256);
                assert_in_range(s->blocks, 1, 4);
                assert_int_equal(s->layer_bytes != 0 ? s->layer_bytes : s->bytes, (uint32_t)s->chunks * s->cols * s->blocks * s->block_rows * 4);
            }
        }
        assert_int_equal(h->data_bytes, (end + 255) / 256 * 256);
        check_work(h);
        end = h->used_bytes;
        assert_int_equal(nonzero_bytes(&m.image, h->data_bytes, (uint32_t)m.image.size - h->data_bytes), 0);
        while (sizes[kib] * 1024 < end)
            kib++;
        assert_int_equal(h->image_kib, sizes[kib]);
        assert_int_equal(m.image.size, sizes[kib] * 1024);
        assert_int_equal(h->sections[SECTION_HEAP].bytes, 6 * c->vocab_size);
        assert_int_equal(h->sections[SECTION_ENCODER].bytes, 20 * (h->prompt_capacity + 2U));
        assert_int_equal(h->sections[SECTION_HEADS].bytes, 4 * (c->dim + 2 * h->config.kv_dim));
        assert_int_equal(h->sections[SECTION_LOGITS].bytes, 4 * c->vocab_size);
        free_model(&m);
    }
}

/* The table against the C library's long double functions, whose error is far
 * too small to change the rounding to float in these few thousand cases. */
static void check_rope(const struct image *image)
{
    const struct config *c = &image->header->config;
    const float *table = (const float *)(image->bytes + image->header->sections[SECTION_ROPE].address);
    int position, pair;

    for (position = 0; position < c->seq_len; position++)
        for (pair = 0; pair < c->head_size / 2; pair++) {
            float power = (float)powl(10000.0L, (long double)((float)(2 * pair) / (float)c->head_size));
            float freq = 1.0f / power;
            float angle = (float)position * freq;

            assert_true(*table++ == (float)cosl((long double)angle));
            assert_true(*table++ == (float)sinl((long double)angle));
        }
}

static void rope_is_correctly_rounded(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < SHAPES; i++) {
        struct model m;

        build_model(&m, &shapes[i], 1);
        check_rope(&m.image);
        free_model(&m);
    }
}

static void tokens_are_ranked_and_sorted(void **state)
{
    static struct tokenizer_piece pieces[] = {
        {"b", 1, 0.0f},  {"", 0, -1e10f},  {"a\xC3\xA9", 3, -5.0f}, {"ab", 2, -9999999000.0f}, {"\xFF", 1, NAN},
        {"b", 1, -0.0f}, {"a", 1, -5.0f},  {"z", 1, INFINITY},      {"A", 1, 3e-39f},         {"~", 1, -INFINITY},
    };
    static const uint16_t ranks[] = {2, NEVER_MERGED, 3, 4, NEVER_MERGED, 2, 3, 0, 1, NEVER_MERGED};
    static const uint16_t sorted[] = {1, 8, 6, 3, 2, 0, 5, 7, 9, 4};
    struct checkpoint_config config = {8, 5, 1, 2, 1, 10, 10, false};
    struct tokenizer_file tokenizer = {10, pieces, NULL};
    struct model_files files;
    struct checkpoint checkpoint;
    struct image image;
    const struct token_entry *tokens;
    char error[256];
    int i;

    (void)state;
    make_model(&files, &config, 1);
    assert_int_equal(checkpoint_open(&checkpoint, files.checkpoint, error, sizeof error), 0);
    assert_int_equal(image_build(&checkpoint, &tokenizer, "x", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &image, error, sizeof error), 0);
    tokens = (const struct token_entry *)(image.bytes + image.header->sections[SECTION_TOKENS].address);
    for (i = 0; i < 10; i++) {
        assert_int_equal(tokens[i].rank, ranks[i]);
        assert_int_equal(tokens[i].length, pieces[i].length);
        assert_string_equal(piece_text(&image, &tokens[i]), pieces[i].text);
    }
    assert_memory_equal(image.bytes + image.header->sections[SECTION_SORTED_TOKENS].address, sorted, sizeof sorted);
    assert_int_equal(image.header->max_piece_bytes, 3);
    image_free(&image);
    checkpoint_close(&checkpoint);
    remove_model(&files);
}

/* The properties of the two orders, on a whole vocabulary. */
static void check_tokens(const struct image *image, const struct tokenizer_file *tokenizer)
{
    const struct token_entry *tokens = (const struct token_entry *)(image->bytes + image->header->sections[SECTION_TOKENS].address);
    const uint16_t *sorted = (const uint16_t *)(image->bytes + image->header->sections[SECTION_SORTED_TOKENS].address);
    uint32_t n = tokenizer->vocab_size, i, ranks = 0;
    float *score_of_rank = malloc(n * sizeof *score_of_rank);
    bool *taken = calloc(n, sizeof *taken);

    for (i = 0; i < n; i++) {
        assert_true(tokens[i].rank < n);
        score_of_rank[tokens[i].rank] = tokenizer->pieces[i].score;
        if (tokens[i].rank >= ranks)
            ranks = tokens[i].rank + 1U;
    }
    for (i = 1; i < ranks; i++)
        assert_true(score_of_rank[i - 1] > score_of_rank[i]);
    for (i = 0; i < n; i++) {
        assert_true(score_of_rank[tokens[i].rank] == tokenizer->pieces[i].score);
        assert_false(taken[sorted[i]]);
        taken[sorted[i]] = true;
        assert_string_equal(piece_text(image, &tokens[i]), tokenizer->pieces[i].text);
        if (i > 0)
            assert_true(strcmp(tokenizer->pieces[sorted[i - 1]].text, tokenizer->pieces[sorted[i]].text) < 0);
    }
    free(score_of_rank);
    free(taken);
}

static void synthetic_vocabularies_are_ranked_and_sorted(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < SHAPES; i++) {
        struct model m;

        build_model(&m, &shapes[i], 3);
        check_tokens(&m.image, &m.tokenizer);
        free_model(&m);
    }
}

static void checksums_are_as_defined(void **state)
{
    uint8_t page[256] = {0};
    int i;

    (void)state;
    assert_int_equal(crc32(0, (const uint8_t *)"123456789", 9), 0xCBF43926);
    assert_int_equal(crc32(crc32(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5), 0xCBF43926);
    assert_int_equal(page_digest(page), 0);
    page[255] = 0x81;
    assert_int_equal(page_digest(page), 0x03);
    page[254] = 0xC0; /* rotates to 0x81; 0x81 + 0x81 = 0x02 */
    assert_int_equal(page_digest(page), 0x04);
    /* Whatever one byte becomes, the digest tells. */
    for (i = 0; i < 256; i++)
        page[i] = (uint8_t)(i * i * 7 + 3 * i);
    for (i = 0; i < 256; i += 51) {
        bool seen[256] = {false};
        int value;

        for (value = 0; value < 256; value++) {
            page[i] = (uint8_t)value;
            assert_false(seen[page_digest(page)]);
            seen[page_digest(page)] = true;
        }
    }
}

/* Writes bytes to files->image, and expects image_load to say `cause`, or to
 * take it when cause is NULL. */
static void try_image(const struct model_files *files, const uint8_t *bytes, size_t size, const char *cause)
{
    struct image image;
    char error[256] = "";
    FILE *file = fopen(files->image, "wb");
    int result;

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    result = image_load(&image, files->image, error, sizeof error);
    if (result == 0)
        image_free(&image);
    assert_int_equal(result, cause == NULL ? 0 : -1);
    if (cause != NULL && strstr(error, cause) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, cause);
}

static void damage_is_noticed(void **state)
{
    struct model m;
    struct image loaded;
    char error[256];
    uint8_t *bytes;
    uint32_t at;

    (void)state;
    build_model(&m, &shapes[1], 1);
    assert_int_equal(image_save(&m.image, m.files.image, error, sizeof error), 0);
    assert_int_equal(image_load(&loaded, m.files.image, error, sizeof error), 0);
    assert_int_equal(loaded.size, m.image.size);
    assert_memory_equal(loaded.bytes, m.image.bytes, loaded.size);
    image_free(&loaded);

    bytes = m.image.bytes;
    for (at = 0; at < sizeof(struct image_header); at += 1 + at % 7) {
        bytes[at] ^= 1 << at % 8;
        try_image(&m.files, bytes, m.image.size, at < 12 ? "is not an image" : at < 14 ? "version" : "is damaged: the header's checksum");
        bytes[at] ^= 1 << at % 8;
    }
    for (at = 1024; at < m.image.header->data_bytes; at += 769) {
        bytes[at] ^= 1 << at % 8;
        try_image(&m.files, bytes, m.image.size, "is damaged: the data's checksum");
        bytes[at] ^= 1 << at % 8;
    }
    bytes[m.image.header->data_bytes] ^= 1; /* work space */
    try_image(&m.files, bytes, m.image.size, NULL);
    try_image(&m.files, bytes, 1, "is not an image");
    try_image(&m.files, bytes, 12, "is truncated");
    try_image(&m.files, bytes, sizeof(struct image_header) - 1, "is truncated");
    try_image(&m.files, bytes, m.image.size - 1, "is truncated");
    try_image(&m.files, bytes, m.image.size / 2, "is truncated");
    try_image(&m.files, bytes, 0, "is empty");
    free_model(&m);
}

/* A checkpoint that is too large to have in a test: only its figures count,
 * for it is refused before its weights are looked at. */
static void refuse_config(struct checkpoint_config config, const char *cause)
{
    struct tokenizer_piece piece = {"a", 1, 0};
    struct tokenizer_file tokenizer = {1, &piece, NULL};
    struct checkpoint checkpoint = {.config = config};
    struct image image;
    char error[256] = "";

    assert_int_equal(image_build(&checkpoint, &tokenizer, "x", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &image, error, sizeof error), -1);
    if (strstr(error, cause) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, cause);
}

static void models_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    /* stories15M and stories110M; Llama 2 7B. */
    refuse_config((struct checkpoint_config){288, 768, 6, 6, 6, 32000, 256, true}, "is too big: it would need 60");
    refuse_config((struct checkpoint_config){768, 2048, 12, 12, 12, 32000, 1024, true}, "is too big: it would need 4");
    refuse_config((struct checkpoint_config){4096, 11008, 32, 32, 32, 32000, 2048, false}, "is too big: it would need 26");
    refuse_config((struct checkpoint_config){514, 8, 1, 1, 1, 300, 64, true}, "has dim 514, possible are up to 512");
    refuse_config((struct checkpoint_config){8, 8193, 1, 1, 1, 300, 64, true}, "has hidden_dim 8193, possible are up to 8192");
    refuse_config((struct checkpoint_config){8, 8, 256, 1, 1, 300, 64, true}, "has n_layers 256, possible are up to 255");
    refuse_config((struct checkpoint_config){8, 8, 1, 1, 1, 32769, 64, true}, "has vocab_size 32769, possible are up to 32768");
}

/* The shape of stories260K at 8 bits: all of its context in 512 KB, if the embedding can be made of
 * the classifier; else, or where there is room, it is there by itself. */
static void the_fast_engine_takes_512_kb(void **state)
{
    struct checkpoint_config config = {64, 172, 5, 8, 4, 512, 512, true};
    static const struct {
        bool shared;
        unsigned most_kib, kib;
        uint16_t positions;
    } wanted[] = {{true, 0, 512, 512}, {true, 512, 512, 512}, {true, 1024, 1024, 512}, {true, 256, 0, 0}, {false, 0, 1024, 512}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct model m;
        struct image image;
        struct fast_header fast;
        char error[256];

        config.shared_classifier = wanted[i].shared;
        build_model(&m, &config, 1);
        if (wanted[i].kib == 0) {
            assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "x", ENGINE_FAST, 8, wanted[i].most_kib, &image, error, sizeof error), -1);
            free_model(&m);
            continue;
        }
        assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "x", ENGINE_FAST, 8, wanted[i].most_kib, &image, error, sizeof error), 0);
        assert_int_equal(image.header->image_kib, wanted[i].kib);
        assert_int_equal(image.header->config.seq_len, wanted[i].positions);
        memcpy(&fast, image.bytes + image.header->sections[SECTION_FAST].address, sizeof fast);
        assert_int_equal(fast.embedding == 0, wanted[i].kib == 512);
        assert_int_equal(fast.turns != 0, wanted[i].kib == 512);
        image_free(&image);
        free_model(&m);
    }
}

static void a_long_context_is_shortened(void **state)
{
    struct checkpoint_config config = {128, 8, 4, 2, 2, 300, 5000, true};
    struct model m;
    const struct image_header *h;

    (void)state;
    build_model(&m, &config, 1);
    h = m.image.header;
    assert_int_equal(h->image_kib, 16384);
    assert_int_equal(h->trained_seq_len, 5000);
    assert_true(h->config.seq_len < 5000 && h->config.seq_len > 3000);
    /* Not by more than needed: the caches take 64 positions at a time. */
    assert_true(h->used_bytes > 16384 * 1024 - 64 * 5000);
    assert_int_equal(h->prompt_capacity, capacity(h));
    assert_int_equal(h->sections[SECTION_ROPE].bytes, h->config.seq_len * 64 * 4U);
    free_model(&m);

    config = (struct checkpoint_config){2, 1, 1, 1, 1, 300, 70000, true};
    build_model(&m, &config, 1);
    h = m.image.header;
    assert_int_equal(h->config.seq_len, MAX_SEQ_LEN);
    assert_int_equal(h->trained_seq_len, 65535);
    assert_int_equal(h->prompt_capacity, capacity(h));
    check_rope(&m.image);
    free_model(&m);
}

static void names_are_made_from_paths(void **state)
{
    char name[24];

    (void)state;
    image_model_name(name, "/a/b.c/stories260K.bin");
    assert_string_equal(name, "stories260K");
    image_model_name(name, "model");
    assert_string_equal(name, "model");
    image_model_name(name, "caf\xC3\xA9.bin");
    assert_string_equal(name, "caf??");
    image_model_name(name, "a-very-long-name-of-a-checkpoint.bin");
    assert_string_equal(name, "a-very-long-name-of-a-c");
}

static void stories260k_fits_2048_kb(void **state)
{
    const char *path = getenv("MODEL"), *tokenizer_path = getenv("TOKENIZER");
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    struct image image;
    char error[256];

    (void)state;
    if (path == NULL || strstr(path, "stories260K") == NULL || tokenizer_path == NULL)
        skip();
    assert_int_equal(checkpoint_open(&checkpoint, path, error, sizeof error), 0);
    assert_int_equal(tokenizer_file_open(&tokenizer, tokenizer_path, 512, error, sizeof error), 0);
    assert_int_equal(image_build(&checkpoint, &tokenizer, "stories260K", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &image, error, sizeof error), 0);
    assert_int_equal(image.header->image_kib, 2048);
    assert_int_equal(image.header->config.seq_len, 512);
    assert_true(image.header->used_bytes <= 2000000);
    /* Floats 0, 1 and the last of the file's embedding: at byte 28, 32 and 28 + 4 * 32767. */
    assert_int_equal(element(&image, SECTION_EMBEDDING, 0, 0, 0, 0), 0xBE96E950);
    assert_int_equal(element(&image, SECTION_EMBEDDING, 0, 0, 0, 1), 0x3F0FD864);
    assert_int_equal(element(&image, SECTION_EMBEDDING, 0, 0, 511, 63), 0xBED91ACD);
    check_rope(&image);
    check_tokens(&image, &tokenizer);
    image_free(&image);
    tokenizer_file_close(&tokenizer);
    checkpoint_close(&checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_where_the_engine_reads_them),
        cmocka_unit_test(rows_are_cut_into_equal_chunks_and_blocks),
        cmocka_unit_test(sections_follow_each_other_in_the_image),
        cmocka_unit_test(rope_is_correctly_rounded),
        cmocka_unit_test(tokens_are_ranked_and_sorted),
        cmocka_unit_test(synthetic_vocabularies_are_ranked_and_sorted),
        cmocka_unit_test(checksums_are_as_defined),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(models_that_do_not_fit_are_refused),
        cmocka_unit_test(the_fast_engine_takes_512_kb),
        cmocka_unit_test(a_long_context_is_shortened),
        cmocka_unit_test(names_are_made_from_paths),
        cmocka_unit_test(stories260k_fits_2048_kb),
    };

    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
