/* Attention of the fast engine, with its caches. */
#ifndef FAST_ATTENTION_H
#define FAST_ATTENTION_H

#include <stdint.h>
#include "fast_image.h"

/* Once for a precision; the header stays. */
void attention_begin(const struct fast_header *header, uint8_t precise);

/* Before the first layer of the token at a position. Then remember and perhaps attend for one layer
 * after the other. */
void attention_rewind(uint16_t position);

/* What keys (low nibble) and values (high nibble) of the layer that comes next may be shifted to the left before that. */
uint8_t remember_limits(void);

/* Puts the layer's keys, and the values behind them, into the caches; they come shifted so far to the left. */
void remember(const int16_t *keys, uint8_t key_shift, uint8_t value_shift);

/* outputs[dim] = what the queries[dim] find in the positions up to this one, times 2^shift
 * that is returned. score: the layer's shift of scores. */
int8_t attend(int16_t *outputs, const int16_t *queries, int8_t score, uint8_t layer);

#endif
