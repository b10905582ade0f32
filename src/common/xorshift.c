#include "xorshift.h"

#define TWO_TO_MINUS_24 0x33800000UL

uint8_t rng_state[8];

static uint32_t load(const uint8_t *bytes)
{
    return ((uint32_t)bytes[3] << 24) | ((uint32_t)bytes[2] << 16) | ((uint16_t)bytes[1] << 8) | bytes[0];
}

static void store(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

uint32_t multiply_high(uint32_t a, uint32_t b)
{
    uint32_t a0 = a & 0xFFFF, a1 = a >> 16, b0 = b & 0xFFFF, b1 = b >> 16;
    uint32_t middle = a1 * b0 + (a0 * b0 >> 16);
    uint32_t other = a0 * b1 + (middle & 0xFFFF);

    return a1 * b1 + (middle >> 16) + (other >> 16);
}

uint32_t random_u32(void)
{
    uint32_t low = load(rng_state), high = load(rng_state + 4);

    low ^= (low >> 12) | (high << 20);
    high ^= high >> 12;
    high ^= (high << 25) | (low >> 7);
    low ^= low << 25;
    low ^= (low >> 27) | (high << 5);
    high ^= high >> 27;
    store(rng_state, low);
    store(rng_state + 4, high);
    return multiply_high(low, 0x4F6CDD1DUL) + low * 0x2545F491UL + high * 0x4F6CDD1DUL;
}

f32 random_f32(void)
{
    return f32_mul(f32_from_uint(random_u32() >> 8), TWO_TO_MINUS_24);
}
