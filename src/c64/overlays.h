/* Code that takes turns in the same memory (c64.cfg): the screens before and
 * after a story, and the engines, each with its buffers behind it. While one is
 * there, the others wait in SECTION_PROGRAM of the REU as they were left: an engine and
 * the screens change places, so that no story has to wait for anything to be unpacked.
 *
 * Until there is a model the engines and the screens (segment SCREENS) wait in RAM,
 * packed, and so does part of the resident code (segment LATE): src/unpack/unpack.s
 * has put them into whatever memory is free until then. */
#ifndef OVERLAYS_H
#define OVERLAYS_H

#include <stdint.h>

#define PROGRAM_GONE 0xFD /* beside enum model_status */

/* Whether the engines of the image that has just been opened are to be had, and leaves
 * only those in model.engines: MODEL_OK; MODEL_NO_ENGINE if this program has none of them;
 * PROGRAM_GONE if the REU has been loaded anew since overlays_keep, so that the program
 * must be too. */
uint8_t overlays_open(void);

/* The image in the REU is the one to be used: unpacks the engines into SECTION_PROGRAM,
 * the late part and the screens, unless that is done already. Nothing of
 * the segments LATE and SCREENS may be called before. 5 s, 7 with both engines. */
void overlays_keep(void);

/* Makes room and brings the engine, an ENGINE_... of image.h: nothing of the
 * folder ui may be called until overlay_screens. 50,000 cycles; for the exact engine
 * 2.4 million the first time. */
void overlay_engine(uint8_t engine);

void overlay_screens(void);

#endif
