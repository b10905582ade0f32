/* A model for a test: its files read, its image in the host's REU, opened. */
#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include "checkpoint.h"
#include "image_writer.h"
#include "tokenizer_file.h"

struct test_model {
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    struct image image;
};

/* Aborts with a message on stderr if anything fails. */
void test_model_open(struct test_model *model, const char *checkpoint, const char *tokenizer);
/* For engines, a set of ENGINE_..., of `bits` for the fast one. */
void test_model_open_for(struct test_model *model, const char *checkpoint, const char *tokenizer, uint8_t engines, unsigned bits);
/* A synthetic one of this shape; nothing of it remains in files. */
void test_model_make(struct test_model *model, const struct checkpoint_config *config, uint64_t seed);
void test_model_make_for(struct test_model *model, const struct checkpoint_config *config, uint64_t seed, uint8_t engines, unsigned bits);
void test_model_close(struct test_model *model);

#endif
