/* The screens before and after a story, in the order in which a user sees them.
 * Nothing of this folder can run during a story, see screens.h. */
#ifndef UI_H
#define UI_H

#include <stdint.h>
#include "story.h"

/* Keys beyond what types a character, in PETSCII. */
enum key {
    KEY_STOP = 0x03, KEY_RETURN = 0x0D, KEY_DOWN = 0x11, KEY_HOME = 0x13, KEY_DELETE = 0x14, KEY_RIGHT = 0x1D,
    KEY_SHIFT_RETURN = 0x8D, KEY_UP = 0x91, KEY_CLEAR = 0x93, KEY_INSERT = 0x94, KEY_LEFT = 0x9D
};

/* frame.c: what the screens have in common. */
void title_bar(const char *text); /* clears the screen */
void frame(uint8_t top, uint8_t bottom, const char *title);
void hint(uint8_t row, const char *text);
uint8_t key_wait(void);
const char *model_name(void);

/* problem.c: the program can't go on until the user has done something. */
/* Beside enum model_status: */
#define NO_REU 0xFE
#define PROGRAM_GONE 0xFD /* overlays.h */
/* Shows what is wrong (enum model_status or NO_REU) and what to do, reports it
 * to a remote, returns when a key is pressed. */
void problem_screen(uint8_t problem, uint16_t reu_kib);

/* parameters.c: what the user has chosen, kept from story to story. */
void parameters_reset(void); /* llama2.c's defaults, as far as the model allows */
/* Lets the user choose, checks the image's data meanwhile; with a request it
 * only checks. Returns MODEL_OK when both are done, or MODEL_DAMAGED. */
uint8_t parameters_screen(uint16_t reu_kib);
/* An ENGINE_... of image.h that the image serves; of two, the fast one. */
uint8_t chosen_engine(void);
void parameters_settings(struct settings *settings);
uint32_t count_parameters(void); /* of the model */

/* prompt.c */
#define PROMPT_MAX 240
/* Lets the user edit the prompt, puts it into SECTION_PROMPT and its length into
 * *bytes. Returns 0 if the user wants back to the parameters. */
uint8_t prompt_screen(uint16_t *bytes);

/* again.c: the end of the story below and above it; what next? */
enum again { AGAIN, AGAIN_PARAMETERS, AGAIN_QUIT };
uint8_t again(uint8_t status, const struct settings *settings);

/* estimate.c: how long a story will take. */
uint32_t estimate_seconds(uint16_t steps);
/* `positions` positions have taken time units of 65,536 cycles. */
void estimate_learn(uint32_t time, uint16_t positions);

#endif
