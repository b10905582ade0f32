/* A story, token by token: llama2.c's generate(), one position at a time. */
#ifndef STORY_H
#define STORY_H

#include <stdint.h>
#include "f32.h"

struct settings {
    uint8_t engine;    /* ENGINE_EXACT */
    uint8_t bits;      /* precision of an engine that has a choice, else 0 */
    uint16_t steps;    /* llama2.c's -n: positions to go through; 0 = all */
    f32 temperature;   /* >= 0 */
    f32 topp;          /* 0..1 */
    uint8_t seed[8];   /* little-endian, not zero */
    uint8_t all_logits; /* compute the logits of every position, also while the prompt is read */
    uint8_t reserved[3];
}; /* 24 bytes */

enum story_status {
    STORY_GOES_ON,
    STORY_ENDED,           /* the model ended it, or the last position is reached */
    STORY_STOPPED,         /* machine_stopped */
    STORY_PROMPT_TOO_LONG  /* more tokens than positions */
};

struct story {
    uint16_t steps;           /* positions in all, <= seq_len */
    uint16_t n_prompt_tokens; /* with BOS */
    uint16_t position;        /* that the next story_step works on */
    uint16_t token;           /* its token */
    uint16_t next;            /* the token that the last story_step gave */
    uint8_t piece_bytes;      /* its text, in piece[] (tokenizer.h); 0 after BOS */
    uint8_t from_prompt;      /* it was read from the prompt, not sampled */
    uint8_t complete;         /* the model itself has ended the story, or it has not begun */
};

extern struct story story;

/* Ahead of story_begin, when there is no story to go on with: what takes time and does not depend on the prompt. */
void story_prepare(uint8_t engine, uint8_t bits);

/* Encodes the prompt (prompt_bytes in SECTION_PROMPT) and takes the settings;
 * STORY_GOES_ON, STORY_STOPPED or STORY_PROMPT_TOO_LONG. */
uint8_t story_begin(const struct settings *settings, uint16_t prompt_bytes);

/* So many positions at the story's beginning are in the caches already, and need no work. */
uint16_t story_found(void);

/* Works on one position: forward pass, next token, its text.
 * STORY_GOES_ON; STORY_ENDED: there is no further position (story.next may
 * still bring text); STORY_STOPPED: nothing came of this step. */
uint8_t story_step(void);

/* After STORY_ENDED or STORY_STOPPED, unless story.complete or all positions of
 * the context are done: story_step may be called again. A story that was stopped
 * goes on to the steps that it had; one that has reached them gets `more`, as
 * far as the context allows. It is then the same story as if it had had so many
 * from the beginning. */
uint8_t story_can_continue(void);
void story_continue(uint16_t more);

/* Forgets what the caches hold: the image in the REU is another one. */
void story_forget(void);

/* Called by story_step when the logits of a position are there and not yet
 * changed by the sampler; the machine provides it. */
void machine_logits(void);

#endif
