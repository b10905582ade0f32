#include "image_writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "exact.h"
#include "fast_writer.h"
#include "first_writer.h"
#include "heap.h"
#include "mapped_file.h"
#include "network.h"
#include "output_file.h"
#include "rope_table.h"
#include "tokenizer.h"

_Static_assert(sizeof(struct section) == 32 && sizeof(struct config) == 18, "no padding");
_Static_assert(sizeof(struct image_header) == 84 + 32 * SECTION_COUNT, "no padding");
_Static_assert(sizeof(struct token_entry) == 6, "no padding");

#define PAGE 256 /* sections begin at multiples of it */
#define DATA_START ((sizeof(struct image_header) + PAGE - 1) / PAGE * PAGE)
#define SYMBOL_BYTES 8     /* struct symbol of encode.c */
#define CHUNK_ROWS (EXACT_MAX_BLOCKS * EXACT_BLOCK_ROWS)
#define LOWEST_MERGED_SCORE -1e10f /* llama2.c's encode() takes scores above it only */

static const char section_names[SECTION_COUNT][8] = {
    [SECTION_TOKENS] = "tokens",
    [SECTION_SORTED_TOKENS] = "sorted",
    [SECTION_PIECES] = "pieces",
    [SECTION_ROPE] = "rope",
    [SECTION_RMS_ATT] = "rms_att",
    [SECTION_RMS_FFN] = "rms_ffn",
    [SECTION_RMS_FINAL] = "rms_fin",
    [SECTION_EMBEDDING] = "embed",
    [SECTION_CLASSIFIER] = "wcls",
    [SECTION_QKV] = "qkv",
    [SECTION_WO] = "wo",
    [SECTION_GATE_UP] = "gate_up",
    [SECTION_DOWN] = "down",
    [SECTION_FAST] = "fast",
    [SECTION_FIRST] = "first",
    [SECTION_FAST_VECTORS] = "fastvecs",
    [SECTION_FAST_CACHE] = "fastkeys",
    [SECTION_KEY_CACHE] = "keys",
    [SECTION_VALUE_CACHE] = "values",
    [SECTION_HEADS] = "heads",
    [SECTION_HIDDEN] = "hidden",
    [SECTION_SCORES] = "scores",
    [SECTION_LOGITS] = "logits",
    [SECTION_HEAP] = "heap",
    [SECTION_ENCODER] = "encoder",
    [SECTION_HISTORY] = "history",
    [SECTION_PROMPT] = "prompt",
    [SECTION_PRODUCTS] = "products",
    [SECTION_PROGRAM] = "program",
};

/* The shape of a matrix in the image, see struct section. */
struct geometry {
    uint64_t cols, chunks, chunk_rows, blocks, block_rows;
};

/* While sizes are computed they may be beyond what the image can express, so
 * all of this is 64 bit. A checkpoint's file holds each of its weights, which
 * keeps every sum below far from 2^64. */
struct placement {
    uint64_t address, bytes, layer_bytes;
    struct geometry geometry;
};

struct layout {
    bool compact; /* see fast_writer.h */
    bool token_heads; /* the fast engine's data end with those of fast_image.h */
    struct placement sections[SECTION_COUNT];
    uint64_t seq_len;
    uint64_t prompt_capacity;
    uint64_t data_bytes;
    uint64_t used_bytes;
};

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

/* Cuts `rows` rows into chunks of equal size that the engine's accumulators
 * hold, and those into equal blocks. `halves` is 2 for GATE_UP: each chunk
 * holds two matrices' rows, each in half of the blocks. */
static struct geometry matrix_geometry(uint64_t rows, uint64_t cols, uint64_t halves)
{
    struct geometry g;
    uint64_t half_blocks;

    g.cols = cols;
    g.chunks = divide_up(rows, CHUNK_ROWS / halves);
    g.chunk_rows = divide_up(rows, g.chunks);
    half_blocks = divide_up(g.chunk_rows, EXACT_BLOCK_ROWS);
    g.blocks = halves * half_blocks;
    g.block_rows = divide_up(g.chunk_rows, half_blocks);
    return g;
}

static uint64_t column_bytes(const struct geometry *g)
{
    return g->blocks * g->block_rows * sizeof(f32);
}

static uint64_t matrix_bytes(const struct geometry *g)
{
    return g->chunks * g->cols * column_bytes(g);
}

/* Gives a section its place after those before it. */
static void place(struct layout *layout, enum section_id id, uint64_t bytes)
{
    layout->sections[id].address = divide_up(layout->used_bytes, PAGE) * PAGE;
    layout->sections[id].bytes = bytes;
    layout->used_bytes = layout->sections[id].address + bytes;
}

static void place_layers(struct layout *layout, enum section_id id, uint64_t n_layers, uint64_t layer_bytes)
{
    place(layout, id, n_layers * layer_bytes);
    layout->sections[id].layer_bytes = layer_bytes;
}

static void place_matrices(struct layout *layout, enum section_id id, uint64_t n_layers, struct geometry geometry)
{
    place_layers(layout, id, n_layers, matrix_bytes(&geometry));
    layout->sections[id].geometry = geometry;
}

static void place_matrix(struct layout *layout, enum section_id id, struct geometry geometry)
{
    place(layout, id, matrix_bytes(&geometry));
    layout->sections[id].geometry = geometry;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t encoder_bytes(uint64_t prompt_bytes)
{
    uint64_t symbols = prompt_bytes + 2;

    return symbols * SYMBOL_BYTES + 2 * symbols * HEAP_ENTRY_BYTES;
}

/* The work space. Behind what is needed at any time lies what is needed in turn,
 * all from the same place on: the encoder's lists, the logits with the sampler's
 * heap, the vectors of one engine or the other, what the program brings with it.
 * Behind that the caches of the engines are in the same place; the lists of a
 * prompt of more than ENCODED_APART bytes reach into them. */
static void place_work(struct layout *layout, const struct config *c, uint8_t engines, unsigned bits)
{
    struct geometry keys, values;
    uint64_t begin, caches, end;

    place(layout, SECTION_HISTORY, c->seq_len * sizeof(uint16_t));
    place(layout, SECTION_PROMPT, layout->prompt_capacity);
    if (engines & ENGINE_EXACT)
        place(layout, SECTION_PRODUCTS, EXACT_PRODUCTS_BYTES);

    begin = divide_up(layout->used_bytes, PAGE) * PAGE;
    place(layout, SECTION_ENCODER, encoder_bytes(layout->prompt_capacity));
    end = larger(layout->used_bytes, begin + PROGRAM_WAITING_BYTES);
    caches = begin + encoder_bytes(layout->prompt_capacity < ENCODED_APART ? layout->prompt_capacity : ENCODED_APART);
    layout->used_bytes = begin;
    place(layout, SECTION_LOGITS, c->vocab_size * sizeof(f32));
    place(layout, SECTION_HEAP, c->vocab_size * HEAP_ENTRY_BYTES);
    caches = larger(caches, layout->used_bytes);
    if (engines & ENGINE_EXACT) {
        layout->used_bytes = begin;
        place(layout, SECTION_HEADS, (c->dim + 2u * c->kv_dim) * sizeof(f32));
        place(layout, SECTION_HIDDEN, c->hidden_dim * sizeof(f32));
        place(layout, SECTION_SCORES, c->seq_len * sizeof(f32));
        caches = larger(caches, layout->used_bytes);
    }
    if (engines & ENGINE_FAST) {
        layout->used_bytes = begin;
        place(layout, SECTION_FAST_VECTORS, fast_vector_bytes(c));
        caches = larger(caches, layout->used_bytes);
    }

    if (engines & ENGINE_EXACT) {
        layout->used_bytes = caches;
        keys = matrix_geometry(KEY_BLOCK, c->head_size, 1);
        keys.chunks = c->n_kv_heads * divide_up(c->seq_len, KEY_BLOCK);
        place_matrices(layout, SECTION_KEY_CACHE, c->n_layers, keys);
        values = matrix_geometry(c->head_size, c->seq_len, 1);
        values.chunks = c->n_kv_heads;
        place_matrices(layout, SECTION_VALUE_CACHE, c->n_layers, values);
        end = larger(end, layout->used_bytes);
    }
    if (engines & ENGINE_FAST) {
        layout->used_bytes = caches;
        place(layout, SECTION_FAST_CACHE, fast_cache_bytes(c, bits));
        end = larger(end, layout->used_bytes);
    }
    layout->used_bytes = end;
    place(layout, SECTION_PROGRAM, PROGRAM_SCREENS_BYTES + (engines == (ENGINE_EXACT | ENGINE_FAST) ? PROGRAM_ENGINE_BYTES : 0));
}

/* Where everything goes for a context of seq_len positions. */
static struct layout lay_out(const struct checkpoint_config *c, uint64_t pieces_bytes, uint64_t seq_len, uint8_t engines, unsigned bits, bool compact, bool token_heads)
{
    struct layout layout;
    uint64_t dim = (uint64_t)c->dim, hidden_dim = (uint64_t)c->hidden_dim, n_layers = (uint64_t)c->n_layers;
    uint64_t vocab_size = (uint64_t)c->vocab_size, n_kv_heads = (uint64_t)c->n_kv_heads;
    uint64_t head_size = dim / (uint64_t)c->n_heads, kv_dim = head_size * n_kv_heads;
    struct config config = {(uint16_t)dim, (uint16_t)hidden_dim, (uint16_t)n_layers, (uint16_t)c->n_heads, (uint16_t)n_kv_heads,
                            (uint16_t)vocab_size, (uint16_t)seq_len, (uint16_t)head_size, (uint16_t)kv_dim};

    memset(&layout, 0, sizeof layout);
    layout.seq_len = seq_len;
    layout.compact = compact;
    layout.token_heads = token_heads;
    /* Texts are made of shorter pieces than the vocabulary has on average. */
    layout.prompt_capacity = seq_len * larger(1, divide_up(pieces_bytes - vocab_size, vocab_size));
    if (layout.prompt_capacity > 32768)
        layout.prompt_capacity = 32768;
    layout.used_bytes = DATA_START;

    place(&layout, SECTION_TOKENS, vocab_size * sizeof(struct token_entry));
    place(&layout, SECTION_SORTED_TOKENS, vocab_size * sizeof(uint16_t));
    place(&layout, SECTION_PIECES, pieces_bytes);
    if (engines & ENGINE_EXACT) {
        place(&layout, SECTION_ROPE, seq_len * head_size * sizeof(f32));
        place_layers(&layout, SECTION_RMS_ATT, n_layers, dim * sizeof(f32));
        place_layers(&layout, SECTION_RMS_FFN, n_layers, dim * sizeof(f32));
        place(&layout, SECTION_RMS_FINAL, dim * sizeof(f32));
        place_matrix(&layout, SECTION_EMBEDDING, matrix_geometry(vocab_size, dim, 1));
        if (c->shared_classifier)
            layout.sections[SECTION_CLASSIFIER] = layout.sections[SECTION_EMBEDDING];
        else
            place_matrix(&layout, SECTION_CLASSIFIER, matrix_geometry(vocab_size, dim, 1));
        place_matrices(&layout, SECTION_QKV, n_layers, matrix_geometry(dim + 2 * kv_dim, dim, 1));
        place_matrices(&layout, SECTION_WO, n_layers, matrix_geometry(dim, dim, 1));
        place_matrices(&layout, SECTION_GATE_UP, n_layers, matrix_geometry(hidden_dim, dim, 2));
        place_matrices(&layout, SECTION_DOWN, n_layers, matrix_geometry(dim, hidden_dim, 1));
    }
    if (engines & ENGINE_FAST)
        place(&layout, SECTION_FAST, fast_data_bytes(&config, bits, compact) + (token_heads ? token_heads_bytes(&config) : 0));
    if (vocab_size > TOKEN_BOS) {
        uint64_t exact = engines & ENGINE_EXACT ? first_exact_bytes(&config) : 0;

        place(&layout, SECTION_FIRST, exact + (engines & ENGINE_FAST ? first_fast_bytes(&config, bits) : 0));
        layout.sections[SECTION_FIRST].layer_bytes = exact;
    }
    layout.data_bytes = divide_up(layout.used_bytes, PAGE) * PAGE;

    place_work(&layout, &config, engines, bits);
    return layout;
}

/* KB of the smallest REU that the layout fits. */
static unsigned layout_kib(const struct layout *layout)
{
    unsigned kib = 128;

    while ((uint64_t)kib * 1024 < layout->used_bytes)
        kib *= 2;
    return kib;
}

/* Of the contexts from `shortest` to `longest` the longest that fits. */
static struct layout longest_layout(const struct checkpoint_config *c, uint64_t pieces_bytes, uint64_t shortest, uint64_t longest,
                                    uint8_t engines, unsigned bits, unsigned most_kib, bool compact)
{
    struct layout layout = lay_out(c, pieces_bytes, longest, engines, bits, compact, false);

    while (layout.seq_len > shortest && layout.used_bytes > (uint64_t)most_kib * 1024)
        layout = lay_out(c, pieces_bytes, layout.seq_len - 1, engines, bits, compact, false);
    return layout;
}

/* The longest context that fits, or an error. It is compact if it would
 * be shorter otherwise, or the REU larger and `smallest`; it has token_heads where neither is so. */
static int choose_layout(struct layout *layout, const struct checkpoint_config *c, uint64_t pieces_bytes, uint8_t engines, unsigned bits,
                         unsigned most_kib, bool smallest, bool may_be_compact, char *error, size_t error_size)
{
    static const struct {
        const char *name;
        int32_t most;
    } limits[] = {{"dim", MAX_DIM}, {"hidden_dim", MAX_HIDDEN_DIM}, {"n_layers", MAX_LAYERS}, {"vocab_size", MAX_VOCAB_SIZE}};
    const int32_t values[] = {c->dim, c->hidden_dim, c->n_layers, c->vocab_size};
    uint64_t longest = c->seq_len < MAX_SEQ_LEN ? (uint64_t)c->seq_len : MAX_SEQ_LEN;
    uint64_t shortest = longest < IMAGE_MIN_POSITIONS ? longest : IMAGE_MIN_POSITIONS;
    size_t i;

    *layout = lay_out(c, pieces_bytes, shortest, engines, bits, may_be_compact, false);
    if (layout->used_bytes > (uint64_t)most_kib * 1024) {
        snprintf(error, error_size, "is too big: it would need %" PRIu64 " KB with a context of %" PRIu64 " tokens, %s %u KB",
                 divide_up(layout->used_bytes, 1024), shortest, most_kib == IMAGE_MAX_KIB ? "a REU has at most" : "the REU has", most_kib);
        return -1;
    }
    for (i = 0; i < sizeof limits / sizeof *limits; i++)
        if (values[i] > limits[i].most) {
            snprintf(error, error_size, "has %s %" PRId32 ", possible are up to %" PRId32, limits[i].name, values[i], limits[i].most);
            return -1;
        }
    *layout = longest_layout(c, pieces_bytes, shortest, longest, engines, bits, most_kib, may_be_compact);
    if (may_be_compact) {
        struct layout apart = longest_layout(c, pieces_bytes, shortest, longest, engines, bits, most_kib, false);

        if (apart.used_bytes <= (uint64_t)most_kib * 1024 && apart.seq_len == layout->seq_len && !(smallest && layout_kib(layout) < layout_kib(&apart)))
            *layout = apart;
    }
    if ((engines & ENGINE_FAST) && c->vocab_size > TOKEN_BOS) {
        struct layout with = lay_out(c, pieces_bytes, layout->seq_len, engines, bits, layout->compact, true);

        if (layout_kib(&with) <= (smallest ? layout_kib(layout) : most_kib))
            *layout = with;
    }
    return 0;
}

/* Writes consecutive rows of a row-major matrix into the image's column-major
 * byte planes; half 1 is the second matrix of a chunk in GATE_UP. */
static void write_rows(uint8_t *to, const struct geometry *g, uint64_t halves, uint64_t half, uint64_t first_row, const f32 *rows, uint64_t n)
{
    uint64_t row, col;

    for (row = first_row; row < first_row + n; row++) {
        uint64_t in_chunk = row % g->chunk_rows;
        uint64_t block = half * (g->blocks / halves) + in_chunk / g->block_rows;
        uint8_t *at = to + row / g->chunk_rows * g->cols * column_bytes(g) + block * g->block_rows * sizeof(f32) + in_chunk % g->block_rows;

        for (col = 0; col < g->cols; col++) {
            f32 value = *rows++;

            at[0] = (uint8_t)(value >> 23);
            at[g->block_rows] = (uint8_t)((value >> 31) << 7 | (value >> 16 & 0x7F));
            at[2 * g->block_rows] = (uint8_t)(value >> 8);
            at[3 * g->block_rows] = (uint8_t)value;
            at += column_bytes(g);
        }
    }
}

/* An element of an array to be sorted. */
struct ranked {
    float score;
    const char *text;
    uint16_t id;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->id - y->id;
}

static int by_text(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    return order != 0 ? order : x->id - y->id;
}

static int write_tokenizer(struct image *image, const struct tokenizer_file *tokenizer)
{
    struct section *sections = image->header->sections;
    struct token_entry *tokens = (struct token_entry *)(image->bytes + sections[SECTION_TOKENS].address);
    uint16_t *sorted = (uint16_t *)(image->bytes + sections[SECTION_SORTED_TOKENS].address);
    uint32_t address = sections[SECTION_PIECES].address, vocab_size = tokenizer->vocab_size, id, i, n = 0;
    uint16_t rank = 0, max_piece_bytes = 0;
    struct ranked *ranked = malloc(vocab_size * sizeof *ranked);

    if (ranked == NULL)
        return -1;
    for (id = 0; id < vocab_size; id++) {
        const struct tokenizer_piece *piece = &tokenizer->pieces[id];

        tokens[id].rank = NEVER_MERGED;
        tokens[id].length = piece->length;
        tokens[id].piece = (uint16_t)address;
        tokens[id].piece_high = (uint8_t)(address >> 16);
        memcpy(image->bytes + address, piece->text, (size_t)piece->length + 1);
        address += piece->length + 1U;
        if (piece->length > max_piece_bytes)
            max_piece_bytes = piece->length;
        if (piece->score > LOWEST_MERGED_SCORE) /* false for NaN */
            ranked[n++] = (struct ranked){piece->score, piece->text, (uint16_t)id};
    }
    image->header->max_piece_bytes = max_piece_bytes;

    qsort(ranked, n, sizeof *ranked, by_score);
    for (i = 0; i < n; i++) {
        if (i > 0 && ranked[i].score != ranked[i - 1].score)
            rank++;
        tokens[ranked[i].id].rank = rank;
    }

    for (id = 0; id < vocab_size; id++)
        ranked[id] = (struct ranked){0, tokenizer->pieces[id].text, (uint16_t)id};
    qsort(ranked, vocab_size, sizeof *ranked, by_text);
    for (i = 0; i < vocab_size; i++)
        sorted[i] = ranked[i].id;
    free(ranked);
    return 0;
}

static void write_vectors(struct image *image, enum section_id id, const struct tensor *tensor)
{
    memcpy(image->bytes + image->header->sections[id].address, tensor->data, tensor->elements * sizeof(f32));
}

static void write_weights(struct image *image, const struct layout *layout, const struct checkpoint *checkpoint)
{
    const struct tensor *tensors = checkpoint->tensors;
    const struct placement *sections = layout->sections;
    const struct config *c = &image->header->config;
    uint64_t dim = c->dim, kv_dim = c->kv_dim, hidden_dim = c->hidden_dim, layer;
    const struct geometry *g;
    uint8_t *to;

    write_vectors(image, SECTION_RMS_ATT, &tensors[TENSOR_RMS_ATT]);
    write_vectors(image, SECTION_RMS_FFN, &tensors[TENSOR_RMS_FFN]);
    write_vectors(image, SECTION_RMS_FINAL, &tensors[TENSOR_RMS_FINAL]);

    g = &sections[SECTION_EMBEDDING].geometry;
    write_rows(image->bytes + sections[SECTION_EMBEDDING].address, g, 1, 0, 0, tensors[TENSOR_TOKEN_EMBEDDING].data, c->vocab_size);
    if (!checkpoint->config.shared_classifier)
        write_rows(image->bytes + sections[SECTION_CLASSIFIER].address, g, 1, 0, 0, tensors[TENSOR_WCLS].data, c->vocab_size);

    for (layer = 0; layer < c->n_layers; layer++) {
        g = &sections[SECTION_QKV].geometry;
        to = image->bytes + sections[SECTION_QKV].address + layer * sections[SECTION_QKV].layer_bytes;
        write_rows(to, g, 1, 0, 0, tensors[TENSOR_WQ].data + layer * dim * dim, dim);
        write_rows(to, g, 1, 0, dim, tensors[TENSOR_WK].data + layer * kv_dim * dim, kv_dim);
        write_rows(to, g, 1, 0, dim + kv_dim, tensors[TENSOR_WV].data + layer * kv_dim * dim, kv_dim);

        g = &sections[SECTION_WO].geometry;
        to = image->bytes + sections[SECTION_WO].address + layer * sections[SECTION_WO].layer_bytes;
        write_rows(to, g, 1, 0, 0, tensors[TENSOR_WO].data + layer * dim * dim, dim);

        g = &sections[SECTION_GATE_UP].geometry;
        to = image->bytes + sections[SECTION_GATE_UP].address + layer * sections[SECTION_GATE_UP].layer_bytes;
        write_rows(to, g, 2, 0, 0, tensors[TENSOR_W1].data + layer * hidden_dim * dim, hidden_dim);
        write_rows(to, g, 2, 1, 0, tensors[TENSOR_W3].data + layer * hidden_dim * dim, hidden_dim);

        g = &sections[SECTION_DOWN].geometry;
        to = image->bytes + sections[SECTION_DOWN].address + layer * sections[SECTION_DOWN].layer_bytes;
        write_rows(to, g, 1, 0, 0, tensors[TENSOR_W2].data + layer * dim * hidden_dim, dim);
    }
}

/* CRC-32 of the digests of the pages from DATA_START to data_bytes. */
static uint32_t data_crc(const uint8_t *bytes, uint32_t data_bytes)
{
    uint32_t crc = 0, at;

    for (at = DATA_START; at < data_bytes; at += PAGE) {
        uint8_t digest = page_digest(bytes + at);

        crc = crc32(crc, &digest, 1);
    }
    return crc;
}

static uint32_t header_crc(const struct image_header *header)
{
    struct image_header copy = *header;

    copy.header_crc = 0;
    return crc32(0, (const uint8_t *)&copy, sizeof copy);
}

static void fill_header(struct image_header *h, const struct layout *layout, const struct checkpoint_config *c, const char *name, uint8_t engines)
{
    int id;

    memcpy(h->magic, IMAGE_MAGIC, IMAGE_MAGIC_BYTES);
    h->version = IMAGE_VERSION;
    h->header_bytes = sizeof *h;
    h->data_bytes = (uint32_t)layout->data_bytes;
    h->used_bytes = (uint32_t)layout->used_bytes;
    h->engines = engines;
    h->shared_classifier = c->shared_classifier;
    h->config.dim = (uint16_t)c->dim;
    h->config.hidden_dim = (uint16_t)c->hidden_dim;
    h->config.n_layers = (uint16_t)c->n_layers;
    h->config.n_heads = (uint16_t)c->n_heads;
    h->config.n_kv_heads = (uint16_t)c->n_kv_heads;
    h->config.vocab_size = (uint16_t)c->vocab_size;
    h->config.seq_len = (uint16_t)layout->seq_len;
    h->config.head_size = h->config.dim / h->config.n_heads;
    h->config.kv_dim = h->config.head_size * h->config.n_kv_heads;
    h->prompt_capacity = (uint16_t)layout->prompt_capacity;
    h->trained_seq_len = c->seq_len < UINT16_MAX ? (uint16_t)c->seq_len : UINT16_MAX;
    snprintf(h->name, sizeof h->name, "%s", name);
    for (id = 0; id < SECTION_COUNT; id++) {
        const struct placement *from = &layout->sections[id];
        struct section *to = &h->sections[id];

        memcpy(to->name, section_names[id], sizeof to->name);
        to->address = (uint32_t)from->address;
        to->bytes = (uint32_t)from->bytes;
        to->layer_bytes = (uint32_t)from->layer_bytes;
        to->cols = (uint16_t)from->geometry.cols;
        to->chunks = (uint16_t)from->geometry.chunks;
        to->chunk_rows = (uint16_t)from->geometry.chunk_rows;
        to->block_rows = (uint16_t)from->geometry.block_rows;
        to->blocks = (uint8_t)from->geometry.blocks;
    }
}

int image_build(const struct checkpoint *checkpoint, const struct tokenizer_file *tokenizer, const char *name, uint8_t engines, unsigned bits,
                unsigned most_kib, struct image *image, char *error, size_t error_size)
{
    struct layout layout;
    uint64_t pieces_bytes = 0;
    uint32_t id, kib;
    struct image_header *header;

    memset(image, 0, sizeof *image);
    for (id = 0; id < tokenizer->vocab_size; id++)
        pieces_bytes += tokenizer->pieces[id].length + 1U;
    if (choose_layout(&layout, &checkpoint->config, pieces_bytes, engines, bits, most_kib == 0 ? IMAGE_MAX_KIB : most_kib, most_kib == 0,
                      (engines & ENGINE_FAST) && fast_can_be_compact(checkpoint), error, error_size) != 0)
        return -1;
    if (checkpoint_check_finite(checkpoint, error, error_size) != 0)
        return -1;

    kib = layout_kib(&layout);
    image->size = (size_t)kib * 1024;
    image->bytes = calloc(image->size, 1);
    if (image->bytes == NULL) {
        snprintf(error, error_size, "no memory for an image of %" PRIu32 " KB", kib);
        return -1;
    }
    header = image->header = (struct image_header *)image->bytes;
    fill_header(header, &layout, &checkpoint->config, name, engines);
    header->image_kib = (uint16_t)kib;
    if (write_tokenizer(image, tokenizer) != 0) {
        snprintf(error, error_size, "no memory");
        image_free(image);
        return -1;
    }
    if (engines & ENGINE_EXACT) {
        rope_table((f32 *)(image->bytes + header->sections[SECTION_ROPE].address), header->config.seq_len, header->config.head_size);
        write_weights(image, &layout, checkpoint);
    }
    if (engines & ENGINE_FAST)
        fast_write(image->bytes, header->sections[SECTION_FAST].address, header->sections[SECTION_FAST_VECTORS].address,
                   header->sections[SECTION_FAST_CACHE].address, checkpoint, &header->config, bits, layout.compact, true);
    header->header_crc = header_crc(header);
    if (header->sections[SECTION_FIRST].address != 0)
        first_write(image->bytes, (uint32_t)image->size,
                    layout.token_heads ? header->sections[SECTION_FAST].address + (uint32_t)fast_data_bytes(&header->config, bits, layout.compact) : 0);
    header->data_crc = data_crc(image->bytes, header->data_bytes);
    header->header_crc = header_crc(header);
    return 0;
}

static int check_image(const struct image *image, char *error, size_t error_size)
{
    const struct image_header *h = image->header;
    int id;

    if (image->size < sizeof h->magic || memcmp(image->bytes, IMAGE_MAGIC, sizeof h->magic) != 0) {
        snprintf(error, error_size, "is not an image of llama2.c64");
        return -1;
    }
    if (image->size < sizeof *h) {
        snprintf(error, error_size, "is truncated: %zu bytes, the header alone has %zu", image->size, sizeof *h);
        return -1;
    }
    if (h->version != IMAGE_VERSION) {
        snprintf(error, error_size, "is an image of version %u, this program reads version %d", h->version, IMAGE_VERSION);
        return -1;
    }
    if (h->header_bytes != sizeof *h || h->header_crc != header_crc(h)) {
        snprintf(error, error_size, "is damaged: the header's checksum does not fit");
        return -1;
    }
    if (image->size != h->image_kib * (size_t)1024) {
        snprintf(error, error_size, "%s: %zu bytes instead of %zu", image->size < h->image_kib * (size_t)1024 ? "is truncated" : "is too long",
                 image->size, h->image_kib * (size_t)1024);
        return -1;
    }
    if (h->data_bytes > image->size || h->data_bytes % PAGE != 0 || h->used_bytes > image->size) {
        snprintf(error, error_size, "is damaged: the header contradicts itself");
        return -1;
    }
    for (id = 0; id < SECTION_COUNT; id++)
        if (h->sections[id].address > h->used_bytes || h->sections[id].bytes > h->used_bytes - h->sections[id].address) {
            snprintf(error, error_size, "is damaged: section %.8s is not inside the image", h->sections[id].name);
            return -1;
        }
    if (h->data_crc != data_crc(image->bytes, h->data_bytes)) {
        snprintf(error, error_size, "is damaged: the data's checksum does not fit");
        return -1;
    }
    return 0;
}

int image_load(struct image *image, const char *path, char *error, size_t error_size)
{
    struct mapped_file file;

    memset(image, 0, sizeof *image);
    if (mapped_file_open(&file, path, error, error_size) != 0)
        return -1;
    if (file.size > (size_t)IMAGE_MAX_KIB * 1024) {
        snprintf(error, error_size, "is too long for an image: %zu bytes", file.size);
        mapped_file_close(&file);
        return -1;
    }
    image->size = file.size;
    image->bytes = malloc(file.size);
    image->header = (struct image_header *)image->bytes;
    if (image->bytes == NULL) {
        snprintf(error, error_size, "no memory");
        mapped_file_close(&file);
        return -1;
    }
    memcpy(image->bytes, file.bytes, file.size);
    mapped_file_close(&file);
    if (check_image(image, error, error_size) != 0) {
        image_free(image);
        return -1;
    }
    return 0;
}

int image_save(const struct image *image, const char *path, char *error, size_t error_size)
{
    struct output_file file;

    if (output_file_open(&file, path, error, error_size) != 0)
        return -1;
    fwrite(image->bytes, 1, image->size, file.stream);
    return output_file_commit(&file, error, error_size);
}

void image_free(struct image *image)
{
    free(image->bytes);
    memset(image, 0, sizeof *image);
}

void image_describe(const struct image *image, FILE *out)
{
    const struct image_header *h = image->header;
    const struct config *c = &h->config;
    int id;

    fprintf(out, "model       %.*s\n", (int)sizeof h->name, h->name);
    fprintf(out, "shape       dim %u, hidden %u, layers %u, heads %u, kv heads %u, head size %u\n", c->dim, c->hidden_dim, c->n_layers,
            c->n_heads, c->n_kv_heads, c->head_size);
    fprintf(out, "vocabulary  %u tokens of up to %u bytes, %s classifier\n", c->vocab_size, h->max_piece_bytes, h->shared_classifier ? "shared" : "separate");
    fprintf(out, "context     %u positions", c->seq_len);
    if (c->seq_len < h->trained_seq_len)
        fprintf(out, ", the checkpoint has %u", h->trained_seq_len);
    fprintf(out, "; prompts of up to %u bytes\n", h->prompt_capacity);
    fprintf(out, "engines    %s%s\n", h->engines & ENGINE_EXACT ? " exact" : "", h->engines & ENGINE_FAST ? " fast" : "");
    fprintf(out, "image       version %u, %u KB, %" PRIu32 " bytes used, %zu free\n", h->version, h->image_kib, h->used_bytes, image->size - h->used_bytes);
    fprintf(out, "checksum    ok (%08" PRIX32 ")\n", h->data_crc);
    fprintf(out, "\nsection   address     bytes  per layer   cols  chunks of rows  blocks of rows\n");
    for (id = 0; id < SECTION_COUNT; id++) {
        const struct section *s = &h->sections[id];

        if (s->address == 0)
            continue;
        fprintf(out, "%-8.8s  $%06" PRIX32 "  %8" PRIu32, s->name, s->address, s->bytes);
        if (s->layer_bytes != 0)
            fprintf(out, "  %9" PRIu32, s->layer_bytes);
        else if (s->cols != 0)
            fprintf(out, "%11s", "");
        if (s->cols != 0)
            fprintf(out, "  %5u  %6u    %5u  %6u    %5u", s->cols, s->chunks, s->chunk_rows, s->blocks, s->block_rows);
        fprintf(out, "\n");
    }
}

void image_model_name(char name[24], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *from = slash != NULL ? slash + 1 : path;
    size_t length = strlen(from), i;

    if (length > 4 && strcmp(from + length - 4, ".bin") == 0)
        length -= 4;
    if (length > 23)
        length = 23;
    memset(name, 0, 24);
    for (i = 0; i < length; i++)
        name[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
}
