#include "checksum.h"

uint8_t page_digest(const uint8_t *page)
{
    uint8_t a = 0;
    int i;

    for (i = 0; i < 256; i++) {
        a = (uint8_t)(a + page[i]);
        a = (uint8_t)(a << 1 | a >> 7);
    }
    return a;
}

uint32_t crc32(uint32_t crc, const uint8_t *bytes, uint16_t n)
{
    int bit;

    crc = ~crc;
    while (n-- > 0) {
        crc ^= *bytes++;
        for (bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320UL : 0);
    }
    return ~crc;
}
