/* The part of the fast engine that runs behind the I/O registers. */
#ifndef FAST_SETTLE_H
#define FAST_SETTLE_H

/* Once after the engine has been brought, before it is used. */
void fast_settle(void);

#endif
