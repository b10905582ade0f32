#include "first_position.h"
#include "model.h"
#include "window.h"

uint8_t first_position(uint8_t engine, uint8_t bits)
{
    struct first_bytes bytes;
    reu_address from = section(SECTION_FIRST);
    uint16_t part, i;
    uint8_t planes;

    if (!from)
        return 0;
    if (engine == ENGINE_FAST) {
        reu_read(&planes, section(SECTION_FAST), 1); /* see fast_image.h */
        if (bits < planes)
            return 0;
        from = section_layer(SECTION_FIRST, 1);
    }
    for (;;) {
        reu_read(&bytes, from, sizeof bytes);
        from += sizeof bytes;
        if (!bytes.n)
            return 1;
        for (; bytes.n; bytes.n -= part) {
            part = bytes.n < sizeof window ? bytes.n : sizeof window;
            reu_read(window, from, part);
            from += part;
            for (i = 0; i < part; ++i) {
                reu_write(bytes.to, (const uint8_t *)window + i, 1);
                bytes.to += bytes.stride;
            }
        }
    }
}
