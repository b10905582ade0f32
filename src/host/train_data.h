/* The stories of a text as sequences of tokens, and batches of them in an order
 * that a seed decides. */
#ifndef TRAIN_DATA_H
#define TRAIN_DATA_H

#include <stdint.h>
#include "story_text.h"
#include "tokenizer_encoder.h"

/* A story, or a part of one that is longer than the context: the network reads
 * tokens[0 .. n-1], from position 0 on, and learns tokens[1 .. n]. A story
 * begins with BOS and ends with BOS, which is how llama2.c knows its end. */
struct sequence {
    uint64_t first; /* in tokens */
    int32_t n;      /* 1 .. seq_len */
};

struct train_data {
    struct token_list tokens;
    struct sequence *sequences;
    size_t n_sequences;
    uint64_t n_tokens; /* to be learned: the sum of n */
    uint64_t bytes;    /* of the stories' text */
};

/* Takes stories first .. first + n - 1 of the text. -1 if there is no memory. */
int train_data_open(struct train_data *data, const struct story_text *text, size_t first, size_t n, struct tokenizer_encoder *encoder, int seq_len);
void train_data_close(struct train_data *data);

/* Goes through the sequences again and again, each time in a new order, which
 * seed and epoch alone decide. */
struct shuffle {
    uint64_t seed, epoch;
    size_t next;     /* in order */
    uint32_t *order; /* [n] */
    size_t n;
};

int shuffle_open(struct shuffle *shuffle, size_t n, uint64_t seed);
void shuffle_seek(struct shuffle *shuffle, uint64_t epoch, size_t next);
uint32_t shuffle_peek(struct shuffle *shuffle); /* the sequence whose turn it is */
void shuffle_advance(struct shuffle *shuffle);
void shuffle_close(struct shuffle *shuffle);

#endif
