/* The story as a text for a drive or a printer, in PETSCII. */
#ifndef STORY_FILE_H
#define STORY_FILE_H

#include <stdint.h>
#include "story.h"

/* Writes what the story was told from and the story, through the open channel of
 * kernal.h. Lines end with RETURN only; with a width, words that would go beyond
 * it begin another line. Returns 0, an error of kernal.h, or STORY_FILE_STOPPED. */
#define STORY_FILE_STOPPED 0xFE /* RUN/STOP */
uint8_t story_file_write(uint8_t channel, uint8_t width, const struct settings *settings, uint16_t prompt_bytes);

uint8_t screen_to_petscii(uint8_t code);

#endif
