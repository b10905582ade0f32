/* The RAM behind the I/O registers, $D000-$DFFF. */
#ifndef UNDER_IO_H
#define UNDER_IO_H

#include <stdint.h>

/* Copies n bytes from there or to there. */
void under_io_copy(void *to, const void *from, uint16_t n);

#endif
