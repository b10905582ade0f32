/* The image in the REU, opened: its header in RAM, its sections by name. */
#ifndef MODEL_H
#define MODEL_H

#include "image.h"
#include "reu.h"

enum model_status {
    MODEL_OK,
    MODEL_NO_IMAGE,       /* no magic at address 0 */
    MODEL_OLD_VERSION,    /* an image version that this program no longer reads */
    MODEL_NEWER_VERSION,  /* an image version that this program does not know yet */
    MODEL_DAMAGED,        /* a checksum does not fit */
    MODEL_REU_TOO_SMALL,  /* image_kib > REU */
    MODEL_NO_ENGINE       /* for none of our engines */
};

extern struct image_header model;

/* Reads and checks the header; reu_kib is the size of the REU. */
uint8_t model_open(uint16_t reu_kib);

/* Checks the data against their checksum, in portions so that a screen can
 * live meanwhile: model_check_begin, then model_check_step until it returns
 * something other than MODEL_CHECKING. */
#define MODEL_CHECKING 0xFF
void model_check_begin(void);
uint8_t model_check_step(void); /* 1 KB more: MODEL_CHECKING, MODEL_OK or MODEL_DAMAGED */
uint8_t model_check_percent(void);

/* Address of a section, and of a layer's part of it. */
reu_address section(uint8_t id);
reu_address section_layer(uint8_t id, uint16_t layer);

#endif
