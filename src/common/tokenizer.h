/* llama2.c's tokenizer over the image: byte-pair encoding and decoding. */
#ifndef TOKENIZER_H
#define TOKENIZER_H

#include <stdint.h>

#define TOKEN_UNKNOWN 0
#define TOKEN_BOS 1
#define TOKEN_EOS 2

/* A prompt of more bytes is encoded in memory of the caches, whose keys and
 * values are lost: see image_writer.c. */
#define ENCODED_APART 255

/* Encodes the n bytes in SECTION_PROMPT, n <= model.prompt_capacity, with BOS
 * in front; returns the number of tokens, or 0 if machine_stopped. */
uint16_t encode(uint16_t n);

/* Token i of those; 0 is BOS. */
uint16_t encoded(uint16_t i);

/* The bytes that llama2.c prints for `token` after `previous`: their number
 * (0 if it prints nothing), the bytes in piece[]. */
extern uint8_t piece[];
uint8_t decode(uint16_t previous, uint16_t token);

#endif
