/* From a piece's text to its token. */
#ifndef FIND_TOKEN_H
#define FIND_TOKEN_H

#include <stdint.h>

#define NO_TOKEN 0xFFFFU

/* The token whose piece is `text`, NUL-terminated, or NO_TOKEN: a binary search of the
 * pieces in strcmp order. Of equal pieces the one that it meets. Changes piece[]. */
uint16_t find_token(const char *text);

#endif
