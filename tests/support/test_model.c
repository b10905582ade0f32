#include "test_model.h"
#include <stdio.h>
#include <stdlib.h>
#include "model.h"
#include "model_files.h"
#include "reu_host.h"
#include "story.h"

static void must(int failed, const char *what, const char *error)
{
    if (failed) {
        fprintf(stderr, "%s: %s\n", what, error);
        abort();
    }
}

void test_model_open_for(struct test_model *m, const char *checkpoint, const char *tokenizer, uint8_t engines, unsigned bits)
{
    char error[256];

    must(checkpoint_open(&m->checkpoint, checkpoint, error, sizeof error), checkpoint, error);
    must(tokenizer_file_open(&m->tokenizer, tokenizer, (uint32_t)m->checkpoint.config.vocab_size, error, sizeof error), tokenizer, error);
    must(image_build(&m->checkpoint, &m->tokenizer, "test", engines, bits, IMAGE_MAX_KIB, &m->image, error, sizeof error), checkpoint, error);
    reu_attach(m->image.bytes, m->image.size);
    story_forget();
    must(model_open(IMAGE_MAX_KIB), checkpoint, "the image can't be opened");
}

void test_model_open(struct test_model *m, const char *checkpoint, const char *tokenizer)
{
    test_model_open_for(m, checkpoint, tokenizer, ENGINE_EXACT, 0);
}

void test_model_make(struct test_model *m, const struct checkpoint_config *config, uint64_t seed)
{
    test_model_make_for(m, config, seed, ENGINE_EXACT, 0);
}

void test_model_make_for(struct test_model *m, const struct checkpoint_config *config, uint64_t seed, uint8_t engines, unsigned bits)
{
    struct model_files files;

    make_model(&files, config, seed);
    test_model_open_for(m, files.checkpoint, files.tokenizer, engines, bits);
    remove_model(&files);
}

void test_model_close(struct test_model *m)
{
    image_free(&m->image);
    tokenizer_file_close(&m->tokenizer);
    checkpoint_close(&m->checkpoint);
}
