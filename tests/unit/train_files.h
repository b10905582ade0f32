/* A folder for the files of one test of the trainer. */
#ifndef TRAIN_FILES_H
#define TRAIN_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct train_files {
    char folder[32];
    char text[48], tokenizer[48], checkpoint[48], state[48];
};

static inline void make_files(struct train_files *files)
{
    strcpy(files->folder, "/tmp/train64-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    snprintf(files->text, sizeof files->text, "%s/text", files->folder);
    snprintf(files->tokenizer, sizeof files->tokenizer, "%s/tokenizer", files->folder);
    snprintf(files->checkpoint, sizeof files->checkpoint, "%s/model.bin", files->folder);
    snprintf(files->state, sizeof files->state, "%s/state", files->folder);
}

/* Nothing else may be left in the folder. */
static inline void remove_files(const struct train_files *files)
{
    unlink(files->text);
    unlink(files->tokenizer);
    unlink(files->checkpoint);
    unlink(files->state);
    assert_int_equal(rmdir(files->folder), 0);
}

static inline void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

#endif
