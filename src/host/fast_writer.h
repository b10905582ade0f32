/* The fast engine's part of the image, see fast_image.h. */
#ifndef FAST_WRITER_H
#define FAST_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "checkpoint.h"
#include "image.h"

/* Bytes of the data, and of the work space, of a model with `planes` planes of
 * each weight, 4..16; precise if more than 8 planes are ever to be used. */
size_t fast_data_bytes(const struct config *config, unsigned planes);
size_t fast_work_bytes(const struct config *config, unsigned planes);

/* Writes the data into the image at `address`; they will have their work
 * space at `work`. The bytes there are zeros. The weights are rounded as
 * fast_calibration.h says, or each by itself, which is what train_quantise.h does. */
void fast_write(uint8_t *image, uint32_t address, uint32_t work, const struct checkpoint *checkpoint, const struct config *config,
                unsigned planes, bool compensated);

#endif
