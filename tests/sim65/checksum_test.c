/* checksum.s on the 6502 against its definition compiled by cc65. With an
 * argument it only digests so many pages, to be counted by "sim65 -c". */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checksum.h"
#include "tap.h"

uint8_t page_digest_definition(const uint8_t *page);
uint32_t crc32_definition(uint32_t crc, const uint8_t *bytes, uint16_t n);

#pragma bss-name(push, "PAGES")
static uint8_t memory[1024];
#pragma bss-name(pop)
static void fill(uint16_t seed)
{
    uint16_t i;

    srand(seed);
    for (i = 0; i < sizeof memory; ++i)
        memory[i] = (uint8_t)(rand() >> 3);
}

static uint8_t digests_agree(void)
{
    static const uint8_t offsets[] = {0, 1, 16, 239, 240, 241, 242, 255, 0, 0, 128};
    uint8_t i;
    const uint8_t *page;

    for (i = 0; i < 100; ++i) {
        page = memory + offsets[i % sizeof offsets] + 256 * (i & 1);
        fill(i);
        if (page_digest(page) != page_digest_definition(page)) {
            printf("# round %u\n", i);
            return 0;
        }
    }
    return 1;
}

/* Every change to one byte must show. */
static uint8_t changes_show(void)
{
    uint16_t i;
    uint8_t digest;

    fill(1);
    digest = page_digest(memory);
    for (i = 0; i < 256; ++i) {
        memory[i] ^= (uint8_t)(i | 1);
        if (page_digest(memory) == digest)
            return 0;
        memory[i] ^= (uint8_t)(i | 1);
    }
    return page_digest(memory) == digest;
}

static uint8_t crcs_agree(void)
{
    static const uint16_t lengths[] = {0, 1, 2, 255, 256, 257, 600};
    uint8_t i;
    uint32_t a, b;

    for (i = 0; i < sizeof lengths / sizeof lengths[0]; ++i) {
        fill(i);
        a = crc32(i * 0x1234567UL, memory + i, lengths[i]);
        b = crc32_definition(i * 0x1234567UL, memory + i, lengths[i]);
        if (a != b)
            return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    uint16_t pages = argc > 1 ? atoi(argv[1]) : 0;

    if (argc > 1) {
        while (pages--)
            page_digest(memory);
        return 0;
    }
    result(digests_agree(), "page_digest equals its definition at any address");
    result(changes_show(), "page_digest shows a change of any byte");
    result(crc32(0, (const uint8_t *)"123456789", 9) == 0xCBF43926UL, "crc32 of 123456789 is the one of the standard");
    result(crc32(crc32(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5) == 0xCBF43926UL, "crc32 goes on");
    result(crcs_agree(), "crc32 equals its definition");
    printf("1..%u\n", tests);
    return failures != 0;
}
