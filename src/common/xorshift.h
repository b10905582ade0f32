/* llama2.c's random numbers, a 64-bit xorshift*, for both samplers. */
#ifndef XORSHIFT_H
#define XORSHIFT_H

#include <stdint.h>
#include "f32.h"

extern uint8_t rng_state[8]; /* little-endian, never all zero */

/* state ^= state >> 12, << 25, >> 27; the result is the upper half of
 * state * 0x2545F4914F6CDD1D. */
uint32_t random_u32(void);
f32 random_f32(void); /* in [0, 1): 24 bits of random_u32 */

/* Bits 63..32 of a * b. */
uint32_t multiply_high(uint32_t a, uint32_t b);

#endif
