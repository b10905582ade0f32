#include "ui.h"
#include <string.h>
#include "c64.h"
#include "model.h"
#include "petscii.h"
#include "screen.h"

enum { HORIZONTAL = FRAME_LINE, TOP_LEFT = 0x70, TOP_RIGHT = 0x6E, BOTTOM_LEFT = 0x6D, BOTTOM_RIGHT = 0x7D, VERTICAL = 0x5D };

void title_bar(const char *text)
{
    screen_clear();
    screen_at(0, 0);
    screen_colour = LIGHT_BLUE;
    screen_reverse = REVERSED;
    screen_put(' ');
    screen_text(text);
    screen_to_end();
    screen_reverse = 0;
}

void frame(uint8_t top, uint8_t bottom, const char *title)
{
    uint8_t row;

    screen_colour = BLUE;
    screen_at(0, top);
    screen_put(TOP_LEFT);
    screen_repeat(HORIZONTAL, COLUMNS - 2);
    screen_put(TOP_RIGHT);
    for (row = top + 1; row < bottom; ++row) {
        screen_at(0, row);
        screen_put(VERTICAL);
        screen_repeat(' ', COLUMNS - 2);
        screen_put(VERTICAL);
    }
    screen_at(0, bottom);
    screen_put(BOTTOM_LEFT);
    screen_repeat(HORIZONTAL, COLUMNS - 2);
    screen_put(BOTTOM_RIGHT);

    screen_at(2, top);
    screen_colour = LIGHT_BLUE;
    screen_put(' ');
    screen_text(title);
    screen_put(' ');
}

void hint(uint8_t row, const char *text)
{
    screen_at(0, row);
    screen_colour = GREY;
    screen_put(' ');
    screen_text(text);
    screen_to_end();
}

uint8_t key_wait(void)
{
    uint8_t key;

    do
        key = key_get();
    while (!key);
    return key;
}

uint8_t letter(uint8_t key)
{
    uint8_t ascii = petscii_to_ascii(key) & 0xDF;

    return ascii >= 'A' && ascii <= 'Z' ? ascii : 0;
}

const char *model_name(void)
{
    static char name[sizeof model.name + 1]; /* the model's has no NUL when it is this long */

    memcpy(name, model.name, sizeof model.name);
    return name;
}

#pragma bss-name(push, "SCREENS_HIGH")
static uint8_t kept_codes[COLUMNS * ROWS], kept_colours[COLUMNS * ROWS];
#pragma bss-name(pop)

void screen_keep(void)
{
    memcpy(kept_codes, screen_codes, sizeof kept_codes);
    memcpy(kept_colours, screen_colours, sizeof kept_colours);
}

void screen_restore(void)
{
    memcpy(screen_codes, kept_codes, sizeof kept_codes);
    memcpy(screen_colours, kept_colours, sizeof kept_colours);
}
