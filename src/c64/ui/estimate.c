#include "ui.h"
#include "c64.h"
#include "model.h"

/* Of one multiply-accumulate, all other work included, and how many of those one
 * of attention is worth, in halves: measured with stories260K on PAL with the
 * screen on, docs/performance.md. */
#define EXACT_CYCLES_A_PRODUCT 374
#define FAST_CYCLES_A_PRODUCT 55
#define ATTENTION_HALVES 5

static uint16_t correction; /* measured / modelled * 256; 0: nothing measured yet */

/* Time of the first `positions` positions in units of 65,536 cycles. */
static uint32_t modelled(uint16_t positions)
{
    const struct config *c = &model.config;
    uint32_t products = count_parameters(); /* nearly all are in matrices, the embedding only if it is the classifier */

    if (!model.shared_classifier)
        products -= (uint32_t)c->vocab_size * c->dim;
    /* scores and values at the mean position, positions / 2 */
    products += ((uint32_t)c->dim * c->n_layers * ATTENTION_HALVES >> 1) * positions;
    return ((products >> 8) * (chosen_engine() == ENGINE_FAST ? FAST_CYCLES_A_PRODUCT : EXACT_CYCLES_A_PRODUCT) >> 8) * positions;
}

uint32_t estimate_seconds(uint16_t steps)
{
    uint32_t time = modelled(steps);

    if (correction)
        time = (time >> 4) * correction >> 4;
    return (time << 4) / (CLOCK_HZ >> 12);
}

void estimate_learn(uint32_t time, uint16_t positions)
{
    uint32_t expected = modelled(positions);

    while (expected > 0xFFFF || time > 0xFFFFFF) {
        expected >>= 1;
        time >>= 1;
    }
    time = (time << 8) / (expected + 1);
    correction = time > 0xFFFF ? 0xFFFF : (uint16_t)time;
}
