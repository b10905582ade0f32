/* What the image has computed before any story: SECTION_FIRST, see first_position.h, and
 * token_heads of fast_image.h. */
#ifndef FIRST_WRITER_H
#define FIRST_WRITER_H

#include <stdint.h>
#include "image.h"

/* Bytes of an engine's list. */
uint64_t first_exact_bytes(const struct config *config);
uint64_t first_fast_bytes(const struct config *config, unsigned planes);

uint64_t token_heads_bytes(const struct config *config);

/* Lets the engines compute it; what they leave in the work space is cleared. The rest of the image is
 * complete, but for data_crc. token_heads: where they are put, 0: nowhere. */
void first_write(uint8_t *image, uint32_t size, uint32_t token_heads);

#endif
