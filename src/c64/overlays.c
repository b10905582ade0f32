#include "overlays.h"
#include <lz4.h>
#include "exact.h"
#include "model.h"

/* From the linker: addresses and, as addresses, sizes. */
extern uint8_t _SCREENS_RUN__[], _SCREENS_SIZE__[], _OVERLAY_LAST__[];
extern uint8_t _EXACT_START__[], _EXACT_LAST__[], _FAST_START__[], _FAST_LAST__[];
#define EXACT_BYTES ((uint16_t)_EXACT_LAST__ - (uint16_t)_EXACT_START__)
#define FAST_BYTES ((uint16_t)_FAST_LAST__ - (uint16_t)_FAST_START__)

enum overlay { OVERLAY_SCREENS, OVERLAY_EXACT, OVERLAY_FAST };

static uint8_t saved;

static reu_address slot(enum overlay overlay)
{
    return section(SECTION_PROGRAM) + (uint32_t)overlay * OVERLAY_BYTES;
}

/* Unpacks what follows the screens in the PRG: for each engine a 16-bit length
 * and so many bytes of LZ4. The unpacked code may reach into them: it ends
 * further from their end than an LZ4 block needs. The exact engine comes first,
 * as the fast one's code reaches over what is packed of it, and is initialised
 * last, as its buffers lie where the fast one was packed. */
static void save(void)
{
    const uint8_t *packed = _OVERLAY_LAST__;

    reu_write(slot(OVERLAY_SCREENS), _SCREENS_RUN__, (uint16_t)_SCREENS_SIZE__);
    packed += *(const uint16_t *)packed + 2;
    decompress_lz4(_OVERLAY_LAST__ + 2, _EXACT_START__, EXACT_BYTES);
    reu_write(slot(OVERLAY_EXACT), _EXACT_START__, EXACT_BYTES);
    decompress_lz4(packed + 2, _FAST_START__, FAST_BYTES);
    reu_write(slot(OVERLAY_FAST), _FAST_START__, FAST_BYTES);
    if (model.engines & ENGINE_EXACT) {
        reu_read(_EXACT_START__, slot(OVERLAY_EXACT), EXACT_BYTES);
        exact_init(section(SECTION_PRODUCTS));
        reu_write(slot(OVERLAY_EXACT), _EXACT_START__, EXACT_BYTES);
    }
    saved = 1;
}

void overlay_engine(uint8_t engine)
{
    if (!saved)
        save();
    if (engine == ENGINE_FAST)
        reu_read(_FAST_START__, slot(OVERLAY_FAST), FAST_BYTES);
    else
        reu_read(_EXACT_START__, slot(OVERLAY_EXACT), EXACT_BYTES);
}

void overlay_screens(void)
{
    reu_read(_SCREENS_RUN__, slot(OVERLAY_SCREENS), (uint16_t)_SCREENS_SIZE__);
}
