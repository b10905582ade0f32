#include "petscii.h"

static const uint8_t after_upper_case[] = {0x1B, 0x1C, 0x1D, 0x1E, 0x64, 0xA7};
static const uint8_t after_lower_case[] = {0x73, 0x5D, 0x6B, 0x40};

uint8_t ascii_to_screen(uint8_t ascii)
{
    if (ascii < 0x20 || ascii > 0x7E)
        return STAND_IN;
    if (ascii < '@')
        return ascii;
    if (ascii == '@')
        return 0;
    if (ascii <= 'Z')
        return ascii;
    if (ascii < 'a')
        return after_upper_case[ascii - '['];
    if (ascii <= 'z')
        return ascii - 0x60;
    return after_lower_case[ascii - '{'];
}

/* Characters beyond ASCII that have a good likeness. */
static const struct {
    uint16_t unicode;
    uint8_t code;
} likenesses[] = {
    {0x00A0, ' '},  {0x00A3, 0x1C}, {0x2010, '-'},  {0x2011, '-'},  {0x2012, '-'},
    {0x2013, '-'},  {0x2014, '-'},  {0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'},
    {0x201D, '"'},  {0x2191, 0x1E}, {0x2190, 0x1F},
};

static uint8_t bytes_left;  /* of a UTF-8 sequence that has begun */
static uint16_t code_point; /* of what has come of it; the upper bits of 4-byte ones are lost */
static uint8_t too_big;     /* a 4-byte one */

void text_begin(void)
{
    bytes_left = 0;
}

static uint8_t likeness(void)
{
    uint8_t i;

    if (!too_big)
        for (i = 0; i < sizeof likenesses / sizeof likenesses[0]; ++i)
            if (likenesses[i].unicode == code_point)
                return likenesses[i].code;
    return STAND_IN;
}

uint8_t text_byte(uint8_t byte, uint8_t codes[2])
{
    uint8_t n = 0;

    if (byte >= 0x80 && byte < 0xC0 && bytes_left) {
        code_point = (uint16_t)(code_point << 6) | (byte & 0x3F);
        if (--bytes_left)
            return 0;
        codes[0] = likeness();
        return 1;
    }
    if (bytes_left) { /* cut short */
        codes[n++] = STAND_IN;
        bytes_left = 0;
    }
    if (byte >= 0xC2 && byte < 0xF5) {
        too_big = byte >= 0xF0;
        bytes_left = too_big ? 3 : byte >= 0xE0 ? 2 : 1;
        code_point = byte & (0x3F >> bytes_left);
        return n;
    }
    if (byte == '\n')
        byte = LINE_END;
    else if (byte == '\t')
        byte = ' ';
    else if (byte < ' ' || byte == 0x7F)
        return n;
    else
        byte = ascii_to_screen(byte);
    codes[n++] = byte;
    return n;
}
