#include "bad_input.h"

#include <err.h>
#include <stddef.h>

int bad_input(const char *what, const char *cause)
{
    if (cause == NULL)
        warnx("%s", what);
    else
        warnx("%s: %s", what, cause);
    return EXIT_BAD_INPUT;
}
