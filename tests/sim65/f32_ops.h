/* What f32_vectors (host) writes and f32_test (sim65) reads, little-endian:
 * blocks, each of a header and records. The last block is empty: op = OP_REPORT
 * asks for the results as TAP, OP_QUIET for none. */
#ifndef F32_OPS_H
#define F32_OPS_H

#include <stdint.h>

enum {
    OP_NOTHING, /* result = a; what the test itself costs */
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_SQRT,
    OP_EXP,
    OP_LESS,
    OP_EQUAL,
    OP_FROM_INT,
    OP_FROM_UINT,
    OP_TO_INT,
    OP_EXP_QUICK, /* result = lower 32 bits of y of exp's quick phase */
    OP_V_NOTHING, /* from here on a record is a vector's element */
    OP_V_ADD,
    OP_V_MUL,
    OP_V_SCALE,
    OP_V_DIV,
    OP_V_SUM_SQUARES,
    OP_V_SUM,
    OP_V_MAX,
    OP_V_EXP,
    OP_V_SILU,
    OP_V_ROTATE,
    OP_COUNT,
    OP_REPORT = OP_COUNT,
    OP_QUIET
};

#define OP_NAMES \
    "nothing", "add", "sub", "mul", "div", "sqrt", "exp", "less", "equal", "from_int", "from_uint", \
    "to_int", "exp_quick", "v_nothing", "v_add", "v_mul", "v_scale", "v_div", "v_sum_squares", "v_sum", "v_max", "v_exp", \
    "v_silu", "v_rotate"

/* A record is three values: a, b and the result. Of a vector, y before, x and y
 * after. The header's scalar is the vector function's scalar argument, and
 * `expected` its result if it returns one. For a scalar operation, the header's
 * scalar says whether to try the function for C too, on the first record. */
#define BLOCK_MAX 1000

#endif
