/* The remote interface of llama2c64.prg: how a program outside the C64 (run64,
 * through VICE's monitor) starts a story and follows it. On a C64 by itself it
 * costs one rts a token.
 *
 * The C64 calls the rts at REMOTE_REPORT for each event; whoever is outside has
 * a breakpoint there and reads the block at REMOTE_BLOCK. Before the program
 * is started the outside may fill in the request.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include <stdint.h>
#include "machine.h"
#include "story.h"

#define PROGRAM_START 0x080D /* what SYS jumps to */
#define REMOTE_REPORT 0x0810
#define REMOTE_BLOCK 0x0814
#define REMOTE_VERSION 2

enum remote_event {
    REMOTE_NONE,
    REMOTE_READY,   /* the parameter screen is up */
    REMOTE_LOGITS,  /* data: the next of the vocab_size logits, f32 in order */
    REMOTE_TOKEN,   /* a position is done: position, next, cycles, step_cycles; data: its text */
    REMOTE_END,     /* the story is over: status */
    REMOTE_ERROR    /* the program can't go on; data: its message in ASCII */
};

struct remote {
    uint8_t version;         /* REMOTE_VERSION */
    uint8_t request;         /* 1: tell the story of `settings`, with prompt_bytes in SECTION_PROMPT, without waiting for keys */
    uint8_t want_logits;     /* 1: report REMOTE_LOGITS at every position */
    uint8_t event;           /* enum remote_event */
    struct settings settings;
    uint16_t prompt_bytes;
    uint16_t position;       /* 0.. */
    uint16_t next;           /* token id */
    uint16_t n_prompt_tokens;
    uint16_t steps;          /* positions in all */
    uint8_t layer;           /* being worked on, see machine_step; updated at any time */
    uint8_t step;
    uint8_t status;          /* enum story_status, with REMOTE_END */
    uint8_t reserved;
    uint16_t data;           /* address in C64 memory */
    uint16_t data_bytes;
    uint16_t position_now;   /* being worked on; updated at any time */
    uint32_t cycles;         /* clock cycles of this position, from the end of the one before; without the time of reports */
    uint32_t step_cycles[STEP_COUNT]; /* the same by step */
    uint32_t begin_cycles;   /* from RETURN to the first position of a story that begins */
};

#endif
