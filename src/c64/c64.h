/* The machine as the C part of the program sees it: what the assembly files of
 * this folder export. */
#ifndef C64_H
#define C64_H

#include <stdint.h>
#include "remote.h"
#include "reu.h"

/* start.s */
extern uint8_t c64_ntsc; /* 1: NTSC, 0: PAL */
void quit(void);         /* back to BASIC; does not return */
extern struct remote remote;
void remote_point(void); /* the rts at REMOTE_REPORT */

#define CLOCK_HZ (c64_ntsc ? 1022727UL : 985248UL)

/* irq.s */
extern volatile uint8_t jiffies;        /* counts sixtieths of a second */
extern volatile uint32_t clock_seconds; /* since clock_restart */
extern volatile uint8_t clock_runs;     /* 1: time passes, HH:MM:SS at the right of the title bar */
extern volatile uint8_t story_running;  /* 1: RUN/STOP sets machine_stopped, other keys switch the screen off and on */
/* The bar of the position at work, a row of BAR_PIXELS (story_screen.h). */
void bar_begin(void);                   /* empty, and does not move */
void bar_move(uint8_t at, uint8_t end); /* is at this pixel at least, and moves on to `end` */
extern uint32_t bar_speed;              /* pixels / 65536 in 4 interrupts, below 2^24 */

/* timer.s */
void clock_restart(void);
uint32_t work_time(uint8_t dark); /* cycles that a fixed piece of work takes, with the screen on or off */
#define WORK_TIME 271700UL /* the same on a PAL C64 with its screen on */
void timer_restart(void); /* cycles are counted from now on */

/* sound.s */
void blip(void); /* a token is done: as loud as SID's volume is set */

/* step.s */
void step_end(void); /* counts the cycles up to now to remote.cycles and the step that is going on */

/* reu.s, beside reu.h */
void reu_swap(reu_address at, void *with, uint16_t n); /* n bytes of either change places */

/* keyboard.s */
uint8_t key_get(void); /* the next key in PETSCII, or 0 */

/* reusize.c */
uint16_t reu_size(void); /* KB, or 0 if there is no REU; its contents stay as they are */

#endif
