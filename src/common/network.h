/* The network: one forward pass of a Llama-2 model. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

/* Computes keys and values of `token` at `position` into the caches and, if
 * want_logits, the logits into SECTION_LOGITS. Earlier positions must be in
 * the caches. Returns early if machine_stopped. */
void forward(uint16_t token, uint16_t position, uint8_t want_logits);

#endif
