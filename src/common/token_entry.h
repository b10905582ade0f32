/* What encoding and decoding share: the tokens' entries in the image. */
#ifndef TOKEN_ENTRY_H
#define TOKEN_ENTRY_H

#include <stdint.h>
#include "image.h"
#include "reu.h"

void get_entry(struct token_entry *entry, uint16_t token);
/* Copies the token's piece with its NUL to `to`; returns its length. */
uint8_t get_piece(void *to, uint16_t token);

#endif
