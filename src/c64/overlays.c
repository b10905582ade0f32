#include "overlays.h"
#include "accelerator.h"
#include "c64.h"
#include "checksum.h"
#include "exact.h"
#include "fast_settle.h"
#include "model.h"
#include "story.h"
#include "under_io.h"
#include "unpack.h"
#include "window.h"

/* From the linker: addresses, */
extern uint8_t _MAIN_LAST__[], _LATE_START__[], _BOOT_START__[], _BOOT_LAST__[], _OVERLAY_START__[];
extern uint8_t _FAST_COPIED_START__[], _UNDER_IO_RUN__[], _TOP_LAST__[], story_end[];
/* and numbers, see start.s. */
extern uint8_t screens_bytes[], exact_bytes[], fast_bytes[], settled_bytes[], late_room[], story_room[], under_io_room[], top_room[];
#define SCREENS_BYTES (uint16_t)screens_bytes
#define EXACT_BYTES (uint16_t)exact_bytes
#define FAST_BYTES (uint16_t)fast_bytes
#define SETTLED_BYTES (uint16_t)settled_bytes /* what fast_settle copies */
#define BOTH_ENGINES (ENGINE_EXACT | ENGINE_FAST)

/* Bytes of what waits, packed, in this order, behind this. `settled` is the part of the fast
 * engine that fast_settle copies; `exact` is 0 where the program has the fast engine only. */
struct waiting {
    uint16_t fast, settled, exact, late, screens;
};
#define WAITING ((const struct waiting *)_MAIN_LAST__) /* until overlays_keep */

/* These stay when the program is started again after an end: `initialise` of
 * start.s clears BSS only. SECTION_PROGRAM holds those engines that the image serves;
 * with both, SETTLED_BYTES behind the fast one. Behind them is room for the screens
 * as far as they are longer than the engine that they change places with. */
static uint8_t kept = 0; /* 1: what waits is in the REU, not in RAM */
static reu_address kept_at = 0, exact_at = 0, rest_at = 0;
static uint8_t own_engines = BOTH_ENGINES; /* bit sets of ENGINE_... */
static uint8_t kept_engines = 0;
static uint32_t kept_crc = 0;    /* of the engines */

static uint8_t products_made;   /* of the image: the exact engine's table */
static uint8_t products_wanted; /* 1: now */

static reu_address engine_at; /* of the engine that is there, and how long it is */
static uint16_t engine_bytes;

#pragma code-name(push, "BOOT") /* not needed during a story */

/* CRC-32 of the page digests of the engines; bytes beyond their end up to
 * the next page are others', so they stay out. */
static uint32_t engines_crc(void)
{
    reu_address at;
    uint16_t n;
    uint32_t crc = 0;
    uint8_t digest;

    for (at = kept_at; at < rest_at; at += n) {
        n = rest_at - at < 256 ? (uint16_t)(rest_at - at) : 256;
        reu_read(window, at, n);
        if (n < 256)
            return crc32(crc, (const uint8_t *)window, n);
        digest = page_digest((const uint8_t *)window);
        crc = crc32(crc, &digest, 1);
    }
    return crc;
}

uint8_t overlays_open(void)
{
    products_made = 0;
    if (!kept && !WAITING->exact)
        own_engines = ENGINE_FAST;
    model.engines &= own_engines;
    if (!model.engines)
        return MODEL_NO_ENGINE;
    if (kept && (kept_at != section(SECTION_PROGRAM) || (model.engines & ~kept_engines) || engines_crc() != kept_crc))
        return PROGRAM_GONE;
    return MODEL_OK;
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

/* All that waits, n bytes, from where src/unpack/unpack.s has put it into the work space. */
static void gather(reu_address to, uint16_t n)
{
    gather_part(&to, _MAIN_LAST__, (uint16_t)late_room, &n);
    gather_part(&to, _BOOT_LAST__, (uint16_t)story_room, &n);
    under_io_copy(_BOOT_LAST__, _UNDER_IO_RUN__, (uint16_t)under_io_room);
    gather_part(&to, _BOOT_LAST__, (uint16_t)under_io_room, &n);
    gather_part(&to, _TOP_LAST__, (uint16_t)top_room, &n);
}

static reu_address part_from;

/* Unpacks the next n bytes of what waits, from the end of the memory. */
static void unpack_part(uint8_t *to, uint16_t n)
{
    uint8_t *from = story_end - n;

    reu_read(from, part_from, n);
    part_from += n;
    unpack(to, from);
    accelerate(to);
}

/* Unpacks the next `packed` bytes where the screens will be, and if the image serves the
 * engine puts the `bytes` that come of it at rest_at. */
static void keep_engine(uint8_t engine, uint16_t packed, uint16_t bytes)
{
    if (!(model.engines & engine)) {
        part_from += packed;
        return;
    }
    unpack_part(_BOOT_LAST__, packed);
    if (bytes)
        reu_write(rest_at, _BOOT_LAST__, bytes);
    rest_at += bytes;
}

void overlays_keep(void)
{
    struct waiting waiting;

    if (kept)
        return;
    waiting = *WAITING;
    kept_at = rest_at = section(SECTION_PROGRAM);
    kept_engines = model.engines;
    gather(section(SECTION_ENCODER), sizeof waiting + waiting.fast + waiting.settled + waiting.exact + waiting.late + waiting.screens);
    part_from = section(SECTION_ENCODER) + sizeof waiting;
    keep_engine(ENGINE_FAST, waiting.fast, FAST_BYTES);
    keep_engine(ENGINE_FAST, waiting.settled, kept_engines == BOTH_ENGINES ? SETTLED_BYTES : 0);
    if (kept_engines & ENGINE_FAST)
        under_io_copy(_UNDER_IO_RUN__, _BOOT_LAST__, SETTLED_BYTES);
    exact_at = rest_at;
    keep_engine(ENGINE_EXACT, waiting.exact, EXACT_BYTES);
    unpack_part(_LATE_START__, waiting.late);
    unpack_part(_OVERLAY_START__, waiting.screens);
    kept_crc = engines_crc();
    kept = 1;
}

/* Whether the story's keys and values have taken the place of the exact engine's table,
 * see image.h. */
static uint8_t products_lost(void)
{
    return story.position > (uint16_t)(model.sections[SECTION_PRODUCTS].cols - 1); /* not if that is 0 */
}

static void want_products(void)
{
    products_wanted = !products_made && !products_lost();
    products_made |= products_wanted;
}

/* The engines are as they were left. */
static void engines_left(void)
{
    kept_crc = engines_crc();
    if (products_lost())
        products_made = 0;
}

#pragma code-name(pop)

/* The engine that comes. Writes what of the screens is longer. */
static void choose(uint8_t engine)
{
    engine_at = kept_at;
    engine_bytes = FAST_BYTES;
    if (engine == ENGINE_EXACT) {
        engine_at = exact_at;
        engine_bytes = EXACT_BYTES;
        want_products();
    }
    reu_write(rest_at, _BOOT_START__ + engine_bytes, SCREENS_BYTES - engine_bytes);
}

static void swap(void)
{
    reu_swap(engine_at, _BOOT_START__, engine_bytes);
}

void overlay_engine(uint8_t engine)
{
    choose(engine);
    swap();
    if (engine == ENGINE_EXACT) {
        exact_init(section(SECTION_PRODUCTS));
        if (products_wanted)
            exact_make_products();
    } else if (kept_engines == BOTH_ENGINES) {
        reu_read(_FAST_COPIED_START__, kept_at + FAST_BYTES, SETTLED_BYTES);
        fast_settle();
    }
}

void overlay_screens(void)
{
    swap();
    reu_read(_BOOT_START__ + engine_bytes, rest_at, SCREENS_BYTES - engine_bytes);
    engines_left();
}
