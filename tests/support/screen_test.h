/* For tests of the program on the C64 as its user sees it: keys are typed, the
 * screen is read. What goes wrong fails the test. */
#ifndef SCREEN_TEST_H
#define SCREEN_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "story.h"
#include "vice.h"

#define SECONDS 40 /* of the host's time, at least, until a screen counts as missing */

/* Keys in PETSCII. */
#define STOP 0x03
#define RETURN 0x0D
#define DOWN 0x11
#define HOME 0x13
#define DELETE 0x14
#define RIGHT 0x1D
#define UP 0x91
#define CLEAR 0x93
#define INSERT 0x94
#define LEFT 0x9D

extern struct vice *v;
/* As last read. */
extern struct vice_screen screen;
extern char text[VICE_SCREEN_TEXT];

/* A small synthetic model for the exact engine, and for both. */
extern uint8_t *image, *image_both;
extern size_t image_bytes, image_both_bytes;
extern unsigned image_kib, image_both_kib;
/* The first and the last thing of a group of tests; the latter after each. */
int make_image(void **state);
int free_image(void **state);
int tear_down(void **state);

/* Starts the program with this in the REU; further arguments for VICE, NULL at the end;
 * in x64, or in x64sc. */
void start(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc);
void start_cycle_exact(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc);
/* llama2c64-fast.prg, for this test only. */
void start_fast_only(const uint8_t *reu, size_t bytes, unsigned kib);
void start_with(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc, const char *const *arguments);

void read_screen(void);
void expect(const char *wanted); /* runs until it is on the screen */
void press(uint8_t key);
void press_at_once(uint8_t key); /* straight into the keyboard buffer, of a machine that stands still */
void press_times(uint8_t key, int n);
void type(const char *keys);
unsigned colour_of(const char *wanted); /* of its first cell; it stands on the screen */

/* Runs a command of the host's shell. */
void shell(const char *format, ...);
/* The program's address of this name. */
uint16_t label(const char *name);

/* What the host tells from `prompt` with the small model. */
void host_story(const char *prompt, const struct settings *settings, uint16_t *n_prompt_tokens, char *out, size_t room);
/* The letters in the story's window, which does not scroll, are those of `told`. */
void expect_story(const char *told);

/* A stored screen, tests/e2e/screens/NAME.txt: for each row its text, for people;
 * the screen codes, two hexadecimal digits a cell; the colours, one a cell. Points
 * stand for what is not compared: cells that vary, and the colours of spaces.
 * `make screens` writes them anew. */
struct area {
    unsigned row, column, cells;
};
#define VARY(...) (const struct area[]){__VA_ARGS__}, sizeof((const struct area[]){__VA_ARGS__}) / sizeof(struct area)
/* The screen is the stored one; n areas of it vary. */
void expect_cells(const char *name, const struct area *vary, size_t n);

#endif
