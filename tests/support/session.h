/* Beyond screen_test.h: the program with any model on any emulator, and its reports of a
 * story (remote.h) followed. What goes wrong fails the test. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include "remote.h"
#include "screen_test.h"
#include "test_model.h"

/* Starts the emulator, "x64", "x128", with the model's image in its REU and the program
 * of the build; stands still before the program's first instruction. */
void session_start(const char *emulator, const struct test_model *model, bool ntsc);

/* From here on the program stops at its reports. Runs until the next; returns its event. */
void session_follow(void);
uint8_t session_next_report(struct remote *remote);

/* h:mm:ss behind `label` on the screen, in seconds. */
double session_duration(const char *label);

#endif
