/* The machine as the C part of the program sees it: what the assembly files of
 * this folder export. */
#ifndef C64_H
#define C64_H

#include <stdint.h>
#include "remote.h"

/* start.s */
extern uint8_t c64_ntsc; /* 1: NTSC, 0: PAL */
void quit(void);         /* back to BASIC; does not return */
extern struct remote remote;
void remote_point(void); /* the rts at REMOTE_REPORT */

#define CLOCK_HZ (c64_ntsc ? 1022727UL : 985248UL)

/* irq.s */
extern volatile uint8_t jiffies;        /* counts sixtieths of a second */
extern volatile uint32_t clock_seconds; /* since clock_restart */
extern volatile uint8_t clock_shown;    /* 1: HH:MM:SS at the right of the title bar */
extern volatile uint8_t story_running;  /* 1: RUN/STOP sets machine_stopped, other keys are dropped */

/* timer.s */
void clock_restart(void);
void timer_restart(void); /* cycles are counted from now on */

/* step.s */
void step_end(void); /* counts the cycles up to now to remote.cycles and the step that is going on */

/* keyboard.s */
uint8_t key_get(void); /* the next key in PETSCII, or 0 */

/* reusize.c */
uint16_t reu_size(void); /* KB, or 0 if there is no REU; its contents stay as they are */

#endif
