#include "seed.h"
#include <string.h>

uint8_t seed_append(uint8_t *seed, uint8_t digit)
{
    uint8_t product[SEED_BYTES], i;
    uint16_t carry = digit;

    for (i = 0; i < SEED_BYTES; ++i) {
        carry += seed[i] * 10;
        product[i] = (uint8_t)carry;
        carry >>= 8;
    }
    if (carry)
        return 0;
    memcpy(seed, product, SEED_BYTES);
    return 1;
}

uint8_t seed_divide(uint8_t *seed)
{
    uint8_t i = SEED_BYTES;
    uint16_t part = 0;

    do {
        --i;
        part = part << 8 | seed[i];
        seed[i] = (uint8_t)(part / 10);
        part %= 10;
    } while (i);
    return (uint8_t)part;
}

void seed_add(uint8_t *seed, int8_t step)
{
    uint8_t i = 0, turns = step < 0 ? 0xFF : 0; /* the value at which the next byte changes too */

    do
        seed[i] += step;
    while (seed[i] == turns && ++i < SEED_BYTES);
}

uint8_t seed_is_zero(const uint8_t *seed)
{
    uint8_t i;

    for (i = 0; i < SEED_BYTES; ++i)
        if (seed[i])
            return 0;
    return 1;
}

void seed_decimal(char decimal[SEED_DIGITS + 1], const uint8_t *seed)
{
    uint8_t rest[SEED_BYTES];
    uint8_t first = SEED_DIGITS;

    memcpy(rest, seed, SEED_BYTES);
    decimal[SEED_DIGITS] = '\0';
    do
        decimal[--first] = (char)('0' + seed_divide(rest));
    while (!seed_is_zero(rest));
    memmove(decimal, decimal + first, SEED_DIGITS + 1 - first);
}
