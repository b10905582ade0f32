/* The C64's side of the remote interface (remote.h). */
#ifndef REMOTE_STORY_H
#define REMOTE_STORY_H

#include <stdint.h>
#include "c64.h"

/* Tells whoever is outside; remote's other fields are set. */
void remote_report(enum remote_event event);
void remote_report_data(enum remote_event event, const void *data, uint16_t bytes);
void remote_error(const char *message);

/* Counts cycles from now on, for the next position. */
void remote_position(uint16_t position);

#endif
