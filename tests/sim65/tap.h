/* TAP from a test program on the 6502: one of these a program. */
#ifndef TAP_H
#define TAP_H

#include <stdint.h>
#include <stdio.h>

static uint8_t tests;
static uint8_t failures;

static void result(uint8_t passed, const char *name)
{
    ++tests;
    if (!passed)
        ++failures;
    printf("%sok %u %s\n", passed ? "" : "not ", tests, name);
}

#endif
