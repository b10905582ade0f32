/* How long a story takes: clock cycles by the shape of the model, in the units of
 * a PAL C64 with its screen on, then brought to this machine's. */
#include "ui.h"
#include <stddef.h>
#include <string.h>
#include "c64.h"
#include "cost.h"
#include "f32.h"
#include "model.h"
#include "story_screen.h"

static f32 pace;              /* what a story took / what was planned */
static struct settings paced; /* which one */
#define PACED_BYTES offsetof(struct settings, steps) /* of these that make a difference: engine and bits */

#define ONE_256TH 0x3B800000UL

/* Time of a fixed piece of work, here / on a PAL C64 with its screen on, over 256:
 * with the screen on, and off. */
static f32 work[2];

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

static void scale(uint16_t n)
{
    take(f32_mul(sum, u(n)));
}

/* sum += m * n times what the part costs */
static void add(uint8_t cost, uint16_t m, uint16_t n)
{
    f32 before = sum;

    take(costs[cost]);
    scale(m);
    scale(n);
    take(f32_add(sum, before));
}

/* sum += a matrix of this shape times a vector */
static void add_matrix(uint16_t rows, uint16_t cols)
{
    add(COST_PRODUCT, rows, cols);
    add(COST_ROW, rows, (cols + COST_CHUNK - 1) / COST_CHUNK);
    add(COST_COLUMN, cols, (rows + COST_BLOCK - 1) / COST_BLOCK);
}

static uint16_t sum_over(f32 whole)
{
    return (uint16_t)f32_to_int(f32_div(sum, whole));
}

static void set_costs(const struct settings *settings)
{
    const uint32_t *units = cost_exact;
    f32 *to = costs;
    uint8_t i;

    if (settings->engine == ENGINE_FAST)
        units = settings->bits > COST_FAST_BITS ? cost_precise : cost_fast;

    for (i = 0; i < COST_COUNT; ++i)
        *to++ = f32_mul(i < COST_TRANSFER ? work[parameters_dark()] : ONE_256TH, u(*units++));
    take(f32_add(costs[COST_PRODUCT_BIT], costs[COST_TRANSFER_BIT]));
    scale(settings->bits);
    costs[COST_PRODUCT] = f32_add(f32_add(costs[COST_PRODUCT], costs[COST_TRANSFER]), sum);
}

void estimate_plan(const struct settings *settings)
{
    uint8_t layers = (uint8_t)model.config.n_layers;
    f32 cached, layer;

    set_costs(settings);
    take(F32_ZERO);
    add_matrix(model.config.dim + 2 * model.config.kv_dim, model.config.dim);
    give(&cached); /* of the last layer the prompt needs no more */
    add_matrix(model.config.dim, model.config.dim);
    add_matrix(2 * model.config.hidden_dim, model.config.dim);
    add_matrix(model.config.dim, model.config.hidden_dim);
    add(COST_HIDDEN, model.config.hidden_dim, 1);
    add(COST_DIM, model.config.dim, 1);
    add(COST_HEAD, model.config.n_heads, 1);
    give(&layer);
    scale(layers);
    add_matrix(model.config.vocab_size, model.config.dim);
    add(settings->temperature ? COST_SAMPLE : COST_GREATEST, model.config.vocab_size, 1);
    give(&plan.writing);
    give(&plan.done);
    give(&plan.taken);
    take(layer);
    scale(layers - 1);
    plan.reading = f32_add(sum, cached);
    take(layer);
    scale(BAR_PIXELS * 256U);
    plan.reading_layer = sum_over(plan.reading);
    plan.writing_layer = sum_over(plan.writing);

    take(F32_ZERO);
    add(COST_POSITION_DIM, model.config.dim, 1);
    add(COST_POSITION_HEAD, model.config.n_heads, 1);
    give(&layer);
    scale(layers);
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
    for (dark = 0; dark < 2; ++dark)
        work[dark] = f32_div(u(work_time(dark)), u(WORK_TIME * 256));
}

uint16_t estimate_dark_gain(void)
{
    take(work[0]);
    scale(1000);
    return sum_over(work[1]) - 1000;
}
