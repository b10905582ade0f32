/* llama2.c's encoder on the host, for texts of many megabytes. It gives the
 * tokens of src/common/tokenizer.c, which works on one prompt at a time.
 *
 * Neighbouring bytes that stand together in no piece of the vocabulary are never
 * merged across, so the text falls into short segments that are encoded each by
 * itself, and those of a language come again and again: they are remembered.
 */
#ifndef TOKENIZER_ENCODER_H
#define TOKENIZER_ENCODER_H

#include <stddef.h>
#include <stdint.h>
#include "tokenizer_file.h"

struct token_list {
    uint16_t *tokens;
    size_t n, room;
};

struct known_segment;

struct tokenizer_encoder {
    const struct tokenizer_file *tokenizer;
    uint16_t *sorted;         /* ids in strcmp order of their pieces */
    uint8_t together[8192];   /* bit (left byte * 256 + right byte) */
    struct known_segment *known;
    size_t n_known, known_capacity;
    struct token_list pool;   /* tokens of the known segments */
    struct token_list symbols;
    char *joined;
};

/* The vocabulary has at most 65535 tokens. -1 if there is no memory. */
int tokenizer_encoder_open(struct tokenizer_encoder *encoder, const struct tokenizer_file *tokenizer);
void tokenizer_encoder_close(struct tokenizer_encoder *encoder);

/* Appends the tokens of the n bytes of text, without BOS; no NUL among them.
 * -1 if there is no memory. */
int tokenizer_encode(struct tokenizer_encoder *encoder, const char *text, size_t n, struct token_list *tokens);

int token_list_append(struct token_list *list, const uint16_t *tokens, size_t n);

#endif
