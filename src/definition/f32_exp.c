/* Definition of f32_exp: e^x, correctly rounded, in integers alone.
 *
 * x = k*ln 2 + r with 0 <= r < ln 2, so e^x = 2^k * y, y = e^r in [1, 2). The
 * quick phase finds y in units of 2^-40, from byte products so that an 8-bit machine
 * can repeat it to the bit. If y lies so near the middle of two neighbouring
 * results that its error could decide, the slow phase finds y again with an
 * error below 2^-64. e^x is rational only at x = 0, so no result is a tie.
 * The error bounds are derived in docs/f32.md.
 */
#include "f32_exp.h"

#include "f32.h"

#include <string.h>

#define LN2_40 UINT64_C(0xB17217F7D1)   /* ln 2 in units of 2^-40, rounded down */
#define LN2_48 UINT64_C(0xB17217F7D1CF) /* and of 2^-48 */

/* e^x rounds to infinity from here on, to 0, and to 1 below. */
#define OVERFLOW 0x42B17218UL  /* 88.72284 */
#define UNDERFLOW 0x42CFF1B5UL /* -103.97208 */
#define TINY 0x33000000UL      /* 2^-25 */

#define TIE 0x10000      /* y holds 23 fraction bits of the result, then 17 more */
#define ERROR_BELOW 10   /* quick phase: y - ERROR_BELOW <= e^r <= y + ERROR_ABOVE */
#define ERROR_ABOVE 28

/* --- slow phase: little-endian fixed point, 9 bytes of fraction, 1 above --- */

#define FRACTION 9
#define WIDE (FRACTION + 1)

static const uint8_t ln2_80[WIDE] = {
    /* ln 2 in units of 2^-80, rounded down */
    0xE3, 0xC9, 0xAB, 0x79, 0xCF, 0xD1, 0xF7, 0x17, 0x72, 0xB1,
};

/* a = a * b, rounded down; the product must be below 256. */
static void wide_multiply(uint8_t *a, const uint8_t *b)
{
    uint8_t product[2 * WIDE] = {0};

    for (int i = 0; i < WIDE; i++) {
        unsigned carry = 0;
        for (int j = 0; j < WIDE; j++) {
            carry += product[i + j] + a[i] * b[j];
            product[i + j] = (uint8_t)carry;
            carry >>= 8;
        }
        product[i + WIDE] = (uint8_t)carry;
    }
    memcpy(a, product + FRACTION, WIDE);
}

/* a = a / n, rounded down. */
static void wide_divide(uint8_t *a, unsigned n)
{
    unsigned remainder = 0;

    for (int i = WIDE - 1; i >= 0; i--) {
        remainder = remainder << 8 | a[i];
        a[i] = (uint8_t)(remainder / n);
        remainder %= n;
    }
}

/* e^r for 0 <= r < 1. With s = r/16: Taylor's series to s^12/12! by Horner's
 * rule, 1 + s/1*(1 + s/2*(1 + ...)), then squared four times. */
static void wide_exp(uint8_t *y, const uint8_t *r)
{
    uint8_t s[WIDE];

    memcpy(s, r, WIDE);
    wide_divide(s, 16);
    memset(y, 0, WIDE);
    y[FRACTION] = 1;
    for (unsigned n = 12; n > 0; n--) {
        wide_multiply(y, s);
        wide_divide(y, n);
        y[FRACTION] += 1;
    }
    for (int i = 0; i < 4; i++) {
        uint8_t root[WIDE];
        memcpy(root, y, WIDE);
        wide_multiply(y, root);
    }
}

/* The upper 40 fraction bits, and those above. */
static uint64_t wide_top(const uint8_t *y)
{
    uint64_t top = 0;
    for (int i = WIDE - 1; i >= 4; i--)
        top = top << 8 | y[i];
    return top;
}

/* y = e^r for r = x - k*ln 2. x48 is |x| in units of 2^-48. */
static uint64_t slow(uint64_t x48, int negative, int k)
{
    uint8_t r[WIDE], y[WIDE];
    unsigned n = negative ? -k : k, carry = 0;
    int borrow = 0;

    for (int i = 0; i < WIDE; i++) { /* n*ln 2; the lowest byte falls out */
        carry += ln2_80[i] * n;
        if (i > 0)
            r[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    r[FRACTION] = (uint8_t)carry;
    for (int i = 0; i < WIDE; i++) {
        int x = i < 3 ? 0 : (int)(x48 >> 8 * (i - 3) & 255);
        int difference = (negative ? r[i] - x : x - r[i]) - borrow;
        r[i] = (uint8_t)difference;
        borrow = difference < 0;
    }
    wide_exp(y, r);
    return wide_top(y);
}

/* --- quick phase --- */

static uint64_t coarse[EXP_COARSE];
static uint32_t fine[EXP_FINE];
static int tables_made;

/* e^(j/2^bits) - 1 in units of 2^-40, to nearest. */
static uint64_t table_entry(unsigned j, int bits)
{
    uint8_t r[WIDE] = {0}, y[WIDE];

    r[FRACTION - 2] = (uint8_t)(bits == 16 ? j : 0);
    r[FRACTION - 1] = (uint8_t)(bits == 16 ? 0 : j);
    wide_exp(y, r);
    return wide_top(y) + (y[3] >> 7) - (UINT64_C(1) << 40);
}

static void make_tables(void)
{
    for (unsigned j = 0; j < EXP_COARSE; j++)
        coarse[j] = table_entry(j, 8);
    for (unsigned j = 0; j < EXP_FINE; j++)
        fine[j] = (uint32_t)(table_entry(j, 16) - ((uint64_t)j << 24));
    tables_made = 1;
}

uint64_t exp_coarse(unsigned j)
{
    if (!tables_made)
        make_tables();
    return coarse[j];
}

uint32_t exp_fine(unsigned j)
{
    if (!tables_made)
        make_tables();
    return fine[j];
}

/* y = e^r in units of 2^-40 for r in units of 2^-40. */
static uint64_t quick(uint64_t r)
{
    uint64_t t = exp_coarse((unsigned)(r >> 32)), v, sum = 0;
    uint32_t j = r >> 24 & 255, f = exp_fine(j), rest = r & 0xFFFFFF;
    uint32_t rest3 = rest >> 16, rest4 = rest >> 8 & 255;

    /* v = e^(r mod 2^-8) - 1 = (1+u)(1+p) - 1 with u = j*2^24 + f and
     * p = rest + rest^2/2; rest3*(rest3+1) is the square of rest's top byte
     * plus one half. */
    v = ((uint64_t)j << 24) + f + rest + (rest3 * (rest3 + 1) >> 9);
    v += j * rest3 + ((j * rest4 + (f >> 16) * rest3) >> 8);

    /* y = (1+t)(1+v): bytes of t weigh 2^-8 to 2^-40, of v 2^-16 to 2^-40;
     * products below 2^-48 are left out. */
    for (int i = 1; i <= 4; i++)
        for (int k = 2; i + k <= 6; k++)
            sum += (t >> 8 * (5 - i) & 255) * (v >> 8 * (5 - k) & 255) << 8 * (6 - i - k);
    if (v >> 32)
        v += t >> 8;
    return (UINT64_C(1) << 40) + t + v + (sum >> 8);
}

struct reduced {
    uint64_t x48; /* |x| in units of 2^-48 */
    int negative;
    int k;
    int shift;  /* of y, to make the result subnormal */
    uint64_t y; /* quick phase */
};

static struct reduced reduce(f32 a)
{
    struct reduced x;
    uint64_t x40, p;
    int64_t r;
    unsigned n;

    x.negative = a >> 31;
    x.x48 = (uint64_t)((a & 0x7FFFFF) | 0x800000) << ((a >> 23 & 255) - 102);
    x40 = x.x48 >> 8;
    n = (unsigned)(x40 >> 39) * 184 >> 8; /* 184/128 < 1/ln 2: never too great */
    if (x.negative)
        n++;
    p = n * LN2_48 >> 8;
    r = (int64_t)(x.negative ? p - x40 : x40 - p);
    if (x.negative) {
        for (; r < 0; n++)
            r += (int64_t)LN2_40;
    } else {
        for (; r >= (int64_t)LN2_40; n++)
            r -= (int64_t)LN2_40;
    }
    x.k = x.negative ? -(int)n : (int)n;
    x.shift = x.k < -126 ? -126 - x.k : 0;
    x.y = quick((uint64_t)r);
    return x;
}

static int is_hard(const struct reduced *x)
{
    uint32_t rest = x->y >> x->shift & 0x1FFFF;
    return rest + ERROR_ABOVE >= TIE && rest < TIE + ERROR_BELOW;
}

uint64_t exp_quick(f32 a)
{
    return reduce(a).y;
}

int exp_is_hard(f32 a)
{
    struct reduced x = reduce(a);
    return is_hard(&x);
}

f32 f32_exp(f32 a)
{
    f32 magnitude = a & ~F32_SIGN;
    struct reduced x;
    uint64_t y;
    f32 result;

    if (magnitude > F32_INFINITY)
        return F32_NAN;
    if (a & F32_SIGN ? magnitude >= UNDERFLOW : magnitude >= OVERFLOW)
        return a & F32_SIGN ? F32_ZERO : F32_INFINITY;
    if (magnitude < TINY)
        return F32_ONE;

    x = reduce(a);
    y = is_hard(&x) ? slow(x.x48, x.negative, x.k) : x.y;
    y >>= x.shift;
    /* The leading 1 of a normal y adds one to the exponent field. */
    result = x.shift ? 0 : (f32)(x.k + 126) << 23;
    return result + (f32)((y + TIE) >> 17);
}
