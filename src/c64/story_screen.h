/* The story screen: row 0 is the title bar with the clock; row 1 the status
 * line; then the prompt's frame, then the story's. */
#ifndef STORY_SCREEN_H
#define STORY_SCREEN_H

#include <stdint.h>
#include "story.h"

#define STATUS_ROW 1
#define TOKEN_COLUMN 1
#define LAYER_COLUMN 17
#define STEP_COLUMN 29 /* drawn by step.s */
#define STORY_BOTTOM 23

/* Tells the story on its screen; returns enum story_status. */
uint8_t story_screen(const struct settings *settings, uint16_t prompt_bytes);

extern uint32_t told_seconds; /* from its beginning to the end of its last whole position */

/* ui/story_layout.c */
extern uint8_t story_top; /* row of the story's frame */
void story_layout(uint16_t prompt_bytes);
void story_layout_encoded(void); /* the prompt's tokens are counted */

#endif
