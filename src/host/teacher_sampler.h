/* Stories sampled from a checkpoint, many at a time: text to train another
 * model on. Temperature sampling from the whole distribution, in float32 with
 * the trainer's kernels; not llama2.c's order of additions, nor its generator. */
#ifndef TEACHER_SAMPLER_H
#define TEACHER_SAMPLER_H

#include <stdint.h>
#include "checkpoint.h"

struct sampled_story {
    uint16_t *tokens; /* without BOS and the token that ended it */
    int n_tokens;
    int complete; /* 0: the context was full before the model ended it */
};

/* Samples the stories numbered first .. first + n - 1. A story depends on the
 * checkpoint, the seed, the temperature and its number alone.
 * Returns the number of tokens sampled, or -1 if there is no memory. */
int64_t teacher_sample(const struct checkpoint *teacher, uint64_t seed, float temperature, int64_t first, int n, struct sampled_story *stories);

#endif
