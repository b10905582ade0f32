/* llama2.c's sampler, for the exact engine: greedy, multinomial and top-p.
 * It works on the logits in SECTION_LOGITS and overwrites them. */
#ifndef SAMPLER_H
#define SAMPLER_H

#include <stdint.h>
#include "f32.h"

/* The next token. temperature 0 takes the arg-max; topp outside (0, 1) samples
 * from all tokens. */
uint16_t sample(f32 temperature, f32 topp);

#endif
