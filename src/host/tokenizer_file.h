/* llama2.c's tokenizer.bin: an int32 max_token_length, then for each token a
 * float32 score, an int32 length and that many bytes. */
#ifndef TOKENIZER_FILE_H
#define TOKENIZER_FILE_H

#include <stddef.h>
#include <stdint.h>

struct tokenizer_piece {
    char *text;     /* NUL-terminated, as llama2.c reads it: it ends at a NUL byte, if there is one */
    uint8_t length; /* strlen(text) */
    float score;
};

struct tokenizer_file {
    uint32_t vocab_size;
    struct tokenizer_piece *pieces; /* [vocab_size] */
    char *texts;                    /* what the pieces point to */
};

/* vocab_size is the checkpoint's: the file doesn't tell its own. */
int tokenizer_file_parse(struct tokenizer_file *tokenizer, const uint8_t *bytes, size_t size, uint32_t vocab_size, char *error, size_t error_size);
int tokenizer_file_open(struct tokenizer_file *tokenizer, const char *path, uint32_t vocab_size, char *error, size_t error_size);
/* How many tokens a file has, from its length and theirs; -1 with the cause in error[] if it is no tokenizer.bin. */
int64_t tokenizer_file_count(const char *path, char *error, size_t error_size);
void tokenizer_file_close(struct tokenizer_file *tokenizer);

#endif
