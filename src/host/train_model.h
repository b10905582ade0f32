/* Forward and backward pass of a Llama-2 model over whole stories, in float32.
 *
 * Stories stand side by side in a workspace, each from a tile of its own on and
 * at positions 0, 1, ...; attention does not look beyond a story. A workspace
 * is used by one thread.
 */
#ifndef TRAIN_MODEL_H
#define TRAIN_MODEL_H

#include <stdint.h>
#include "checkpoint.h"
#include "train_kernels.h"

struct train_model {
    struct checkpoint_config config;
    int head_size, kv_dim;
    int64_t offset[TENSOR_COUNT]; /* of a tensor in the parameters; those that llama2.c does not use have none */
    int64_t n_parameters;
    float *rope; /* [tiles of seq_len][head_size/2][2][TILE] */
    float *rope_by_position; /* [seq_len][head_size/2][2]: cos, sin, as rope_table() */
};

/* The config must be as checkpoint.h says; head_size * n_heads = dim. */
int train_model_open(struct train_model *model, const struct checkpoint_config *config);
void train_model_close(struct train_model *model);

/* Whether a tensor is a matrix: these are quantised and their weights decay. */
int tensor_is_matrix(enum tensor_id id);

/* Elements of a tensor among the parameters. */
int64_t train_tensor_elements(const struct train_model *model, enum tensor_id id);

/* First weights: normally distributed, 1 for the norms. */
void train_model_initialise(const struct train_model *model, float *parameters, uint64_t seed);

/* Activations of a layer, kept for the backward pass, [tiles][features][TILE]. */
struct layer_activations {
    float *x, *inverse_rms_att, *xn_att, *q, *k, *v, *att, *log_sum;
    float *x_mid, *inverse_rms_ffn, *xn_ffn, *h1, *h3, *g;
};

struct train_workspace {
    const struct train_model *model;
    int capacity, tiles;     /* capacity: at least a story of seq_len */
    int32_t *tokens;         /* [tiles][TILE]; beyond the end of a story: 0 */
    int32_t *targets;        /* the same; beyond the end of a story: -1 */
    int *first_tile;         /* [tiles]: where the tile's story begins */
    int64_t n_targets;
    struct layer_activations *layers;
    float *x, *inverse_rms, *xn, *logits, *loss;
    float *dx, *dxn, *dq, *dk, *dv, *datt, *dg, *transposed;
    float *memory;
};

/* tiles: room beyond what one story needs lets several share a pass. */
int train_workspace_open(struct train_workspace *workspace, const struct train_model *model, int tiles);
void train_workspace_close(struct train_workspace *workspace);

void train_workspace_clear(struct train_workspace *workspace);
/* Adds a story of n tokens, whose targets are tokens[1..n]; 0 if it has no room. */
int train_workspace_add(struct train_workspace *workspace, const uint16_t *tokens, int n);

/* The sum of -ln p(target) over the workspace. If gradient is not NULL, the
 * gradient of scale times that sum is added to it. */
double train_model_pass(struct train_workspace *workspace, const float *parameters, float *gradient, float scale);

/* Takes the weights of a checkpoint, or writes them as one. */
void train_model_load(const struct train_model *model, float *parameters, const struct checkpoint *checkpoint);
int train_model_save(const struct train_model *model, const float *parameters, const char *path, char *error, size_t error_size);

#endif
