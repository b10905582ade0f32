/* 6502 side of the f32 test: reads blocks of operands and expected results from
 * stdin, runs the routines, prints TAP. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "f32.h"
#include "f32_ops.h"

struct record {
    f32 a, b, result;
};

struct header {
    uint16_t op, count;
    f32 scalar, expected;
};

void tables_init(void);
uint16_t run_scalar(const struct record *records, uint16_t count, uint8_t op);
extern const struct record *failed;
extern f32 got;

static const char *const names[] = {OP_NAMES};
static struct header header;
static struct record records[BLOCK_MAX];
static f32 x[BLOCK_MAX], y[BLOCK_MAX];
static uint32_t total[OP_COUNT], wrong[OP_COUNT];
static struct record first[OP_COUNT];
static f32 first_got[OP_COUNT];

static void input(void *to, unsigned size)
{
    char *at = to;
    int n;

    while (size) {
        n = read(0, at, size);
        if (n <= 0) {
            printf("Bail out! the input ends early\n");
            exit(1);
        }
        at += n;
        size -= n;
    }
}

/* The result of a vector function, if it has one. */
static f32 run_vector(uint16_t n)
{
    switch (header.op) {
    case OP_V_ADD:
        f32v_add(y, x, n);
        break;
    case OP_V_MUL:
        f32v_mul(y, x, n);
        break;
    case OP_V_SCALE:
        f32v_scale(y, header.scalar, n);
        break;
    case OP_V_DIV:
        f32v_div(y, header.scalar, n);
        break;
    case OP_V_SUM_SQUARES:
        return f32v_sum_squares(x, n);
    case OP_V_SUM:
        return f32v_sum(header.scalar, x, n);
    case OP_V_MAX:
        return f32v_max(header.scalar, x, n);
    case OP_V_EXP:
        f32v_exp(y, header.scalar, n);
        break;
    case OP_V_SILU:
        f32v_silu(y, n);
        break;
    case OP_V_ROTATE:
        f32v_rotate(y, x, n);
        break;
    }
    return header.expected;
}

static void note(const struct record *r, f32 result)
{
    if (!wrong[header.op]++) {
        first[header.op] = *r;
        first_got[header.op] = result;
    }
}

static void vector_block(void)
{
    uint16_t i;
    f32 result;

    for (i = 0; i < header.count; ++i) {
        y[i] = records[i].a;
        x[i] = records[i].b;
    }
    result = run_vector(header.count);
    if (result != header.expected)
        note(records, result);
    for (i = 0; i < header.count; ++i)
        if (y[i] != records[i].result || x[i] != records[i].b)
            note(&records[i], y[i]);
}

/* The same through the C function. */
static f32 call(f32 a, f32 b)
{
    switch (header.op) {
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
    }
    return a;
}

static void scalar_block(void)
{
    uint16_t errors = run_scalar(records, header.count, header.op);
    f32 result;

    if (errors) {
        note(failed, got);
        wrong[header.op] += errors - 1;
    }
    if (!header.scalar || header.op == OP_EXP_QUICK)
        return;
    result = call(records[0].a, records[0].b);
    if (result != records[0].result)
        note(records, result);
}

static uint8_t report(void)
{
    uint8_t op, tests = 0, bad = 0;

    for (op = OP_ADD; op < OP_COUNT; ++op) {
        if (!total[op])
            continue;
        if (wrong[op]) {
            bad = 1;
            printf("# f32_%s: %lu wrong, first: a %08lX b %08lX got %08lX want %08lX\n", names[op], wrong[op],
                   first[op].a, first[op].b, first_got[op], first[op].result);
            printf("not ");
        }
        printf("ok %u - 6502 f32%s%s: %lu as defined\n", ++tests, op < OP_V_NOTHING ? "_" : "", names[op],
               total[op]);
    }
    printf("1..%u\n", tests);
    return bad;
}

int main(void)
{

    tables_init();
    for (;;) {
        input(&header, sizeof header);
        if (header.op == OP_REPORT)
            return report();
        if (header.op == OP_QUIET)
            return 0;
        input(records, header.count * sizeof *records);
        total[header.op] += header.count;
        if (header.op >= OP_V_NOTHING)
            vector_block();
        else
            scalar_block();
    }
}
