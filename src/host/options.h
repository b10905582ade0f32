/* Command lines: options with a value, flags, and one file that has no option
 * before it. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,    /* no value; bool */
    OPTION_TEXT,    /* const char * */
    OPTION_INTEGER, /* int64_t */
    OPTION_REAL,    /* double */
};

struct option {
    const char *name;
    enum option_kind kind;
    void *value;        /* of the kind's type; left as it is when the option is not given */
    double least, most; /* of a number */
};

/* Sets the values that argv gives, and *file, whose meaning is `what`, to the one
 * argument that is not an option. 0, or -1 with the cause in error. */
int options_parse(const struct option *options, size_t n, const char *what, const char **file, int argc, char **argv, char *error,
                  size_t error_size);

#endif
