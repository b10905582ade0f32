/* The RAM Expansion Unit as plain storage: up to 16 MB behind 24-bit addresses.
 * On the C64 these are DMA transfers (src/c64/reu.s); on the host an array
 * (src/host/reu.c) of the same contents. */
#ifndef REU_H
#define REU_H

#include <stdint.h>

typedef uint32_t reu_address;

/* Copies n bytes, 1 <= n <= 65535; the range lies inside the REU. */
void reu_read(void *to, reu_address from, uint16_t n);
void reu_write(reu_address to, const void *from, uint16_t n);

#endif
