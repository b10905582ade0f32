/* Command lines: options with a value, flags, and files that have no option
 * before them. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_HELP,    /* no value, also as -h; bool: what comes after it is not looked at */
    OPTION_FLAG,    /* no value; bool */
    OPTION_TEXT,    /* const char * */
    OPTION_INTEGER, /* int64_t */
    OPTION_REAL,    /* double */
    OPTION_OTHER,   /* what `read` makes of it */
};

struct option {
    const char *name;
    enum option_kind kind;
    void *value;        /* of the kind's type; left as it is when the option is not given */
    double least, most; /* of a number */
    const char *(*read)(void *value, const char *text); /* returns NULL, or what the text must be */
};

/* Sets the values that argv gives, and files[0..n_files-1], NULL before, to the
 * arguments that are not options. 0, or -1 with the cause in error. */
int options_parse(const struct option *options, size_t n_options, const char **files, size_t n_files, int argc, char **argv, char *error,
                  size_t error_size);

#endif
