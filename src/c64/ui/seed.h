/* A seed is a 64-bit number in 8 bytes, the least significant first. */
#ifndef SEED_H
#define SEED_H

#include <stdint.h>

#define SEED_BYTES 8
#define SEED_DIGITS 20 /* of 2^64 - 1 */

/* seed = seed * 10 + digit; returns 1, or 0 with seed unchanged if it would not fit. */
uint8_t seed_append(uint8_t *seed, uint8_t digit);
/* seed = seed / 10; returns the remainder. */
uint8_t seed_divide(uint8_t *seed);
/* seed = seed + step, step -1 or 1, modulo 2^64. */
void seed_add(uint8_t *seed, int8_t step);
uint8_t seed_is_zero(const uint8_t *seed);
/* In decimal, without leading zeros, with a NUL. */
void seed_decimal(char decimal[SEED_DIGITS + 1], const uint8_t *seed);

#endif
