/* Faster processors: see accelerator.s. */
#ifndef ACCELERATOR_H
#define ACCELERATOR_H

#include <stdint.h>

enum accelerator { ACCELERATOR_NONE, ACCELERATOR_C128, ACCELERATOR_SUPERCPU, ACCELERATOR_ULTIMATE, ACCELERATOR_CHAMELEON };
extern uint8_t accelerator; /* the one that was found at the start */

/* The code from there on has just come into memory, with nothing of use behind it. */
void accelerate(void *code);

/* 1 MHz, as the KERNAL's serial bus needs it; and back. */
void accelerator_slow(void);
void accelerator_fast(void);

#endif
