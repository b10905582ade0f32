/* The network in fixed-point arithmetic: the fast engine's forward pass. */
#ifndef FAST_NETWORK_H
#define FAST_NETWORK_H

#include <stdint.h>

/* Takes the image's constants and a precision, 4..16 planes of the weights but
 * not more than the image has. */
void fast_begin(uint8_t bits);

/* Layer 0's q, k and v without the rows' scales, dim + 2*kv_dim of them, which depend on the token alone. The
 * residual is the token's embedding then. */
const int16_t *fast_token_heads(uint16_t token);

/* As forward() of network.h, with logits that are the fast engine's. Returns the token with the greatest,
 * the first of several. WANT_GREATEST: that is all; WANT_PRODUCTS: the classifier's rows times the last
 * vector, as int32, are in the place of the logits, and fast_draw says what they mean, for fast_sample. */
uint16_t fast_forward(uint16_t token, uint16_t position, uint8_t want);

/* The classifier once more, for something else. */
uint16_t fast_classify(uint8_t want);

#endif
