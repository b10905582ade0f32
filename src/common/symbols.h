/* What encoding and decoding share: the prompt's symbols and the tokens' entries
 * in the image. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdint.h>
#include "image.h"
#include "reu.h"

#define NONE 0xFFFFU

/* A token of the prompt in SECTION_SYMBOLS: a list linked both ways. A symbol
 * that was merged into the one before it has token NONE. Each symbol lies before
 * the last one, so that a few leave alone what is further down. When all is
 * merged, what remains closes up: symbol i is the prompt's token i. */
struct symbol {
    uint16_t token;
    uint16_t previous;
    uint16_t next;
    uint16_t merged; /* what it would become with the next one, or NONE */
}; /* 8 bytes */

reu_address symbol_address(uint16_t i);
void get_symbol(struct symbol *symbol, uint16_t i);
void get_entry(struct token_entry *entry, uint16_t token);
/* Copies the token's piece with its NUL to `to`; returns its length. */
uint8_t get_piece(void *to, uint16_t token);

#endif
