/* The fast engine's sampler: as sampler.h, in whole numbers. */
#ifndef FAST_SAMPLER_H
#define FAST_SAMPLER_H

#include <stdint.h>
#include "f32.h"

/* The next token, by the products that fast_forward or fast_classify has left with WANT_PRODUCTS;
 * they are used up. temperature > 0; topp outside (0, 1) samples from all tokens. */
uint16_t fast_sample(f32 temperature, f32 topp);

#endif
