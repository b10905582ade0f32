/* What the engines' parts cost, in 1/256 clock cycles of a PAL C64 with its
 * screen on. */
#ifndef COST_H
#define COST_H

#include <stdint.h>

enum cost {
    COST_PRODUCT,       /* of a matrix, each weight */
    COST_PRODUCT_BIT,   /* more for each of the bits */
    COST_ROW,           /* of a matrix, each row of COST_CHUNK columns */
    COST_COLUMN,        /* of a matrix, each column of COST_BLOCK rows */
    COST_DIM,           /* of a layer, each element of the residual: norms, RoPE, sums */
    COST_HIDDEN,        /* of a layer, each element of the hidden vector: SwiGLU */
    COST_HEAD,          /* of a layer, each head: attention with one position */
    COST_GREATEST,      /* each logit, to find the greatest */
    COST_SAMPLE,        /* each logit, to draw a token */
    COST_POSITION_DIM,  /* of a layer, for each position before: each element of the heads */
    COST_POSITION_HEAD, /* and each head */
    /* Bytes come from the REU at a cycle each, however fast the processor is. */
    COST_TRANSFER,      /* of a matrix, each weight */
    COST_TRANSFER_BIT,  /* more for each of the bits */
    COST_COUNT
};
#define COST_CHUNK 64
#define COST_BLOCK 512

extern const uint32_t cost_exact[COST_COUNT], cost_fast[COST_COUNT], cost_precise[COST_COUNT];
#define COST_FAST_BITS 8 /* the fast engine is precise beyond */

#endif
