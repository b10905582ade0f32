#include "screen.h"
#include <string.h>
#include "petscii.h"

uint8_t screen_colour;
uint8_t screen_reverse;

static uint8_t *code_at = screen_codes;
static uint8_t *colour_at = screen_colours;
static uint8_t *row_end = screen_codes + COLUMNS; /* of the row that screen_at chose */

void screen_at(uint8_t column, uint8_t row)
{
    uint16_t offset = row * COLUMNS + column;

    code_at = screen_codes + offset;
    colour_at = screen_colours + offset;
    row_end = code_at + (uint8_t)(COLUMNS - column);
}

void screen_put(uint8_t code)
{
    *code_at++ = code ^ screen_reverse;
    *colour_at++ = screen_colour;
}

void screen_repeat(uint8_t code, uint8_t n)
{
    memset(code_at, code ^ screen_reverse, n);
    memset(colour_at, screen_colour, n);
    code_at += n;
    colour_at += n;
}

void screen_text(const char *ascii)
{
    for (; *ascii; ++ascii)
        screen_put(ascii_to_screen(*ascii));
}

const char *decimal(uint32_t n)
{
    static const uint16_t powers[] = {10000, 1000, 100, 10, 1};
    static char digits[11]; /* of 2^32 - 1 and the NUL */
    char *last = digits + sizeof digits - 1;
    uint16_t rest;
    uint8_t i;

    for (; n > 0xFFFF; n /= 10)
        *--last = (char)('0' + n % 10);
    /* Subtracting is several times as fast as cc65's division. */
    rest = (uint16_t)n;
    last -= 5;
    for (i = 0; i < 5; ++i) {
        last[i] = '0';
        for (; rest >= powers[i]; rest -= powers[i])
            ++last[i];
    }
    for (i = 0; i < 4 && *last == '0'; ++i)
        ++last;
    return last;
}

void screen_right(uint32_t n, uint8_t width)
{
    const char *digits = decimal(n);
    uint8_t length;

    for (length = (uint8_t)strlen(digits); length < width; ++length)
        screen_put(' ');
    screen_text(digits);
}

static void two_digits(uint8_t n)
{
    screen_put('0' + n / 10);
    screen_put('0' + n % 10);
}

void screen_duration(uint32_t seconds, uint8_t width)
{
    uint16_t rest = seconds % 3600;

    screen_right(seconds / 3600, width - 6);
    screen_put(':');
    two_digits(rest / 60);
    screen_put(':');
    two_digits(rest % 60);
}

void screen_scroll(uint8_t column, uint8_t row, uint8_t width, uint8_t height)
{
    uint16_t offset = row * COLUMNS + column;

    for (; --height; offset += COLUMNS) {
        memcpy(screen_codes + offset, screen_codes + offset + COLUMNS, width);
        memcpy(screen_colours + offset, screen_colours + offset + COLUMNS, width);
    }
    memset(screen_codes + offset, ' ', width);
}

#ifdef __CC65__
#pragma code-name("BOOT") /* not needed during a story */
#endif

void screen_clear(void)
{
    memset(screen_codes, ' ', COLUMNS * ROWS);
}

void screen_number(uint32_t n)
{
    screen_right(n, 0);
}

uint8_t screen_column(void)
{
    return (uint16_t)(code_at - screen_codes) % COLUMNS;
}

void screen_to_end(void)
{
    screen_repeat(' ', (uint8_t)(row_end - code_at));
}
