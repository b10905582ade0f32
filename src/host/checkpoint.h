/* llama2.c's "version 0" checkpoint: seven int32 and the float32 tensors. */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "f32.h"
#include "mapped_file.h"

#define CHECKPOINT_HEADER_BYTES 28

/* llama2.c's Config, checked: all positive, n_heads divides dim, n_kv_heads
 * divides n_heads, dim / n_heads is even. */
struct checkpoint_config {
    int32_t dim;
    int32_t hidden_dim;
    int32_t n_layers;
    int32_t n_heads;
    int32_t n_kv_heads;
    int32_t vocab_size;
    int32_t seq_len;
    bool shared_classifier; /* in the file: vocab_size > 0 */
};

/* The tensors in the order of the file, with llama2.c's names. */
enum tensor_id {
    TENSOR_TOKEN_EMBEDDING, /* [vocab_size][dim] */
    TENSOR_RMS_ATT,         /* [n_layers][dim] */
    TENSOR_WQ,              /* [n_layers][dim][dim] */
    TENSOR_WK,              /* [n_layers][kv_dim][dim] */
    TENSOR_WV,              /* [n_layers][kv_dim][dim] */
    TENSOR_WO,              /* [n_layers][dim][dim] */
    TENSOR_RMS_FFN,         /* [n_layers][dim] */
    TENSOR_W1,              /* [n_layers][hidden_dim][dim] */
    TENSOR_W2,              /* [n_layers][dim][hidden_dim] */
    TENSOR_W3,              /* [n_layers][hidden_dim][dim] */
    TENSOR_RMS_FINAL,       /* [dim] */
    TENSOR_FREQ_CIS_REAL,   /* [seq_len][head_size/2], no longer used by llama2.c */
    TENSOR_FREQ_CIS_IMAG,   /* the same */
    TENSOR_WCLS,            /* [vocab_size][dim]; none in the file when shared */
    TENSOR_COUNT
};

struct tensor {
    const f32 *data;
    uint64_t elements;
};

struct checkpoint {
    struct checkpoint_config config;
    struct tensor tensors[TENSOR_COUNT]; /* WCLS is TOKEN_EMBEDDING when shared */
    struct mapped_file file;
};

/* Elements of a tensor in a file of this config, UINT64_MAX if they can't be
 * counted; 0 for WCLS when shared. */
uint64_t checkpoint_elements(const struct checkpoint_config *config, enum tensor_id id);

/* Takes the `size` bytes of a checkpoint, aligned to 4, which must stay there. */
int checkpoint_parse(struct checkpoint *checkpoint, const uint8_t *bytes, size_t size, char *error, size_t error_size);

int checkpoint_open(struct checkpoint *checkpoint, const char *path, char *error, size_t error_size);
void checkpoint_close(struct checkpoint *checkpoint);

/* Refuses NaN and infinity in any tensor that llama2.c uses. */
int checkpoint_check_finite(const struct checkpoint *checkpoint, char *error, size_t error_size);

#endif
