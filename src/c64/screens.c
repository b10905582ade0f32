#include "screens.h"
#include "model.h"

/* From the linker: address and, as an address, size of the segment. */
extern uint8_t _SCREENS_RUN__[], _SCREENS_SIZE__[];

void screens_save(void)
{
    reu_write(section(SECTION_SCREENS), _SCREENS_RUN__, (uint16_t)_SCREENS_SIZE__);
}

void screens_restore(void)
{
    reu_read(_SCREENS_RUN__, section(SECTION_SCREENS), (uint16_t)_SCREENS_SIZE__);
}
