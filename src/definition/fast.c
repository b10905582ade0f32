/* Definitions of the fast engine's kernels (fast.h): integers only, so that a
 * 6502 gives the same bytes. */
#include "fast.h"
#include <string.h>

uint16_t fast_exp2[256];
int16_t fast_silu[256];
uint8_t fast_silu_slope[256];

static uint16_t tables[FAST_GROUPS][256];
static uint8_t groups, planes, low;

static int64_t shift_right(int64_t value, int shift)
{
    return shift >= 0 ? value >> shift : value * ((int64_t)1 << -shift);
}

/* value / 2^shift, rounded half up; shift may be negative. */
static int64_t scaled(int64_t value, int shift)
{
    return shift > 0 ? (value + ((int64_t)1 << (shift - 1))) >> shift : shift_right(value, shift);
}

void fast_forget(void)
{
}

void fast_select(uint8_t new_groups, uint8_t new_planes, uint8_t new_low)
{
    groups = new_groups;
    planes = new_planes;
    low = new_low;
}

uint16_t fast_tables(const int16_t *x)
{
    uint16_t sum = 0, bias;

    for (unsigned g = 0; g < groups; ++g, x += FAST_GROUP) {
        uint16_t negative = 0;
        for (unsigned j = 0; j < FAST_GROUP; ++j) {
            uint16_t size = (uint16_t)(x[j] < 0 ? -x[j] : x[j]);
            sum += size;
            if (x[j] < 0)
                negative += size;
        }
        for (unsigned b = 0; b < 256; ++b) {
            tables[g][b] = negative;
            for (unsigned j = 0; j < FAST_GROUP; ++j)
                if (b >> j & 1)
                    tables[g][b] += x[j];
        }
    }
    /* Half of all that the planes can add up to, less what the planes of high
     * bytes lose on average. */
    bias = (uint16_t)((((uint32_t)128 << low) - 128) * (groups + 1) >> planes);
    return (uint16_t)((sum >> 1) - (uint16_t)((uint32_t)sum >> (planes + 1)) - bias);
}

static uint16_t row_accumulator(const uint8_t (*row)[FAST_GROUPS])
{
    uint32_t accumulator = 0;

    for (unsigned p = 0; p < low; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += tables[g][row[p][g]] >> 8;
        accumulator >>= 1;
    }
    accumulator <<= 8;
    for (unsigned p = low; p < planes; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += tables[g][row[p][g]];
        /* Rounded in the end; the halvings before lose a half on average. */
        accumulator = (accumulator + (p == planes - 1U)) >> 1;
    }
    return (uint16_t)accumulator;
}

void fast_rows(int32_t *d, reu_address rows, uint16_t stride, uint16_t centre, uint8_t add, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i, rows += stride) {
        uint8_t bytes[FAST_MAX_PLANES * FAST_GROUPS], row[FAST_MAX_PLANES][FAST_GROUPS];

        reu_read(bytes, rows, (uint16_t)(planes * groups));
        for (unsigned p = 0; p < planes; ++p)
            memcpy(row[planes - 1 - p], bytes + p * groups, groups);
        d[i] = (add ? d[i] : 0) + row_accumulator(row) - centre;
    }
}

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

void fast_scale(int16_t *y, const int32_t *d, const uint8_t *scale, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled((int64_t)d[i] * scale[i], 8);
}

void fast_residual(int32_t *r, const int32_t *d, const uint8_t *scale, int8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i) {
        int64_t product = scaled((int64_t)d[i] * scale[i], shift), sum = r[i] + product;
        if (product != (int32_t)product)
            sum = product;
        r[i] = sum > INT32_MAX ? INT32_MAX : sum < -INT32_MAX ? -INT32_MAX : (int32_t)sum;
    }
}

void fast_logits(f32 *y, const int32_t *d, const uint8_t *scale, int8_t exponent, uint8_t n)
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

static int16_t saturated(int64_t value)
{
    return value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : (int16_t)value;
}

uint32_t fast_swiglu(int32_t *h, const int32_t *gate, const uint8_t *scale, uint8_t shift, uint8_t n)
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

int16_t fast_scores(int16_t *scores, const int32_t *d, const uint8_t *exponents, int8_t shift, uint8_t n)
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
