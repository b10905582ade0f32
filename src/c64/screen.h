/* The text screen: 40 x 25 cells of a screen code and a colour. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdint.h>

#define COLUMNS 40
#define ROWS 25

/* The cells as the VIC-II reads them, row by row (on the host: arrays). */
extern uint8_t screen_codes[];
extern uint8_t screen_colours[];

enum colour {
    BLACK, WHITE, RED, CYAN, PURPLE, GREEN, BLUE, YELLOW,
    ORANGE, BROWN, LIGHT_RED, DARK_GREY, GREY, LIGHT_GREEN, LIGHT_BLUE, LIGHT_GREY
};

#define REVERSED 0x80

/* How the following cells are written. */
extern uint8_t screen_colour;
extern uint8_t screen_reverse; /* REVERSED or 0 */

void screen_clear(void);
void screen_at(uint8_t column, uint8_t row);
/* These write from there on, along the row. */
void screen_put(uint8_t code);
void screen_repeat(uint8_t code, uint8_t n);
void screen_text(const char *ascii);
void screen_number(uint32_t n);
void screen_right(uint32_t n, uint8_t width); /* a number, spaces to its left */
void screen_duration(uint32_t seconds, uint8_t width); /* H:MM:SS, spaces to its left; width >= 6 */
const char *decimal(uint32_t n); /* its digits, until the next call */
uint8_t screen_column(void);                  /* where it writes next */
void screen_to_end(void);                     /* spaces to the end of the row of the last screen_at */

/* Moves the rows of a rectangle up by one and clears the last. */
void screen_scroll(uint8_t column, uint8_t row, uint8_t width, uint8_t height);

#endif
