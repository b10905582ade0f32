/* The tables of f32_exp's quick phase, which the C64 program holds as constants. */
#ifndef F32_EXP_H
#define F32_EXP_H

#include <stdint.h>

#define EXP_COARSE 178 /* r < ln 2 < 178/256 */
#define EXP_FINE 256

/* e^(j/256) - 1, in units of 2^-40, to nearest. */
uint64_t exp_coarse(unsigned j);
/* e^(j/65536) - 1 - j/65536, in units of 2^-40, to nearest. */
uint32_t exp_fine(unsigned j);

/* Of a finite a with 2^-25 <= |a| < 128: the quick phase's y, in units of 2^-40;
 * and whether f32_exp then needs its slow phase. */
uint64_t exp_quick(uint32_t a);
int exp_is_hard(uint32_t a);

#endif
