/* The REU of the host: an array behind reu_read and reu_write. */
#ifndef REU_HOST_H
#define REU_HOST_H

#include <stddef.h>
#include <stdint.h>

/* The REU is from now on the `size` bytes at `bytes`, which stay the caller's.
 * An access beyond them is a bug of the program and aborts it. */
void reu_attach(uint8_t *bytes, size_t size);

#endif
