/* What tools/pack.c has packed. */
#ifndef UNPACK_H
#define UNPACK_H

/* `packed` may be where the result comes to lie, if it ends as many bytes behind
 * it as `pack` says, see start.s. */
void unpack(void *to, const void *packed);

#endif
