/* The story screen: row 0 is the title bar with the clock; then the prompt's
 * frame, the story's, and two rows that tell how far it is. Nothing of the
 * folder ui can be called while a story is told: what it prepares is here. */
#ifndef STORY_SCREEN_H
#define STORY_SCREEN_H

#include <stdint.h>
#include "story.h"

#define STORY_BOTTOM 22 /* row of the frame's lower edge */
#define STATUS_ROW 23   /* tokens, seconds of the last one, time left */
#define TOKEN_COLUMN 6
#define LAST_COLUMN 20
#define LAST_WIDTH 6
#define LEFT_WIDTH 9
#define BAR_ROW 24      /* the bar of the token at work, drawn by irq.s; layer and step */
#define BAR_CELLS 20
#define BAR_PIXELS (BAR_CELLS * 8)
#define BAR_FASTEST 0xFFFFFFL
#define LAYER_COLUMN 22
#define STEP_COLUMN 30  /* drawn by step.s */

/* Tells the story that story_begin or story_continue has prepared, with the
 * engine, ENGINE_... of image.h; returns enum story_status. */
uint8_t story_tell(uint8_t engine);

/* How long it is expected to take, in clock cycles. ui/estimate.c makes it. */
struct plan {
    f32 reading;            /* a position of the prompt, if it were the first */
    f32 writing;            /* one that samples */
    f32 reading_growth;     /* of each for each position before it */
    f32 writing_growth;
    uint16_t reading_layer; /* pixels of the bar for a layer, times 256 */
    uint16_t writing_layer;
    f32 bar;                /* pixels of the bar, times cycles of 4 interrupts, times 65536 */
    f32 second;             /* 1 / cycles of a second */
    uint8_t token_digits;   /* of the story's steps */
    uint8_t layer_digits;   /* of n_layers */
    /* The rest changes with the story. */
    f32 left;               /* planned for the positions that are left, without those in the caches */
    f32 done;               /* planned for those that are done, and were not in the caches */
    f32 taken;              /* what these took */
};
extern struct plan plan;

extern uint32_t told_seconds; /* from the story's beginning to the end of its last whole position */

/* ui/story_layout.c: before and after. */
extern uint8_t story_top; /* row of the story's frame */
/* Draws the screen and lets story_begin count the prompt's tokens; returns its
 * status. */
uint8_t story_screen_begin(const struct settings *settings, uint16_t prompt_bytes);
/* The story goes on: the two rows at the bottom as they were. */
void story_screen_continue(void);
/* It is over: the clock stands, the screen is on. */
void story_screen_end(void);

#endif
