/* The window of the screen for running text: word wrap and scrolling. There is
 * one, which stays where it was opened last. */
#ifndef TEXT_WINDOW_H
#define TEXT_WINDOW_H

#include <stdint.h>

/* Clears the window; the text begins at its top left. */
void text_window_open(uint8_t left, uint8_t top, uint8_t width, uint8_t height);

/* How many rows the text has so far, at most the window's height. */
uint8_t text_window_rows(void);

/* The next character of the text: a screen code or LINE_END, in screen_colour.
 * A word that does not fit the row moves to the next with all its letters. */
void text_window_put(uint8_t code);

/* n bytes more of an ASCII or UTF-8 text (text_byte of petscii.h). */
void text_window_write(const uint8_t *bytes, uint8_t n);
/* ASCII up to a NUL. */
void text_window_text(const char *ascii);

#endif
