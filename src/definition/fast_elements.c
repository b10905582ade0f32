/* Definitions of the fast engine (fast.h): elements of vectors. */
#include "fast.h"
#include "fast_image.h"
#include "fast_row.h"
#include "fixed.h"
#include "window.h"
#include <stdlib.h>

uint8_t fast_silu[3][256];
uint8_t fast_silu_finer;

#define residual ((uint8_t(*)[FAST_COLUMNS])((uint8_t *)window + FAST_RESIDUAL))

static int32_t get_residual(unsigned i)
{
    return (int32_t)(residual[0][i] | (uint32_t)residual[1][i] << 8 | (uint32_t)residual[2][i] << 16 | (uint32_t)residual[3][i] << 24);
}

uint32_t fast_residual(const int16_t *d, int8_t shift, uint8_t n)
{
    const uint8_t *scale = (const uint8_t *)window + FAST_SCALES;
    uint32_t bits = 255;

    for (unsigned i = 0; i < n; ++i) {
        int64_t product = scaled((int64_t)d[i] * scale[i], shift), sum = product;
        int32_t r;

        if (product == (int32_t)product)
            sum += get_residual(i);
        r = sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : (int32_t)sum;
        for (unsigned k = 0; k < 4; ++k)
            residual[k][i] = (uint8_t)((uint32_t)r >> 8 * k);
        bits |= (uint32_t)(r < 0 ? ~r : r);
    }
    return bits;
}

uint32_t fast_narrow(int16_t *x, int8_t shift, uint8_t n)
{
    uint32_t sum = n >> 1; /* what the sizes are cut off and the squares of their low bytes make on average */

    for (unsigned i = 0; i < n; ++i) {
        uint16_t size;
        x[i] = (int16_t)shift_right(get_residual(i), shift);
        size = (uint16_t)(x[i] < 0 ? ~x[i] : x[i]);
        sum += (uint32_t)((size >> 8) * (size >> 8)) + high_byte((uint8_t)(size >> 8 << 1), (uint8_t)size);
    }
    return sum;
}

uint8_t fast_length(uint32_t a)
{
    uint8_t length = 0;

    for (; a; a >>= 1)
        ++length;
    return length;
}

/* The square root of a, 2^30 or more: its high byte, and what its derivative makes of the rest. */
static uint16_t root(uint32_t a)
{
    uint32_t high = 128, rest;

    while ((high + 1) * (high + 1) <= a >> 16)
        ++high;
    rest = ((a >> 8) - (high * high << 8)) / (2 * high);
    return (uint16_t)(high << 8 | (rest > 255 ? 255 : rest));
}

uint16_t fast_norm_factor(uint32_t norm, uint32_t squares)
{
    int places = FAST_NORM_SHIFT - 12;

    for (; squares < 0x40000000UL; squares <<= 2)
        --places;
    return (uint16_t)(places < 0 ? 0x7FFF : scaled(norm / root(squares), places));
}

uint32_t fast_offset(uint16_t a, uint16_t b)
{
    return (uint32_t)a * b;
}

void fast_multiply(int16_t *y, uint16_t factor, uint8_t n)
{
    uint8_t low = (uint8_t)factor, high = (uint8_t)(factor >> 8), nearest = (uint8_t)((factor + 128) >> 8);
    /* Rounding, the half that narrowing cut off, the mean of what `nearest` leaves. */
    int32_t more = 128 + (factor >> 9) + ((int8_t)low >> 1) - 128 * factor;

    for (unsigned i = 0; i < n; ++i) {
        uint16_t offset = (uint16_t)(y[i] + 32768);
        int32_t product = ((offset >> 8) * high << 8) + (offset >> 8) * low + (offset & 255) * nearest;
        y[i] = (int16_t)((product + more) >> 8);
    }
}

void fast_scale(int16_t *y, const int16_t *d, uint8_t shift, uint8_t n)
{
    const uint8_t *scale = (const uint8_t *)window + FAST_SCALES;

    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled((int64_t)d[i] * scale[i], 8 - shift);
}

void fast_logits(f32 *y, const int16_t *d, int8_t exponent, uint8_t n)
{
    const uint8_t *scale = (const uint8_t *)window + FAST_SCALES;

    for (unsigned i = 0; i < n; ++i) {
        y[i] = f32_from_int(d[i] * scale[i]);
        if (y[i])
            y[i] += (f32)(int32_t)exponent << 23;
    }
}

struct fast_bounds fast_bounds;

uint8_t fast_greatest(int32_t *most, int16_t *d, uint8_t n)
{
    const uint8_t *scale = (const uint8_t *)window + FAST_SCALES;
    uint8_t found = 0;

    for (unsigned i = 0; i < n; ++i) {
        if (fast_bounds.stride && d[i] * scale[i] > shift_right(*most, 1))
            d[i] = fast_row(fast_bounds.rows + i * fast_bounds.stride);
        else if (fast_bounds.stride)
            continue;
        if (d[i] * scale[i] > *most) {
            *most = d[i] * scale[i];
            found = (uint8_t)(i + 1);
        }
    }
    return found;
}

/* Twice a fraction's size; a negative one's is 2^-16 less, so that it fits. */
static uint16_t size_of(int16_t fraction)
{
    return (uint16_t)(fraction < 0 ? -2 * fraction - 1 : 2 * fraction);
}

/* v * factor / 2^8. */
static int32_t turned(int16_t v, uint16_t factor)
{
    return (int32_t)high_bytes_16((uint16_t)(v + 32768), factor) - 128 * factor;
}

void fast_rotate(int16_t *v, const int16_t *end, const int16_t *table, uint16_t stride, uint8_t n)
{
    for (; v != end; v += stride)
        for (unsigned i = 0; i < n; i += 2) {
            /* Whole quarters of a turn first, so that both factors are positive. */
            int negative_cosine = table[i] < 0, negative_sine = table[i + 1] < 0, odd = negative_cosine ^ negative_sine;
            uint16_t cosine = size_of(table[i + odd]), sine = size_of(table[i + !odd]);
            int16_t x = v[i + odd], y = v[i + !odd];
            if (negative_cosine)
                x = (int16_t)-x;
            if (negative_sine)
                y = (int16_t)-y;
            v[i] = (int16_t)((turned(x, cosine) - turned(y, sine) + 128) >> 8);
            v[i + 1] = (int16_t)((turned(x, sine) + turned(y, cosine) + 128) >> 8);
        }
}

/* a * b / 2^16, a of 24 bits, without the product of the low bytes; of the products above it the high bytes. */
static uint32_t finer_size(uint32_t a, uint16_t b)
{
    uint8_t a0 = (uint8_t)a, a1 = (uint8_t)(a >> 8), b0 = (uint8_t)b, b1 = (uint8_t)(b >> 8);
    uint32_t a2 = a >> 16;

    return high_byte(a0, b1) + high_byte(a1, b0) + a1 * b1 + a2 * b0 + (a2 * b1 << 8);
}

/* |SiLU(x)| in 1/1024 for x = product * 2^(shift - 20). */
static uint16_t silu_size(int32_t product, uint8_t shift)
{
    int32_t x = (int32_t)shift_right(product, 8 - shift); /* 1/4096 */
    uint16_t offset, size;
    uint8_t interval, rest;

    if (x > INT16_MAX) /* SiLU(x) = x from 8 on */
        return (uint16_t)saturated(shift_right(product >> 8, 2 - shift));
    offset = (uint16_t)(saturated(x) + 32768);
    interval = (uint8_t)(offset >> 8);
    rest = high_byte(fast_silu[2][interval], (uint8_t)offset);
    size = (uint16_t)(fast_silu[0][interval] | fast_silu[1][interval] << 8);
    return (uint16_t)(interval >= FAST_FALLING && interval < 128 ? size - rest : size + rest);
}

#define FAR_BELOW 4 /* about SiLU(-9) */

/* The same in 1/4096, by SiLU(-x) = SiLU(x) - x. */
static uint16_t finer_silu_size(int32_t product, uint8_t shift)
{
    uint64_t x = (uint64_t)labs(product) << (shift + 1) >> 8; /* 1/8192 */
    uint16_t size;

    if (x >= 1U << 16) {
        x >>= 1;
        return product < 0 ? FAR_BELOW : x > UINT16_MAX ? UINT16_MAX : (uint16_t)x;
    }
    size = (uint16_t)((fast_silu[0][x >> 8] | fast_silu[1][x >> 8] << 8) + high_byte(fast_silu[2][x >> 8], (uint8_t)x));
    return product < 0 ? (uint16_t)((x + 1) / 2 - size) : size;
}

uint32_t fast_swiglu(const int16_t *d, uint8_t shift, uint8_t n)
{
    struct fast_sizes *h = (struct fast_sizes *)window;
    const uint8_t *scale = (const uint8_t *)window + FAST_SCALES;
    uint32_t sum = 0, bits = 0;

    for (unsigned i = 0; i < n; ++i) {
        int32_t product = fast_silu_finer ? d[i] * scale[i] : high_bytes(d[i], scale[i]) * 256;
        uint16_t up = (uint16_t)(d[n + i] < 0 ? -d[n + i] : d[n + i]);
        uint32_t size = fast_silu_finer ? finer_size((uint32_t)finer_silu_size(product, shift) * scale[n + i], up)
                                        : high_bytes_16((uint16_t)high_bytes((int16_t)silu_size(product, shift), scale[n + i]), up);
        for (unsigned k = 0; k < 3; ++k)
            h->size[k][i] = (uint8_t)(size >> 8 * k);
        h->sign[i] = (product < 0) ^ (d[n + i] < 0) ? 0x80 : 0;
        sum += size;
        bits |= size | 255;
    }
    return 2 * bits > sum ? 2 * bits : sum;
}

void fast_hidden(int16_t *x, uint8_t shift, uint8_t n)
{
    const struct fast_sizes *h = (const struct fast_sizes *)window;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t size = h->size[0][i] | (uint32_t)h->size[1][i] << 8 | (uint32_t)h->size[2][i] << 16;
        int16_t rounded = (int16_t)scaled(size, shift);
        x[i] = (int16_t)(h->sign[i] >> 7 ? -rounded : rounded);
    }
}
