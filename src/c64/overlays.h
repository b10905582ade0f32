/* Code that takes turns in the same memory (c64.cfg): the screens before and
 * after a story, and the engines, each with its buffers behind it. While one is
 * there, the others wait in SECTION_PROGRAM of the REU, the engines packed (LZ4).
 *
 * Until the first story they wait in RAM, packed, where src/unpack/unpack.s put
 * them: where the engines' buffers will be, behind the screens, under the I/O
 * registers and at the top. */
#ifndef OVERLAYS_H
#define OVERLAYS_H

#include <stdint.h>

/* Whether the engines of the image that has just been opened are still to be had:
 * not if the REU has been loaded anew since a story; then the program must be too. */
uint8_t overlays_there(void);

/* Before the first call of overlay_engine: puts everything into SECTION_PROGRAM. */
void overlays_keep(void);

/* Makes room and brings the engine, an ENGINE_... of image.h: nothing of the
 * folder ui may be called until overlay_screens. 0.5 s. */
void overlay_engine(uint8_t engine);

void overlay_screens(void);

#endif
