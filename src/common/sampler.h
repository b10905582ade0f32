/* llama2.c's sampler: greedy, multinomial and top-p, with its 64-bit xorshift*.
 * It works on the logits in SECTION_LOGITS and overwrites them. */
#ifndef SAMPLER_H
#define SAMPLER_H

#include <stdint.h>
#include "f32.h"

extern uint8_t rng_state[8]; /* little-endian, never all zero */

/* state ^= state >> 12, << 25, >> 27; the result is the upper half of
 * state * 0x2545F4914F6CDD1D. */
uint32_t random_u32(void);
f32 random_f32(void); /* in [0, 1): 24 bits of random_u32 */

/* The next token. temperature 0 takes the arg-max; topp outside (0, 1) samples
 * from all tokens. */
uint16_t sample(f32 temperature, f32 topp);

#endif
