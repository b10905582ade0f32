/* How big the RAM Expansion Unit is, told by where its addresses repeat. */
#include "c64.h"
#include "reu.h"

#pragma code-name("BOOT") /* not needed during a story */

#define REU_REGISTERS ((volatile uint8_t *)0xDF00)
#define FIRST_ADDRESS 2 /* registers from here to LAST_ADDRESS hold what is written */
#define LAST_ADDRESS 5

static uint8_t registers_hold(uint8_t pattern)
{
    uint8_t i;

    for (i = FIRST_ADDRESS; i <= LAST_ADDRESS; ++i)
        REU_REGISTERS[i] = pattern ^ i;
    for (i = FIRST_ADDRESS; i <= LAST_ADDRESS; ++i)
        if (REU_REGISTERS[i] != (uint8_t)(pattern ^ i))
            return 0;
    return 1;
}

static uint8_t read_byte(reu_address at)
{
    uint8_t byte;

    reu_read(&byte, at, 1);
    return byte;
}

/* Whether the byte at `at` is one of its own: it holds what is written there,
 * and the byte at 0 does not change with it. */
static uint8_t is_memory(reu_address at)
{
    uint8_t at_0 = read_byte(0), saved = read_byte(at), pattern = ~at_0, found;

    reu_write(at, &pattern, 1);
    found = read_byte(at) == pattern && read_byte(0) == at_0;
    if (found) {
        /* An address without memory may give back the last byte on the bus. */
        pattern ^= 0x5A;
        reu_write(at, &pattern, 1);
        found = read_byte(0) == at_0 && read_byte(at) == pattern;
    }
    reu_write(at, &saved, 1);
    return found;
}

uint16_t reu_size(void)
{
    uint16_t kib;

    if (!registers_hold(0x55) || !registers_hold(0xAA))
        return 0;
    for (kib = 128; kib < 16384; kib *= 2)
        if (!is_memory((reu_address)kib << 10))
            break;
    return kib;
}
