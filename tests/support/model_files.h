/* A synthetic model in files of a folder of its own, for one test. */
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "checkpoint.h"

struct model_files {
    char folder[32];
    char checkpoint[48];
    char tokenizer[48];
    char image[48]; /* for the test to make */
};

/* What goes wrong fails the test. */
void make_model(struct model_files *files, const struct checkpoint_config *config, uint64_t seed);
/* Nothing else may be left in the folder. */
void remove_model(struct model_files *files);

/* A file's contents, to be freed. */
uint8_t *read_file(const char *path, size_t *size);

#endif
