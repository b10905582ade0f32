/* A binary heap in the REU, the smallest entry first. */
#ifndef HEAP_H
#define HEAP_H

#include <stdint.h>
#include "reu.h"

struct heap_entry {
    uint32_t key;
    uint16_t value; /* decides between equal keys: the smaller first */
};

#define HEAP_ENTRY_BYTES 6 /* in the REU; a host compiler may pad the structure */

/* An empty heap from `at` on. */
void heap_begin(reu_address at);
void heap_push(const struct heap_entry *entry);

/* Takes the smallest entry out; 0 if the heap is empty. */
uint8_t heap_pop(struct heap_entry *entry);

/* The entry that was taken out i pops ago (0: the last), as long as nothing
 * was pushed since. */
void heap_popped(struct heap_entry *entry, uint16_t i);

#endif
