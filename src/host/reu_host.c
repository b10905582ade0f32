#include "reu_host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "reu.h"

static uint8_t *contents;
static size_t contents_size;

void reu_attach(uint8_t *bytes, size_t size)
{
    contents = bytes;
    contents_size = size;
}

static uint8_t *at(reu_address address, uint16_t n)
{
    if (address > contents_size || n > contents_size - address) {
        fprintf(stderr, "REU access beyond its end: %u bytes at $%06X\n", n, (unsigned)address);
        abort();
    }
    return contents + address;
}

void reu_read(void *to, reu_address from, uint16_t n)
{
    memcpy(to, at(from, n), n);
}

void reu_write(reu_address to, const void *from, uint16_t n)
{
    memcpy(at(to, n), from, n);
}
