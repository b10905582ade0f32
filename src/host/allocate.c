#include "allocate.h"

#include <stdlib.h>

void *allocate(size_t n, size_t size)
{
    void *p = calloc(n, size);

    if (!p)
        abort();
    return p;
}
