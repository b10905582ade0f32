/* The definitions of f32 against MPFR, which knows nothing of the host's FPU,
 * and the correct rounding of f32_exp: every F32_EXP_STEP-th operand (default
 * 251; with 1 it is a proof and takes a minute or two) and the hardest ones. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mpfr.h>

#include "f32.h"
#include "f32_exp.h"

static float value(f32 bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static f32 bits(float v)
{
    f32 b;
    if (isnan(v))
        return F32_NAN;
    memcpy(&b, &v, sizeof b);
    return b;
}

/* binary32 in MPFR's terms: its significands are in [1/2, 1). */
static void binary32(void)
{
    mpfr_set_default_prec(24);
    mpfr_set_emin(-148);
    mpfr_set_emax(128);
}

static f32 result(mpfr_t y, int ternary)
{
    mpfr_check_range(y, ternary, MPFR_RNDN);
    mpfr_subnormalize(y, ternary, MPFR_RNDN);
    return bits(mpfr_get_flt(y, MPFR_RNDN));
}

static uint64_t state = 1;

static uint32_t random32(void) /* splitmix64 */
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)(z >> 32 ^ z);
}

/* Any bits; or near 1; or with few mantissa bits; or subnormal. */
static f32 random_f32(void)
{
    uint32_t r = random32();

    switch (random32() % 4) {
    case 0:
        return r;
    case 1:
        return (r & 0x807FFFFF) | (123 + random32() % 8) << 23;
    case 2:
        return (r & 0xFF800000) | (1u << random32() % 23) | (1u << random32() % 23);
    default:
        return r & 0x807FFFFF;
    }
}

static void arithmetic(void **unused)
{
    mpfr_t a, b, y;

    (void)unused;
    binary32();
    mpfr_inits2(24, a, b, y, (mpfr_ptr)0);
    for (int i = 0; i < 200000; i++) {
        f32 p = random_f32(), q = random_f32();
        int t;
        mpfr_set_flt(a, value(p), MPFR_RNDN);
        mpfr_set_flt(b, value(q), MPFR_RNDN);
        t = mpfr_add(y, a, b, MPFR_RNDN);
        assert_int_equal(f32_add(p, q), result(y, t));
        t = mpfr_sub(y, a, b, MPFR_RNDN);
        assert_int_equal(f32_sub(p, q), result(y, t));
        t = mpfr_mul(y, a, b, MPFR_RNDN);
        assert_int_equal(f32_mul(p, q), result(y, t));
        t = mpfr_div(y, a, b, MPFR_RNDN);
        assert_int_equal(f32_div(p, q), result(y, t));
        t = mpfr_sqrt(y, a, MPFR_RNDN);
        assert_int_equal(f32_sqrt(p), result(y, t));
        assert_int_equal(f32_less(p, q), mpfr_less_p(a, b) != 0);
        assert_int_equal(f32_equal(p, q), mpfr_equal_p(a, b) != 0);
    }
    mpfr_clears(a, b, y, (mpfr_ptr)0);
}

static void one_nan(void **unused)
{
    (void)unused;
    assert_int_equal(f32_add(0xFFC12345, F32_ONE), F32_NAN);
    assert_int_equal(f32_sub(F32_INFINITY, F32_INFINITY), F32_NAN);
    assert_int_equal(f32_mul(F32_ZERO, F32_INFINITY), F32_NAN);
    assert_int_equal(f32_div(F32_ZERO, F32_SIGN), F32_NAN);
    assert_int_equal(f32_sqrt(F32_MINUS_ONE), F32_NAN);
    assert_int_equal(f32_exp(0x7F800001), F32_NAN);
}

static void conversions(void **unused)
{
    mpfr_t y;

    (void)unused;
    binary32();
    mpfr_init2(y, 24);
    for (int i = 0; i < 100000; i++) {
        uint32_t n = random32() >> random32() % 32;
        f32 a = (random32() & 0x807FFFFF) | (124 + random32() % 34) << 23; /* below 2^31 */
        int t = mpfr_set_ui(y, n, MPFR_RNDN);
        assert_int_equal(f32_from_uint(n), result(y, t));
        t = mpfr_set_si(y, -(int32_t)(n >> 1), MPFR_RNDN);
        assert_int_equal(f32_from_int(-(int32_t)(n >> 1)), result(y, t));
        mpfr_set_flt(y, value(a), MPFR_RNDN);
        assert_int_equal(f32_to_int(a), mpfr_get_si(y, MPFR_RNDZ));
    }
    mpfr_clear(y);
    assert_int_equal(f32_from_int(INT32_MIN), 0xCF000000);
    assert_int_equal(f32_to_int(0x4F000000), INT32_MAX);  /* 2^31 */
    assert_int_equal(f32_to_int(0xCF000000), INT32_MIN);
    assert_int_equal(f32_to_int(0xCF000001), INT32_MIN);
    assert_int_equal(f32_to_int(F32_INFINITY), INT32_MAX);
    assert_int_equal(f32_to_int(F32_INFINITY | F32_SIGN), INT32_MIN);
    assert_int_equal(f32_to_int(F32_NAN), 0);
    assert_int_equal(f32_to_int(0xBF7FFFFF), 0);
}

static f32 mpfr_exp32(f32 a)
{
    mpfr_t x, y;
    f32 r;
    int t;

    binary32();
    mpfr_inits2(24, x, y, (mpfr_ptr)0);
    mpfr_set_flt(x, value(a), MPFR_RNDN);
    t = mpfr_exp(y, x, MPFR_RNDN);
    r = result(y, t);
    mpfr_clears(x, y, (mpfr_ptr)0);
    return r;
}

/* Correctly rounded e^a: by expl, which is good to a few units of its last place,
 * where that decides, else by MPFR. e^89 > 2^128, e^-104 < 2^-150, and below
 * 2^-26 e^a is nearer to 1 than the neighbours of 1 are. */
static f32 reference_exp(f32 a)
{
    float x = value(a);
    long double e, error;
    f32 low, high;

    if (x > 89)
        return F32_INFINITY;
    if (x < -104)
        return F32_ZERO;
    if (fabsf(x) < 0x1p-26f)
        return F32_ONE;
    e = expl(x);
    error = 16 * LDBL_EPSILON * e;
    low = bits((float)(e - error));
    high = bits((float)(e + error));
    return low == high ? low : mpfr_exp32(a);
}

static void exp_rounds_correctly(void **unused)
{
    const char *setting = getenv("F32_EXP_STEP");
    uint32_t step = setting ? (uint32_t)strtoul(setting, NULL, 0) : 251;

    (void)unused;
    for (uint64_t a = 0; a < UINT64_C(1) << 32; a += step) {
        f32 magnitude = (f32)a & ~F32_SIGN;
        if (magnitude > F32_INFINITY)
            assert_int_equal(f32_exp((f32)a), F32_NAN);
        else if (f32_exp((f32)a) != reference_exp((f32)a))
            fail_msg("exp of 0x%08X: 0x%08X, should be 0x%08X", (unsigned)a, (unsigned)f32_exp((f32)a),
                     (unsigned)reference_exp((f32)a));
    }
}

/* Those whose exponentials come nearest to a midpoint, found by trying all; and
 * the bounds of overflow, underflow and 1. */
static void exp_hardest(void **unused)
{
    static const f32 operands[] = {
        0xC16912CD, 0xBBF0EDF1, 0xC2B2E798, 0x377EFF81, 0xBAE0E25C, 0xB3000000, 0x39C6BE5B, 0x38E69CC1,
        0x383A3EF1, 0x3D1A274E, 0x40315B33, 0x4001B249, 0x39E5BB1D, 0x36FDFFC1, 0x4288942B, 0x367BFFE1,
        0x35F7FFF1, 0x356FFFF9, 0x34DFFFFD, 0x343FFFFF, 0x33800000, 0x337FFFFF, 0xBC2A461A, 0x3FE67199,
        0x42B17217, 0x42B17218, 0xC2AEAC4F, 0xC2AEAC50, 0xC2CFF1B4, 0xC2CFF1B5, 0x32FFFFFF, 0xB2FFFFFF,
        0x33000000, 0xB3000000, 0x33000001, 0xB3000001, 0x33800000, 0xB3800000, 0x33800001, 0x337FFFFF,
    };

    (void)unused;
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++)
        assert_int_equal(f32_exp(operands[i]), mpfr_exp32(operands[i]));
    assert_int_equal(f32_exp(F32_ZERO), F32_ONE);
    assert_int_equal(f32_exp(F32_SIGN), F32_ONE);
    assert_int_equal(f32_exp(F32_INFINITY), F32_INFINITY);
    assert_int_equal(f32_exp(F32_INFINITY | F32_SIGN), F32_ZERO);
}

/* e^(j/units) - 1 - less in units of 2^-40, to nearest. */
static uint64_t table_entry(unsigned j, unsigned units, unsigned less)
{
    mpfr_t y;
    uint64_t r;

    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    mpfr_init2(y, 200);
    mpfr_set_ui(y, j, MPFR_RNDN);
    mpfr_div_ui(y, y, units, MPFR_RNDN);
    mpfr_expm1(y, y, MPFR_RNDN);
    mpfr_mul_2ui(y, y, 40, MPFR_RNDN);
    r = mpfr_get_uj(y, MPFR_RNDN) - ((uint64_t)less << 24);
    mpfr_clear(y);
    return r;
}

static void exp_tables(void **unused)
{
    (void)unused;
    for (unsigned j = 0; j < EXP_COARSE; j++)
        assert_true(exp_coarse(j) == table_entry(j, 256, 0));
    for (unsigned j = 0; j < EXP_FINE; j++)
        assert_true(exp_fine(j) == table_entry(j, 65536, j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic),           cmocka_unit_test(one_nan),
        cmocka_unit_test(conversions),          cmocka_unit_test(exp_rounds_correctly),
        cmocka_unit_test(exp_hardest),          cmocka_unit_test(exp_tables),
    };

    return cmocka_run_group_tests_name("f32", tests, NULL, NULL);
}
