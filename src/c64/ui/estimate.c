/* How long a story takes: clock cycles by the shape of the model, in the units of
 * a PAL C64 with its screen on, then brought to this machine's. */
#include "ui.h"
#include <stddef.h>
#include "accelerator.h"
#include "c64.h"
#include "cost.h"
#include "f32.h"
#include "fast_image.h"
#include "model.h"
#include "story_screen.h"

#define COST_SLOW 25 /* cycles that a faster processor is slowed down for a transfer, at least one a row */

/* Cycles of a picture, and what badlines take of them. */
#define PICTURE (c64_ntsc ? 17095U : 19656U)
#define BADLINES (25 * 43)

static f32 pace;            /* what a story took / what was planned */
static uint8_t paced[2];    /* its engine and bits */

/* With the screen on, and off, over 256: the time of a fixed piece of work, here / on a
 * PAL C64 with its screen on; and cycles that a byte's transfer takes. */
static f32 work[2], transfer[2];

static const f32 half = 0x3F000000UL, one_256th = 0x3B800000UL;

#pragma bss-name(push, "SCREENS_HIGH")
static f32 costs[COST_COUNT]; /* in cycles, here and now */
static f32 cached, layer;     /* of them a layer takes so many for the caches, and in all */
static f32 other;
static f32 ready; /* of layer 0, for q, k and v that are in the image */

/* What the following work on: cc65 copies and passes 32 bits at length. */
static f32 sum;
#pragma bss-name(pop)

static void set(uint32_t n)
{
    sum = f32_from_uint(n);
}

static void take(const f32 *from)
{
    sum = *from;
}

static void give(f32 *to)
{
    *to = sum;
}

static void plus(const f32 *a)
{
    sum = f32_add(sum, *a);
}

static void minus(const f32 *a)
{
    sum = f32_sub(sum, *a);
}

static void times(const f32 *a)
{
    sum = f32_mul(sum, *a);
}

static void over(const f32 *a)
{
    sum = f32_div(sum, *a);
}

static void scale(uint16_t n)
{
    sum = f32_mul(sum, f32_from_uint(n));
}

/* sum += n times what it costs; called by cost_part. */
void cost_add(uint8_t cost, uint32_t n)
{
    f32 before = sum;

    set(n);
    times(&costs[cost]);
    plus(&before);
}

static uint16_t sum_over(const f32 *whole)
{
    over(whole);
    return (uint16_t)f32_to_int(sum);
}

/* costs[cost] += costs[more] * n */
static void include(uint8_t cost, uint8_t more, uint8_t n)
{
    take(&costs[more]);
    scale(n);
    plus(&costs[cost]);
    give(&costs[cost]);
}

/* Whether layer 0's q, k and v come from the image. */
static uint8_t uses_token_heads(const struct settings *settings)
{
    reu_address heads;

    if (settings->engine != ENGINE_FAST || settings->bits != parameters_planes())
        return 0;
    reu_read(&heads, section(SECTION_FAST) + offsetof(struct fast_header, token_heads), sizeof heads);
    return heads != 0;
}

/* With the screen on or off. */
static void set_costs(const struct settings *settings, uint8_t dark)
{
    const uint32_t *units = cost_exact;
    uint8_t i;

    if (settings->engine == ENGINE_FAST)
        units = settings->bits > COST_FAST_BITS ? cost_precise : cost_fast;

    for (i = 0; i < COST_COUNT; ++i) {
        set(units[i]);
        times(i < COST_TRANSFER ? &work[dark] : &transfer[dark]);
        give(&costs[i]);
    }
    include(COST_PRODUCT, COST_TRANSFER, 1);
    include(COST_GROUP, COST_TRANSFER_BIT, parameters_planes());
    include(COST_COLUMN, COST_TRANSFER_COLUMN, 1);
    include(COST_GROUP, COST_GROUP_BIT, settings->bits);
    include(COST_ROW, COST_ROW_BIT, settings->bits);
    if (accelerator) {
        set(COST_SLOW);
        plus(&costs[COST_ROW]);
        give(&costs[COST_ROW]);
    }
    sum = F32_ZERO;
    if (uses_token_heads(settings)) {
        cost_part(PART_NORM);
        cost_part(PART_QKV);
    }
    give(&ready);
}

/* What a layer does while the prompt is read, if it is the last; and the rest of it. */
static const uint8_t cached_parts[] = {PART_NORM, PART_QKV, PART_CACHE};
static const uint8_t other_parts[] = {PART_ATTENTION, PART_WO, PART_RESIDUAL, PART_NORM, PART_GATE_UP, PART_SWIGLU, PART_DOWN, PART_RESIDUAL};

static void add_parts(const uint8_t *parts, uint8_t n)
{
    for (; n; --n)
        cost_part(*parts++);
}

/* sum = a position of the prompt. */
static void price_reading(void)
{
    sum = F32_ZERO;
    add_parts(cached_parts, sizeof cached_parts);
    give(&cached);
    add_parts(other_parts, sizeof other_parts);
    give(&layer);
    scale((uint8_t)model.config.n_layers - 1);
    cost_part(PART_EMBEDDING);
    cost_part(PART_TOKEN);
    plus(&cached);
    minus(&ready);
}

/* sum = a position that samples; it was that of the prompt. */
static void price_writing(const struct settings *settings)
{
    plus(&layer);
    minus(&cached);
    cost_part(PART_NORM);
    cost_part(settings->engine == ENGINE_FAST && !settings->temperature && cost_bounds(settings->bits) ? PART_BOUNDS : PART_CLASSIFIER);
    cost_part(settings->temperature ? PART_SAMPLE : PART_GREATEST);
}

uint16_t estimate_dark_gain(const struct settings *settings)
{
    set_costs(settings, 1);
    price_reading();
    price_writing(settings);
    give(&other);
    set_costs(settings, 0);
    price_reading();
    price_writing(settings);
    scale(1000);
    return sum_over(&other) - 1000;
}

void estimate_plan(const struct settings *settings)
{
    set_costs(settings, parameters_dark());
    price_reading();
    give(&plan.reading);
    price_writing(settings);
    give(&plan.writing);
    take(&layer);
    scale(BAR_PIXELS * 256U);
    give(&other);
    plan.reading_layer = sum_over(&plan.reading);
    take(&other);
    plan.writing_layer = sum_over(&plan.writing);

    sum = F32_ZERO;
    cost_part(PART_POSITION);
    give(&other);
    scale((uint8_t)model.config.n_layers);
    give(&plan.writing_growth);
    minus(&other);
    give(&plan.reading_growth);

    set(CLOCK_HZ);
    give(&other);
    sum = F32_ONE;
    over(&other);
    give(&plan.second);
    set(CLOCK_HZ * 4 / 60);
    scale(BAR_PIXELS * 256);
    scale(256);
    give(&plan.bar);
    estimate_begin(settings);
}

/* What the story takes will soon outweigh what the last one took. */
void estimate_begin(const struct settings *settings)
{
    take(&plan.writing);
    give(&plan.done);
    if (pace && settings->engine == paced[0] && settings->bits == paced[1])
        times(&pace);
    give(&plan.taken);
}

/* sum += n positions that take `each`, more by `growth` from one to the next, the first
 * of them behind `from` others. */
static void add_series(const f32 *each, const f32 *growth, uint16_t from, uint16_t n)
{
    if (!n)
        return;
    give(&other);
    set(2UL * from + n - 1);
    times(&half);
    times(growth);
    plus(each);
    scale(n);
    plus(&other);
}

/* sum = the positions from..to-1 of a story, by plan. */
static void price_story(uint16_t from, uint16_t to, uint16_t n_prompt_tokens)
{
    uint16_t writing = n_prompt_tokens - 1; /* the first that samples */

    if (writing < from)
        writing = from;
    if (writing > to)
        writing = to;
    sum = F32_ZERO;
    add_series(&plan.reading, &plan.reading_growth, from, writing - from);
    add_series(&plan.writing, &plan.writing_growth, writing, to - writing);
}

void estimate_from(uint16_t position)
{
    price_story(position, story.steps, story.n_prompt_tokens);
    give(&plan.left);
}

uint32_t estimate_seconds(uint16_t n_prompt_tokens, uint16_t steps)
{
    price_story(0, steps, n_prompt_tokens);
    times(&plan.taken);
    over(&plan.done);
    times(&plan.second);
    return (uint32_t)f32_to_int(sum);
}

void estimate_learn(const struct settings *settings)
{
    take(&plan.writing);
    scale(2);
    if (f32_less(plan.done, sum))
        return;
    take(&plan.taken);
    over(&plan.done);
    give(&pace);
    paced[0] = settings->engine;
    paced[1] = settings->bits;
}

void estimate_reset(void)
{
    uint8_t dark;

    pace = F32_ZERO;
    set(PICTURE - BADLINES);
    give(&other);
    set(PICTURE);
    over(&other);
    times(&one_256th);
    give(&transfer[0]);
    transfer[1] = one_256th;
    set(WORK_TIME * 256);
    give(&other);
    for (dark = 0; dark < 2; ++dark) {
        set(work_time(dark));
        over(&other);
        give(&work[dark]);
    }
}
