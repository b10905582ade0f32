/* How far the fast engine is from llama2.c's float32: both read the same text,
 * token by token, and their distributions of the next one are compared. The
 * engines are the host's: what they give, the C64 gives. */
#ifndef EVALUATION_H
#define EVALUATION_H

#include <stddef.h>
#include <stdint.h>
#include "checkpoint.h"
#include "tokenizer_encoder.h"
#include "tokenizer_file.h"

#define EVALUATION_LEAST_BITS 4
#define EVALUATION_MOST_BITS 16

/* The engines read tokens[0 .. n-1], from position 0 on; what follows them is
 * tokens[1 .. n]. */
struct evaluation_story {
    uint16_t *tokens;
    int n; /* at least 1 */
};

struct evaluation_stories {
    struct evaluation_story *stories;
    size_t n, room;
    uint64_t positions; /* the sum of n */
};

/* Each appends to stories, which begin as zeros, no more than `positions` of
 * them in all; a story longer than the context falls into parts of its length. */

/* The stories of a text, see story_text.h. */
int evaluation_add_text(struct evaluation_stories *stories, const char *path, const struct checkpoint *checkpoint,
                        const struct tokenizer_file *tokenizer, uint64_t positions, char *error, size_t error_size);
/* Stories in JSON: {"tokens": [...]} as run64 --stats writes it, or an array of such. */
int evaluation_add_json(struct evaluation_stories *stories, const char *path, const struct checkpoint *checkpoint,
                        uint64_t positions, char *error, size_t error_size);
/* n stories sampled from the checkpoint. */
int evaluation_add_sampled(struct evaluation_stories *stories, const struct checkpoint *checkpoint, uint64_t seed, float temperature,
                           int n, uint64_t positions, char *error, size_t error_size);
void evaluation_stories_free(struct evaluation_stories *stories);

/* What the comparison found in one story, or in all. */
struct evaluation {
    uint64_t positions;
    uint64_t same;           /* positions where both have the same arg-max */
    double loss, reference;  /* sums of -ln p(next token): fast engine, float32 */
    double divergence;       /* sum of KL(float32 || fast), in nats */
    uint32_t first;          /* stories: position of the first other arg-max, n if there is none;
                                in all: the smallest of these */
    uint32_t first_story;    /* in all: which story that is in */
    uint32_t unlike;         /* stories with another arg-max somewhere */
    uint32_t median;         /* in all: of the stories' first */
};

/* Compares for each of bits[n_bits], with an image for an REU of most_kib at most, and puts the sums over all
 * stories into results[n_bits]. `jobs` processes share the work; the result doesn't depend on
 * how many. */
int evaluate(struct evaluation *results, const unsigned *bits, unsigned n_bits, unsigned most_kib, const struct checkpoint *checkpoint,
             const struct tokenizer_file *tokenizer, const struct evaluation_stories *stories, unsigned jobs, char *error, size_t error_size);

#endif
