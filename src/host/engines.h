/* The engines' names, and the options that programs share about them. */
#ifndef ENGINES_H
#define ENGINES_H

#include <stdint.h>

/* "exact", "fast" or "both", of ENGINE_... bits. */
const char *engine_name(uint8_t engines);

/* For OPTION_OTHER (options.h): one engine, or both too (uint8_t); how many bits of
 * a weight (unsigned); a REU's size in KB (unsigned). */
const char *read_engine(void *engine, const char *text);
const char *read_engines(void *engines, const char *text);
const char *read_bits(void *bits, const char *text);
const char *read_reu_kib(void *kib, const char *text);

#endif
