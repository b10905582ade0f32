#include "run64_options.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "image.h"

const char run64_usage[] =
    "usage: run64 CHECKPOINT [option value]...\n"
    "Tells a story on an emulated Commodore 64, as llama2.c's run does on this machine.\n"
    "\n"
    "llama2.c's options\n"
    "  -z FILE          the tokenizer (tokenizer.bin)\n"
    "  -t TEMPERATURE   0 for the likeliest token always (1.0)\n"
    "  -p TOPP          for top-p sampling, 0 to 1, 1 for none (0.9)\n"
    "  -s SEED          of the random numbers (the time)\n"
    "  -n STEPS         positions to go through, 0 for the whole context (256)\n"
    "  -i PROMPT        the story's beginning\n"
    "  -m generate      the only mode\n"
    "\n"
    "what an emulator adds\n"
    "  --engine NAME    the arithmetic: exact is llama2.c's, bit for bit, fast is\n"
    "                   fixed point (exact)\n"
    "  --bits B         of the fast engine's weights, 4 to 16 (8)\n"
    "  --planes P       that the image has of them, at least B (B)\n"
    "  --host           compute on this machine instead, with the same result\n"
    "  --emulator NAME  VICE's x64, x64sc or x128, or a path to one (x64)\n"
    "  --reu KB         size of the RAM expansion (the smallest that holds the model)\n"
    "  --window         show the emulator\n"
    "  --stats FILE     write tokens and clock cycles of every position as JSON\n"
    "  --logits FILE    write all logits of every position as float32\n"
    "  --screenshot FILE.png  write the C64's screen at the end\n"
    "  --prg FILE       the C64 program (llama2c64.prg beside run64)\n"
    "  --patience SECONDS     give up when the C64 stands still for so long (60)\n"
    "  --help\n";

static int fail(char *error, size_t error_size, const char *option, const char *value, const char *cause)
{
    snprintf(error, error_size, "%s%s%s: %s", option, value ? " " : "", value ? value : "", cause);
    return -1;
}

/* A number as llama2.c's atof takes it, but nothing else. */
static int parse_real(const char *text, float *value)
{
    char *end;
    double number = strtod(text, &end);

    if (end == text || *end != '\0' || isnan(number))
        return -1;
    *value = (float)number;
    return 0;
}

/* As llama2.c's atoi does with glibc: of a number beyond int the low 32 bits
 * are taken, so that a large seed tells the same story here as there. */
static int parse_int(const char *text, long *whole, int *value)
{
    char *end;

    *whole = strtol(text, &end, 10);
    if (end == text || *end != '\0')
        return -1;
    *value = (int)(uint32_t)(unsigned long)*whole;
    return 0;
}

static int parse_engine(const char *text, uint8_t *engine)
{
    for (*engine = ENGINE_EXACT; *engine <= ENGINE_FAST; *engine <<= 1)
        if (strcmp(text, run64_engine_name(*engine)) == 0)
            return 0;
    return -1;
}

static int parse_reu(const char *text, unsigned *kib)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || value < 128 || value > 16384 || (value & (value - 1)) != 0)
        return -1;
    *kib = (unsigned)value;
    return 0;
}

const char *run64_engine_name(uint8_t engine)
{
    return engine == ENGINE_EXACT ? "exact" : engine == ENGINE_FAST ? "fast" : "unknown";
}

int run64_options_parse(struct run64_options *options, int argc, char **argv, char *error, size_t error_size)
{
    const char *mode = "generate", *c64_only = NULL;
    int i, seed = 0;

    memset(options, 0, sizeof *options);
    options->tokenizer = "tokenizer.bin";
    options->temperature = 1.0f;
    options->topp = 0.9f;
    options->steps = 256;
    options->prompt = "";
    options->engine = ENGINE_EXACT;
    options->bits = 8;
    options->emulator = "x64";
    options->patience = 60;

    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *value = argv[i + 1];
        const char **file = NULL;
        long whole;

        if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
            options->help = true;
            return 0;
        }
        if (option[0] != '-') {
            if (options->checkpoint)
                return fail(error, error_size, option, NULL, "a second checkpoint");
            options->checkpoint = option;
            continue;
        }
        if (strcmp(option, "--host") == 0) {
            options->host = true;
            continue;
        }
        if (strcmp(option, "--window") == 0) {
            options->window = true;
            c64_only = option;
            continue;
        }
        /* All others have a value. */
        if (strcmp(option, "-z") == 0)
            file = &options->tokenizer;
        else if (strcmp(option, "-i") == 0)
            file = &options->prompt;
        else if (strcmp(option, "-m") == 0)
            file = &mode;
        else if (strcmp(option, "--emulator") == 0)
            file = &options->emulator;
        else if (strcmp(option, "--stats") == 0)
            file = &options->stats;
        else if (strcmp(option, "--logits") == 0)
            file = &options->logits;
        else if (strcmp(option, "--screenshot") == 0)
            file = &options->screenshot;
        else if (strcmp(option, "--prg") == 0)
            file = &options->program;
        else if (strcmp(option, "-t") != 0 && strcmp(option, "-p") != 0 && strcmp(option, "-s") != 0 &&
                 strcmp(option, "-n") != 0 && strcmp(option, "-y") != 0 && strcmp(option, "--engine") != 0 && strcmp(option, "--bits") != 0 &&
                 strcmp(option, "--planes") != 0 && strcmp(option, "--reu") != 0 && strcmp(option, "--patience") != 0)
            return fail(error, error_size, option, NULL, "unknown option; try run64 --help");
        if (i + 1 >= argc)
            return fail(error, error_size, option, NULL, "needs a value");
        i++;
        if (file) {
            *file = value;
        } else if (strcmp(option, "-t") == 0) {
            if (parse_real(value, &options->temperature) != 0)
                return fail(error, error_size, option, value, "not a number");
        } else if (strcmp(option, "-p") == 0) {
            if (parse_real(value, &options->topp) != 0)
                return fail(error, error_size, option, value, "not a number");
        } else if (strcmp(option, "-s") == 0) {
            if (parse_int(value, &whole, &seed) != 0)
                return fail(error, error_size, option, value, "not a whole number");
        } else if (strcmp(option, "-n") == 0) {
            if (parse_int(value, &whole, &options->steps) != 0)
                return fail(error, error_size, option, value, "not a whole number");
            options->steps = whole < 0 ? 0 : whole > INT_MAX ? INT_MAX : (int)whole;
        } else if (strcmp(option, "--engine") == 0) {
            if (parse_engine(value, &options->engine) != 0)
                return fail(error, error_size, option, value, "no such engine; there are exact and fast");
        } else if (strcmp(option, "--bits") == 0 || strcmp(option, "--planes") == 0) {
            int bits;
            if (parse_int(value, &whole, &bits) != 0 || whole < 4 || whole > 16)
                return fail(error, error_size, option, value, "not a number from 4 to 16");
            if (strcmp(option, "--bits") == 0)
                options->bits = (uint8_t)bits;
            else
                options->planes = (uint8_t)bits;
        } else if (strcmp(option, "--reu") == 0) {
            if (parse_reu(value, &options->reu_kib) != 0)
                return fail(error, error_size, option, value, "not the size of an REU: 128, 256, 512, ... 16384");
        } else if (strcmp(option, "--patience") == 0) {
            float seconds;
            if (parse_real(value, &seconds) != 0 || !(seconds > 0) || isinf(seconds))
                return fail(error, error_size, option, value, "not a number of seconds");
            options->patience = seconds;
        }
        /* -y, the system prompt of a chat, means nothing to a story. */
        if (file == &options->emulator || file == &options->screenshot || file == &options->program)
            c64_only = option;
    }
    if (!options->checkpoint)
        return fail(error, error_size, "a checkpoint is needed", NULL, "run64 CHECKPOINT [option value]...; try run64 --help");
    if (strcmp(mode, "generate") != 0)
        return fail(error, error_size, "-m", mode, "run64 can only generate");
    if (options->host && c64_only)
        return fail(error, error_size, c64_only, NULL, "there is no emulator with --host");
    if (!options->planes)
        options->planes = options->bits;
    if (options->planes < options->bits)
        return fail(error, error_size, "--planes", NULL, "fewer than the bits");

    options->seed = seed == 0 ? (uint64_t)(unsigned)time(NULL) : (uint64_t)(int64_t)seed;
    if (!(options->temperature > 0.0f))
        options->temperature = 0.0f;
    if (options->topp < 0.0f || options->topp > 1.0f)
        options->topp = 0.9f;
    return 0;
}
