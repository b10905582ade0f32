/* The command line of run64: llama2.c's own, and what an emulator adds. */
#ifndef RUN64_OPTIONS_H
#define RUN64_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run64_options {
    const char *checkpoint;
    const char *tokenizer; /* tokenizer.bin */
    float temperature;     /* >= 0; 1.0 */
    float topp;            /* 0..1; 0.9 */
    uint64_t seed;         /* not zero; from the clock */
    int steps;             /* >= 0, 0: the whole context; 256 */
    const char *prompt;    /* "" */
    uint8_t engine;        /* ENGINE_... */
    unsigned bits;         /* of the fast engine; 8 */
    unsigned planes;       /* that the image has of its weights, >= bits, which is the default */
    bool host;             /* on this machine, without an emulator */
    const char *emulator;  /* x64 */
    unsigned reu_kib;      /* 0: as the model needs */
    const char *stats;     /* files to write, or NULL */
    const char *logits;
    const char *screenshot;
    bool window;
    const char *program;   /* NULL: llama2c64.prg beside run64 */
    double patience;       /* seconds without progress; 60 */
    bool help;
};

extern const char run64_usage[];

/* Returns 0, or -1 with the cause as one line in error. */
int run64_options_parse(struct run64_options *options, int argc, char **argv, char *error, size_t error_size);

#endif
