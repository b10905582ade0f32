/* What a definition of the fast engine needs of another. */
#ifndef FAST_ROW_H
#define FAST_ROW_H

#include <stdint.h>
#include "reu.h"

/* The accumulator of one row more for fast_rows, less the centre that it was last called with. */
int16_t fast_row(reu_address row);

#endif
