/* The fast engine's part of the image, see fast_image.h. */
#ifndef FAST_WRITER_H
#define FAST_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "checkpoint.h"
#include "image.h"

/* Whether the data can be compact: the embedding is made from the classifier's rows, and the
 * matrices are not rotated for that; RoPE's angles from those of every 64th position. */
bool fast_can_be_compact(const struct checkpoint *checkpoint);

/* Bytes of the data, the vectors and the keys and values of a model with `planes`
 * planes of each weight, 4..16. */
size_t fast_data_bytes(const struct config *config, unsigned planes, bool compact);
size_t fast_vector_bytes(const struct config *config);
size_t fast_cache_bytes(const struct config *config, unsigned planes);

/* Of these, the key and the value of a head at a position, without exponents. */
uint32_t fast_entry_bytes(const struct config *config, unsigned planes);

/* Writes the data into the image at `address`, where the bytes are zeros; vectors,
 * keys and values will have their places at `vectors` and `cache`. The weights are rounded as
 * fast_calibration.h says, or each by itself, which is what train_quantise.h does. */
void fast_write(uint8_t *image, uint32_t address, uint32_t vectors, uint32_t cache, const struct checkpoint *checkpoint, const struct config *config,
                unsigned planes, bool compact, bool compensated);

#endif
