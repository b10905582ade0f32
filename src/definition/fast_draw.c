/* Definitions of the fast engine's kernels for sampling. */
#include "fast.h"
#include "fixed.h"
#include "window.h"

struct fast_draw fast_draw;

void fast_products(int32_t *y, const int16_t *d, uint8_t n)
{
    const uint8_t *scale = (const uint8_t *)window + FAST_SCALES;

    for (unsigned i = 0; i < n; ++i)
        y[i] = d[i] * scale[i];
}

void fast_distances(uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        fast_draw.distance[i] = saturated(shift_right((int64_t)fast_draw.most - (int32_t)window[i], fast_draw.shift));
}

uint8_t fast_exponentials(uint8_t n)
{
    uint8_t listed = 0;

    for (unsigned i = 0; i < n; ++i) {
        unsigned octave = (uint16_t)fast_draw.distance[i] >> 8;
        uint32_t weight;

        if (octave >= fast_draw.octaves)
            continue;
        weight = (uint32_t)fast_exp2[fast_draw.distance[i] & 255] << 8 >> (octave + fast_draw.finer);
        fast_draw.sum += weight;
        fast_draw.mass[octave] += weight;
        fast_draw.weight[listed] = weight;
        fast_draw.index[listed++] = (uint8_t)i;
    }
    return listed;
}
