/* RoPE's cosines and sines as llama2.c computes them, each function correctly
 * rounded. */
#ifndef ROPE_TABLE_H
#define ROPE_TABLE_H

#include <stdint.h>
#include "f32.h"

/* table[seq_len][head_size/2][2]: cos, sin. */
void rope_table(f32 *table, uint32_t seq_len, uint32_t head_size);

#endif
