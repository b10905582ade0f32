/* What a token sounds like: a short, soft note. */
#include "ui.h"
#include "c64.h"

#define SID ((volatile uint8_t *)0xD400)

void sound_begin(uint8_t on)
{
    SID[0] = 0x00; /* of 0.06 Hz: 1050 Hz */
    SID[1] = 0x45;
    SID[5] = 0x06; /* attack 2 ms, decay 168 ms */
    SID[6] = 0x00; /* to silence */
    SID[24] = on ? 8 : 0; /* volume */
}
