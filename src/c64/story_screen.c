#include "story_screen.h"
#include <string.h>
#include "c64.h"
#include "machine.h"
#include "model.h"
#include "remote_story.h"
#include "screen.h"
#include "overlays.h"
#include "text_window.h"
#include "tokenizer.h"
#include "ui.h"

uint32_t told_seconds;

static uint32_t sampling_time; /* in units of 65,536 cycles */
static uint16_t sampled;       /* positions that took it */

static void draw_fraction(uint16_t part, uint16_t whole)
{
    screen_right(part, (uint8_t)strlen(decimal(whole)));
    screen_put('/');
    screen_number(whole);
}

static void draw_position(void)
{
    screen_colour = WHITE;
    screen_at(TOKEN_COLUMN + 6, STATUS_ROW);
    draw_fraction(story.position + 1, story.steps);
    screen_at(COLUMNS - 5 - 2 * (uint8_t)strlen(decimal(story.steps)), story_top);
    screen_put(' ');
    draw_fraction(story.position + 1, story.steps);
    screen_put(' ');
}

/* What follows the last layer is shown with the last layer's number. */
void story_show_layer(uint8_t layer)
{
    if (layer >= model.config.n_layers)
        return;
    screen_colour = WHITE;
    screen_at(LAYER_COLUMN + 6, STATUS_ROW);
    draw_fraction(layer + 1, model.config.n_layers);
}

static uint8_t tell(void)
{
    uint8_t status;

    do {
        remote_position(story.position);
        draw_position();
        status = story_step();
        if (status == STORY_STOPPED)
            break;
        step_end();
        screen_colour = story.from_prompt ? LIGHT_GREEN : WHITE;
        text_window_write(piece, story.piece_bytes);
        step_end();
        if (!story.from_prompt) {
            sampling_time += remote.cycles >> 16;
            ++sampled;
        }
        told_seconds = clock_seconds;
        remote.position = story.position - 1;
        remote.next = story.next;
        remote_report_data(REMOTE_TOKEN, piece, story.piece_bytes);
    } while (status == STORY_GOES_ON);
    return status;
}

uint8_t story_screen(const struct settings *settings, uint16_t prompt_bytes)
{
    uint8_t status;

    story_layout(prompt_bytes);
    machine_stopped = 0;
    story_running = 1;
    clock_restart();
    clock_shown = 1;
    story.position = 0;
    sampled = 0;
    told_seconds = 0;
    sampling_time = 0;
    overlays_keep();
    status = story_begin(settings, prompt_bytes);
    if (status == STORY_GOES_ON) {
        remote.n_prompt_tokens = story.n_prompt_tokens;
        remote.steps = story.steps;
        remote.layer = 0xFF;
        story_layout_encoded();
        overlay_engine(settings->engine);
        status = tell();
        overlay_screens();
    }
    story_running = 0;
    clock_shown = 0;
    if (sampled)
        estimate_learn(sampling_time, sampled);
    return status;
}
