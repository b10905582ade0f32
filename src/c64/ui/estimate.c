/* How long a story takes: clock cycles by the shape of the model, in the units of
 * a PAL C64 with its screen on, then brought to this machine's. */
#include "ui.h"
#include <stddef.h>
#include <string.h>
#include "accelerator.h"
#include "c64.h"
#include "cost.h"
#include "f32.h"
#include "model.h"
#include "story_screen.h"

static f32 pace;              /* what a story took / what was planned */
static struct settings paced; /* which one */
#define PACED_BYTES offsetof(struct settings, steps) /* of these that make a difference: engine and bits */

#define COST_SLOW 25 /* cycles that a faster processor is slowed down for a transfer, at least one a row */
#define ONE_256TH 0x3B800000UL

/* Cycles of a picture, and what badlines take of them. */
#define PICTURE (c64_ntsc ? 17095U : 19656U)
#define BADLINES (25 * 43)

/* Time of a fixed piece of work, here / on a PAL C64 with its screen on, over 256:
 * with the screen on, and off. */
static f32 work[2];

static f32 transfer;          /* cycles of a byte with the screen on, over 256 */

static f32 costs[COST_COUNT]; /* in cycles, here and now */
static f32 sum;               /* worked on by the following; cc65 copies and passes 32 bits at length */

#define u(n) f32_from_uint(n)

static void take(f32 from)
{
    sum = from;
}

static void give(f32 *to)
{
    *to = sum;
}

/* sum += n times what it costs; called by cost_part. */
void cost_add(uint8_t cost, uint32_t n)
{
    f32 before = sum;

    take(f32_mul(costs[cost], u(n)));
    take(f32_add(sum, before));
}

static void scale(uint16_t n)
{
    take(f32_mul(sum, u(n)));
}

static uint16_t sum_over(f32 whole)
{
    return (uint16_t)f32_to_int(f32_div(sum, whole));
}

/* costs[cost] += costs[more] * n */
static void include(uint8_t cost, uint8_t more, uint8_t n)
{
    take(costs[more]);
    scale(n);
    costs[cost] = f32_add(costs[cost], sum);
}

/* With the screen on or off. */
static void set_costs(const struct settings *settings, uint8_t dark)
{
    const uint32_t *units = cost_exact;
    f32 *to = costs;
    uint8_t i;

    if (settings->engine == ENGINE_FAST)
        units = settings->bits > COST_FAST_BITS ? cost_precise : cost_fast;

    for (i = 0; i < COST_COUNT; ++i)
        *to++ = f32_mul(i < COST_TRANSFER ? work[dark] : dark ? ONE_256TH : transfer, u(*units++));
    include(COST_PRODUCT, COST_TRANSFER, 1);
    include(COST_GROUP, COST_TRANSFER_BIT, settings->bits);
    include(COST_COLUMN, COST_TRANSFER_COLUMN, 1);
    include(COST_GROUP, COST_GROUP_BIT, settings->bits);
    include(COST_ROW, COST_ROW_BIT, settings->bits);
    if (settings->bits != parameters_planes())
        include(COST_ROW, COST_ROW_APART, 1);
    if (accelerator) {
        take(u(COST_SLOW));
        costs[COST_ROW] = f32_add(costs[COST_ROW], sum);
    }
}

/* What a layer does while the prompt is read, if it is the last; and the rest of it. */
static const uint8_t cached_parts[] = {PART_NORM, PART_QKV, PART_CACHE};
static const uint8_t other_parts[] = {PART_ATTENTION, PART_WO, PART_RESIDUAL, PART_NORM, PART_GATE_UP, PART_SWIGLU, PART_DOWN, PART_RESIDUAL};

static f32 cached, layer; /* what the first, and both, cost */

static void add_parts(const uint8_t *parts, uint8_t n)
{
    for (; n; --n)
        cost_part(*parts++);
}

/* sum = a position of the prompt. */
static void price_reading(void)
{
    take(F32_ZERO);
    add_parts(cached_parts, sizeof cached_parts);
    give(&cached);
    add_parts(other_parts, sizeof other_parts);
    give(&layer);
    scale((uint8_t)model.config.n_layers - 1);
    cost_part(PART_EMBEDDING);
    cost_part(PART_TOKEN);
    take(f32_add(sum, cached));
}

/* sum = a position that samples; it was that of the prompt. */
static void price_writing(const struct settings *settings)
{
    take(f32_sub(f32_add(sum, layer), cached));
    cost_part(PART_NORM);
    cost_part(PART_CLASSIFIER);
    cost_part(settings->temperature ? PART_SAMPLE : PART_GREATEST);
}

uint16_t estimate_dark_gain(const struct settings *settings)
{
    f32 dark;

    set_costs(settings, 1);
    price_reading();
    price_writing(settings);
    give(&dark);
    set_costs(settings, 0);
    price_reading();
    price_writing(settings);
    scale(1000);
    return sum_over(dark) - 1000;
}

void estimate_plan(const struct settings *settings)
{
    set_costs(settings, parameters_dark());
    price_reading();
    give(&plan.reading);
    price_writing(settings);
    give(&plan.writing);
    give(&plan.done);
    give(&plan.taken);
    take(layer);
    scale(BAR_PIXELS * 256U);
    plan.reading_layer = sum_over(plan.reading);
    plan.writing_layer = sum_over(plan.writing);

    take(F32_ZERO);
    cost_part(PART_POSITION);
    give(&layer);
    scale((uint8_t)model.config.n_layers);
    give(&plan.writing_growth);
    plan.reading_growth = f32_sub(sum, layer);

    take(u(CLOCK_HZ * 4 / 60));
    scale(BAR_PIXELS * 256);
    scale(256);
    give(&plan.bar);
    plan.second = f32_div(F32_ONE, u(CLOCK_HZ));

    /* What this story takes will soon outweigh what the last one took. */
    if (pace && memcmp(settings, &paced, PACED_BYTES) == 0)
        plan.taken = f32_mul(plan.done, pace);
}

/* n positions that take `each`, more by `growth` from one to the next, the first
 * of them behind `from` others. */
static f32 series(f32 each, f32 growth, uint16_t from, uint16_t n)
{
    if (!n)
        return F32_ZERO;
    return f32_mul(f32_add(each, f32_mul(growth, f32_div(u(2UL * from + n - 1), u(2)))), u(n));
}

/* By plan, for the positions from..to-1 of a story. */
static f32 planned(uint16_t from, uint16_t to, uint16_t n_prompt_tokens)
{
    uint16_t writing = n_prompt_tokens - 1; /* the first that samples */

    if (writing < from)
        writing = from;
    if (writing > to)
        writing = to;
    return f32_add(series(plan.reading, plan.reading_growth, from, writing - from),
                   series(plan.writing, plan.writing_growth, writing, to - writing));
}

void estimate_from(uint16_t position)
{
    plan.left = planned(position, story.steps, story.n_prompt_tokens);
}

uint32_t estimate_seconds(uint16_t n_prompt_tokens, uint16_t steps)
{
    f32 cycles = f32_div(f32_mul(planned(0, steps, n_prompt_tokens), plan.taken), plan.done);

    return (uint32_t)f32_to_int(f32_mul(cycles, plan.second));
}

void estimate_learn(const struct settings *settings)
{
    if (f32_less(plan.done, f32_mul(plan.writing, u(2))))
        return;
    pace = f32_div(plan.taken, plan.done);
    paced = *settings;
}

void estimate_reset(void)
{
    uint8_t dark;

    pace = F32_ZERO;
    transfer = f32_mul(f32_div(u(PICTURE), u(PICTURE - BADLINES)), ONE_256TH);
    for (dark = 0; dark < 2; ++dark)
        work[dark] = f32_div(u(work_time(dark)), u(WORK_TIME * 256));
}
