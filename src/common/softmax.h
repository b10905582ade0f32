#ifndef SOFTMAX_H
#define SOFTMAX_H

#include "f32.h"
#include "reu.h"

/* Over n elements in the REU, n >= 1, in place; they return early if machine_stopped.
 * llama2.c's softmax is exponentials and then divide by their sum. */

/* x = exp(x - max); returns their sum, 1 or more. */
f32 exponentials(reu_address x, uint16_t n);

void divide(reu_address x, f32 divisor, uint16_t n); /* x /= divisor */

void softmax(reu_address x, uint16_t n);

#endif
