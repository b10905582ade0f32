/* The inner loops of training and of the teacher's sampler, in float32.
 *
 * Tokens are worked on in tiles of TILE: an activation of C features is kept
 * as [tiles][C][TILE], so that the tokens of a tile are the vector lanes, every
 * element-wise operation is a vertical one, and a feature of a tile is one
 * cache line. All buffers of activations are aligned to 64 bytes.
 *
 * Everything that multiplies is built from one register-blocked product:
 *     c[r][0..TILE-1] (+)= sum over i of  a[r*row_stride + i*column_stride] * b[i][0..TILE-1]
 *
 * The kernels are compiled for the machine's base instruction set and, on x86,
 * once more for AVX2 with FMA; which one runs is decided when the program
 * starts. The order of additions does not depend on the number of threads.
 */
#ifndef TRAIN_KERNELS_H
#define TRAIN_KERNELS_H

#include <stdint.h>

#define TILE 16

/* A matrix of the checkpoint, or its transpose, as a product reads it:
 * element (row, column) at data[row*row_stride + column*column_stride]. */
struct matrix_view {
    const float *data;
    int rows, columns;
    int row_stride, column_stride;
};

struct attention_shape {
    int head_size; /* even */
    int n_heads;
    int n_kv_heads; /* divides n_heads */
};

struct train_kernels {
    const char *name;

    /* y = w x, or y += w x: x [tiles][w.columns][TILE], y [tiles][w.rows][TILE]. */
    void (*product)(float *y, const struct matrix_view *w, const float *x, int tiles, int accumulate);

    /* The gradient of a matrix [rows][columns]: dw += sum over tokens of dy x^T.
     * dy [tiles][rows][TILE]; xt is x [tiles][columns][TILE] through `transpose`. */
    void (*outer_product)(float *dw, const float *dy, const float *xt, int rows, int columns, int tiles);

    /* xt [tiles][ceil(columns/TILE)][TILE tokens][TILE features], zeros beyond the last feature. */
    void (*transpose)(float *xt, const float *x, int columns, int tiles);

    /* y = x / rms(x) * weight; inverse_rms [tiles][TILE] is kept for the backward pass. */
    void (*rmsnorm)(float *y, float *inverse_rms, const float *x, const float *weight, int dim, int tiles);
    /* dx += gradient of rmsnorm for dy; dweight += that of its weight. */
    void (*rmsnorm_backward)(float *dx, float *dweight, const float *dy, const float *x, const float *inverse_rms, const float *weight, int dim, int tiles);

    /* In place; table [head_size/2][2][TILE] of this tile: cosines, sines.
     * With direction -1 it turns back, which is the gradient. */
    void (*rope)(float *x, const float *table, int heads, int head_size, int direction);

    /* Causal attention of one story: tiles of q, k, v and out from its first on;
     * log_sum [tiles][n_heads][TILE] (to base 2) is kept for the backward pass. */
    void (*attention)(float *out, float *log_sum, const float *q, const float *k, const float *v, const struct attention_shape *shape, int tiles);
    /* dq = ..., dk += ..., dv += ... */
    void (*attention_backward)(float *dq, float *dk, float *dv, const float *dout, const float *out, const float *log_sum, const float *q, const float *k,
                               const float *v, const struct attention_shape *shape, int tiles);

    /* g = silu(h1) * h3, n elements, n a multiple of TILE. */
    void (*swiglu)(float *g, const float *h1, const float *h3, int n);
    /* From dg: dh1 and dh3, which may overwrite h1 and h3. */
    void (*swiglu_backward)(float *dh1, float *dh3, const float *dg, const float *h1, const float *h3, int n);

    /* Softmax and cross-entropy of one tile: logits [vocab_size][TILE] become
     * (probability - one-hot(target)) * scale, 0 for tokens of target -1;
     * loss[TILE] becomes -log probability of the target, or 0. With scale 0 the
     * logits stay as they are. */
    void (*cross_entropy)(float *logits, float *loss, const int32_t *targets, int vocab_size, float scale);

    /* y = exp((y - maximum) / temperature) in place over [n][TILE], lane by lane;
     * sum[TILE] receives the totals. */
    void (*softmax_weights)(float *y, float *sum, int n, float temperature);

    /* Attention of one query to the first n keys, for the sampler:
     * k and v [head_size][capacity], q and out [head_size], scratch [n rounded up to TILE].
     * capacity is a multiple of TILE, and what stands behind the n values is finite. */
    void (*attend_one)(float *out, const float *q, const float *k, const float *v, int head_size, int capacity, int n, float *scratch);
};

/* The best that this machine runs, and those that every machine does. */
const struct train_kernels *train_kernels(void);
const struct train_kernels *train_kernels_base(void);

#endif
