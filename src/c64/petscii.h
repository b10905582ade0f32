/* Characters: PETSCII of the keyboard, ASCII and UTF-8 of the texts, screen
 * codes of the lower/upper case set.
 *
 * What the C64 cannot show has a stand-in:
 *     \  pound     ^  up arrow    _  low line    `  reversed apostrophe
 *     {  tee to the left   }  tee to the right   |  vertical line   ~  horizontal line
 * typographic quotes and dashes are shown as the plain ones, any other
 * character beyond ASCII, and any byte that is none, as a checkered cell.
 */
#ifndef PETSCII_H
#define PETSCII_H

#include <stdint.h>

/* ASCII of a key, 0 for keys that type nothing. */
uint8_t petscii_to_ascii(uint8_t petscii);

/* Screen code of an ASCII character; STAND_IN for any other byte. */
#define STAND_IN 0x66
uint8_t ascii_to_screen(uint8_t ascii);

/* Screen codes of a text that comes byte by byte: puts the codes that follow
 * from one more byte into codes[], 0 to 2, and returns their number. \n comes
 * out as LINE_END, a tab as a space; other control codes vanish. */
#define LINE_END 0xFF
void text_begin(void);
uint8_t text_byte(uint8_t byte, uint8_t codes[2]);

#endif
