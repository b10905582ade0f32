#include "tokenizer_trainer.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output_file.h"

#define MAX_LEARNED_BYTES 32 /* of a piece */
#define RARE 0xFFFFFFFFU     /* a character without a piece: nothing merges with it */

/* Counts of byte strings: open addressing, grown at half full. */
struct count {
    const char *text;
    uint32_t length;
    uint64_t n;
};

struct counts {
    struct count *slots;
    size_t capacity, used;
};

static uint64_t hash_bytes(const char *text, size_t n)
{
    uint64_t hash = 0xCBF29CE484222325ULL; /* FNV-1a */

    while (n-- > 0)
        hash = (hash ^ (unsigned char)*text++) * 0x100000001B3ULL;
    return hash ^ hash >> 32;
}

static struct count *find_count(const struct counts *counts, const char *text, uint32_t length)
{
    size_t i = hash_bytes(text, length) & (counts->capacity - 1);

    while (counts->slots[i].text != NULL && (counts->slots[i].length != length || memcmp(counts->slots[i].text, text, length) != 0))
        i = (i + 1) & (counts->capacity - 1);
    return &counts->slots[i];
}

static bool grow_counts(struct counts *counts)
{
    struct counts larger = {NULL, counts->capacity == 0 ? 1024 : 2 * counts->capacity, counts->used};
    size_t i;

    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (i = 0; i < counts->capacity; i++)
        if (counts->slots[i].text != NULL)
            *find_count(&larger, counts->slots[i].text, counts->slots[i].length) = counts->slots[i];
    free(counts->slots);
    *counts = larger;
    return true;
}

static bool add_count(struct counts *counts, const char *text, uint32_t length)
{
    struct count *slot;

    if (2 * counts->used >= counts->capacity && !grow_counts(counts))
        return false;
    slot = find_count(counts, text, length);
    if (slot->text == NULL) {
        slot->text = text;
        slot->length = length;
        counts->used++;
    }
    slot->n++;
    return true;
}

/* The most frequent first, equal ones in the order of their bytes. */
static int compare_counts(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    uint32_t length = x->length < y->length ? x->length : y->length;
    int order;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    order = memcmp(x->text, y->text, length);
    return order != 0 ? order : (int)x->length - (int)y->length;
}

/* Moves the used slots to the front, in order; the table is no longer one. */
static void sort_counts(struct counts *counts)
{
    size_t from, to = 0;

    for (from = 0; from < counts->capacity; from++)
        if (counts->slots[from].text != NULL)
            counts->slots[to++] = counts->slots[from];
    qsort(counts->slots, to, sizeof *counts->slots, compare_counts);
}

/* What may stand together in a piece: letters (with the apostrophe, as in
 * "don't"), digits, line ends, and the rest. */
enum class { LETTER, DIGIT, LINE_END, OTHER };

static enum class class_of(char c)
{
    unsigned char byte = (unsigned char)c;

    if (byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'')
        return LETTER;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c == '\n' || c == '\r' ? LINE_END : OTHER;
}

/* Length of the word at `at`: characters of one class, with one space in front. */
static size_t word_length(const char *at, const char *end)
{
    const char *c = at;

    if (*c == ' ')
        c++;
    if (c < end && *c != ' ') {
        enum class class = class_of(*c);

        while (c < end && *c != ' ' && class_of(*c) == class)
            c++;
    }
    return (size_t)(c - at);
}

struct word {
    uint32_t first, n_symbols; /* in the pool */
    uint64_t n;
};

struct pair_count {
    uint64_t pair; /* left symbol << 32 | right one */
    int64_t n;
    bool used;
};

struct learner {
    uint32_t *pool; /* symbols of all words: indices of pieces[], or RARE */
    struct word *words;
    size_t n_words;
    struct trained_piece *pieces; /* the characters, then the merged ones */
    uint32_t n_characters, n_pieces;
    struct pair_count *pairs;
    size_t capacity, used;
};

static struct pair_count *find_pair(const struct learner *l, uint64_t pair)
{
    size_t i = (size_t)((pair * 0x9E3779B97F4A7C15ULL) >> 32) & (l->capacity - 1);

    while (l->pairs[i].used && l->pairs[i].pair != pair)
        i = (i + 1) & (l->capacity - 1);
    return &l->pairs[i];
}

static bool count_pair(struct learner *l, uint32_t left, uint32_t right, int64_t n)
{
    struct pair_count *slot;

    if (left == RARE || right == RARE)
        return true;
    if (2 * l->used >= l->capacity) {
        struct learner larger = *l;
        size_t i;

        larger.capacity = l->capacity == 0 ? 4096 : 2 * l->capacity;
        larger.pairs = calloc(larger.capacity, sizeof *larger.pairs);
        if (larger.pairs == NULL)
            return false;
        for (i = 0; i < l->capacity; i++)
            if (l->pairs[i].used)
                *find_pair(&larger, l->pairs[i].pair) = l->pairs[i];
        free(l->pairs);
        *l = larger;
    }
    slot = find_pair(l, (uint64_t)left << 32 | right);
    if (!slot->used) {
        slot->used = true;
        slot->pair = (uint64_t)left << 32 | right;
        l->used++;
    }
    slot->n += n;
    return true;
}

static bool add_piece(struct learner *l, const char *left, uint32_t left_length, const char *right, uint32_t right_length)
{
    struct trained_piece *piece = &l->pieces[l->n_pieces];

    piece->length = left_length + right_length;
    piece->text = malloc(piece->length + 1);
    if (piece->text == NULL)
        return false;
    memcpy(piece->text, left, left_length);
    if (right_length > 0)
        memcpy(piece->text + left_length, right, right_length);
    piece->text[piece->length] = '\0';
    l->n_pieces++;
    return true;
}

static bool is_piece(const struct learner *l, const struct trained_piece *left, const struct trained_piece *right)
{
    uint32_t i;

    for (i = 0; i < l->n_pieces; i++)
        if (l->pieces[i].length == left->length + right->length && memcmp(l->pieces[i].text, left->text, left->length) == 0 &&
            memcmp(l->pieces[i].text + left->length, right->text, right->length) == 0)
            return true;
    return false;
}

/* The most frequent pair that makes a new piece, of equals the one learned
 * first; NULL if none occurs twice. */
static struct pair_count *best_pair(const struct learner *l)
{
    for (;;) {
        struct pair_count *best = NULL;
        const struct trained_piece *left, *right;
        size_t i;

        for (i = 0; i < l->capacity; i++) {
            struct pair_count *p = &l->pairs[i];

            if (p->used && p->n >= 2 && (best == NULL || p->n > best->n || (p->n == best->n && p->pair < best->pair)))
                best = p;
        }
        if (best == NULL)
            return NULL;
        left = &l->pieces[best->pair >> 32];
        right = &l->pieces[(uint32_t)best->pair];
        /* Two ways to the same text must not become two pieces of it. */
        if (left->length + right->length <= MAX_LEARNED_BYTES && !is_piece(l, left, right))
            return best;
        best->n = INT64_MIN / 2;
    }
}

/* Replaces the pair in every word, and the counts of the pairs around it. */
static bool merge_pair(struct learner *l, uint32_t left, uint32_t right, uint32_t merged)
{
    size_t w;

    for (w = 0; w < l->n_words; w++) {
        struct word *word = &l->words[w];
        uint32_t *s = l->pool + word->first;
        int64_t n = (int64_t)word->n;
        uint32_t i, to = 0;
        bool found = false;

        for (i = 0; i + 1 < word->n_symbols && !found; i++)
            found = s[i] == left && s[i + 1] == right;
        if (!found)
            continue;
        for (i = 0; i + 1 < word->n_symbols; i++)
            if (!count_pair(l, s[i], s[i + 1], -n))
                return false;
        for (i = 0; i < word->n_symbols; i++) {
            if (i + 1 < word->n_symbols && s[i] == left && s[i + 1] == right) {
                s[to++] = merged;
                i++;
            } else {
                s[to++] = s[i];
            }
        }
        word->n_symbols = to;
        for (i = 0; i + 1 < word->n_symbols; i++)
            if (!count_pair(l, s[i], s[i + 1], n))
                return false;
    }
    return true;
}

/* The words of all stories and their characters. llama2.c encodes a text with
 * a space in front, so the first word of a story counts with one too; `first`
 * keeps these copies. */
static bool count_words(const struct story_text *text, struct counts *words, struct counts *characters, uint64_t *n_characters, char **first)
{
    size_t total = 0, s, n;
    char *copy;

    for (s = 0; s < text->n_stories; s++)
        total += 1 + word_length(text->stories[s].text, text->stories[s].text + text->stories[s].bytes);
    *first = copy = malloc(total);
    if (copy == NULL)
        return false;
    for (s = 0; s < text->n_stories; s++) {
        const char *at = text->stories[s].text, *end = at + text->stories[s].bytes, *c;

        n = word_length(at, end);
        copy[0] = ' ';
        memcpy(copy + 1, at, n);
        if (!add_count(words, copy, (uint32_t)n + 1))
            return false;
        copy += n + 1;
        for (c = at; c < end; c += utf8_length(c, (size_t)(end - c))) {
            if (!add_count(characters, c, (uint32_t)utf8_length(c, (size_t)(end - c))))
                return false;
            ++*n_characters;
        }
        for (at += n; at < end; at += n) {
            n = word_length(at, end);
            if (!add_count(words, at, (uint32_t)n))
                return false;
        }
    }
    return true;
}

static bool is_character(const struct learner *l, const char *text)
{
    uint32_t i;

    for (i = 0; i < l->n_pieces; i++)
        if (strcmp(l->pieces[i].text, text) == 0)
            return true;
    return false;
}

/* The characters that get a piece. The space is always one of them: llama2.c
 * begins every text with it. */
static bool choose_characters(struct learner *l, struct counts *characters, uint64_t n_characters, double coverage, uint32_t room)
{
    uint64_t covered = 0;
    size_t i;

    sort_counts(characters);
    for (i = 0; i < characters->used && l->n_pieces < room && (double)covered < coverage * (double)n_characters; i++) {
        if (!add_piece(l, characters->slots[i].text, characters->slots[i].length, NULL, 0))
            return false;
        covered += characters->slots[i].n;
    }
    if (!is_character(l, " ") && l->n_pieces < room && !add_piece(l, " ", 1, NULL, 0))
        return false;
    l->n_characters = l->n_pieces;
    return true;
}

static bool take_words(struct learner *l, struct counts *words)
{
    struct counts symbols = {0};
    size_t w, total = 0;
    uint32_t i, at = 0;

    sort_counts(words);
    for (w = 0; w < words->used; w++)
        total += words->slots[w].length;
    l->n_words = words->used;
    l->words = calloc(l->n_words, sizeof *l->words);
    l->pool = malloc(total * sizeof *l->pool);
    if (l->words == NULL || l->pool == NULL)
        return false;
    for (i = 0; i < l->n_characters; i++) {
        if (!add_count(&symbols, l->pieces[i].text, l->pieces[i].length)) {
            free(symbols.slots);
            return false;
        }
        find_count(&symbols, l->pieces[i].text, l->pieces[i].length)->n = i;
    }
    for (w = 0; w < l->n_words; w++) {
        const char *c = words->slots[w].text, *end = c + words->slots[w].length;

        l->words[w].first = at;
        l->words[w].n = words->slots[w].n;
        while (c < end) {
            uint32_t length = (uint32_t)utf8_length(c, (size_t)(end - c));
            const struct count *symbol = find_count(&symbols, c, length);

            l->pool[at++] = symbol->text != NULL ? (uint32_t)symbol->n : RARE;
            c += length;
        }
        l->words[w].n_symbols = at - l->words[w].first;
    }
    free(symbols.slots);
    for (w = 0; w < l->n_words; w++)
        for (i = 0; i + 1 < l->words[w].n_symbols; i++)
            if (!count_pair(l, l->pool[l->words[w].first + i], l->pool[l->words[w].first + i + 1], (int64_t)l->words[w].n))
                return false;
    return true;
}

int tokenizer_train(struct trained_tokenizer *tokenizer, const struct story_text *text, uint32_t vocab_size, double coverage, char *error, size_t error_size)
{
    uint32_t room = vocab_size - TOKENIZER_FIRST_PIECE, i;
    struct counts words = {0}, characters = {0};
    uint64_t n_characters = 0;
    struct learner l = {0};
    char *first = NULL;
    int result = -1;

    memset(tokenizer, 0, sizeof *tokenizer);
    if (vocab_size <= TOKENIZER_FIRST_PIECE || vocab_size > TOKENIZER_MAX_TRAINED) {
        snprintf(error, error_size, "a vocabulary of %" PRIu32 " tokens: possible are %d to %d", vocab_size, TOKENIZER_FIRST_PIECE + 1, TOKENIZER_MAX_TRAINED);
        return -1;
    }
    snprintf(error, error_size, "no memory");
    l.pieces = calloc(room, sizeof *l.pieces);
    tokenizer->pieces = calloc(room, sizeof *tokenizer->pieces);
    if (l.pieces == NULL || tokenizer->pieces == NULL || !count_words(text, &words, &characters, &n_characters, &first) ||
        !choose_characters(&l, &characters, n_characters, coverage, room) || !take_words(&l, &words))
        goto done;
    while (l.n_pieces < room) {
        struct pair_count *best = best_pair(&l);
        uint32_t left, right;

        if (best == NULL) {
            snprintf(error, error_size, "a vocabulary of %" PRIu32 " tokens is more than the text supports: at most %" PRIu32, vocab_size,
                     l.n_pieces + TOKENIZER_FIRST_PIECE);
            goto done;
        }
        left = (uint32_t)(best->pair >> 32);
        right = (uint32_t)best->pair;
        if (!add_piece(&l, l.pieces[left].text, l.pieces[left].length, l.pieces[right].text, l.pieces[right].length) ||
            !merge_pair(&l, left, right, l.n_pieces - 1))
            goto done;
    }
    tokenizer->vocab_size = vocab_size;
    for (i = 0; i < room; i++) {
        tokenizer->pieces[i] = l.pieces[(i + l.n_characters) % room];
        l.pieces[(i + l.n_characters) % room].text = NULL;
    }
    result = 0;
done:
    for (i = 0; l.pieces != NULL && i < l.n_pieces; i++)
        free(l.pieces[i].text);
    free(l.pieces);
    free(l.pool);
    free(l.words);
    free(l.pairs);
    free(words.slots);
    free(characters.slots);
    free(first);
    if (result != 0)
        trained_tokenizer_free(tokenizer);
    return result;
}

static void write_piece(FILE *out, const char *text, uint32_t length, float score)
{
    int32_t n = (int32_t)length;

    fwrite(&score, sizeof score, 1, out);
    fwrite(&n, sizeof n, 1, out);
    fwrite(text, 1, length, out);
}

int tokenizer_save(const struct trained_tokenizer *tokenizer, const char *path, char *error, size_t error_size)
{
    static const char *const special[] = {"<unk>", "\n<s>\n", "\n</s>\n"};
    int32_t max_token_length = 1;
    struct output_file out;
    uint32_t i, n_pieces = tokenizer->vocab_size - TOKENIZER_FIRST_PIECE;
    char byte[8];

    if (output_file_open(&out, path, error, error_size) != 0)
        return -1;
    /* As llama2.c writes it: the longest piece that is text. */
    for (i = 0; i < n_pieces; i++)
        if (max_token_length < (int32_t)tokenizer->pieces[i].length)
            max_token_length = (int32_t)tokenizer->pieces[i].length;
    fwrite(&max_token_length, sizeof max_token_length, 1, out.stream);
    for (i = 0; i < 3; i++)
        write_piece(out.stream, special[i], (uint32_t)strlen(special[i]), 0.0f);
    for (i = 0; i < 256; i++) {
        snprintf(byte, sizeof byte, "<0x%02X>", i);
        write_piece(out.stream, byte, 6, 0.0f);
    }
    for (i = 0; i < n_pieces; i++)
        write_piece(out.stream, tokenizer->pieces[i].text, tokenizer->pieces[i].length, -(float)i);
    return output_file_commit(&out, error, error_size);
}

void trained_tokenizer_free(struct trained_tokenizer *tokenizer)
{
    uint32_t i;

    for (i = 0; tokenizer->pieces != NULL && i + TOKENIZER_FIRST_PIECE < tokenizer->vocab_size; i++)
        free(tokenizer->pieces[i].text);
    free(tokenizer->pieces);
    memset(tokenizer, 0, sizeof *tokenizer);
}
