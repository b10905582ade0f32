/* A synthetic model in files of a folder of its own, for one test. */
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "synthetic.h"

struct model_files {
    char folder[32];
    char checkpoint[48];
    char tokenizer[48];
    char image[48]; /* for the test to make */
};

static void make_folder(struct model_files *files)
{
    strcpy(files->folder, "/tmp/llama2c64-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    snprintf(files->checkpoint, sizeof files->checkpoint, "%s/model.bin", files->folder);
    snprintf(files->tokenizer, sizeof files->tokenizer, "%s/tok.bin", files->folder);
    snprintf(files->image, sizeof files->image, "%s/model.reu", files->folder);
}

static void make_model(struct model_files *files, const struct checkpoint_config *config, uint64_t seed)
{
    char error[256];

    make_folder(files);
    assert_int_equal(synthetic_checkpoint(files->checkpoint, config, seed, error, sizeof error), 0);
    assert_int_equal(synthetic_tokenizer(files->tokenizer, (uint32_t)config->vocab_size, seed, error, sizeof error), 0);
}

static void remove_model(struct model_files *files)
{
    unlink(files->checkpoint);
    unlink(files->tokenizer);
    unlink(files->image);
    assert_int_equal(rmdir(files->folder), 0);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

#endif
