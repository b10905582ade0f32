/* Code that takes turns in the same memory (c64.cfg): the screens before and
 * after a story, and the engines, each with its buffers behind it. While one is
 * there, the others wait in SECTION_PROGRAM of the REU.
 *
 * In the PRG the engines are packed (LZ4) behind the screens, where the buffers
 * will be. They are unpacked when the first story begins, so the image must be
 * known to be intact by then. */
#ifndef OVERLAYS_H
#define OVERLAYS_H

#include <stdint.h>

/* Makes room and brings the engine, an ENGINE_... of image.h: nothing of the
 * folder ui may be called until overlay_screens. */
void overlay_engine(uint8_t engine);

void overlay_screens(void);

#endif
