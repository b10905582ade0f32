/* The drive that the user has chosen, 8 to 11: how the screens for saving and
 * loading show and change it, and what it has to say. */
#ifndef DRIVE_H
#define DRIVE_H

#include <stdint.h>

extern uint8_t drive; /* its device number; at first the one that the program came from */

void drive_default(void); /* chooses it, unless that is done */
/* "D Drive <8>" in row DRIVE_ROW of the frame that begins in row DRIVE_FRAME. */
#define DRIVE_FRAME 2
#define DRIVE_ROW (DRIVE_FRAME + 1)
#define DRIVE_VALUE 12 /* column of the value */
void drive_draw(uint8_t selected);
void drive_label(uint8_t row, const char *label, uint8_t selected); /* of this and other fields */
void drive_key(uint8_t key); /* changes it, if the key is one of those that do */

#define DRIVE_DATA 2     /* channel for a file */
#define DRIVE_COMMAND 15 /* and that for commands and answers */

enum drive_outcome {
    DRIVE_DONE,
    DRIVE_STOPPED, /* RUN/STOP */
    DRIVE_GONE,    /* no answer */
    DRIVE_REFUSED  /* an error: drive_error, drive_said */
};

#define DRIVE_FILE_EXISTS 63
extern uint8_t drive_error;  /* number of the first error since drive_begin, 0: none */
extern char drive_said[];    /* in the drive's own words */

/* Opens the command channel; what is said there is about something older.
 * DRIVE_DONE or DRIVE_GONE. drive_end in any case. */
uint8_t drive_begin(void);
void drive_end(void);
uint8_t drive_ask(void); /* how the last command went: all but DRIVE_STOPPED */

/* Text for the user in the row below the frame, and what keys there are. */
void drive_message(uint8_t colour, const char *first, const char *second);
void drive_hints(const char *first, const char *second);
/* What went wrong; `other` if the drive itself has not said it. */
void drive_tell(uint8_t outcome, uint8_t device, const char *other);

#endif
