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
extern uint8_t _OVERLAY_START__[], _SCREENS_DATA_RUN__[], _OVERLAY_LAST__[], _EXACT_START__[], _FAST_START__[];
extern uint8_t _UNDER_IO_RUN__[], _SAVED_RUN__[], _TOP_LAST__[], story_end[];
#define DISTANCE(from, to) ((uint16_t)(to) - (uint16_t)(from))
#define BOOT_BYTES DISTANCE(_BOOT_START__, _BOOT_LAST__)
#define DATA_BYTES DISTANCE(_SCREENS_DATA_RUN__, _OVERLAY_LAST__)

/* Bytes of what waits, packed, in this order, behind this. */
struct waiting {
    uint16_t fast, exact, late, screens;
};

/* These stay when the program is started again after an end: `initialise` of
 * start.s clears BSS only. SECTION_PROGRAM holds struct waiting, those engines that
 * the image serves, the screens; then BOOT and the screens' data as they were left. */
static uint8_t kept = 0;         /* 1: what waits is in the REU, not in RAM */
static reu_address kept_at = 0;
static uint8_t kept_engines = 0; /* bit set of ENGINE_... */
static uint32_t kept_crc = 0;    /* of what does not change */
static struct waiting waiting = {0, 0, 0, 0}; /* 0: not kept */

static uint8_t products_made; /* of the image: the exact engine's table */

static uint16_t kept_bytes(void)
{
    return sizeof waiting + waiting.fast + waiting.exact + waiting.screens;
}

static void unpack_code(uint8_t *to, const uint8_t *from)
{
    unpack(to, from);
    accelerate(to);
}

/* Unpacks n bytes, `at` bytes behind struct waiting, from the end of the memory. */
static void unpack_waiting(uint8_t *to, uint16_t at, uint16_t n)
{
    uint8_t *from = story_end - n;

    reu_read(from, kept_at + sizeof waiting + at, n);
    unpack_code(to, from);
}

#pragma code-name(push, "BOOT") /* not needed during a story */

/* CRC-32 of the page digests of what is kept packed; bytes beyond its end up to
 * the next page are others', so they stay out. */
static uint32_t waiting_crc(void)
{
    reu_address at = kept_at;
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
    if (kept_at != section(SECTION_PROGRAM) || (model.engines & ~kept_engines) || waiting_crc() != kept_crc)
        return 0;
    return 1;
}

/* Writes up to `room` of the *n bytes that are still to come, and counts both down. */
static void gather_part(reu_address *to, const uint8_t *from, uint16_t room, uint16_t *n)
{
    if (room > *n)
        room = *n;
    if (room)
        reu_write(*to, from, room);
    *to += room;
    *n -= room;
}

/* All that waits, from where src/unpack/unpack.s has put it into the work space. */
static void gather(reu_address to)
{
    uint16_t n = sizeof waiting + waiting.fast + waiting.exact + waiting.late + waiting.screens;

    gather_part(&to, _MAIN_LAST__, DISTANCE(_MAIN_LAST__, _BOOT_START__), &n);
    gather_part(&to, _BOOT_LAST__, DISTANCE(_BOOT_LAST__, story_end), &n);
    under_io_read(_BOOT_LAST__, _UNDER_IO_RUN__, DISTANCE(_UNDER_IO_RUN__, _SAVED_RUN__));
    gather_part(&to, _BOOT_LAST__, DISTANCE(_UNDER_IO_RUN__, _SAVED_RUN__), &n);
    gather_part(&to, _TOP_LAST__, DISTANCE(_TOP_LAST__, 0xFFFA), &n);
}

static reu_address part_from, part_to;

/* The next n bytes of what waits to the end of the memory; returns where they begin. */
static const uint8_t *next_part(uint16_t n)
{
    uint8_t *part = story_end - n;

    reu_read(part, part_from, n);
    part_from += n;
    return part;
}

/* And from there into SECTION_PROGRAM. */
static const uint8_t *keep_part(uint16_t n)
{
    const uint8_t *part = next_part(n);

    reu_write(part_to, part, n);
    part_to += n;
    return part;
}

static void keep_engine(uint8_t engine, uint16_t *n)
{
    if (model.engines & engine) {
        keep_part(*n);
    } else {
        part_from += *n;
        *n = 0;
    }
}

void overlays_keep(void)
{
    if (kept)
        return;
    waiting = *(const struct waiting *)_MAIN_LAST__;
    kept_at = section(SECTION_PROGRAM);
    kept_engines = model.engines;
    gather(section(SECTION_ENCODER));
    part_from = section(SECTION_ENCODER) + sizeof waiting;
    part_to = kept_at + sizeof waiting;
    keep_engine(ENGINE_FAST, &waiting.fast);
    keep_engine(ENGINE_EXACT, &waiting.exact);
    unpack_code(_LATE_START__, next_part(waiting.late));
    unpack_code(_OVERLAY_START__, keep_part(waiting.screens));
    reu_write(kept_at, &waiting, sizeof waiting);
    kept_crc = waiting_crc();
    kept = 1;
}

#pragma code-name(pop)

void overlay_engine(uint8_t engine)
{
    reu_address left = kept_at + kept_bytes();

    reu_write(left, _BOOT_START__, BOOT_BYTES);
    reu_write(left + BOOT_BYTES, _SCREENS_DATA_RUN__, DATA_BYTES);
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
    reu_address left = kept_at + kept_bytes();

    unpack_waiting(_OVERLAY_START__, waiting.fast + waiting.exact, waiting.screens);
    reu_read(_BOOT_START__, left, BOOT_BYTES);
    reu_read(_SCREENS_DATA_RUN__, left + BOOT_BYTES, DATA_BYTES);
}
