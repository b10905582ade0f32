#include "overlays.h"
#include "accelerator.h"
#include "checksum.h"
#include "exact.h"
#include "fast_settle.h"
#include "model.h"
#include "under_io.h"
#include "unpack.h"
#include "window.h"

/* From the linker. */
extern uint8_t _MAIN_LAST__[], _LATE_START__[], _LATE_LAST__[], _BOOT_START__[], _BOOT_LAST__[];
extern uint8_t _OVERLAY_START__[], _OVERLAY_LAST__[], _EXACT_START__[], _FAST_START__[];
extern uint8_t _UNDER_IO_RUN__[], _SAVED_RUN__[], _TOP_LAST__[], story_end[];
#define DISTANCE(from, to) ((uint16_t)(to) - (uint16_t)(from))

/* Bytes of what waits, packed, in this order, behind this. */
struct waiting {
    uint16_t fast, exact, late, screens;
};

/* These stay when the program is started again after an end: `initialise` of
 * start.s clears BSS only. */
static uint8_t kept = 0;         /* 1: what waits is in the REU, not in RAM */
static reu_address kept_at = 0;  /* struct waiting, the engines, the screens as they were left */
static uint8_t kept_engines = 0; /* bit set of ENGINE_... */
static uint32_t kept_crc = 0;    /* of struct waiting and the engines */
static struct waiting waiting = {0, 0, 0, 0};

static uint8_t products_made; /* of the image: the exact engine's table */

static reu_address screens_at(void)
{
    return kept_at + (kept_engines & ENGINE_EXACT ? 2 * PROGRAM_ENGINE_BYTES : PROGRAM_ENGINE_BYTES);
}

/* Unpacks n bytes, `at` bytes behind struct waiting, from the end of the memory. */
static void unpack_waiting(uint8_t *to, uint16_t at, uint16_t n)
{
    uint8_t *from = story_end - n;

    reu_read(from, kept_at + sizeof waiting + at, n);
    unpack(to, from);
    accelerate(to);
}

#pragma code-name(push, "BOOT") /* not needed during a story */

/* CRC-32 of the page digests of what is kept packed; bytes beyond its end up to
 * the next page are others', so they stay out. */
static uint32_t engines_crc(void)
{
    reu_address at = kept_at;
    uint16_t n = sizeof waiting + waiting.fast;
    uint32_t crc = 0;
    uint8_t digest;

    if (kept_engines & ENGINE_EXACT)
        n += waiting.exact;
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
    waiting = *(const struct waiting *)_MAIN_LAST__;
    kept_at = to = section(SECTION_PROGRAM);
    kept_engines = model.engines;
    n = sizeof waiting + waiting.fast + waiting.exact + waiting.late + waiting.screens;
    keep_part(&to, _MAIN_LAST__, DISTANCE(_MAIN_LAST__, _BOOT_START__), &n);
    keep_part(&to, _BOOT_LAST__, DISTANCE(_BOOT_LAST__, story_end), &n);
    under_io_read(_BOOT_LAST__, _UNDER_IO_RUN__, DISTANCE(_UNDER_IO_RUN__, _SAVED_RUN__));
    keep_part(&to, _BOOT_LAST__, DISTANCE(_UNDER_IO_RUN__, _SAVED_RUN__), &n);
    keep_part(&to, _TOP_LAST__, DISTANCE(_TOP_LAST__, 0xFFFA), &n);
    n = waiting.fast + waiting.exact;
    unpack_waiting(_LATE_START__, n, waiting.late);
    unpack_waiting(_OVERLAY_START__, n + waiting.late, waiting.screens);
    kept_crc = engines_crc();
    kept = 1;
}

#pragma code-name(pop)

void overlay_engine(uint8_t engine)
{
    reu_write(screens_at(), _BOOT_START__, DISTANCE(_BOOT_START__, _OVERLAY_LAST__));
    if (engine == ENGINE_FAST) {
        unpack_waiting(_FAST_START__, 0, waiting.fast);
        fast_settle();
    } else {
        unpack_waiting(_EXACT_START__, waiting.fast, waiting.exact);
        exact_init(section(SECTION_PRODUCTS));
        if (!products_made)
            exact_make_products();
        products_made = 1;
    }
}

void overlay_screens(void)
{
    reu_read(_BOOT_START__, screens_at(), DISTANCE(_BOOT_START__, _OVERLAY_LAST__));
}
