/* A plain text of stories, for the tokenizer's trainer and the network's.
 *
 * UTF-8. A line "<|endoftext|>" ends a story; in a text without such a line a
 * blank one does. White space around a story does not belong to it.
 */
#ifndef STORY_TEXT_H
#define STORY_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "mapped_file.h"
#include "tokenizer_file.h"

#define STORY_END "<|endoftext|>"

struct story_span {
    const char *text; /* not NUL-terminated */
    size_t bytes;     /* at least 1 */
};

struct story_text {
    struct mapped_file file;
    struct story_span *stories;
    size_t n_stories; /* at least 1 */
};

/* Refuses what is empty or isn't text: a NUL byte, or bytes that aren't UTF-8. */
int story_text_open(struct story_text *text, const char *path, char *error, size_t error_size);
void story_text_close(struct story_text *text);

/* Writes a story as llama2.c prints its n tokens after BOS, and the line that
 * ends it. */
void story_text_write(FILE *out, const struct tokenizer_file *tokenizer, const uint16_t *tokens, int n);

/* The length of the UTF-8 character at `at`, of which `bytes` are there; 0 if
 * it isn't one. */
int utf8_length(const char *at, size_t bytes);

#endif
