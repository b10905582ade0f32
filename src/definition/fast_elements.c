/* Definitions of the fast engine (fast.h): elements of vectors. */
#include "fast.h"
#include "fixed.h"

int16_t fast_silu[256];
uint8_t fast_silu_slope[256];

uint32_t fast_magnitude(const int32_t *x, uint8_t n)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < n; ++i)
        bits |= (uint32_t)(x[i] < 0 ? ~x[i] : x[i]);
    return bits;
}

uint32_t fast_extent(const int32_t *x, uint8_t n)
{
    uint32_t sum = 0, bits = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t size = (uint32_t)(x[i] < 0 ? -x[i] : x[i]);
        sum += size;
        bits |= size;
    }
    return 2 * bits > sum ? 2 * bits : sum;
}

void fast_narrow(int16_t *y, const int32_t *x, uint8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled(x[i], shift);
}

uint32_t fast_squares(const int16_t *x, uint8_t n)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < n; ++i)
        sum += (uint32_t)((int32_t)x[i] * x[i]) >> 8;
    return sum;
}

uint16_t fast_root(uint32_t a)
{
    uint32_t root = 0, bit = 0x40000000UL;

    for (; bit; bit >>= 2) {
        if (a >= root + bit) {
            a -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint16_t)root;
}

uint16_t fast_quotient(uint32_t a, uint16_t b)
{
    return (uint16_t)(a / b);
}

uint32_t fast_offset(uint16_t a, uint16_t b)
{
    return (uint32_t)a * b;
}

void fast_multiply(int16_t *y, uint16_t factor, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled((int64_t)y[i] * factor, 16);
}

void fast_scale(int16_t *y, const int16_t *d, const uint8_t *scale, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled((int64_t)d[i] * scale[i], 8);
}

void fast_residual(int32_t *r, const int16_t *d, const uint8_t *scale, int8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i) {
        int64_t product = scaled((int64_t)d[i] * scale[i], shift), sum = r[i] + product;
        if (product != (int32_t)product)
            sum = product;
        r[i] = sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : (int32_t)sum;
    }
}

void fast_logits(f32 *y, const int16_t *d, const uint8_t *scale, int8_t exponent, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i) {
        y[i] = f32_from_int(d[i] * scale[i]);
        if (y[i])
            y[i] += (f32)(int32_t)exponent << 23;
    }
}

void fast_rotate(int16_t *v, const int16_t *table, uint8_t n)
{
    for (unsigned i = 0; i < n; i += 2) {
        int32_t a = v[i], b = v[i + 1], cosine = table[i], sine = table[i + 1];
        v[i] = (int16_t)scaled((int64_t)a * cosine - (int64_t)b * sine, 15);
        v[i + 1] = (int16_t)scaled((int64_t)a * sine + (int64_t)b * cosine, 15);
    }
}

uint32_t fast_swiglu(int32_t *h, const int16_t *gate, const uint8_t *scale, uint8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i) {
        int64_t product = (int64_t)gate[i] * scale[i];
        int16_t up = (int16_t)scaled((int64_t)gate[n + i] * scale[n + i], 8);
        int16_t x = saturated(product * (1 << shift) >> 8); /* 1/4096 */
        int16_t y;

        if (x == INT16_MAX) { /* SiLU(x) = x from 8 on, in 1/2048 */
            y = saturated(product * (1 << shift) >> 9);
        } else {
            uint8_t interval = (uint8_t)((uint16_t)x >> 8) ^ 0x80, fraction = (uint8_t)x;
            y = (int16_t)(fast_silu[interval] + (fast_silu_slope[interval] * fraction >> 8) - (fraction >> 4));
        }
        h[i] = (int32_t)scaled((int64_t)y * up, 8);
    }
    return fast_extent(h, n);
}
