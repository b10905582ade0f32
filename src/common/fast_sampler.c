/* A token's weight is e^(logit / temperature) in units of the greatest's, which has 2^24 of them or, of more than 256
 * tokens, so many fewer that all weights together are less than 2^32. A token that is 2^24 times less likely
 * than the likeliest (2^16 times, of 65,536 tokens) is never drawn. */
#include "fast_sampler.h"
#include <string.h>
#include "fast.h"
#include "heap.h"
#include "machine.h"
#include "model.h"
#include "xorshift.h"
#include "window.h"

#define STEPS_OF_OCTAVES 0x43B8AA3BUL /* 256 / ln 2 */

static uint16_t n; /* tokens */
static uint16_t factor;

static uint8_t exponent_of(f32 value)
{
    return (uint8_t)(value >> 23);
}

/* Chooses fast_draw.shift and factor such that distance * factor / 2^16 is in 1/256 octaves: a logit's
 * unit is 2^exponent * 256 / ln 2 / temperature of them, a mantissa in [1, 2) times 2^(exponent of the
 * quotient - 127 + exponent). A factor of that mantissa times 2^14 is that times 2^(14 - 16). Distances
 * of more than 2^15 have more than 2^13 / 256 = 32 octaves. */
static void choose_scale(f32 temperature)
{
    f32 quotient = f32_div(STEPS_OF_OCTAVES, temperature);
    int16_t shift = 125 - exponent_of(quotient) - fast_draw.exponent;

    factor = (uint16_t)(quotient >> 9 & 0x3FFF) | 0x4000;
    if (shift > 24)
        shift = 24; /* distances are less than 2^24 */
    if (shift < -15)
        shift = -15;
    fast_draw.shift = (int8_t)shift;
}

static uint8_t part_from(uint16_t first)
{
    return n - first < FAST_COLUMNS ? (uint8_t)(n - first) : FAST_COLUMNS;
}

static reu_address distances_of(uint16_t first)
{
    return section(SECTION_LOGITS) + (uint32_t)first * sizeof(int32_t);
}

/* Puts distances, in 1/256 octaves, in the place of the products, and the weights' sums of the
 * parts up to each into SECTION_HEAP. */
static void weigh(void)
{
    reu_address at, sums = section(SECTION_HEAP);
    uint16_t first;
    uint8_t tokens;

    for (first = 0; first < n && !machine_stopped; first += FAST_COLUMNS) {
        tokens = part_from(first);
        at = distances_of(first);
        reu_read(window, at, tokens * sizeof(int32_t));
        fast_distances(tokens);
        fast_multiply(fast_draw.distance, factor, tokens);
        fast_exponentials(tokens);
        reu_write(at, fast_draw.distance, tokens * sizeof(int16_t));
        reu_write(sums, &fast_draw.sum, sizeof fast_draw.sum);
        sums += sizeof fast_draw.sum;
    }
}

/* Lists the weights of a part once more; returns how many. */
static uint8_t list(uint16_t first)
{
    uint8_t tokens = part_from(first);

    reu_read(fast_draw.distance, distances_of(first), tokens * sizeof(int16_t));
    return fast_exponentials(tokens);
}

/* A number below `limit`, with 24 random bits as llama2.c draws them. */
static uint32_t draw_below(uint32_t limit)
{
    return multiply_high(random_u32() & 0xFFFFFF00UL, limit);
}

/* The first token whose weight and those before it are more than a number below all weights'
 * sum: first the part that it is in, then the token. */
static uint16_t sample_mult(void)
{
    uint32_t drawn = draw_below(fast_draw.sum), before, after = 0;
    reu_address sums = section(SECTION_HEAP);
    uint16_t first = 0;
    uint8_t i, listed;

    for (;;) {
        before = after;
        reu_read(&after, sums, sizeof after);
        sums += sizeof after;
        if (drawn < after || machine_stopped)
            break;
        first += FAST_COLUMNS;
    }
    drawn -= before;
    listed = list(first);
    for (i = 0; i < listed - 1 && drawn >= fast_draw.weight[i]; ++i)
        drawn -= fast_draw.weight[i];
    return first + fast_draw.index[i];
}

/* topp as a fraction of 2^32. */
static uint32_t fraction(f32 topp)
{
    uint8_t places = 126 - exponent_of(topp);

    return places < 32 ? ((topp << 8) | 0x80000000UL) >> places : 0;
}

/* The most likely tokens until their weights are more than topp of all; of those one, as llama2.c draws. Only
 * tokens of the octaves that together have as much can be among them. The heap's smallest entry is the
 * greatest weight's. */
static uint16_t sample_topp(f32 topp)
{
    struct heap_entry entry;
    uint32_t limit = multiply_high(fraction(topp), fast_draw.sum), taken_weight = 0, drawn;
    uint16_t first, taken = 0;
    uint8_t i, listed;

    for (i = 0; i < fast_draw.octaves && taken_weight <= limit; ++i)
        taken_weight += fast_draw.mass[i];
    fast_draw.octaves = i;
    heap_begin(section(SECTION_HEAP));
    for (first = 0; first < n && !machine_stopped; first += FAST_COLUMNS) {
        listed = list(first);
        for (i = 0; i < listed; ++i) {
            entry.key = ~fast_draw.weight[i];
            entry.value = first + fast_draw.index[i];
            heap_push(&entry);
        }
    }
    taken_weight = 0;
    while (!machine_stopped && taken_weight <= limit && heap_pop(&entry)) {
        taken_weight += ~entry.key;
        ++taken;
    }
    drawn = draw_below(taken_weight);
    while (taken--) {
        heap_popped(&entry, taken);
        if (drawn < ~entry.key)
            break;
        drawn -= ~entry.key;
    }
    return entry.value;
}

uint16_t fast_sample(f32 temperature, f32 topp)
{
    uint8_t above; /* so many times 256 tokens */

    n = model.config.vocab_size;
    fast_draw.finer = 0;
    for (above = (uint8_t)((n - 1) >> 8); above; above >>= 1)
        ++fast_draw.finer;
    fast_draw.octaves = FAST_OCTAVES - fast_draw.finer;
    fast_draw.sum = 0;
    memset(fast_draw.mass, 0, sizeof fast_draw.mass);
    choose_scale(temperature);
    weigh();
    if (machine_stopped)
        return 0;
    if (f32_less(F32_ZERO, topp) && f32_less(topp, F32_ONE))
        return sample_topp(topp);
    return sample_mult();
}
