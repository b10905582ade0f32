/* What of the story screen does not change during the story. */
#include "ui.h"
#include <string.h>
#include "model.h"
#include "screen.h"
#include "story_screen.h"
#include "text_window.h"
#include "window.h"

#define PROMPT_TOP 2
#define PROMPT_ROWS 7
#define PROMPT_SHOWN 250 /* bytes of a prompt, the longest that can be typed among them */

uint8_t story_top;

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

void story_layout(uint16_t prompt_bytes)
{
    uint8_t rows;

    title_bar(model_name());
    rows = write_prompt(prompt_bytes, PROMPT_ROWS); /* to see how many it needs */
    story_top = PROMPT_TOP + rows + 2;
    frame(PROMPT_TOP, story_top - 1, "Prompt");
    write_prompt(prompt_bytes, rows);

    frame(story_top, STORY_BOTTOM, "Story");
    text_window_open(1, story_top + 1, COLUMNS - 2, STORY_BOTTOM - story_top - 1);
    hint(STORY_BOTTOM + 1, "RUN/STOP ends the story");
    screen_at(TOKEN_COLUMN, STATUS_ROW);
    screen_colour = LIGHT_GREY;
    screen_text("Reading the prompt");
}

void story_layout_encoded(void)
{
    const char *unit = story.n_prompt_tokens == 1 ? " token " : " tokens ";

    screen_at(COLUMNS - 3 - strlen(unit) - strlen(decimal(story.n_prompt_tokens)), PROMPT_TOP);
    screen_colour = YELLOW;
    screen_put(' ');
    screen_number(story.n_prompt_tokens);
    screen_text(unit);

    screen_at(TOKEN_COLUMN, STATUS_ROW);
    screen_colour = LIGHT_GREY;
    screen_text("Token");
    screen_to_end();
    screen_at(LAYER_COLUMN, STATUS_ROW);
    screen_text("Layer ");
    memset(screen_colours + STATUS_ROW * COLUMNS + STEP_COLUMN, CYAN, COLUMNS - STEP_COLUMN);
}
