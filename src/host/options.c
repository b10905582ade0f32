#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_number(const struct option *option, const char *text, char *error, size_t error_size)
{
    const bool integer = option->kind == OPTION_INTEGER;
    char *end;
    const double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= option->least && value <= option->most) || (integer && value != floor(value))) {
        snprintf(error, error_size, "%s: must be %s from %.10g to %.10g", option->name, integer ? "an integer" : "a number", option->least,
                 option->most);
        return -1;
    }
    if (integer)
        *(int64_t *)option->value = (int64_t)value;
    else
        *(double *)option->value = value;
    return 0;
}

int options_parse(const struct option *options, size_t n, const char *what, const char **file, int argc, char **argv, char *error,
                  size_t error_size)
{
    const struct option *option, *end = options + n;
    int i;

    for (i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            if (*file != NULL) {
                snprintf(error, error_size, "%s: one %s is enough", argv[i], what);
                return -1;
            }
            *file = argv[i];
            continue;
        }
        for (option = options; option < end && strcmp(argv[i], option->name) != 0; option++)
            ;
        if (option == end) {
            snprintf(error, error_size, "%s: unknown option", argv[i]);
            return -1;
        }
        if (option->kind == OPTION_FLAG) {
            *(bool *)option->value = true;
            continue;
        }
        if (++i == argc) {
            snprintf(error, error_size, "%s: needs a value", option->name);
            return -1;
        }
        if (option->kind == OPTION_TEXT)
            *(const char **)option->value = argv[i];
        else if (set_number(option, argv[i], error, error_size) != 0)
            return -1;
    }
    return 0;
}
