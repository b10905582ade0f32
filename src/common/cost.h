/* What the parts of a position cost, in units of work whose cycles have been
 * measured: the C64's estimate is made of these, and tools/costs.sh fits their
 * cycles (src/c64/ui/cost.c) to stories of models of several shapes. */
#ifndef COST_H
#define COST_H

#include <stdint.h>

enum cost {
    COST_PRODUCT,            /* of a matrix, each weight */
    COST_GROUP,              /* of a matrix, each row of a group of COST_COLUMNS columns, */
    COST_ROW,                /* and each row of COST_CHUNK columns */
    COST_GROUP_BIT,          /* more of both for each of the fast engine's bits: */
    COST_ROW_BIT,            /* COST_BITS further */
    COST_BOUND,              /* each row of a group of the classifier, of which a bound is made */
    COST_COLUMN,             /* of a matrix, each column of COST_BLOCK_ROWS rows */
    COST_BLOCK,              /* of a matrix, each such chunk of such a block */
    COST_NORM,               /* each rmsnorm, */
    COST_NORM_DIM,           /* and each of its elements */
    COST_EMBEDDING_DIM,      /* the embedding, each element */
    COST_CACHE_DIM,          /* of a layer, RoPE and the caches: each element of query and key, */
    COST_CACHE_HEAD,         /* each of their heads, */
    COST_CACHE_GROUP,        /* and each group of up to COST_COLUMNS elements of a key's head */
    COST_RESIDUAL,           /* each sum with the residual, */
    COST_RESIDUAL_DIM,       /* and each of its elements */
    COST_HIDDEN,             /* of a layer, each element of the hidden vector: SwiGLU */
    COST_ATTENTION_DIM,      /* of a layer, attention with one position: each element of the query, */
    COST_ATTENTION_GROUP,    /* each of its groups, */
    COST_ATTENTION_HEAD,     /* each of its heads, */
    COST_ATTENTION_KV_HEAD,  /* and each head of the key */
    COST_POSITION_DIM,       /* the same more for each position before */
    COST_POSITION_GROUP,
    COST_POSITION_HEAD,
    COST_POSITION_KV_HEAD,
    COST_GREATEST,           /* each logit, to make it and find the greatest */
    COST_SAMPLE,             /* each logit, to make it and draw a token */
    COST_TOKEN,              /* each token: its text, the status */
    /* Bytes come from the REU at a cycle each, however fast the processor is. */
    COST_TRANSFER,           /* of a matrix, each weight */
    COST_TRANSFER_BIT,       /* as COST_GROUP_BIT */
    COST_TRANSFER_COLUMN,    /* as COST_COLUMN */
    COST_COUNT
};
#define COST_BITS (COST_GROUP_BIT - COST_GROUP)
#define COST_CHUNK 64
#define COST_COLUMNS 8
#define COST_BLOCK_ROWS 512
#define COST_FAST_BITS 8 /* the fast engine is precise beyond */

/* Parts of a position. */
enum part {
    PART_EMBEDDING,
    PART_NORM,
    PART_QKV,
    PART_CACHE,
    PART_ATTENTION,
    PART_WO,
    PART_RESIDUAL,
    PART_GATE_UP,
    PART_SWIGLU,
    PART_DOWN,
    PART_CLASSIFIER,
    PART_BOUNDS, /* instead of it, where cost_bounds says so and the greatest logit is all that is wanted */
    PART_GREATEST,
    PART_SAMPLE,
    PART_TOKEN,
    PART_POSITION, /* what attention takes more for each position before */
    PARTS
};

/* Calls cost_add for the work of a part of the model in model.h, of one layer if it
 * is a part of layers. COST_GROUP and COST_ROW stand for their bits
 * too, COST_PRODUCT, COST_GROUP and COST_COLUMN for their transfers. */
void cost_part(uint8_t part);

/* Whether the fast engine makes bounds of the classifier's rows (fast_classify) with so many bits. */
uint8_t cost_bounds(uint8_t bits);

/* The caller's: n times the cost. */
void cost_add(uint8_t cost, uint32_t n);

#endif
