/* The program on an emulated C64, for tests that press its keys and follow a story. What
 * goes wrong fails the test (cmocka). */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include "remote.h"
#include "test_model.h"
#include "vice.h"

extern struct vice *session;               /* NULL: none */
extern char session_text[VICE_SCREEN_TEXT]; /* the screen as session_expect found it */

/* Starts the emulator, "x64", "x128", with the model's image in its REU and the program
 * of the build; stands still before the program's first instruction. */
void session_start(const char *emulator, const struct test_model *model, bool ntsc);
void session_stop(void);

/* Runs until the screen shows `wanted`. */
void session_expect(const char *wanted);
void session_type(const char *keys);

/* Runs for at least so many seconds of the host's time. */
void session_run(double seconds);

/* From here on the program stops at its reports. Runs until the next; returns its event. */
void session_follow(void);
uint8_t session_next_report(struct remote *remote);

/* h:mm:ss behind `label` on the screen, in seconds. */
double session_duration(const char *label);

#endif
