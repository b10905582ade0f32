#include "ui.h"
#include <string.h>
#include "c64.h"
#include "model.h"
#include "petscii.h"
#include "screen.h"

#define TOP 4
#define LEFT 1
#define WIDTH (COLUMNS - 2)
#define HEIGHT 7 /* WIDTH * HEIGHT > PROMPT_MAX */

#define BLINK 20 /* sixtieths of a second */

static uint8_t text[PROMPT_MAX]; /* ASCII */
static uint8_t length;
static uint8_t cursor; /* 0..length */

static void at(uint8_t index)
{
    screen_at(LEFT + index % WIDTH, TOP + 1 + index / WIDTH);
}

/* Draws the text from index on, and what may be left of a longer one. */
static void draw_from(uint8_t index)
{
    uint8_t i, column = index % WIDTH;

    at(index);
    screen_colour = WHITE;
    for (i = index; i < length + 1; ++i) {
        screen_put(i < length ? ascii_to_screen(text[i]) : ' ');
        if (++column == WIDTH) {
            column = 0;
            at(i + 1);
        }
    }
}

static void draw_cursor(uint8_t reverse)
{
    at(cursor);
    screen_colour = WHITE;
    screen_reverse = reverse;
    screen_put(cursor < length ? ascii_to_screen(text[cursor]) : ' ');
    screen_reverse = 0;
}

static void draw_left(uint8_t max)
{
    screen_at(COLUMNS - 11, TOP);
    screen_colour = LIGHT_BLUE;
    screen_right(length, 3);
    screen_text(" of ");
    screen_right(max, 3);
}

static void insert(uint8_t ascii, uint8_t max)
{
    if (length >= max)
        return;
    memmove(text + cursor + 1, text + cursor, length - cursor);
    text[cursor] = ascii;
    ++length;
}

static void delete_before_cursor(void)
{
    if (!cursor)
        return;
    --cursor;
    --length;
    memmove(text + cursor, text + cursor + 1, length - cursor);
    draw_from(cursor);
}

static void move_cursor(uint8_t key)
{
    switch (key) {
    case KEY_RIGHT:
        if (cursor < length)
            ++cursor;
        break;
    case KEY_LEFT:
        if (cursor)
            --cursor;
        break;
    case KEY_DOWN:
        cursor = length - cursor > WIDTH ? cursor + WIDTH : length;
        break;
    case KEY_UP:
        cursor = cursor > WIDTH ? cursor - WIDTH : 0;
        break;
    case KEY_HOME:
        cursor = 0;
        break;
    }
}

static uint8_t blinking_key(void)
{
    uint8_t since = jiffies, shown = REVERSED, key;

    draw_cursor(shown);
    while (!(key = key_get()))
        if ((uint8_t)(jiffies - since) >= BLINK) {
            since = jiffies;
            shown ^= REVERSED;
            draw_cursor(shown);
        }
    draw_cursor(0);
    return key;
}

uint8_t prompt_screen(uint16_t *bytes)
{
    uint8_t max = model.prompt_capacity < PROMPT_MAX ? (uint8_t)model.prompt_capacity : PROMPT_MAX;
    uint8_t key, ascii;

    title_bar("llama2.c64");
    frame(TOP, TOP + 1 + HEIGHT, "How does the story begin?");
    hint(TOP + HEIGHT + 3, "RETURN tells the story");
    hint(TOP + HEIGHT + 5, "DEL, INST, cursor keys, HOME edit");
    hint(TOP + HEIGHT + 6, "SHIFT CLR/HOME clears");
    hint(TOP + HEIGHT + 7, "RUN/STOP goes back to the parameters");
    hint(TOP + HEIGHT + 9, "Without text the model begins by itself");
    if (length > max)
        length = max;
    cursor = length;
    draw_from(0);
    for (;;) {
        draw_left(max);
        key = blinking_key();
        switch (key) {
        case KEY_STOP:
            return 0;
        case KEY_RETURN:
        case KEY_SHIFT_RETURN:
            if (length)
                reu_write(section(SECTION_PROMPT), text, length);
            *bytes = length;
            return 1;
        case KEY_DELETE:
            delete_before_cursor();
            break;
        case KEY_INSERT:
            insert(' ', max);
            draw_from(cursor);
            break;
        case KEY_CLEAR:
            length = cursor = 0;
            frame(TOP, TOP + 1 + HEIGHT, "How does the story begin?");
            break;
        default:
            ascii = petscii_to_ascii(key);
            if (ascii && length < max) {
                insert(ascii, max);
                draw_from(cursor);
                ++cursor;
            } else {
                move_cursor(key);
            }
        }
    }
}
