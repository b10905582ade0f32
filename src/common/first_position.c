#include "first_position.h"
#include "model.h"

uint8_t first_position(uint8_t engine, uint8_t bits)
{
    struct first_bytes bytes;
    reu_address from = section(SECTION_FIRST);
    uint8_t byte;

    if (!from)
        return 0;
    if (engine == ENGINE_FAST) {
        reu_read(&byte, section(SECTION_FAST), 1); /* planes, see fast_image.h */
        if (bits < byte)
            return 0;
        from = section_layer(SECTION_FIRST, 1);
    }
    for (;;) {
        reu_read(&bytes, from, sizeof bytes);
        from += sizeof bytes;
        if (!bytes.n)
            return 1;
        for (; bytes.n; --bytes.n) {
            reu_read(&byte, from++, 1);
            reu_write(bytes.to, &byte, 1);
            bytes.to += bytes.stride;
        }
    }
}
