#include "train_data.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "tokenizer.h"

static int add_sequence(struct train_data *data, uint64_t first, int32_t n, size_t *room)
{
    if (data->n_sequences == *room) {
        size_t more = *room == 0 ? 1024 : 2 * *room;
        struct sequence *sequences = realloc(data->sequences, more * sizeof *sequences);

        if (sequences == NULL)
            return -1;
        data->sequences = sequences;
        *room = more;
    }
    data->sequences[data->n_sequences].first = first;
    data->sequences[data->n_sequences].n = n;
    data->n_sequences++;
    data->n_tokens += (uint64_t)n;
    return 0;
}

int train_data_open(struct train_data *data, const struct story_text *text, size_t first, size_t n, struct tokenizer_encoder *encoder, int seq_len)
{
    const uint16_t bos = TOKEN_BOS;
    size_t room = 0, i;

    memset(data, 0, sizeof *data);
    for (i = first; i < first + n; i++) {
        uint64_t begin = data->tokens.n, at;

        if (token_list_append(&data->tokens, &bos, 1) != 0 || tokenizer_encode(encoder, text->stories[i].text, text->stories[i].bytes, &data->tokens) != 0 ||
            token_list_append(&data->tokens, &bos, 1) != 0) {
            train_data_close(data);
            return -1;
        }
        data->bytes += text->stories[i].bytes;
        for (at = begin; at + 1 < data->tokens.n; at += (uint64_t)seq_len) {
            uint64_t left = data->tokens.n - 1 - at;

            if (add_sequence(data, at, left < (uint64_t)seq_len ? (int32_t)left : seq_len, &room) != 0) {
                train_data_close(data);
                return -1;
            }
        }
    }
    return 0;
}

void train_data_close(struct train_data *data)
{
    free(data->tokens.tokens);
    free(data->sequences);
    memset(data, 0, sizeof *data);
}

int shuffle_open(struct shuffle *shuffle, size_t n, uint64_t seed)
{
    memset(shuffle, 0, sizeof *shuffle);
    shuffle->order = malloc(n * sizeof *shuffle->order);
    if (shuffle->order == NULL)
        return -1;
    shuffle->n = n;
    shuffle->seed = seed;
    shuffle_seek(shuffle, 0, 0);
    return 0;
}

void shuffle_seek(struct shuffle *shuffle, uint64_t epoch, size_t next)
{
    uint64_t state = shuffle->seed, i;

    state = splitmix64(&state) ^ epoch;
    shuffle->epoch = epoch;
    shuffle->next = next;
    for (i = 0; i < shuffle->n; i++)
        shuffle->order[i] = (uint32_t)i;
    for (i = shuffle->n - 1; i > 0; i--) {
        uint64_t j = splitmix64(&state) % (i + 1);
        uint32_t sequence = shuffle->order[i];

        shuffle->order[i] = shuffle->order[j];
        shuffle->order[j] = sequence;
    }
}

uint32_t shuffle_peek(struct shuffle *shuffle)
{
    if (shuffle->next == shuffle->n)
        shuffle_seek(shuffle, shuffle->epoch + 1, 0);
    return shuffle->order[shuffle->next];
}

void shuffle_advance(struct shuffle *shuffle)
{
    shuffle->next++;
}

void shuffle_close(struct shuffle *shuffle)
{
    free(shuffle->order);
    memset(shuffle, 0, sizeof *shuffle);
}
