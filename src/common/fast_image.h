/* What the fast engine's section of the image holds: SECTION_FAST begins with
 * struct fast_header, the rest is found through it. Addresses are those of the
 * image. Values are fixed-point: a number times a power of two; the exponents
 * are put together in the constants below, see src/host/fast_writer.c. */
#ifndef FAST_IMAGE_H
#define FAST_IMAGE_H

#include <stdint.h>
#include "fast.h"

/* A matrix: for each layer, block of FAST_BLOCK rows, chunk of columns and row in turn the
 * bit planes of the row's groups, most significant first. */
struct fast_matrix {
    uint32_t address;
    uint32_t layer_bytes;
    uint32_t scales;       /* uint8_t [n_layers][rows] */
    uint16_t rows;
    uint16_t cols;
    uint8_t chunks;        /* of FAST_COLUMNS columns, the last with fewer */
    uint8_t last_groups;   /* of the last chunk */
    uint8_t high_planes;   /* taken with 16 bits when 8 planes are used */
    uint8_t lower;         /* the sums of its chunks' products lose so many places, at most */
}; /* 20 bytes */

struct fast_layer {
    int8_t score;    /* shift of a score */
    int8_t attended; /* shift of wo's products on their way into the residual, less that of x */
    uint8_t gate;    /* shift of a gate to 2^-12 */
    int8_t down;     /* shift of w2's products */
}; /* 4 bytes */

struct fast_header {
    uint8_t planes;          /* that the matrices have */
    int8_t embedding_shift;  /* residual = embedding * column / 2^embedding_shift */
    int8_t logits_exponent;
    uint8_t reserved;
    uint32_t epsilon;        /* dim * 1e-5 in the units of fast_squares at shift 0 */
    uint32_t norm;           /* numerator of rmsnorm's factor */
    uint32_t embedding;      /* int16 [vocab_size][dim]; 0: the classifier's rows, times their scales / 2^9 */
    uint32_t columns;        /* uint8_t [dim] */
    uint32_t rope;           /* int16 [seq_len][head_size/2][2], 2^-15; or for every FAST_POSITIONS-th position */
    uint32_t turns;          /* then for those up to FAST_POSITIONS, else 0 */
    uint32_t tables;         /* fast_exp2, fast_silu and, for more than 8 planes, the finer one */
    uint32_t layers;         /* struct fast_layer [n_layers] */
    struct fast_matrix qkv;        /* rows of wq, wk, wv; scores come out in units of log2 */
    struct fast_matrix wo;
    struct fast_matrix gate_up;    /* 64 rows of w1, the same of w3, and so on */
    struct fast_matrix down;
    struct fast_matrix classifier;
    uint32_t cache;          /* keys and values, see fast_attention.c */
    uint32_t exponents;      /* uint8_t [n_layers][positions in whole blocks] */
    uint32_t residual;       /* for each 64 elements byte 0 of them, byte 1, 2, 3 */
    uint32_t hidden;         /* struct fast_sizes [ceil(hidden_dim / 64)] */
    uint32_t scores;         /* for each block of positions 256 bytes for a list, see fast.h */
    uint32_t token_heads;    /* int16 [vocab_size][dim + 2*kv_dim]: layer 0's, with all planes,
                              * without the rows' scales; 0: not there */
};

#define FAST_NORM_SHIFT 21

#endif
