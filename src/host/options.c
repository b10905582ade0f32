#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns -1 if text is not a number within the limits. */
static int set_number(const struct option *option, const char *text)
{
    char *end;
    const double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= option->least && value <= option->most))
        return -1;
    if (option->kind == OPTION_REAL) {
        *(double *)option->value = value;
        return 0;
    }
    if (value != floor(value))
        return -1;
    *(int64_t *)option->value = (int64_t)value;
    return 0;
}

static int set(const struct option *option, const char *text, char *error, size_t error_size)
{
    const char *wanted;

    switch (option->kind) {
    case OPTION_TEXT:
        *(const char **)option->value = text;
        return 0;
    case OPTION_OTHER:
        wanted = option->read(option->value, text);
        if (wanted == NULL)
            return 0;
        snprintf(error, error_size, "%s: must be %s", option->name, wanted);
        return -1;
    default:
        if (set_number(option, text) == 0)
            return 0;
        snprintf(error, error_size, "%s: must be %s from %.10g to %.10g", option->name,
                 option->kind == OPTION_INTEGER ? "an integer" : "a number", option->least, option->most);
        return -1;
    }
}

static bool is(const struct option *option, const char *argument)
{
    return strcmp(argument, option->name) == 0 || (option->kind == OPTION_HELP && strcmp(argument, "-h") == 0);
}

int options_parse(const struct option *options, size_t n_options, const char **files, size_t n_files, int argc, char **argv, char *error,
                  size_t error_size)
{
    const struct option *option, *const end = options + n_options;
    size_t file = 0;
    int i;

    for (i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            if (file == n_files) {
                snprintf(error, error_size, "%s: a file too many", argv[i]);
                return -1;
            }
            files[file++] = argv[i];
            continue;
        }
        for (option = options; option < end && !is(option, argv[i]); option++)
            ;
        if (option == end) {
            snprintf(error, error_size, "%s: unknown option", argv[i]);
            return -1;
        }
        if (option->kind == OPTION_HELP || option->kind == OPTION_FLAG) {
            *(bool *)option->value = true;
            if (option->kind == OPTION_HELP)
                return 0;
            continue;
        }
        if (++i == argc) {
            snprintf(error, error_size, "%s: needs a value", option->name);
            return -1;
        }
        if (set(option, argv[i], error, error_size) != 0)
            return -1;
    }
    return 0;
}
