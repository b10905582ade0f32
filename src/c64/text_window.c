#include "text_window.h"
#include <string.h>
#include "petscii.h"
#include "screen.h"

static uint8_t left, top, width, height;
static uint8_t column, row; /* of the next character, within the window */
static uint8_t word;        /* column at which the unfinished word began */

void text_window_open(uint8_t new_left, uint8_t new_top, uint8_t new_width, uint8_t new_height)
{
    left = new_left;
    top = new_top;
    width = new_width;
    height = new_height;
    for (row = height; row;) {
        screen_at(left, top + --row);
        screen_repeat(' ', width);
    }
    column = word = 0;
    text_begin();
}

uint8_t text_window_rows(void)
{
    return row + 1;
}

static void next_row(void)
{
    column = word = 0;
    if (row + 1 < height)
        ++row;
    else
        screen_scroll(left, top, width, height);
}

/* Moves the unfinished word, which ends at the right border, to the next row. */
static void move_word(void)
{
    uint8_t codes[COLUMNS], colours[COLUMNS];
    uint8_t n = width - word;
    uint16_t from = (top + row) * COLUMNS + left + word, to;

    memcpy(codes, screen_codes + from, n);
    memcpy(colours, screen_colours + from, n);
    memset(screen_codes + from, ' ', n);
    next_row();
    to = (top + row) * COLUMNS + left;
    memcpy(screen_codes + to, codes, n);
    memcpy(screen_colours + to, colours, n);
    column = n;
}

void text_window_put(uint8_t code)
{
    if (code == LINE_END) {
        next_row();
        return;
    }
    if (column == width) {
        if (code == ' ') { /* the space between two rows is not shown */
            next_row();
            return;
        }
        if (word)
            move_word();
        else
            next_row(); /* a word longer than a row is cut */
    }
    screen_at(left + column, top + row);
    screen_put(code);
    ++column;
    if (code == ' ')
        word = column;
}

void text_window_write(const uint8_t *bytes, uint8_t n)
{
    static uint8_t codes[2];
    uint8_t count;

    for (; n; --n) {
        count = text_byte(*bytes++, codes);
        if (count)
            text_window_put(codes[0]);
        if (count > 1)
            text_window_put(codes[1]);
    }
}

void text_window_text(const char *ascii)
{
    text_window_write((const uint8_t *)ascii, (uint8_t)strlen(ascii));
}
