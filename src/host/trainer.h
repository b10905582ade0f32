/* A training run: AdamW (Loshchilov and Hutter, 2019) on batches of stories,
 * with a learning rate that rises linearly and falls along a cosine, and with
 * gradients clipped to a norm.
 *
 * The result depends on the options, the model and the data; not on the number
 * of threads, nor on interruptions.
 */
#ifndef TRAINER_H
#define TRAINER_H

#include <stdint.h>
#include "train_curve.h"
#include "train_data.h"
#include "train_model.h"
#include "train_quantise.h"

struct train_options {
    int64_t steps;
    int64_t batch_tokens;      /* at least so many tokens a step */
    int64_t warm_up;           /* steps */
    int64_t evaluate_every;    /* steps */
    int64_t qat_bits;          /* 0: no quantisation */
    uint64_t seed;
    double learning_rate;      /* at its peak */
    double last_learning_rate; /* at the end, as a share of the peak */
    double weight_decay, clip;
};

/* A gradient is summed in so many parts, each in a fixed order. */
#define GRADIENT_PARTS 8

struct trainer {
    struct train_options options;
    const struct train_model *model;
    const struct train_data *data;
    int threads;
    float *parameters, *first_moment, *second_moment; /* [n_parameters] */
    struct train_model effective_model;               /* for quantised passes: the model, with a classifier of its own */
    const struct train_model *pass_model;             /* the passes' model: this one or `model` */
    struct train_quantiser quantiser;
    float *effective;                                 /* the passes' parameters: quantised, or just `parameters` */
    float *gradients;                                 /* [GRADIENT_PARTS][n_parameters of pass_model] */
    struct train_workspace *workspaces;               /* [threads] */
    struct shuffle shuffle;
    int64_t step, tokens;
    double loss_sum; /* since the last point of the curve */
    int64_t loss_tokens;
    struct curve curve;
    struct { uint32_t *sequences; size_t n, room; } batch;
    struct { size_t *ends; size_t n, room; } slices; /* of the batch: each fits a workspace */
};

/* The parameters are left for the caller to set. -1 if there is no memory. */
int trainer_open(struct trainer *trainer, const struct train_model *model, const struct train_data *data, const struct train_options *options, int threads);
void trainer_close(struct trainer *trainer);

/* One step; returns the mean loss of its batch in nats a token. -1 if there is no memory. */
int trainer_step(struct trainer *trainer, double *loss);

/* Quantises the parameters, if the options ask for it: to be called when they
 * were set from outside. */
void trainer_refresh(struct trainer *trainer);

double trainer_learning_rate(const struct train_options *options, int64_t step);

/* The sum of the losses over the first sequences of other data, up to about
 * max_tokens; *tokens and *share receive their number and how much of the data
 * they are. */
double trainer_evaluate(struct trainer *trainer, const struct train_data *data, uint64_t max_tokens, uint64_t *tokens);

/* Saves all that is needed to go on as if nothing had happened, and takes it up
 * again. Loading refuses the state of another shape, text or option. */
int trainer_save_state(const struct trainer *trainer, const char *path, char *error, size_t error_size);
int trainer_load_state(struct trainer *trainer, const char *path, char *error, size_t error_size);

#endif
