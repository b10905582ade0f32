#include "tokenizer_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "mapped_file.h"

int tokenizer_file_parse(struct tokenizer_file *tokenizer, const uint8_t *bytes, size_t size, uint32_t vocab_size, char *error, size_t error_size)
{
    size_t at = sizeof(int32_t);
    int32_t max_token_length;
    char *text;
    uint32_t id;

    memset(tokenizer, 0, sizeof *tokenizer);
    if (size < at) {
        snprintf(error, error_size, "is truncated: %zu bytes", size);
        return -1;
    }
    memcpy(&max_token_length, bytes, sizeof max_token_length);
    if (max_token_length <= 0) {
        snprintf(error, error_size, "is not a tokenizer: max_token_length is %" PRId32, max_token_length);
        return -1;
    }
    /* Eight bytes of the file go with each token, so its size bounds what is
     * allocated for a vocabulary of any size. */
    if (vocab_size > (size - at) / 8) {
        snprintf(error, error_size, "does not fit the checkpoint: %zu bytes are too few for its %" PRIu32 " tokens", size, vocab_size);
        return -1;
    }
    tokenizer->vocab_size = vocab_size;
    tokenizer->pieces = calloc(vocab_size, sizeof *tokenizer->pieces);
    tokenizer->texts = malloc(size); /* a NUL takes less than score and length */
    if (tokenizer->pieces == NULL || tokenizer->texts == NULL) {
        snprintf(error, error_size, "no memory");
        tokenizer_file_close(tokenizer);
        return -1;
    }
    text = tokenizer->texts;
    for (id = 0; id < vocab_size; id++) {
        struct tokenizer_piece *piece = &tokenizer->pieces[id];
        int32_t length;

        if (size - at < 8) {
            snprintf(error, error_size, "does not fit the checkpoint: it ends after %" PRIu32 " of %" PRIu32 " tokens", id, vocab_size);
            tokenizer_file_close(tokenizer);
            return -1;
        }
        memcpy(&piece->score, bytes + at, 4);
        memcpy(&length, bytes + at + 4, 4);
        at += 8;
        if (length < 0 || length > MAX_PIECE_BYTES) {
            snprintf(error, error_size, "token %" PRIu32 " is %" PRId32 " bytes long, possible are 0 to %d", id, length, MAX_PIECE_BYTES);
            tokenizer_file_close(tokenizer);
            return -1;
        }
        if (size - at < (size_t)length) {
            snprintf(error, error_size, "is truncated: it ends within token %" PRIu32 " of %" PRIu32, id, vocab_size);
            tokenizer_file_close(tokenizer);
            return -1;
        }
        memcpy(text, bytes + at, (size_t)length);
        text[length] = '\0';
        piece->text = text;
        piece->length = (uint8_t)strlen(text);
        at += (size_t)length;
        text += length + 1;
    }
    if (at != size) {
        snprintf(error, error_size, "does not fit the checkpoint: %zu bytes are left over after its %" PRIu32 " tokens", size - at, vocab_size);
        tokenizer_file_close(tokenizer);
        return -1;
    }
    return 0;
}

int tokenizer_file_open(struct tokenizer_file *tokenizer, const char *path, uint32_t vocab_size, char *error, size_t error_size)
{
    struct mapped_file file;
    int result;

    memset(tokenizer, 0, sizeof *tokenizer);
    if (mapped_file_open(&file, path, error, error_size) != 0)
        return -1;
    result = tokenizer_file_parse(tokenizer, file.bytes, file.size, vocab_size, error, error_size);
    mapped_file_close(&file);
    return result;
}

int64_t tokenizer_file_count(const char *path, char *error, size_t error_size)
{
    struct mapped_file file;
    size_t at = 4;
    int64_t n;

    if (mapped_file_open(&file, path, error, error_size) != 0)
        return -1;
    for (n = 0; file.size >= 8 && at <= file.size - 8; n++) {
        int32_t length;

        memcpy(&length, file.bytes + at + 4, sizeof length);
        at += 8;
        if (length < 0 || (size_t)length > file.size - at)
            break;
        at += (size_t)length;
    }
    if (at != file.size) {
        snprintf(error, error_size, "is not a tokenizer");
        n = -1;
    }
    mapped_file_close(&file);
    return n;
}

void tokenizer_file_close(struct tokenizer_file *tokenizer)
{
    free(tokenizer->pieces);
    free(tokenizer->texts);
    memset(tokenizer, 0, sizeof *tokenizer);
}
