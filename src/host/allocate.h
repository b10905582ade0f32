/* Memory that a program cannot go on without. */
#ifndef ALLOCATE_H
#define ALLOCATE_H

#include <stddef.h>

/* n elements of `size` bytes, zero; ends the program if there is no memory. */
void *allocate(size_t n, size_t size);

#endif
