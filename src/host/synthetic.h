/* Small random models of any shape, for tests without a real one. */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>
#include "checkpoint.h"

/* Write a checkpoint, and a tokenizer for its vocabulary. The same config and
 * seed always give the same bytes. */
int synthetic_checkpoint(const char *path, const struct checkpoint_config *config, uint64_t seed, char *error, size_t error_size);
int synthetic_tokenizer(const char *path, uint32_t vocab_size, uint64_t seed, char *error, size_t error_size);

#endif
