#include "engines.h"

#include <stdlib.h>
#include <string.h>

#include "image_writer.h"

const char *engine_name(uint8_t engines)
{
    return engines == ENGINE_EXACT ? "exact" : engines == ENGINE_FAST ? "fast" : "both";
}

static const char *read_one_of(uint8_t most, uint8_t *engines, const char *text)
{
    uint8_t i;

    for (i = ENGINE_EXACT; i <= most; i++)
        if (strcmp(text, engine_name(i)) == 0) {
            *engines = i;
            return NULL;
        }
    return most == ENGINE_FAST ? "exact or fast" : "exact, fast or both";
}

const char *read_engine(void *engine, const char *text)
{
    return read_one_of(ENGINE_FAST, engine, text);
}

const char *read_engines(void *engines, const char *text)
{
    return read_one_of(ENGINE_EXACT | ENGINE_FAST, engines, text);
}

/* Digits only; returns most + 1 for anything else. */
static unsigned long whole(const char *text, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    return *text < '0' || *text > '9' || *end != '\0' || value > most ? most + 1 : value;
}

const char *read_bits(void *bits, const char *text)
{
    unsigned long value = whole(text, 16);

    if (value < 4 || value > 16)
        return "a number from 4 to 16";
    *(unsigned *)bits = (unsigned)value;
    return NULL;
}

const char *read_reu_kib(void *kib, const char *text)
{
    unsigned long value = whole(text, IMAGE_MAX_KIB);

    if (value < 128 || value > IMAGE_MAX_KIB || (value & (value - 1)) != 0)
        return "the size of a REU: 128, 256, 512 and so on up to 16384";
    *(unsigned *)kib = (unsigned)value;
    return NULL;
}
