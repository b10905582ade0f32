/* The story screen before and after the story. */
#include "ui.h"
#include <string.h>
#include "accelerator.h"
#include "c64.h"
#include "machine.h"
#include "model.h"
#include "remote_story.h"
#include "screen.h"
#include "seed.h"
#include "story_screen.h"
#include "text_window.h"
#include "window.h"

#define PROMPT_TOP 1
#define PROMPT_ROWS 7
#define PROMPT_SHOWN 250 /* bytes of a prompt, the longest that can be typed among them */
#define CLOCK_COLUMN 31

#define VIC_CONTROL (*(volatile uint8_t *)0xD011)
#define SCREEN_ON 0x10
#define C128_SPEED (*(volatile uint8_t *)0xD030)

uint8_t story_top;

static void screen_is_on(uint8_t on)
{
    VIC_CONTROL = (VIC_CONTROL & 0x7F & ~SCREEN_ON) | (on ? SCREEN_ON : 0);
    if (accelerator == ACCELERATOR_C128)
        C128_SPEED = !on;
}

/* Writes the prompt into its window; returns how many rows it takes. */
static uint8_t write_prompt(uint16_t bytes, uint8_t rows)
{
    uint8_t n = bytes < PROMPT_SHOWN ? (uint8_t)bytes : PROMPT_SHOWN;

    text_window_open(1, PROMPT_TOP + 1, COLUMNS - 2, rows);
    if (n) {
        reu_read(window, section(SECTION_PROMPT), n);
        screen_colour = LIGHT_GREEN;
        text_window_write((const uint8_t *)window, n);
        if (n < bytes)
            text_window_text("...");
    }
    return text_window_rows();
}

/* The engine, in the title bar behind the model's name, if there is room. */
static void draw_engine(const struct settings *settings)
{
    uint8_t column = 2 + (uint8_t)strlen(model_name());

    if (column > CLOCK_COLUMN - 14)
        return;
    screen_at(column, 0);
    screen_reverse = REVERSED;
    screen_colour = LIGHT_BLUE;
    if (settings->engine == ENGINE_FAST) {
        screen_text("fast, ");
        screen_number(settings->bits);
        screen_text(" bits");
    } else {
        screen_text("exact");
    }
    screen_reverse = 0;
}

static void draw_seed(const uint8_t *seed)
{
    char decimal[SEED_DIGITS + 1];

    seed_decimal(decimal, seed);
    screen_at(COLUMNS - 9 - (uint8_t)strlen(decimal), story_top);
    screen_colour = LIGHT_BLUE;
    screen_text(" Seed ");
    screen_text(decimal);
    screen_put(' ');
}

static void layout(const struct settings *settings, uint16_t prompt_bytes)
{
    uint8_t rows;

    title_bar(model_name());
    draw_engine(settings);
    rows = write_prompt(prompt_bytes, PROMPT_ROWS); /* to see how many it needs */
    story_top = PROMPT_TOP + rows + 2;
    frame(PROMPT_TOP, story_top - 1, "Prompt");
    write_prompt(prompt_bytes, rows);

    frame(story_top, STORY_BOTTOM, "Story");
    if (settings->temperature)
        draw_seed(settings->seed);
    text_window_open(1, story_top + 1, COLUMNS - 2, STORY_BOTTOM - story_top - 1);
    hint(STATUS_ROW, "Reading the prompt");
}

static void draw_prompt_tokens(void)
{
    const char *unit = story.n_prompt_tokens == 1 ? " token " : " tokens ";

    screen_at(COLUMNS - 3 - (uint8_t)strlen(unit) - (uint8_t)strlen(decimal(story.n_prompt_tokens)), PROMPT_TOP);
    screen_colour = LIGHT_BLUE;
    screen_put(' ');
    screen_number(story.n_prompt_tokens);
    screen_text(unit);
}

/* What of the last rows story_screen.c leaves alone. */
static void draw_progress(void)
{
    screen_at(2, STORY_BOTTOM);
    screen_colour = LIGHT_BLUE;
    screen_text(" RUN/STOP ends, a key: screen off ");
    screen_colour = BLUE;
    screen_repeat(FRAME_LINE, COLUMNS - 1 - screen_column());

    screen_colour = LIGHT_GREY;
    screen_at(0, STATUS_ROW);
    screen_to_end();
    screen_at(0, STATUS_ROW);
    screen_text("Token");
    plan.token_digits = (uint8_t)strlen(decimal(story.steps));
    screen_at(TOKEN_COLUMN + plan.token_digits, STATUS_ROW);
    screen_put('/');
    screen_number(story.steps);
    screen_at(LAST_COLUMN - 5, STATUS_ROW);
    screen_text("last");
    screen_at(COLUMNS - LEFT_WIDTH - 4, STATUS_ROW);
    screen_text("left");

    screen_at(0, BAR_ROW);
    screen_to_end();
    plan.layer_digits = (uint8_t)strlen(decimal(model.config.n_layers));
    screen_at(LAYER_COLUMN + plan.layer_digits, BAR_ROW);
    screen_put('/');
    screen_number(model.config.n_layers);
    memset(screen_colours + BAR_ROW * COLUMNS, CYAN, BAR_CELLS);
    memset(screen_colours + BAR_ROW * COLUMNS + STEP_COLUMN, LIGHT_GREY, COLUMNS - STEP_COLUMN);
}

/* From now on RUN/STOP ends the story and time passes. */
static void go_on(void)
{
    story_running = clock_runs = 1;
}

uint8_t story_screen_begin(const struct settings *settings, uint16_t prompt_bytes)
{
    uint8_t status;

    remote_position(0);
    layout(settings, prompt_bytes);
    clock_restart();
    told_seconds = 0;
    go_on();
    status = story_begin(settings, prompt_bytes);
    if (status == STORY_GOES_ON) {
        remote.n_prompt_tokens = story.n_prompt_tokens;
        draw_prompt_tokens();
        estimate_begin(settings);
        story_screen_continue();
    } else {
        story_screen_end();
    }
    return status;
}

void story_screen_continue(void)
{
    uint16_t found = story_found();

    remote.steps = story.steps;
    draw_progress();
    estimate_from(found > story.position ? found : story.position);
    sound_begin(parameters_sound());
    if (parameters_dark())
        screen_is_on(0);
    go_on();
}

void story_screen_end(void)
{
    story_running = clock_runs = machine_stopped = 0;
    story_unsaved = story.position != 0;
    screen_is_on(1);
}
