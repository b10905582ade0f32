/* The tables that fast_tables makes, for the other definitions. */
#ifndef FAST_TABLES_H
#define FAST_TABLES_H

#include <stdint.h>
#include "fast.h"

extern uint16_t fast_table[FAST_GROUPS][256];

#endif
