/* Vectors in the REU are worked on through a window in RAM. */
#ifndef WINDOW_H
#define WINDOW_H

#include "f32.h"

#define WINDOW 256 /* elements */

extern f32 window[WINDOW];

/* How many of the n elements still to do fit the window. */
#define WINDOW_PART(n) ((n) < WINDOW ? (n) : WINDOW)

#endif
