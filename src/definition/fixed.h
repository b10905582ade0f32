/* Shifts of fixed-point numbers, for the definitions of the fast engine. */
#ifndef FIXED_H
#define FIXED_H

#include <stdint.h>

static inline int64_t shift_right(int64_t value, int shift)
{
    return shift >= 0 ? value >> shift : value * ((int64_t)1 << -shift);
}

/* value / 2^shift, rounded half up; shift may be negative. */
static inline int64_t scaled(int64_t value, int shift)
{
    return shift > 0 ? (value + ((int64_t)1 << (shift - 1))) >> shift : shift_right(value, shift);
}

static inline int16_t saturated(int64_t value)
{
    return value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : (int16_t)value;
}

/* a * b / 256, or one more: the 6502's product from its table of quarter squares
 * without the low byte. Right on average. */
static inline uint8_t high_byte(uint8_t a, uint8_t b)
{
    unsigned sum = a + b, difference = a > b ? a - b : b - a;
    return (uint8_t)((sum * sum / 4 >> 8) - (difference * difference / 4 >> 8));
}

/* a * b / 256: each byte of a with each of b, where they make bits 0..15 by their
 * high byte alone, which may be one more. */
static inline int16_t high_bytes(int16_t a, uint8_t b)
{
    return (int16_t)(high_byte((uint8_t)a, b) + (a >> 8) * b);
}

static inline uint32_t high_bytes_16(uint16_t a, uint16_t b)
{
    uint8_t a0 = (uint8_t)a, b0 = (uint8_t)b;
    uint32_t a1 = a >> 8, b1 = b >> 8;

    return high_byte(a0, b0) + a1 * b0 + a0 * b1 + (a1 * b1 << 8);
}

#endif
