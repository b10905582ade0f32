/* Host side of the f32 test: writes operands and the results that the
 * definitions give, for f32_test to check.
 *
 *     f32_vectors test SEED COUNT
 *
 * writes for each scalar operation all pairs of a list of special values and
 * COUNT records of all sorts, and a twentieth of that for each vector operation.
 *
 *     f32_vectors bench SEED COUNT OP
 *
 * writes COUNT records of everyday operands for OP, in one block. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "f32.h"
#include "f32_exp.h"
#include "f32_ops.h"

struct record {
    f32 a, b, result;
};

static const char *const names[] = {OP_NAMES};

static uint64_t state;

static uint32_t random32(void) /* splitmix64 */
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)(z >> 32 ^ z);
}

static uint32_t below(uint32_t n)
{
    return random32() % n;
}

static f32 make(uint32_t sign, int exponent, uint32_t mantissa)
{
    if (exponent < 0)
        exponent = 0;
    if (exponent > 255)
        exponent = 255;
    return sign << 31 | (uint32_t)exponent << 23 | (mantissa & 0x7FFFFF);
}

/* Mantissas with few bits set, or few clear: ties and exact results. */
static uint32_t sparse(void)
{
    uint32_t m = 0;
    for (uint32_t i = below(4); i > 0; i--)
        m |= UINT32_C(1) << below(23);
    if (below(4) == 0)
        m ^= UINT32_C(0x7FFFFF) << below(23);
    return m;
}

static uint32_t mantissa(void)
{
    return below(3) ? random32() : sparse();
}

static f32 near_one(void)
{
    return make(below(2), 127 - 8 + (int)below(14), mantissa());
}

static const f32 specials[] = {
    0x00000000, 0x00000001, 0x00000002, 0x00000003, 0x000000FF, 0x00000100, 0x0000FFFF, 0x00010000, 0x003FFFFF,
    0x00400000, 0x00400001, 0x007FFFFE, 0x007FFFFF, 0x00800000, 0x00800001, 0x00FFFFFF, 0x01000000, 0x01000001,
    0x01800000, 0x0BFFFFFF, 0x0C000000, 0x1F800000, 0x20000000, 0x32FFFFFF, 0x33000000, 0x33000001, 0x33800000,
    0x33800001, 0x34000000, 0x34000001, 0x3EAAAAAB, 0x3EFFFFFF, 0x3F000000, 0x3F000001, 0x3F317218, 0x3F7FFFFE,
    0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x3F800002, 0x3FB504F3, 0x3FC00000, 0x3FFFFFFF, 0x40000000, 0x40400000,
    0x40490FDB, 0x42B17217, 0x42B17218, 0x42CFF1B4, 0x42CFF1B5, 0x437F0000, 0x4B7FFFFF, 0x4B800000, 0x4B800001,
    0x4EFFFFFF, 0x4F000000, 0x4F7FFFFF, 0x4F800000, 0x5F000000, 0x5F7FFFFF, 0x7E800000, 0x7EFFFFFF, 0x7F000000,
    0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF,
};
#define SPECIALS (2 * sizeof specials / sizeof *specials)

static f32 special(uint32_t i)
{
    return specials[i / 2] | i % 2 << 31;
}

static void random_pair(struct record *r)
{
    uint32_t kind = below(8);
    int e;

    r->a = near_one();
    r->b = near_one();
    switch (kind) {
    case 0: /* any bits */
        r->a = random32();
        r->b = random32();
        break;
    case 1: /* cancellation */
        r->b = r->a + below(17) - 8;
        r->b ^= F32_SIGN;
        break;
    case 2: /* a difference in exponents where the lesser one just matters, or not */
        r->b = make(below(2), (int)(r->a >> 23 & 255) - 20 - (int)below(8), mantissa());
        if (below(2)) {
            f32 swap = r->a;
            r->a = r->b;
            r->b = swap;
        }
        break;
    case 3: /* product or quotient near the least normal, subnormals */
        e = (int)below(160);
        r->a = make(below(2), e, mantissa());
        r->b = make(below(2), below(2) ? 127 - e + (int)below(30) - 26 : e + 127 + (int)below(26), mantissa());
        break;
    case 4: /* product or quotient near the greatest */
        e = 127 + (int)below(128);
        r->a = make(below(2), e, mantissa());
        r->b = make(below(2), below(2) ? 127 + 254 - e + (int)below(5) - 2 : e - 126 - (int)below(4), mantissa());
        break;
    case 5: /* subnormals */
        r->a = make(below(2), (int)below(3), mantissa() >> below(24));
        r->b = make(below(2), (int)below(3), mantissa() >> below(24));
        break;
    case 6: /* a quotient that is nearly or quite exact */
        r->a = f32_mul(r->a, r->b) + below(3) - 1;
        break;
    }
}

static f32 scalar_result(int op, f32 a, f32 b)
{
    switch (op) {
    case OP_ADD:
        return f32_add(a, b);
    case OP_SUB:
        return f32_sub(a, b);
    case OP_MUL:
        return f32_mul(a, b);
    case OP_DIV:
        return f32_div(a, b);
    case OP_SQRT:
        return f32_sqrt(a);
    case OP_EXP:
        return f32_exp(a);
    case OP_LESS:
        return f32_less(a, b);
    case OP_EQUAL:
        return f32_equal(a, b);
    case OP_FROM_INT:
        return f32_from_int((int32_t)a);
    case OP_FROM_UINT:
        return f32_from_uint(a);
    case OP_TO_INT:
        return (f32)f32_to_int(a);
    case OP_EXP_QUICK:
        return (f32)exp_quick(a);
    default:
        return a;
    }
}

/* Operands that suit an operation of one operand better than those for two. */
static void random_single(int op, struct record *r)
{
    switch (op) {
    case OP_SQRT:
        if (below(4))
            r->a &= ~F32_SIGN;
        if (below(4) == 0) { /* near a square */
            r->a = f32_mul(r->a, r->a) + below(3) - 1;
        }
        break;
    case OP_EXP:
        if (below(8))
            r->a = make(below(2), 100 + (int)below(34), mantissa());
        break;
    case OP_EXP_QUICK: /* where neither subnormals nor the slow phase change y */
        do {
            r->a = make(below(2), 102 + (int)below(32), mantissa());
        } while (exp_is_hard(r->a) || (r->a & ~F32_SIGN) > 0x42AE0000);
        break;
    case OP_FROM_INT:
    case OP_FROM_UINT:
        r->a = below(2) ? random32() >> below(32) : UINT32_C(1) << below(32) | sparse() << below(9);
        if (below(2))
            r->a = 0 - r->a;
        break;
    case OP_TO_INT:
        if (below(8))
            r->a = make(below(2), 124 + (int)below(38), mantissa());
        break;
    case OP_EQUAL:
    case OP_LESS:
        if (below(3) == 0)
            r->b = below(2) ? r->a : r->a + (F32_ONE >> 7 * below(5));
        break;
    }
}

static void put(const void *from, size_t size)
{
    if (fwrite(from, 1, size, stdout) != size) {
        perror("f32_vectors: stdout");
        exit(2);
    }
}

static void put_block(int op, uint16_t count, f32 scalar, f32 expected, const struct record *records)
{
    uint16_t head[2] = {(uint16_t)op, count};
    put(head, sizeof head);
    put(&scalar, sizeof scalar);
    put(&expected, sizeof expected);
    put(records, count * sizeof *records);
}

static void scalar_blocks(int op, unsigned long count)
{
    static struct record block[BLOCK_MAX];
    unsigned long all = op == OP_EXP_QUICK ? 0 : SPECIALS * SPECIALS;

    for (unsigned long i = 0; i < all + count;) {
        uint16_t n = 0;
        for (; n < BLOCK_MAX && i < all + count; n++, i++) {
            struct record *r = &block[n];
            if (i < all) {
                r->a = special((uint32_t)(i / SPECIALS));
                r->b = special((uint32_t)(i % SPECIALS));
            } else {
                random_pair(r);
                random_single(op, r);
            }
            r->result = scalar_result(op, r->a, r->b);
        }
        put_block(op, n, 1, 0, block);
    }
}

static void vector_block(int op, uint16_t n, int wild)
{
    static struct record block[BLOCK_MAX];
    static f32 x[BLOCK_MAX], y[BLOCK_MAX];
    f32 scalar = near_one(), expected = 0;

    for (uint16_t i = 0; i < n; i++) {
        x[i] = wild ? random32() : near_one();
        y[i] = block[i].a = wild ? random32() : near_one();
        block[i].b = x[i];
    }
    switch (op) {
    case OP_V_ADD:
        f32v_add(y, x, n);
        break;
    case OP_V_MUL:
        f32v_mul(y, x, n);
        break;
    case OP_V_SCALE:
        f32v_scale(y, scalar, n);
        break;
    case OP_V_DIV:
        f32v_div(y, scalar, n);
        break;
    case OP_V_SUM_SQUARES:
        expected = f32v_sum_squares(x, n);
        break;
    case OP_V_SUM:
        expected = f32v_sum(scalar, x, n);
        break;
    case OP_V_MAX:
        expected = f32v_max(scalar, x, n);
        break;
    case OP_V_EXP:
        f32v_exp(y, scalar, n);
        break;
    case OP_V_SILU:
        f32v_silu(y, n);
        break;
    case OP_V_ROTATE:
        f32v_rotate(y, x, n);
        break;
    }
    for (uint16_t i = 0; i < n; i++)
        block[i].result = y[i];
    put_block(op, n, scalar, expected, block);
}

static void vector_blocks(int op, unsigned long count)
{
    while (count > 0) {
        uint16_t n = (uint16_t)(1 + below(below(4) ? 64 : BLOCK_MAX - 1));

        if (op == OP_V_ROTATE && n % 2)
            n++;
        vector_block(op, n, below(8) == 0);
        count -= n < count ? n : count;
    }
}

/* Operands as a transformer meets them: near 1; for exp -8 to 1. */
static void bench_block(int op, uint16_t count)
{
    static struct record block[BLOCK_MAX];

    if (op >= OP_V_NOTHING) {
        vector_block(op, count, 0);
        return;
    }
    for (uint16_t i = 0; i < count; i++) {
        struct record *r = &block[i];
        r->a = make(below(2), 122 + (int)below(8), random32());
        r->b = make(below(2), 122 + (int)below(8), random32());
        if (op == OP_SQRT)
            r->a &= ~F32_SIGN;
        if (op == OP_EXP)
            r->a = f32_div(f32_from_int((int32_t)below(900001) - 800000), f32_from_int(100000));
        if (op == OP_FROM_INT || op == OP_FROM_UINT)
            r->a = below(10000);
        r->result = scalar_result(op, r->a, r->b);
    }
    put_block(op, count, 0, 0, block);
}

static int usage(void)
{
    fprintf(stderr, "usage: f32_vectors test SEED COUNT | bench SEED COUNT OP\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct record nothing = {0, 0, 0};
    unsigned long count;
    int op;

    if (argc < 4)
        return usage();
    state = strtoull(argv[2], NULL, 0);
    count = strtoul(argv[3], NULL, 0);
    if (!strcmp(argv[1], "test") && argc == 4) {
        for (op = OP_ADD; op < OP_V_NOTHING; op++)
            scalar_blocks(op, count);
        for (op = OP_V_ADD; op < OP_COUNT; op++)
            vector_blocks(op, count / 20);
        put_block(OP_REPORT, 0, 0, 0, &nothing);
    } else if (!strcmp(argv[1], "bench") && argc == 5 && count <= BLOCK_MAX) {
        for (op = 0; op < OP_COUNT && strcmp(argv[4], names[op]); op++)
            ;
        if (op == OP_COUNT) {
            fprintf(stderr, "f32_vectors: %s: no such operation\n", argv[4]);
            return 2;
        }
        bench_block(op, (uint16_t)count);
        put_block(OP_QUIET, 0, 0, 0, &nothing);
    } else {
        return usage();
    }
    return 0;
}
