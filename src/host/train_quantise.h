/* The fast engine's rounding of weights, for quantisation-aware training.
 *
 * What fast_writer.c does, by the same fast_scales.h: the gains of a norm are folded into the matrices
 * that follow it, the residual stream is rotated, each row has a scale of 8
 * bits, a weight is a whole number of 16 bits, and `bits` planes of it stand for
 * the middle of their interval.
 */
#ifndef TRAIN_QUANTISE_H
#define TRAIN_QUANTISE_H

#include "train_model.h"

/* What is the same for every rounding. */
struct train_quantiser {
    const struct train_model *model; /* its classifier is not shared: the engine rounds that, but not the embedding */
    int bits, threads;
    double *rotation, *transposed; /* [dim][dim] */
    double *from, *rotated; /* [rows][columns] of the largest matrix */
};

/* -1 if there is no memory. */
int train_quantiser_open(struct train_quantiser *quantiser, const struct train_model *model, int bits, int threads);
void train_quantiser_close(struct train_quantiser *quantiser);

/* Every matrix becomes what the engine makes of it, back in its own basis and
 * without the gains. */
void train_quantise(struct train_quantiser *quantiser, float *parameters);

#endif
