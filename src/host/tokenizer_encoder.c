#include "tokenizer_encoder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer.h"

#define NONE 0xFFFF
#define MAX_KNOWN_BYTES 48 /* longer segments are not remembered */
#define MAX_KNOWN (1 << 20)
#define NEVER_MERGED_SCORE -1e10f /* llama2.c's best_score begins there */

struct known_segment {
    char text[MAX_KNOWN_BYTES];
    uint8_t length; /* 0: a free slot */
    uint8_t n;
    uint32_t first; /* in the pool */
};

int token_list_append(struct token_list *list, const uint16_t *tokens, size_t n)
{
    if (list->n + n > list->room) {
        size_t room = 2 * (list->n + n) + 64;
        uint16_t *larger = realloc(list->tokens, room * sizeof *larger);

        if (larger == NULL)
            return -1;
        list->tokens = larger;
        list->room = room;
    }
    if (n > 0)
        memcpy(list->tokens + list->n, tokens, n * sizeof *tokens);
    list->n += n;
    return 0;
}

static bool stand_together(const struct tokenizer_encoder *encoder, char left, char right)
{
    unsigned i = (unsigned)(unsigned char)left << 8 | (unsigned char)right;

    return encoder->together[i >> 3] >> (i & 7) & 1;
}

static const struct tokenizer_piece *sorting; /* qsort has no argument for it */

static int compare_pieces(const void *a, const void *b)
{
    uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    int order = strcmp(sorting[x].text, sorting[y].text);

    return order != 0 ? order : x < y ? -1 : x > y;
}

int tokenizer_encoder_open(struct tokenizer_encoder *encoder, const struct tokenizer_file *tokenizer)
{
    uint32_t id;
    int i;

    memset(encoder, 0, sizeof *encoder);
    encoder->tokenizer = tokenizer;
    encoder->known_capacity = 1024;
    encoder->sorted = malloc(tokenizer->vocab_size * sizeof *encoder->sorted);
    encoder->known = calloc(encoder->known_capacity, sizeof *encoder->known);
    encoder->joined = malloc(2 * 256);
    if (encoder->sorted == NULL || encoder->known == NULL || encoder->joined == NULL) {
        tokenizer_encoder_close(encoder);
        return -1;
    }
    for (id = 0; id < tokenizer->vocab_size; id++) {
        const struct tokenizer_piece *piece = &tokenizer->pieces[id];

        encoder->sorted[id] = (uint16_t)id;
        for (i = 0; i + 1 < piece->length; i++) {
            unsigned pair = (unsigned)(unsigned char)piece->text[i] << 8 | (unsigned char)piece->text[i + 1];

            encoder->together[pair >> 3] |= (uint8_t)(1 << (pair & 7));
        }
    }
    sorting = tokenizer->pieces;
    qsort(encoder->sorted, tokenizer->vocab_size, sizeof *encoder->sorted, compare_pieces);
    return 0;
}

void tokenizer_encoder_close(struct tokenizer_encoder *encoder)
{
    free(encoder->sorted);
    free(encoder->known);
    free(encoder->joined);
    free(encoder->pool.tokens);
    free(encoder->symbols.tokens);
    memset(encoder, 0, sizeof *encoder);
}

/* The search of src/definition/find_token.c, step by step: a piece that the
 * vocabulary has twice is found at the same one of them. */
static uint16_t lookup(const struct tokenizer_encoder *encoder, const char *text)
{
    uint32_t low = 0, high = encoder->tokenizer->vocab_size;

    while (low < high) {
        uint32_t middle = (low + high) >> 1;
        uint16_t token = encoder->sorted[middle];
        int order = strcmp(text, encoder->tokenizer->pieces[token].text);

        if (order == 0)
            return token;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NONE;
}

static uint16_t lookup_joined(const struct tokenizer_encoder *encoder, uint16_t left, uint16_t right)
{
    strcpy(encoder->joined, encoder->tokenizer->pieces[left].text);
    strcat(encoder->joined, encoder->tokenizer->pieces[right].text);
    return lookup(encoder, encoder->joined);
}

/* One symbol a character, or one a byte if the vocabulary lacks it. */
static int append_characters(struct tokenizer_encoder *encoder, const char *text, size_t n)
{
    char character[5];
    size_t i;
    int length = 0, j;

    for (i = 0; i < n; i++) {
        uint16_t token;

        if (((unsigned char)text[i] & 0xC0) != 0x80)
            length = 0;
        character[length++] = text[i];
        character[length] = '\0';
        if (i + 1 < n && ((unsigned char)text[i + 1] & 0xC0) == 0x80 && length < 4)
            continue;
        token = lookup(encoder, character);
        if (token != NONE) {
            if (token_list_append(&encoder->symbols, &token, 1) != 0)
                return -1;
        } else {
            for (j = 0; j < length; j++) {
                token = (uint16_t)((unsigned char)character[j] + 3);
                if (token >= encoder->tokenizer->vocab_size)
                    token = TOKEN_UNKNOWN;
                if (token_list_append(&encoder->symbols, &token, 1) != 0)
                    return -1;
            }
        }
        length = 0;
    }
    return 0;
}

static void merge_symbols(struct tokenizer_encoder *encoder)
{
    uint16_t *s = encoder->symbols.tokens;
    size_t n = encoder->symbols.n, i;

    for (;;) {
        float best_score = NEVER_MERGED_SCORE;
        uint16_t best = NONE;
        size_t at = 0;

        for (i = 0; i + 1 < n; i++) {
            uint16_t token = lookup_joined(encoder, s[i], s[i + 1]);

            if (token != NONE && encoder->tokenizer->pieces[token].score > best_score) {
                best_score = encoder->tokenizer->pieces[token].score;
                best = token;
                at = i;
            }
        }
        if (best == NONE)
            break;
        s[at] = best;
        memmove(s + at + 1, s + at + 2, (n - at - 2) * sizeof *s);
        n--;
    }
    encoder->symbols.n = n;
}

static struct known_segment *find_known(const struct tokenizer_encoder *encoder, const char *text, size_t n)
{
    uint64_t hash = 0xCBF29CE484222325ULL; /* FNV-1a */
    size_t i;

    for (i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3ULL;
    i = (size_t)(hash ^ hash >> 32) & (encoder->known_capacity - 1);
    while (encoder->known[i].length != 0 && (encoder->known[i].length != n || memcmp(encoder->known[i].text, text, n) != 0))
        i = (i + 1) & (encoder->known_capacity - 1);
    return &encoder->known[i];
}

static int remember(struct tokenizer_encoder *encoder, const char *text, size_t n)
{
    struct known_segment *slot;
    size_t i;

    if (n > MAX_KNOWN_BYTES || encoder->n_known == MAX_KNOWN)
        return 0;
    if (2 * encoder->n_known >= encoder->known_capacity) {
        struct tokenizer_encoder larger = *encoder;

        larger.known_capacity *= 2;
        larger.known = calloc(larger.known_capacity, sizeof *larger.known);
        if (larger.known == NULL)
            return -1;
        for (i = 0; i < encoder->known_capacity; i++)
            if (encoder->known[i].length != 0)
                *find_known(&larger, encoder->known[i].text, encoder->known[i].length) = encoder->known[i];
        free(encoder->known);
        *encoder = larger;
    }
    slot = find_known(encoder, text, n);
    memcpy(slot->text, text, n);
    slot->length = (uint8_t)n;
    slot->n = (uint8_t)encoder->symbols.n;
    slot->first = (uint32_t)encoder->pool.n;
    encoder->n_known++;
    return token_list_append(&encoder->pool, encoder->symbols.tokens, encoder->symbols.n);
}

static int encode_segment(struct tokenizer_encoder *encoder, const char *text, size_t n, struct token_list *tokens)
{
    if (n <= MAX_KNOWN_BYTES) {
        const struct known_segment *known = find_known(encoder, text, n);

        if (known->length != 0)
            return token_list_append(tokens, encoder->pool.tokens + known->first, known->n);
    }
    encoder->symbols.n = 0;
    if (append_characters(encoder, text, n) != 0)
        return -1;
    merge_symbols(encoder);
    if (remember(encoder, text, n) != 0)
        return -1;
    return token_list_append(tokens, encoder->symbols.tokens, encoder->symbols.n);
}

/* The end of the segment that begins at `from`. */
static size_t segment_end(const struct tokenizer_encoder *encoder, const char *text, size_t from, size_t n)
{
    size_t end = from + 1;

    while (end < n && (((unsigned char)text[end] & 0xC0) == 0x80 || stand_together(encoder, text[end - 1], text[end])))
        end++;
    return end;
}

int tokenizer_encode(struct tokenizer_encoder *encoder, const char *text, size_t n, struct token_list *tokens)
{
    size_t at = 0, end;
    char *first;
    int result;

    if (n == 0)
        return 0;
    /* llama2.c puts a space in front. */
    end = stand_together(encoder, ' ', text[0]) ? segment_end(encoder, text, 0, n) : 0;
    first = malloc(end + 1);
    if (first == NULL)
        return -1;
    first[0] = ' ';
    memcpy(first + 1, text, end);
    if (lookup(encoder, " ") == NONE) {
        uint16_t unknown = TOKEN_UNKNOWN;

        result = token_list_append(tokens, &unknown, 1);
        if (result == 0 && end > 0)
            result = encode_segment(encoder, text, end, tokens);
    } else {
        result = encode_segment(encoder, first, end + 1, tokens);
    }
    free(first);
    for (at = end; result == 0 && at < n; at = end) {
        end = segment_end(encoder, text, at, n);
        result = encode_segment(encoder, text + at, end - at, tokens);
    }
    return result;
}
