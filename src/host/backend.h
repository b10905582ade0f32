/* A machine that tells a story: the C64 in an emulator (backend_c64.c) or this
 * process (backend_host.c). Both take the same image and give the same events. */
#ifndef BACKEND_H
#define BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "story.h"
#include "machine.h"

struct backend_token {
    uint16_t position; /* 0.. */
    uint16_t next;     /* the token that follows it */
    uint16_t steps;    /* positions in all */
    uint16_t n_prompt_tokens; /* with BOS */
    const uint8_t *text; /* what llama2.c prints for next */
    size_t text_bytes;
    bool timed;                       /* those below hold: an emulated machine */
    uint32_t begin_cycles;            /* clock cycles from RETURN to the first position */
    uint32_t cycles;                  /* the same of this position */
    uint32_t step_cycles[STEP_COUNT]; /* the same by step */
};

/* Where the work stands between two tokens. */
struct backend_progress {
    uint16_t position;
    uint8_t layer;
    uint8_t step; /* enum step */
};

/* What happens is told by these; each may return false to give up. */
struct backend_listener {
    void *context;
    bool (*logits)(void *context, const uint8_t *f32_bytes, size_t n); /* the next of a position's logits, little-endian */
    bool (*token)(void *context, const struct backend_token *token);
    void (*progress)(void *context, const struct backend_progress *progress); /* NULL: not wanted */
};

struct backend_request {
    uint8_t *image; /* contents of the REU, the prompt in SECTION_PROMPT; worked on in place by the host */
    size_t image_bytes;
    unsigned reu_kib;
    struct settings settings;
    uint16_t prompt_bytes;
    struct backend_listener listener;
};

enum backend_result {
    BACKEND_DONE,
    BACKEND_INTERRUPTED, /* by a signal or the listener */
    BACKEND_REFUSED,     /* the program on the machine said no: error */
    BACKEND_FAILED       /* the machine is broken: error */
};

#endif
