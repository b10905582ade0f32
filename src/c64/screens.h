/* The screens before and after a story share their memory with the story's
 * buffers (segments SCREENS and STORY of c64.cfg): code in the folder ui can run
 * only while no story is told. */
#ifndef SCREENS_H
#define SCREENS_H

/* Keeps a copy in the REU; once a model is open. */
void screens_save(void);
/* Brings it back; after each story. */
void screens_restore(void);

#endif
