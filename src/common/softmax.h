#ifndef SOFTMAX_H
#define SOFTMAX_H

#include "f32.h"
#include "reu.h"

/* llama2.c's softmax, in place, over n elements in the REU, n >= 1:
 * x = exp(x - max); x /= sum of x. Returns early if machine_stopped. */
void softmax(reu_address x, uint16_t n);

#endif
