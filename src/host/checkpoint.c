#include "checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "checkpoints, tokenizers and images are read in place: little-endian machines only"
#endif

/* The first four bytes of llama2.c's later formats. */
#define MAGIC_VERSION_1 0x616B3432 /* "ak42" */

static const char *const tensor_names[TENSOR_COUNT] = {
    "token_embedding_table", "rms_att_weight", "wq", "wk", "wv", "wo", "rms_ffn_weight", "w1", "w2", "w3",
    "rms_final_weight", "freq_cis_real", "freq_cis_imag", "wcls"};

/* Sums and products that stay at UINT64_MAX once they are beyond it. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
    return a != 0 && b > UINT64_MAX / a ? UINT64_MAX : a * b;
}

static uint64_t add(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

uint64_t checkpoint_elements(const struct checkpoint_config *config, enum tensor_id id)
{
    uint64_t dim = (uint64_t)config->dim, hidden_dim = (uint64_t)config->hidden_dim;
    uint64_t n_layers = (uint64_t)config->n_layers, vocab_size = (uint64_t)config->vocab_size;
    uint64_t head_size = dim / (uint64_t)config->n_heads;
    uint64_t kv_dim = head_size * (uint64_t)config->n_kv_heads;

    switch (id) {
    case TENSOR_TOKEN_EMBEDDING:
        return multiply(vocab_size, dim);
    case TENSOR_RMS_ATT:
    case TENSOR_RMS_FFN:
        return multiply(n_layers, dim);
    case TENSOR_WQ:
    case TENSOR_WO:
        return multiply(multiply(n_layers, dim), dim);
    case TENSOR_WK:
    case TENSOR_WV:
        return multiply(multiply(n_layers, kv_dim), dim);
    case TENSOR_W1:
    case TENSOR_W2:
    case TENSOR_W3:
        return multiply(multiply(n_layers, hidden_dim), dim);
    case TENSOR_RMS_FINAL:
        return dim;
    case TENSOR_FREQ_CIS_REAL:
    case TENSOR_FREQ_CIS_IMAG:
        return multiply((uint64_t)config->seq_len, head_size / 2);
    case TENSOR_WCLS:
        return config->shared_classifier ? 0 : multiply(vocab_size, dim);
    default:
        return 0;
    }
}

static int read_header(struct checkpoint_config *config, const uint8_t *bytes, char *error, size_t error_size)
{
    static const char *const names[7] = {"dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "seq_len"};
    int32_t values[7];
    int i;

    memcpy(values, bytes, sizeof values);
    if (values[0] == MAGIC_VERSION_1) {
        snprintf(error, error_size, "is a checkpoint of llama2.c's version %" PRId32 ", only version 0 can be read", values[1]);
        return -1;
    }
    config->shared_classifier = values[5] > 0;
    if (values[5] < 0 && values[5] != INT32_MIN)
        values[5] = -values[5];
    for (i = 0; i < 7; i++)
        if (values[i] <= 0) {
            snprintf(error, error_size, "impossible header: %s is %" PRId32, names[i], values[i]);
            return -1;
        }
    config->dim = values[0];
    config->hidden_dim = values[1];
    config->n_layers = values[2];
    config->n_heads = values[3];
    config->n_kv_heads = values[4];
    config->vocab_size = values[5];
    config->seq_len = values[6];
    if (config->dim % config->n_heads != 0) {
        snprintf(error, error_size, "impossible header: %" PRId32 " heads do not divide dim %" PRId32, config->n_heads, config->dim);
        return -1;
    }
    if (config->n_heads % config->n_kv_heads != 0) {
        snprintf(error, error_size, "impossible header: %" PRId32 " kv heads do not divide %" PRId32 " heads", config->n_kv_heads, config->n_heads);
        return -1;
    }
    if (config->dim / config->n_heads % 2 != 0) {
        snprintf(error, error_size, "impossible header: head size %" PRId32 " is odd, RoPE turns pairs", config->dim / config->n_heads);
        return -1;
    }
    if (config->vocab_size < 3) {
        snprintf(error, error_size, "impossible header: vocab_size %" PRId32 " has no room for the BOS and EOS tokens", config->vocab_size);
        return -1;
    }
    return 0;
}

int checkpoint_parse(struct checkpoint *checkpoint, const uint8_t *bytes, size_t size, char *error, size_t error_size)
{
    uint64_t expected = CHECKPOINT_HEADER_BYTES;
    int id;

    memset(checkpoint, 0, sizeof *checkpoint);
    if (size < CHECKPOINT_HEADER_BYTES) {
        snprintf(error, error_size, "is truncated: %zu bytes, the header alone has %d", size, CHECKPOINT_HEADER_BYTES);
        return -1;
    }
    if (read_header(&checkpoint->config, bytes, error, error_size) != 0)
        return -1;
    for (id = 0; id < TENSOR_COUNT; id++) {
        struct tensor *tensor = &checkpoint->tensors[id];

        tensor->elements = checkpoint_elements(&checkpoint->config, (enum tensor_id)id);
        if (expected <= size)
            tensor->data = (const f32 *)(bytes + expected);
        expected = add(expected, multiply(tensor->elements, sizeof(f32)));
    }
    if (expected == UINT64_MAX) {
        snprintf(error, error_size, "impossible header: more weights than can be counted");
        return -1;
    }
    if (expected != size) {
        snprintf(error, error_size, "%s: %zu bytes, its header asks for %" PRIu64, size < expected ? "is truncated" : "is too long", size, expected);
        return -1;
    }
    if (checkpoint->config.shared_classifier)
        checkpoint->tensors[TENSOR_WCLS] = checkpoint->tensors[TENSOR_TOKEN_EMBEDDING];
    return 0;
}

int checkpoint_open(struct checkpoint *checkpoint, const char *path, char *error, size_t error_size)
{
    struct mapped_file file;

    memset(checkpoint, 0, sizeof *checkpoint);
    if (mapped_file_open(&file, path, error, error_size) != 0)
        return -1;
    if (checkpoint_parse(checkpoint, file.bytes, file.size, error, error_size) != 0) {
        mapped_file_close(&file);
        return -1;
    }
    checkpoint->file = file;
    return 0;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    mapped_file_close(&checkpoint->file);
    memset(checkpoint, 0, sizeof *checkpoint);
}

int checkpoint_check_finite(const struct checkpoint *checkpoint, char *error, size_t error_size)
{
    int id;
    uint64_t i;

    for (id = 0; id < TENSOR_COUNT; id++) {
        const struct tensor *tensor = &checkpoint->tensors[id];

        if (id == TENSOR_FREQ_CIS_REAL || id == TENSOR_FREQ_CIS_IMAG)
            continue;
        for (i = 0; i < tensor->elements; i++)
            if ((tensor->data[i] & F32_INFINITY) == F32_INFINITY) {
                snprintf(error, error_size, "%s[%" PRIu64 "] is %s", tensor_names[id], i,
                         (tensor->data[i] & ~F32_SIGN) == F32_INFINITY ? "infinite" : "not a number");
                return -1;
            }
    }
    return 0;
}
