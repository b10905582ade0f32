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

/* Puts the layer's keys, and the values behind them, into the caches. */
void remember(const int16_t *keys);

/* outputs[dim] = what the queries[dim] find in the positions up to this one, times 2^shift
 * that is returned. score: the layer's shift of scores. */
int8_t attend(int16_t *outputs, const int16_t *queries, int8_t score, uint8_t layer);

#endif
