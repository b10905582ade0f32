#include "model_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "synthetic.h"

void make_model(struct model_files *files, const struct checkpoint_config *config, uint64_t seed)
{
    char error[256];

    strcpy(files->folder, "/tmp/llama2c64-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    snprintf(files->checkpoint, sizeof files->checkpoint, "%s/model.bin", files->folder);
    snprintf(files->tokenizer, sizeof files->tokenizer, "%s/tok.bin", files->folder);
    snprintf(files->image, sizeof files->image, "%s/model.reu", files->folder);
    assert_int_equal(synthetic_checkpoint(files->checkpoint, config, seed, error, sizeof error), 0);
    assert_int_equal(synthetic_tokenizer(files->tokenizer, (uint32_t)config->vocab_size, seed, error, sizeof error), 0);
}

void remove_model(struct model_files *files)
{
    unlink(files->checkpoint);
    unlink(files->tokenizer);
    unlink(files->image);
    assert_int_equal(rmdir(files->folder), 0);
}

uint8_t *read_file(const char *path, size_t *size)
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
