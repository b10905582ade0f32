/* Definition of f32: the host's FPU, which is IEEE-754 binary32 when floats are
 * evaluated as floats (FLT_EVAL_METHOD 0) and products are not fused with sums
 * (-ffp-contract=off).
 */
#include "f32.h"

#include <float.h>
#include <math.h>
#include <string.h>

_Static_assert(sizeof(float) == 4 && FLT_MANT_DIG == 24, "float must be binary32");
_Static_assert(FLT_EVAL_METHOD == 0, "float arithmetic must not keep excess precision");

static float value(f32 bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Every NaN becomes the one the C64 gives. */
static f32 bits(float v)
{
    f32 b;
    if (isnan(v))
        return F32_NAN;
    memcpy(&b, &v, sizeof b);
    return b;
}

f32 f32_add(f32 a, f32 b)
{
    return bits(value(a) + value(b));
}

f32 f32_sub(f32 a, f32 b)
{
    return bits(value(a) - value(b));
}

f32 f32_mul(f32 a, f32 b)
{
    return bits(value(a) * value(b));
}

f32 f32_div(f32 a, f32 b)
{
    return bits(value(a) / value(b));
}

f32 f32_sqrt(f32 a)
{
    return bits(sqrtf(value(a)));
}

uint8_t f32_less(f32 a, f32 b)
{
    return value(a) < value(b);
}

uint8_t f32_equal(f32 a, f32 b)
{
    return value(a) == value(b);
}

f32 f32_from_int(int32_t a)
{
    return bits((float)a);
}

f32 f32_from_uint(uint32_t a)
{
    return bits((float)a);
}

int32_t f32_to_int(f32 a)
{
    float v = value(a);
    if (isnan(v))
        return 0;
    if (v >= 2147483648.0f)
        return INT32_MAX;
    if (v <= -2147483648.0f)
        return INT32_MIN;
    return (int32_t)v;
}

void f32v_add(f32 *y, const f32 *x, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        y[i] = f32_add(y[i], x[i]);
}

void f32v_mul(f32 *y, const f32 *x, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        y[i] = f32_mul(y[i], x[i]);
}

void f32v_scale(f32 *y, f32 s, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        y[i] = f32_mul(y[i], s);
}

void f32v_div(f32 *y, f32 s, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        y[i] = f32_div(y[i], s);
}

f32 f32v_sum_squares(const f32 *x, uint16_t n)
{
    f32 sum = F32_ZERO;
    for (uint16_t i = 0; i < n; i++)
        sum = f32_add(sum, f32_mul(x[i], x[i]));
    return sum;
}

f32 f32v_sum(f32 start, const f32 *x, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        start = f32_add(start, x[i]);
    return start;
}

f32 f32v_max(f32 start, const f32 *x, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        if (f32_less(start, x[i]))
            start = x[i];
    return start;
}

void f32v_exp(f32 *y, f32 shift, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        y[i] = f32_exp(f32_sub(y[i], shift));
}

void f32v_silu(f32 *y, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++) {
        f32 sigmoid = f32_div(F32_ONE, f32_add(F32_ONE, f32_exp(y[i] ^ F32_SIGN)));
        y[i] = f32_mul(y[i], sigmoid);
    }
}

void f32v_rotate(f32 *v, const f32 *table, uint16_t n)
{
    for (uint16_t i = 0; i + 1 < n; i += 2) {
        f32 v0 = v[i], v1 = v[i + 1], cosine = table[i], sine = table[i + 1];
        v[i] = f32_sub(f32_mul(v0, cosine), f32_mul(v1, sine));
        v[i + 1] = f32_add(f32_mul(v0, sine), f32_mul(v1, cosine));
    }
}
