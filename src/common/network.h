/* The network: one forward pass of a Llama-2 model. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

/* Positions of a block of keys in the cache, see network.c. */
#define KEY_BLOCK 64

/* What is wanted of a forward pass beside keys and values. */
#define WANT_NOTHING 0
#define WANT_LOGITS 1
#define WANT_GREATEST 2 /* the fast engine's: see fast_network.h */
#define WANT_PRODUCTS 3

/* Computes keys and values of `token` at `position` into the caches and, unless
 * nothing is wanted, the logits into SECTION_LOGITS. Earlier positions must be in
 * the caches. Returns early if machine_stopped. */
void forward(uint16_t token, uint16_t position, uint8_t want);

#endif
