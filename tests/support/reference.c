#include "reference.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "f32.h"
#include "rope_table.h"

struct reference {
    const struct checkpoint *checkpoint;
    struct checkpoint_config c;
    int head_size, kv_dim;
    float *x, *xb, *xb2, *hb, *hb2, *q, *att, *logits, *keys, *values, *rope;
};

static float *vector(size_t n)
{
    float *v = calloc(n, sizeof(float));

    if (!v)
        abort();
    return v;
}

struct reference *reference_new(const struct checkpoint *checkpoint)
{
    struct reference *r = calloc(1, sizeof *r);

    if (!r)
        abort();
    r->checkpoint = checkpoint;
    r->c = checkpoint->config;
    r->head_size = r->c.dim / r->c.n_heads;
    r->kv_dim = r->head_size * r->c.n_kv_heads;
    r->x = vector(r->c.dim);
    r->xb = vector(r->c.dim);
    r->xb2 = vector(r->c.dim);
    r->hb = vector(r->c.hidden_dim);
    r->hb2 = vector(r->c.hidden_dim);
    r->q = vector(r->c.dim);
    r->att = vector(r->c.seq_len);
    r->logits = vector(r->c.vocab_size);
    r->keys = vector((size_t)r->c.n_layers * r->c.seq_len * r->kv_dim);
    r->values = vector((size_t)r->c.n_layers * r->c.seq_len * r->kv_dim);
    r->rope = vector((size_t)r->c.seq_len * r->head_size);
    rope_table((f32 *)(void *)r->rope, r->c.seq_len, r->head_size);
    return r;
}

void reference_free(struct reference *r)
{
    float *vectors[] = {r->x, r->xb, r->xb2, r->hb, r->hb2, r->q, r->att, r->logits, r->keys, r->values, r->rope};

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; ++i)
        free(vectors[i]);
    free(r);
}

static const float *weights(const struct reference *r, enum tensor_id id, size_t offset)
{
    return (const float *)(const void *)r->checkpoint->tensors[id].data + offset;
}

static float expf_rounded(float x)
{
    f32 bits;
    float y;

    memcpy(&bits, &x, sizeof bits);
    bits = f32_exp(bits);
    memcpy(&y, &bits, sizeof y);
    return y;
}

static void rmsnorm(float *o, const float *x, const float *weight, int size)
{
    float ss = 0.0f;

    for (int j = 0; j < size; ++j)
        ss += x[j] * x[j];
    ss /= size;
    ss += 1e-5f;
    ss = 1.0f / sqrtf(ss);
    for (int j = 0; j < size; ++j)
        o[j] = weight[j] * (ss * x[j]);
}

static void softmax(float *x, int size)
{
    float max = x[0], sum = 0.0f;

    for (int i = 1; i < size; ++i)
        if (x[i] > max)
            max = x[i];
    for (int i = 0; i < size; ++i) {
        x[i] = expf_rounded(x[i] - max);
        sum += x[i];
    }
    for (int i = 0; i < size; ++i)
        x[i] /= sum;
}

static void matmul(float *out, const float *x, const float *w, int n, int d)
{
    for (int i = 0; i < d; ++i) {
        float sum = 0.0f;
        for (int j = 0; j < n; ++j)
            sum += w[(size_t)i * n + j] * x[j];
        out[i] = sum;
    }
}

static void rotate(float *v, const float *angles, int size, int head_size)
{
    for (int i = 0; i < size; i += 2) {
        float fcr = angles[i % head_size], fci = angles[i % head_size + 1];
        float v0 = v[i], v1 = v[i + 1];
        v[i] = v0 * fcr - v1 * fci;
        v[i + 1] = v0 * fci + v1 * fcr;
    }
}

const float *reference_forward(struct reference *r, int token, int pos)
{
    int dim = r->c.dim, hidden = r->c.hidden_dim, kv = r->kv_dim, hs = r->head_size;
    int group = r->c.n_heads / r->c.n_kv_heads;

    memcpy(r->x, weights(r, TENSOR_TOKEN_EMBEDDING, (size_t)token * dim), dim * sizeof(float));
    for (int l = 0; l < r->c.n_layers; ++l) {
        float *keys = r->keys + (size_t)l * r->c.seq_len * kv, *values = r->values + (size_t)l * r->c.seq_len * kv;

        rmsnorm(r->xb, r->x, weights(r, TENSOR_RMS_ATT, (size_t)l * dim), dim);
        matmul(r->q, r->xb, weights(r, TENSOR_WQ, (size_t)l * dim * dim), dim, dim);
        matmul(keys + (size_t)pos * kv, r->xb, weights(r, TENSOR_WK, (size_t)l * dim * kv), dim, kv);
        matmul(values + (size_t)pos * kv, r->xb, weights(r, TENSOR_WV, (size_t)l * dim * kv), dim, kv);
        rotate(r->q, r->rope + (size_t)pos * hs, dim, hs);
        rotate(keys + (size_t)pos * kv, r->rope + (size_t)pos * hs, kv, hs);
        memset(r->xb, 0, dim * sizeof(float));
        for (int h = 0; h < r->c.n_heads; ++h) {
            const float *q = r->q + h * hs;
            for (int t = 0; t <= pos; ++t) {
                const float *k = keys + (size_t)t * kv + h / group * hs;
                float score = 0.0f;
                for (int i = 0; i < hs; ++i)
                    score += q[i] * k[i];
                r->att[t] = score / sqrtf(hs);
            }
            softmax(r->att, pos + 1);
            for (int t = 0; t <= pos; ++t) {
                const float *v = values + (size_t)t * kv + h / group * hs;
                for (int i = 0; i < hs; ++i)
                    r->xb[h * hs + i] += r->att[t] * v[i];
            }
        }
        matmul(r->xb2, r->xb, weights(r, TENSOR_WO, (size_t)l * dim * dim), dim, dim);
        for (int i = 0; i < dim; ++i)
            r->x[i] += r->xb2[i];
        rmsnorm(r->xb, r->x, weights(r, TENSOR_RMS_FFN, (size_t)l * dim), dim);
        matmul(r->hb, r->xb, weights(r, TENSOR_W1, (size_t)l * dim * hidden), dim, hidden);
        matmul(r->hb2, r->xb, weights(r, TENSOR_W3, (size_t)l * dim * hidden), dim, hidden);
        for (int i = 0; i < hidden; ++i) {
            float val = r->hb[i];
            val *= 1.0f / (1.0f + expf_rounded(-val));
            r->hb[i] = val * r->hb2[i];
        }
        matmul(r->xb, r->hb, weights(r, TENSOR_W2, (size_t)l * dim * hidden), hidden, dim);
        for (int i = 0; i < dim; ++i)
            r->x[i] += r->xb[i];
    }
    rmsnorm(r->x, r->x, weights(r, TENSOR_RMS_FINAL, 0), dim);
    matmul(r->logits, r->x, weights(r, TENSOR_WCLS, 0), dim, r->c.vocab_size);
    return r->logits;
}

static int find(const struct tokenizer_file *t, const char *text)
{
    for (uint32_t i = 0; i < t->vocab_size; ++i)
        if (strcmp(t->pieces[i].text, text) == 0)
            return (int)i;
    return -1;
}

int reference_encode(const struct tokenizer_file *t, const char *text, int *tokens)
{
    int n = 0;
    char joint[520];

    tokens[n++] = 1;
    if (*text) {
        int space = find(t, " ");
        tokens[n++] = space < 0 ? 0 : space; /* llama2.c would read in front of its array */
    }
    while (*text) {
        size_t length = 1;
        while (length < 4 && (text[length] & 0xC0) == 0x80)
            ++length;
        memcpy(joint, text, length);
        joint[length] = 0;
        int id = find(t, joint);
        if (id >= 0)
            tokens[n++] = id;
        else
            for (size_t i = 0; i < length; ++i)
                tokens[n++] = (unsigned char)text[i] + 3;
        text += length;
    }
    for (;;) {
        float best = -1e10f;
        int best_id = -1, best_at = -1;
        for (int i = 0; i + 1 < n; ++i) {
            strcpy(joint, t->pieces[tokens[i]].text);
            strcat(joint, t->pieces[tokens[i + 1]].text);
            int id = find(t, joint);
            if (id >= 0 && t->pieces[id].score > best) {
                best = t->pieces[id].score;
                best_id = id;
                best_at = i;
            }
        }
        if (best_id < 0)
            return n;
        tokens[best_at] = best_id;
        --n;
        for (int i = best_at + 1; i < n; ++i)
            tokens[i] = tokens[i + 1];
    }
}

struct candidate {
    float probability;
    int index;
};

/* Highest first; a stable order, as glibc's qsort gives it to llama2.c. */
static int compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->probability != y->probability)
        return x->probability > y->probability ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

int reference_sample(float *logits, int n, float temperature, float topp, uint64_t *state)
{
    float coin, cdf = 0.0f;

    if (temperature == 0.0f) {
        int best = 0;
        for (int i = 1; i < n; ++i)
            if (logits[i] > logits[best])
                best = i;
        return best;
    }
    for (int i = 0; i < n; ++i)
        logits[i] /= temperature;
    softmax(logits, n);
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    coin = (float)((uint32_t)((*state * 0x2545F4914F6CDD1Dull) >> 32) >> 8) / 16777216.0f;

    if (topp <= 0 || topp >= 1) {
        for (int i = 0; i < n; ++i) {
            cdf += logits[i];
            if (coin < cdf)
                return i;
        }
        return n - 1;
    }
    struct candidate *candidates = malloc(n * sizeof *candidates);
    float cutoff = (1.0f - topp) / (n - 1), total = 0.0f;
    int n0 = 0, last, result;
    if (!candidates)
        abort();
    for (int i = 0; i < n; ++i)
        if (logits[i] >= cutoff)
            candidates[n0++] = (struct candidate){logits[i], i};
    qsort(candidates, n0, sizeof *candidates, compare);
    for (last = 0; last < n0; ++last) {
        total += candidates[last].probability;
        if (total > topp)
            break;
    }
    if (last == n0)
        --last;
    result = candidates[last].index;
    for (int i = 0; i <= last; ++i) {
        cdf += candidates[i].probability;
        if (coin * total < cdf) {
            result = candidates[i].index;
            break;
        }
    }
    free(candidates);
    return result;
}
