/* What the network asks of the machine that it runs on, C64 or host. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

/* The steps of the forward pass, for the status line and for profiling. */
enum step {
    STEP_EMBEDDING,
    STEP_RMSNORM,
    STEP_QKV,
    STEP_ROPE,
    STEP_ATTENTION,  /* q.k of all positions */
    STEP_SOFTMAX,
    STEP_VALUES,     /* weighted sum of the values */
    STEP_WO,
    STEP_RESIDUAL,
    STEP_GATE_UP,    /* w1 and w3 */
    STEP_SWIGLU,
    STEP_DOWN,       /* w2 */
    STEP_CLASSIFIER,
    STEP_SAMPLE,
    STEP_COUNT
};

/* Called when the network begins a step of a layer (0..n_layers-1; n_layers
 * for what follows the last). */
void machine_step(uint8_t layer, enum step step);

/* Becomes non-zero when the user wants the story to stop: set by the machine
 * (on the C64 by the interrupt that scans the keyboard), looked at by the
 * network and by the kernels at least once every 0.7 million cycles. They then
 * return at once, with unfinished results. */
extern volatile uint8_t machine_stopped;

#endif
