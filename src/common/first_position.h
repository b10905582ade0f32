/* Keys and values of BOS at position 0, with which every story begins: SECTION_FIRST has
 * them ready. */
#ifndef FIRST_POSITION_H
#define FIRST_POSITION_H

#include <stdint.h>
#include "reu.h"

/* The section is, for each engine that the image serves, a list of these, with n bytes behind each,
 * ended by n = 0. The exact engine's comes first, the fast one's begins at layer_bytes of the
 * section. */
struct first_bytes {
    reu_address to; /* of the first byte */
    uint16_t n;
    uint16_t stride; /* from one to the next */
}; /* 8 bytes */

/* Copies them into the caches of the engine. 0: they are not there, as for the fast engine with fewer
 * planes than the image has. */
uint8_t first_position(uint8_t engine, uint8_t bits);

#endif
