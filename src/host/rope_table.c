#include "rope_table.h"

#include <mpfr.h>
#include <string.h>

#define FLOAT_BITS 24

static f32 bits_of(float value)
{
    f32 bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The arithmetic of run.c: freq = 1 / powf(10000, head_dim / (float)head_size),
 * val = pos * freq, then cosf(val) and sinf(val), all in float. No result is
 * subnormal: freq is more than 1e-4, and no float is so near to a multiple of
 * pi/2, other than 0, that a cosine or sine would be below 1e-12. MPFR at 24
 * bits therefore rounds as binary32 does. */
void rope_table(f32 *table, uint32_t seq_len, uint32_t head_size)
{
    mpfr_t base, power, angle, cosine, sine;
    uint32_t pairs = head_size / 2, pair, position;

    mpfr_inits2(FLOAT_BITS, base, power, angle, cosine, sine, (mpfr_ptr)0);
    mpfr_set_ui(base, 10000, MPFR_RNDN);
    for (pair = 0; pair < pairs; pair++) {
        float exponent = (float)(2 * pair) / (float)head_size;
        float freq;

        mpfr_set_flt(power, exponent, MPFR_RNDN);
        mpfr_pow(power, base, power, MPFR_RNDN);
        freq = 1.0f / mpfr_get_flt(power, MPFR_RNDN);
        for (position = 0; position < seq_len; position++) {
            f32 *entry = table + 2 * ((size_t)position * pairs + pair);

            mpfr_set_flt(angle, (float)position * freq, MPFR_RNDN);
            mpfr_cos(cosine, angle, MPFR_RNDN);
            mpfr_sin(sine, angle, MPFR_RNDN);
            entry[0] = bits_of(mpfr_get_flt(cosine, MPFR_RNDN));
            entry[1] = bits_of(mpfr_get_flt(sine, MPFR_RNDN));
        }
    }
    mpfr_clears(base, power, angle, cosine, sine, (mpfr_ptr)0);
}
