#include "synthetic.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output_file.h"

/* SplitMix64: well mixed for any seed, 0 included. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* In [0, 1): 24 bits, so that the float is exact. */
static float next_float(uint64_t *state)
{
    return (float)(next_random(state) >> 40) / 16777216.0f;
}

/* Standard deviation of a tensor's elements. A row's product with a normalised
 * vector then has a standard deviation of about 1, and a logit one of about 3,
 * so that greedy, sampled and top-p stories all differ. */
static float deviation(const struct checkpoint_config *c, int id)
{
    switch (id) {
    case TENSOR_TOKEN_EMBEDDING:
    case TENSOR_WCLS:
        return 3.0f / sqrtf((float)c->dim);
    case TENSOR_W2:
        return 2.0f / sqrtf((float)c->hidden_dim);
    default:
        return 1.0f / sqrtf((float)c->dim);
    }
}

int synthetic_checkpoint(const char *path, const struct checkpoint_config *config, uint64_t seed, char *error, size_t error_size)
{
    const int32_t header[7] = {config->dim,        config->hidden_dim, config->n_layers, config->n_heads,
                               config->n_kv_heads, config->shared_classifier ? config->vocab_size : -config->vocab_size, config->seq_len};
    struct output_file file;
    int id;

    if (output_file_open(&file, path, error, error_size) != 0)
        return -1;
    fwrite(header, sizeof header, 1, file.stream);
    for (id = 0; id < TENSOR_COUNT; id++) {
        bool norm = id == TENSOR_RMS_ATT || id == TENSOR_RMS_FFN || id == TENSOR_RMS_FINAL;
        /* Uniform numbers in -r..r have a standard deviation of r / sqrt(3). */
        float range = deviation(config, id) * 1.7320508f;
        uint64_t elements = checkpoint_elements(config, (enum tensor_id)id), i;

        for (i = 0; i < elements; i++) {
            float u = 2.0f * next_float(&seed) - 1.0f;
            float value = norm ? 1.0f + 0.5f * u : range * u;

            fwrite(&value, sizeof value, 1, file.stream);
        }
    }
    return output_file_commit(&file, error, error_size);
}

/* Characters in the order of how often English text has them. */
static const char *const characters[] = {
    " ", "e", "t", "a", "o", "i", "n", "s", "h", "r", "d", "l", "u", "m", "c", "w", "f", "g", "y", "p", "b", "v", "k", ".", ",",
    "'", "j", "x", "q", "z", "I", "T", "A", "S", "H", "W", "M", "B", "C", "L", "D", "E", "F", "G", "N", "O", "P", "R", "\"", "!",
    "?", "J", "K", "U", "V", "Y", "Z", "X", "Q", "-", ":", ";", "\n", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "(", ")",
    "&", "*", "+", "/", "=", "@", "#", "$", "%", "<", ">", "[", "]", "_", "~", "\xC3\xA9", "\xC3\xBC", "\xE2\x80\x94", "\xF0\x9F\x98\x80"};
#define CHARACTERS (sizeof characters / sizeof *characters)
#define FIRST_CHARACTER 259
#define LONGEST_PIECE 16

struct vocabulary {
    char (*pieces)[LONGEST_PIECE + 1];
    float *scores;
    uint32_t n;
    uint32_t *hash; /* open addressing, 0 = free, else id + 1 */
    uint32_t hash_mask;
};

static bool add_piece(struct vocabulary *v, const char *text, float score)
{
    uint32_t slot = 5381;
    const char *c;

    for (c = text; *c != '\0'; c++)
        slot = slot * 33 ^ (uint8_t)*c;
    for (slot &= v->hash_mask; v->hash[slot] != 0; slot = (slot + 1) & v->hash_mask)
        if (strcmp(v->pieces[v->hash[slot] - 1], text) == 0)
            return false;
    strcpy(v->pieces[v->n], text);
    v->scores[v->n] = score;
    v->hash[slot] = ++v->n;
    return true;
}

/* Merges of two pieces; the earlier a piece, the likelier it is taken, as in a
 * vocabulary that was made from text. Like there, a merge's score falls with
 * its number, and characters score below all merges. */
static void add_pieces(struct vocabulary *v, uint32_t vocab_size, uint64_t *seed)
{
    static const char *const special[] = {"<unk>", "\n<s>\n", "\n</s>\n"};
    char text[2 * LONGEST_PIECE + 1];
    uint32_t i, merges = 0;

    for (i = 0; i < 3 && v->n < vocab_size; i++)
        add_piece(v, special[i], 0.0f);
    for (i = 0; i < 256 && v->n < vocab_size; i++) {
        snprintf(text, sizeof text, "<0x%02X>", i);
        add_piece(v, text, 0.0f);
    }
    for (i = 0; i < CHARACTERS && v->n < vocab_size; i++)
        add_piece(v, characters[i], -(float)(vocab_size + i));
    while (v->n < vocab_size) {
        float left = next_float(seed), right = next_float(seed);
        uint32_t pieces = v->n - FIRST_CHARACTER;
        const char *a = v->pieces[FIRST_CHARACTER + (uint32_t)(left * left * left * (float)pieces)];
        const char *b = v->pieces[FIRST_CHARACTER + (uint32_t)(right * right * right * (float)pieces)];

        if (strlen(a) + strlen(b) > LONGEST_PIECE)
            continue;
        snprintf(text, sizeof text, "%s%s", a, b);
        if (add_piece(v, text, -(float)(merges + 1)))
            merges++;
    }
}

int synthetic_tokenizer(const char *path, uint32_t vocab_size, uint64_t seed, char *error, size_t error_size)
{
    struct vocabulary v = {0};
    struct output_file file;
    uint32_t id;
    int32_t length, longest = 0;
    int result = -1;

    v.hash_mask = 1;
    while (v.hash_mask < 4 * (uint64_t)vocab_size)
        v.hash_mask = 2 * v.hash_mask + 1;
    v.pieces = calloc(vocab_size, sizeof *v.pieces);
    v.scores = calloc(vocab_size, sizeof *v.scores);
    v.hash = calloc((size_t)v.hash_mask + 1, sizeof *v.hash);
    if (v.pieces == NULL || v.scores == NULL || v.hash == NULL) {
        snprintf(error, error_size, "no memory");
    } else if (output_file_open(&file, path, error, error_size) == 0) {
        add_pieces(&v, vocab_size, &seed);
        for (id = 0; id < vocab_size; id++)
            if ((length = (int32_t)strlen(v.pieces[id])) > longest)
                longest = length;
        fwrite(&longest, sizeof longest, 1, file.stream);
        for (id = 0; id < vocab_size; id++) {
            length = (int32_t)strlen(v.pieces[id]);
            fwrite(&v.scores[id], sizeof v.scores[id], 1, file.stream);
            fwrite(&length, sizeof length, 1, file.stream);
            fwrite(v.pieces[id], 1, (size_t)length, file.stream);
        }
        result = output_file_commit(&file, error, error_size);
    }
    free(v.pieces);
    free(v.scores);
    free(v.hash);
    return result;
}
