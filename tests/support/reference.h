/* llama2.c's computation, written once more, plainly and without our kernels,
 * caches, heap or image: what the common code must agree with, bit for bit. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stddef.h>
#include <stdint.h>
#include "checkpoint.h"
#include "tokenizer_file.h"

struct reference; /* a model with its KV cache */

struct reference *reference_new(const struct checkpoint *checkpoint);
void reference_free(struct reference *reference);

/* The logits [vocab_size] of token at position; positions come in order. */
const float *reference_forward(struct reference *reference, int token, int position);

/* BPE by searching all neighbours for each merge; returns the number of tokens,
 * BOS included. tokens has room for strlen(text) + 2. */
int reference_encode(const struct tokenizer_file *tokenizer, const char *text, int *tokens);

/* llama2.c's sample(): changes the logits and the state of the generator. */
int reference_sample(float *logits, int n, float temperature, float topp, uint64_t *state);

#endif
