/* The story on a C64 in VICE, through the remote interface of llama2c64.prg
 * (remote.h). */
#ifndef BACKEND_C64_H
#define BACKEND_C64_H

#include "backend.h"

struct backend_c64_options {
    const char *emulator;   /* as in struct vice_options */
    const char *rom_folder;
    const char *program;    /* llama2c64.prg */
    bool window;
    double patience;        /* seconds of the host's time without progress until the machine counts as hung */
    const char *screenshot; /* PNG of the screen at the end, or NULL */
};

enum backend_result backend_c64(const struct backend_request *request, const struct backend_c64_options *options,
                                char *error, size_t error_bytes);

#endif
