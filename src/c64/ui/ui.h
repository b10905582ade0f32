/* The screens before and after a story, in the order in which a user sees them.
 * Nothing of this folder can run during a story, see overlays.h. */
#ifndef UI_H
#define UI_H

#include <stdint.h>
#include "story.h"

/* Keys beyond what types a character, in PETSCII. */
enum key {
    KEY_STOP = 0x03, KEY_RETURN = 0x0D, KEY_DOWN = 0x11, KEY_HOME = 0x13, KEY_DELETE = 0x14, KEY_RIGHT = 0x1D,
    KEY_F1 = 0x85, KEY_SHIFT_RETURN = 0x8D, KEY_UP = 0x91, KEY_CLEAR = 0x93, KEY_INSERT = 0x94, KEY_LEFT = 0x9D
};

/* frame.c: what the screens have in common. */
#define FRAME_LINE 0x40           /* screen code of a frame's upper and lower edge */
void title_bar(const char *text); /* clears the screen */
void frame(uint8_t top, uint8_t bottom, const char *title);
void hint(uint8_t row, const char *text);
uint8_t key_wait(void);
uint8_t letter(uint8_t key); /* A-Z in upper case, whatever the shift keys; else 0 */
const char *model_name(void);
/* What is on the screen, kept until it comes back: once. */
void screen_keep(void);
void screen_restore(void);

/* problem.c: the program can't go on until the user has done something. */
/* Beside enum model_status: */
#define NO_REU 0xFE
/* Shows what is wrong (enum model_status, PROGRAM_GONE of overlays.h or NO_REU) and what to do, reports it
 * to a remote, returns when a key is pressed or a model has been loaded. */
void problem_screen(uint8_t problem, uint16_t reu_kib);

/* load.c: a model from disk to the REU. Returns when there is one, or when the user
 * goes back; or what was loaded is none, and what is wrong with it can be seen in
 * the REU. Its checksum is looked at as that of any other. */
void load_screen(uint16_t reu_kib);

/* What to do next; the order is that of the menu, which has all but the last. */
enum choice {
    CHOICE_AGAIN, CHOICE_PROMPT, CHOICE_CONTINUE, CHOICE_HELP,
    CHOICE_SAVE, CHOICE_PRINT, CHOICE_PARAMETERS, CHOICE_QUIT, CHOICES,
    CHOICE_BACK = CHOICES /* to the story that has been told */
};

/* parameters.c: what the user has chosen, kept from story to story. */
void parameters_reset(void); /* llama2.c's defaults, as far as the model allows */
/* Lets the user choose, checks the image's data meanwhile; with a request it
 * only checks. Makes the plan of estimate.c. *choice becomes CHOICE_PROMPT, CHOICE_QUIT or, if there is a story to
 * go back to (told: 1), CHOICE_BACK. Returns MODEL_OK when both are done, or
 * MODEL_DAMAGED. */
uint8_t parameters_screen(uint16_t reu_kib, uint8_t told, uint8_t *choice);
/* A random seed, if that is chosen, is another one each time. */
void parameters_settings(struct settings *settings);
uint8_t parameters_planes(void); /* of the image's weights, for the fast engine */
uint8_t parameters_sound(void); /* 1: a sound for each token */
uint8_t parameters_dark(void);  /* 1: the screen is off while a story is told */

/* sound.c */
void sound_begin(uint8_t on); /* prepares blip (c64.h) */

/* help.c */
void help_screen(void); /* until a key is pressed */

/* prompt.c */
#define PROMPT_MAX 240
/* Lets the user edit the prompt, puts it into SECTION_PROMPT and its length into
 * *bytes. Returns 0 if the user wants back to the parameters. */
uint8_t prompt_screen(uint16_t *bytes);

/* save.c: the story to a drive or a printer, with what it was told from. */
extern uint8_t story_unsaved; /* 1: there is a story, and neither has it */
void save_screen(const struct settings *settings, uint16_t prompt_bytes);
void print_screen(const struct settings *settings, uint16_t prompt_bytes);

/* menu.c: the end of the story below it; what next? A CHOICE_... that another
 * part of the program is to carry out. */
uint8_t menu(uint8_t status, const struct settings *settings, uint16_t prompt_bytes);

/* estimate.c: how long it takes; struct plan of story_screen.h. */
void estimate_reset(void);                               /* another model; measures the machine */
void estimate_plan(const struct settings *settings);     /* makes plan, for a story at its beginning; 0.3 s */
void estimate_begin(const struct settings *settings);    /* the same where the plan is for these settings already */
void estimate_from(uint16_t position);                   /* plan.left from there on to story.steps */
uint32_t estimate_seconds(uint16_t n_prompt_tokens, uint16_t steps); /* by plan */
void estimate_learn(const struct settings *settings);    /* a story has been told by plan */
uint16_t estimate_dark_gain(const struct settings *settings); /* tenths of a percent that a dark screen gains */

/* cost.c: what estimate.c reckons with, in 1/256 clock cycles of a PAL C64 with its
 * screen on; the order is that of cost.h. */
extern const uint32_t cost_exact[], cost_fast[], cost_precise[];

#endif
