/* What the keys type. */
#include "petscii.h"

/* Keys outside the ranges that PETSCII has in common with ASCII. */
static const uint8_t special_keys[][2] = {
    {0x5C, '\\'}, /* pound */
    {0x5D, ']'}, {0x5E, '^'}, {0x5F, '_'}, /* up and left arrow */
    {0xA0, ' '}, /* shift and space */
    {0xA4, '_'},
    {0xAB, '}'}, {0xB3, '{'},
    {0xBA, '`'}, /* shift and @ */
    {0xC0, '~'}, {0x60, '~'}, /* shift and * */
    {0xDD, '|'}, {0x7D, '|'}, /* shift and - */
};

uint8_t petscii_to_ascii(uint8_t petscii)
{
    uint8_t i;

    if (petscii >= 0x20 && petscii <= 0x40)
        return petscii;
    if (petscii >= 0x41 && petscii <= 0x5A)
        return petscii + 0x20;
    if (petscii >= 0x61 && petscii <= 0x7A)
        return petscii - 0x20;
    if (petscii >= 0xC1 && petscii <= 0xDA)
        return petscii - 0x80;
    if (petscii == 0x5B)
        return petscii;
    for (i = 0; i < sizeof special_keys / sizeof special_keys[0]; ++i)
        if (special_keys[i][0] == petscii)
            return special_keys[i][1];
    return 0;
}
