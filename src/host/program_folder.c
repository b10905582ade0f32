#define _XOPEN_SOURCE 700 /* realpath */
#include "program_folder.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *program_folder(const char *argv0)
{
    static char folder[PATH_MAX];

    if (!realpath("/proc/self/exe", folder) && !realpath(argv0, folder))
        strcpy(folder, "./here");
    *strrchr(folder, '/') = '\0';
    return folder;
}
