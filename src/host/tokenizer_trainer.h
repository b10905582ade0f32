/* Learns a byte-pair encoding from a text, as SentencePiece does for llama2.c's
 * tokenizers: <unk>, BOS, EOS, the 256 raw bytes, then the merged pieces in the
 * order in which they were learned, then the single characters; the scores are
 * 0, -1, -2, ... in that order. */
#ifndef TOKENIZER_TRAINER_H
#define TOKENIZER_TRAINER_H

#include <stdint.h>
#include "story_text.h"

#define TOKENIZER_FIRST_PIECE 259 /* after the special tokens and the bytes */
#define TOKENIZER_MAX_TRAINED 32768

struct trained_piece {
    char *text; /* NUL-terminated */
    uint32_t length;
};

struct trained_tokenizer {
    uint32_t vocab_size;
    struct trained_piece *pieces; /* [vocab_size - TOKENIZER_FIRST_PIECE] */
};

/* `coverage` is the share of the text's characters that get a piece of their
 * own, the most frequent first; the others are spelled in bytes. */
int tokenizer_train(struct trained_tokenizer *tokenizer, const struct story_text *text, uint32_t vocab_size, double coverage, char *error, size_t error_size);

/* Writes llama2.c's tokenizer.bin. */
int tokenizer_save(const struct trained_tokenizer *tokenizer, const char *path, char *error, size_t error_size);
void trained_tokenizer_free(struct trained_tokenizer *tokenizer);

#endif
