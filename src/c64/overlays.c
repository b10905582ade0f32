#include "overlays.h"
#include <lz4.h>
#include "checksum.h"
#include "exact.h"
#include "model.h"
#include "under_io.h"
#include "window.h"

/* From the linker: addresses and, as addresses, sizes. */
extern uint8_t _SCREENS_RUN__[], _SCREENS_SIZE__[], _OVERLAY_LAST__[], _TOP_LAST__[];
extern uint8_t _EXACT_START__[], _EXACT_LAST__[], _FAST_START__[], _FAST_LAST__[];
extern uint8_t _UNDER_IO_RUN__[], _SAVED_RUN__[], story_end[];
#define EXACT_BYTES ((uint16_t)_EXACT_LAST__ - (uint16_t)_EXACT_START__)
#define FAST_BYTES ((uint16_t)_FAST_LAST__ - (uint16_t)_FAST_START__)

/* What is in front of the packed engines, the fast one first. */
struct packed {
    uint16_t fast_bytes, exact_bytes;
};

/* These stay when the program is started again after an end: `initialise` of
 * start.s clears BSS only. */
static uint8_t kept = 0;                 /* 1: the engines are in the REU, not in RAM */
static reu_address kept_at = 0;          /* the screens, then struct packed and what follows it */
static uint8_t kept_engines = 0;         /* bit set of ENGINE_... */
static uint32_t kept_crc = 0;            /* of the packed engines */
static struct packed packed = {0, 0};

static uint8_t products_made; /* of the image: the exact engine's table */

static reu_address engines_at(void)
{
    return kept_at + PROGRAM_SCREENS_BYTES;
}

/* Length of what is kept with struct packed. */
static uint16_t kept_bytes(void)
{
    uint16_t n = sizeof packed + packed.fast_bytes;

    return kept_engines & ENGINE_EXACT ? n + packed.exact_bytes : n;
}

#pragma code-name(push, "SCREENS") /* not needed during a story */

/* CRC-32 of the packed engines' page digests; bytes beyond their end up to the
 * next page are the work space's, so they stay out. */
static uint32_t engines_crc(void)
{
    reu_address at = engines_at();
    uint16_t n = kept_bytes();
    uint32_t crc = 0;
    uint8_t digest;

    for (; n >= 256; n -= 256, at += 256) {
        reu_read(window, at, 256);
        digest = page_digest((const uint8_t *)window);
        crc = crc32(crc, &digest, 1);
    }
    if (!n)
        return crc;
    reu_read(window, at, n);
    return crc32(crc, (const uint8_t *)window, n);
}

uint8_t overlays_there(void)
{
    products_made = 0;
    if (!kept)
        return 1;
    if (kept_at != section(SECTION_PROGRAM) || (model.engines & ~kept_engines) || engines_crc() != kept_crc)
        return 0;
    reu_write(kept_at, _SCREENS_RUN__, (uint16_t)_SCREENS_SIZE__);
    return 1;
}

/* Writes up to `room` of the *n bytes that are still to come, and counts both down. */
static void keep_part(reu_address *to, const uint8_t *from, uint16_t room, uint16_t *n)
{
    if (room > *n)
        room = *n;
    if (room)
        reu_write(*to, from, room);
    *to += room;
    *n -= room;
}

void overlays_keep(void)
{
    reu_address to;
    uint16_t n;

    if (kept)
        return;
    packed = *(const struct packed *)_OVERLAY_LAST__;
    kept_at = section(SECTION_PROGRAM);
    kept_engines = model.engines;
    reu_write(kept_at, _SCREENS_RUN__, (uint16_t)_SCREENS_SIZE__);
    to = engines_at();
    n = kept_bytes();
    keep_part(&to, _OVERLAY_LAST__, (uint16_t)(story_end - _OVERLAY_LAST__), &n);
    under_io_read(_OVERLAY_LAST__, _UNDER_IO_RUN__, (uint16_t)(_SAVED_RUN__ - _UNDER_IO_RUN__));
    keep_part(&to, _OVERLAY_LAST__, (uint16_t)(_SAVED_RUN__ - _UNDER_IO_RUN__), &n);
    keep_part(&to, _TOP_LAST__, 0xFFFA - (uint16_t)_TOP_LAST__, &n);
    kept_crc = engines_crc();
    kept = 1;
}

#pragma code-name(pop)

/* Unpacks n bytes, `at` bytes into the packed engines, at the end of the memory:
 * c64.cfg leaves the room that LZ4 needs between the ends. */
static void unpack(uint8_t *to, uint16_t bytes, uint16_t at, uint16_t n)
{
    uint8_t *from = story_end - n;

    reu_read(from, engines_at() + at, n);
    decompress_lz4(from, to, bytes);
}

void overlay_engine(uint8_t engine)
{
    if (engine == ENGINE_FAST) {
        unpack(_FAST_START__, FAST_BYTES, sizeof packed, packed.fast_bytes);
    } else {
        unpack(_EXACT_START__, EXACT_BYTES, sizeof packed + packed.fast_bytes, packed.exact_bytes);
        exact_init(section(SECTION_PRODUCTS));
        if (!products_made)
            exact_make_products();
        products_made = 1;
    }
}

void overlay_screens(void)
{
    reu_read(_SCREENS_RUN__, kept_at, (uint16_t)_SCREENS_SIZE__);
}
