/* The story on stdout and, if stderr is a terminal, a line there that says how
 * far it is. If both are the same terminal, the line stands below the story. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool shown;         /* there is such a line */
    bool below;         /* below the story, on the same terminal */
    bool drawn;
    unsigned width;     /* of the terminal */
    unsigned column;    /* of the story's end, 0..width */
    unsigned steps;     /* positions in all */
    double begin;       /* of the first position, on the host's clock; 0 before */
    double last;        /* when the line was last drawn */
    char line[160];
};

void progress_open(struct progress *progress, unsigned steps);

/* Adds n bytes to the story; waits until stdout takes them. False if it takes no more, or machine_stopped. */
bool progress_text(struct progress *progress, const uint8_t *text, size_t n);

/* Position done, and the seconds it took on the C64; 0 if not known. */
void progress_token(struct progress *progress, unsigned position, double c64_seconds);

/* What is going on at a position; draws only now and then. */
void progress_step(struct progress *progress, unsigned position, unsigned layer, const char *step);

/* Takes the line away. */
void progress_close(struct progress *progress);

/* Writes seconds as m:ss or h:mm:ss. */
void progress_time(char *text, size_t text_size, double seconds);

#endif
