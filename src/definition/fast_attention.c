/* Definitions of the fast engine (fast.h): attention. */
#include "fast.h"
#include "fixed.h"

uint16_t fast_exp2[256];

uint8_t fast_headroom(const int16_t *x, uint16_t n)
{
    uint16_t bits = 0;
    uint8_t shift = 0;

    for (unsigned i = 0; i < n; ++i)
        bits |= (uint16_t)(x[i] < 0 ? ~x[i] : x[i]);
    if (!bits)
        return 15;
    for (; !(bits & 0x4000); bits <<= 1)
        ++shift;
    return shift;
}

uint32_t fast_extent_16(const int16_t *x, uint8_t n)
{
    uint32_t sum = 0, bits = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t size = (uint32_t)(x[i] < 0 ? -x[i] : x[i]);
        sum += size;
        bits |= size;
    }
    return 2 * bits > sum ? 2 * bits : sum;
}

void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)shift_right(x[i], -shift);
}

void fast_high_bytes(int8_t *y, const int16_t *x, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int8_t)(x[i] >= 0x7F80 ? 127 : (x[i] + 128) >> 8);
}

void fast_planes(uint8_t *to, const int16_t *x, uint8_t n_planes, uint8_t n_groups)
{
    for (unsigned g = 0; g < n_groups; ++g)
        for (unsigned p = 0; p < n_planes; ++p) {
            uint8_t byte = 0;
            for (unsigned j = 0; j < FAST_GROUP; ++j) {
                uint16_t u = (uint16_t)x[g * FAST_GROUP + j] ^ 0x8000;
                byte |= (uint8_t)((u >> (15 - p) & 1) << j);
            }
            to[p * n_groups + g] = byte;
        }
}

int16_t fast_scores(int16_t *scores, const int16_t *d, const uint8_t *exponents, int8_t shift, uint8_t n)
{
    int16_t greatest = INT16_MIN;

    for (unsigned i = 0; i < n; ++i) {
        scores[i] = saturated(shift_right(d[i], shift + exponents[2 * i]));
        if (scores[i] > greatest)
            greatest = scores[i];
    }
    return greatest;
}

uint32_t fast_weights(int16_t *scores, int16_t greatest, uint8_t n)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint16_t below = (uint16_t)(greatest - scores[i]);
        uint16_t weight = below >> 8 < 16 ? fast_exp2[below & 255] >> (below >> 8) : 0;
        scores[i] = (int16_t)weight;
        sum += weight;
    }
    return sum;
}

void fast_values(int32_t *sum, reu_address values, const int16_t *weights, const uint8_t *exponents, uint8_t least, uint8_t n,
                 uint8_t width, uint8_t wide)
{
    for (unsigned i = 0; i < n; ++i) {
        uint8_t lower = (uint8_t)(exponents[2 * i] - least);
        uint32_t weight = (uint16_t)weights[i];

        if (wide) {
            int16_t value[FAST_COLUMNS];
            weight >>= lower;
            reu_read(value, values + (uint32_t)i * width * 2, (uint16_t)(width * 2));
            for (unsigned j = 0; j < width; ++j)
                sum[j] += (int32_t)scaled((int64_t)value[j] * weight, 13);
        } else {
            int8_t value[FAST_COLUMNS];
            weight = (weight + ((uint32_t)128 << lower)) >> (8 + lower);
            if (!weight)
                continue;
            reu_read(value, values + (uint32_t)i * width, width);
            for (unsigned j = 0; j < width; ++j)
                sum[j] += value[j] * (int32_t)weight;
        }
    }
}

void fast_divide(int32_t *x, uint32_t total, int8_t shift, uint8_t n)
{
    uint32_t magnitude = fast_magnitude(x, n);
    uint16_t reciprocal;

    shift = 31 - shift;
    for (; total >> 16; total >>= 1)
        ++shift;
    reciprocal = (uint16_t)(0x7FFFFFFF / total);
    for (unsigned down = 0;; ++down)
        if (magnitude >> down < 0x4000) {
            for (unsigned i = 0; i < n; ++i)
                x[i] = (int32_t)scaled(scaled(x[i], (int)down) * reciprocal, shift - (int)down);
            return;
        }
}
