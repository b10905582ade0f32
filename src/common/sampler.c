#include "sampler.h"
#include "heap.h"
#include "machine.h"
#include "model.h"
#include "xorshift.h"
#include "softmax.h"
#include "window.h"

#define MARGIN 16 /* units of the last place, see sample_topp */

/* Goes through SECTION_LOGITS in order: walk_begin, then walk_next once for
 * each element. */
static uint16_t walk_index;
static reu_address walk_address;

static uint16_t n; /* tokens */
static f32 sum;    /* a token's probability is its element of SECTION_LOGITS divided by this */

static void walk_begin(void)
{
    walk_index = 0;
    walk_address = section(SECTION_LOGITS);
}

static f32 walk_next(void)
{
    uint16_t i = walk_index++ & (WINDOW - 1);
    uint16_t left;

    if (i == 0) {
        left = n - (walk_index - 1);
        reu_read(window, walk_address, WINDOW_PART(left) * sizeof(f32));
        walk_address += sizeof window;
    }
    return window[i];
}

static uint16_t sample_argmax(void)
{
    uint16_t i, best = 0;
    f32 value, max;

    walk_begin();
    max = walk_next();
    for (i = 1; i < n && !machine_stopped; ++i) {
        value = walk_next();
        if (f32_less(max, value)) {
            max = value;
            best = i;
        }
    }
    return best;
}

static uint16_t sample_mult(f32 coin)
{
    uint16_t i;
    f32 cdf = F32_ZERO;

    walk_begin();
    for (i = 0; i < n && !machine_stopped; ++i) {
        cdf = f32_add(cdf, f32_div(walk_next(), sum));
        if (f32_less(coin, cdf))
            return i;
    }
    return n - 1;
}

/* The most likely tokens until their probabilities exceed topp. The heap takes
 * the place of llama2.c's qsort: the order is the same, and only as many are
 * sorted as are needed. A probability is positive, so the complement of its
 * bits sorts the highest first.
 * Only a token that can reach the cutoff is worth a division. cutoff * sum is off
 * by half a unit of its last place at most; a weight MARGIN units below makes a
 * quotient that is several units below the cutoff, however it is rounded. None
 * of the three can be subnormal: the cutoff is 2^-40 or more, the sum 1 or more. */
static uint16_t sample_topp(f32 topp, f32 coin)
{
    struct heap_entry entry;
    uint16_t i, taken;
    f32 probability, cutoff, least, cumulative, cdf;

    cutoff = f32_div(f32_sub(F32_ONE, topp), f32_from_uint(n - 1));
    least = f32_mul(cutoff, sum) - MARGIN;
    heap_begin(section(SECTION_HEAP));
    walk_begin();
    for (i = 0; i < n && !machine_stopped; ++i) {
        probability = walk_next();
        if (f32_less(probability, least))
            continue;
        probability = f32_div(probability, sum);
        if (!f32_less(probability, cutoff)) {
            entry.key = ~probability;
            entry.value = i;
            heap_push(&entry);
        }
    }
    cumulative = F32_ZERO;
    taken = 0;
    while (!machine_stopped && !f32_less(topp, cumulative) && heap_pop(&entry)) {
        cumulative = f32_add(cumulative, ~entry.key);
        ++taken;
    }
    if (taken == 0)
        return 0;
    coin = f32_mul(coin, cumulative);
    cdf = F32_ZERO;
    while (taken--) {
        heap_popped(&entry, taken);
        cdf = f32_add(cdf, ~entry.key);
        if (f32_less(coin, cdf))
            break;
    }
    return entry.value;
}

uint16_t sample(f32 temperature, f32 topp)
{
    reu_address logits = section(SECTION_LOGITS);
    f32 coin;

    n = model.config.vocab_size;
    if (temperature == F32_ZERO)
        return sample_argmax();

    if (temperature != F32_ONE)
        divide(logits, temperature, n);
    sum = exponentials(logits, n);
    if (machine_stopped)
        return 0;
    coin = random_f32();
    if (f32_less(F32_ZERO, topp) && f32_less(topp, F32_ONE))
        return sample_topp(topp, coin);
    return sample_mult(coin);
}
