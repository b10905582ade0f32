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

struct plan plan;
uint32_t told_seconds;

static f32 position_planned; /* cycles of the position at work */
static uint16_t layer_pixels; /* of plan, for this position */

/* What follows the last layer is shown with the last layer's number. */
void story_show_layer(uint8_t layer)
{
    uint8_t end = BAR_PIXELS;

    if (layer < model.config.n_layers) {
        screen_colour = WHITE;
        screen_at(LAYER_COLUMN, BAR_ROW);
        screen_right(layer + 1, plan.layer_digits);
        /* The last layer is a short one while the prompt is read. */
        if (layer + 1 < model.config.n_layers || layer_pixels == plan.writing_layer)
            end = (layer + 1) * layer_pixels >> 8;
    }
    bar_move(layer * layer_pixels >> 8, end);
}

/* The bar moves by itself, at the speed at which the position is expected to be
 * done, and waits for a layer that takes longer. */
static void begin_position(void)
{
    uint16_t next = story.position + 1;
    f32 pace = f32_div(plan.taken, plan.done), growth;
    int32_t speed;

    screen_colour = WHITE;
    screen_at(TOKEN_COLUMN, STATUS_ROW);
    screen_right(next, plan.token_digits);
    screen_at(COLUMNS - LEFT_WIDTH, STATUS_ROW);
    screen_duration(f32_to_int(f32_mul(f32_mul(plan.left, pace), plan.second)), LEFT_WIDTH);

    if (next < story.n_prompt_tokens) {
        position_planned = plan.reading;
        growth = plan.reading_growth;
        layer_pixels = plan.reading_layer;
    } else {
        position_planned = plan.writing;
        growth = plan.writing_growth;
        layer_pixels = plan.writing_layer;
    }
    position_planned = f32_add(position_planned, f32_mul(growth, f32_from_uint(story.position)));
    bar_begin();
    speed = f32_to_int(f32_div(plan.bar, f32_mul(position_planned, pace)));
    bar_speed = speed > BAR_FASTEST ? BAR_FASTEST : speed;
    remote.layer = 0;
    story_show_layer(0);
}

static void end_position(void)
{
    uint32_t tenths = remote.cycles / (CLOCK_HZ / 10);

    if (remote.step_cycles[STEP_ROPE]) { /* not so if it was in the caches */
        plan.left = f32_sub(plan.left, position_planned);
        plan.done = f32_add(plan.done, position_planned);
        plan.taken = f32_add(plan.taken, f32_from_uint(remote.cycles));
    }
    told_seconds = clock_seconds;
    screen_colour = WHITE;
    screen_at(LAST_COLUMN, STATUS_ROW);
    if (tenths < 1000) {
        screen_right((uint16_t)tenths / 10, LAST_WIDTH - 4);
        screen_put('.');
        screen_put('0' + (uint16_t)tenths % 10);
    } else {
        screen_right(tenths / 10, LAST_WIDTH - 2);
    }
    screen_text(" s");
}

uint8_t story_tell(uint8_t engine)
{
    uint8_t status;

    overlay_engine(engine);
    step_end();
    remote.begin_cycles = remote.cycles;
    do {
        remote_position(story.position);
        begin_position();
        status = story_step();
        if (status == STORY_STOPPED)
            break;
        step_end();
        screen_colour = story.from_prompt ? LIGHT_GREEN : WHITE;
        text_window_write(piece, story.piece_bytes);
        step_end();
        end_position();
        blip();
        remote.position = story.position - 1;
        remote.next = story.next;
        remote_report_data(REMOTE_TOKEN, piece, story.piece_bytes);
    } while (status == STORY_GOES_ON);
    clock_runs = 0; /* at what the end of the story is said to have taken */
    bar_begin();
    overlay_screens();
    return status;
}
