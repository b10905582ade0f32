#include "ui.h"
#include <string.h>
#include "c64.h"
#include "petscii.h"
#include "remote_story.h"
#include "screen.h"
#include "seed.h"
#include "story_screen.h"

static void draw_statistics(void)
{
    uint16_t tokens = story.position;
    uint32_t tenths;

    screen_colour = YELLOW;
    screen_number(tokens);
    screen_text(tokens == 1 ? " token in " : " tokens in ");
    screen_duration(told_seconds);
    if (tokens) {
        tenths = told_seconds * 10 / tokens;
        screen_text(", ");
        screen_number(tenths / 10);
        screen_put('.');
        screen_number(tenths % 10);
        screen_text(" s each");
    }
}

static void draw_seed(const uint8_t *seed)
{
    char decimal[SEED_DIGITS + 1];

    seed_decimal(decimal, seed);
    screen_at(COLUMNS - 9 - strlen(decimal), STORY_BOTTOM);
    screen_colour = LIGHT_BLUE;
    screen_text(" Seed ");
    screen_text(decimal);
    screen_put(' ');
}

uint8_t again(uint8_t status, const struct settings *settings)
{
    uint8_t key;

    screen_at(1, STATUS_ROW);
    if (status == STORY_PROMPT_TOO_LONG) {
        screen_colour = YELLOW;
        screen_text("The prompt is longer than the context.");
    } else {
        draw_statistics();
    }
    screen_to_end();
    if (status == STORY_STOPPED) {
        screen_at(2, STORY_BOTTOM);
        screen_text(" Stopped ");
    }
    if (settings->temperature)
        draw_seed(settings->seed);
    hint(STORY_BOTTOM + 1, "Again? RETURN yes, P parameters, Q quit");
    remote.status = status;
    remote_report(REMOTE_END);

    for (;;) {
        key = key_wait();
        if (key == KEY_RETURN)
            return AGAIN;
        switch (petscii_to_ascii(key) | 0x20) {
        case 'y':
            return AGAIN;
        case 'p':
            return AGAIN_PARAMETERS;
        case 'q':
            return AGAIN_QUIT;
        }
    }
}
