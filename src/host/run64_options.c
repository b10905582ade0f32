#include "run64_options.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engines.h"
#include "image.h"
#include "options.h"

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

/* A number as llama2.c's atof takes it, but nothing else; double. */
static const char *read_real(void *real, const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || isnan(value))
        return "a number";
    *(double *)real = value;
    return NULL;
}

/* A whole number; long. */
static const char *read_whole(void *whole, const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0')
        return "a whole number";
    *(long *)whole = value;
    return NULL;
}

static const char *read_patience(void *seconds, const char *text)
{
    double value;

    if (read_real(&value, text) != NULL || !(value > 0) || isinf(value))
        return "a number of seconds";
    *(double *)seconds = value;
    return NULL;
}

static const char *read_mode(void *mode, const char *text)
{
    (void)mode;
    return strcmp(text, "generate") == 0 ? NULL : "generate: run64 can do nothing else";
}

int run64_options_parse(struct run64_options *o, int argc, char **argv, char *error, size_t error_size)
{
    const char *system_prompt; /* of a chat, means nothing to a story */
    double temperature = 1, topp = 0.9;
    long whole_seed = 0, steps = 256;
    const struct option options[] = {
        {"--help", OPTION_HELP, &o->help, 0, 0, NULL},
        {"-z", OPTION_TEXT, &o->tokenizer, 0, 0, NULL},
        {"-t", OPTION_OTHER, &temperature, 0, 0, read_real},
        {"-p", OPTION_OTHER, &topp, 0, 0, read_real},
        {"-s", OPTION_OTHER, &whole_seed, 0, 0, read_whole},
        {"-n", OPTION_OTHER, &steps, 0, 0, read_whole},
        {"-i", OPTION_TEXT, &o->prompt, 0, 0, NULL},
        {"-m", OPTION_OTHER, NULL, 0, 0, read_mode},
        {"-y", OPTION_TEXT, &system_prompt, 0, 0, NULL},
        {"--engine", OPTION_OTHER, &o->engine, 0, 0, read_engine},
        {"--bits", OPTION_OTHER, &o->bits, 0, 0, read_bits},
        {"--planes", OPTION_OTHER, &o->planes, 0, 0, read_bits},
        {"--host", OPTION_FLAG, &o->host, 0, 0, NULL},
        {"--emulator", OPTION_TEXT, &o->emulator, 0, 0, NULL},
        {"--reu", OPTION_OTHER, &o->reu_kib, 0, 0, read_reu_kib},
        {"--window", OPTION_FLAG, &o->window, 0, 0, NULL},
        {"--stats", OPTION_TEXT, &o->stats, 0, 0, NULL},
        {"--logits", OPTION_TEXT, &o->logits, 0, 0, NULL},
        {"--screenshot", OPTION_TEXT, &o->screenshot, 0, 0, NULL},
        {"--prg", OPTION_TEXT, &o->program, 0, 0, NULL},
        {"--patience", OPTION_OTHER, &o->patience, 0, 0, read_patience},
    };
    int seed;

    memset(o, 0, sizeof *o);
    o->tokenizer = "tokenizer.bin";
    o->prompt = "";
    o->engine = ENGINE_EXACT;
    o->bits = 8;
    o->patience = 60;
    if (options_parse(options, sizeof options / sizeof *options, &o->checkpoint, 1, argc, argv, error, error_size) != 0)
        return -1;
    if (o->help)
        return 0;
    if (o->checkpoint == NULL) {
        snprintf(error, error_size, "CHECKPOINT: missing; try run64 --help");
        return -1;
    }
    if (o->host && (o->emulator != NULL || o->window || o->screenshot != NULL || o->program != NULL)) {
        snprintf(error, error_size, "--host: there is no emulator then, for %s",
                 o->emulator != NULL ? "--emulator" : o->window ? "--window" : o->screenshot != NULL ? "--screenshot" : "--prg");
        return -1;
    }
    if (o->planes == 0)
        o->planes = o->bits;
    if (o->planes < o->bits) {
        snprintf(error, error_size, "--planes: fewer than the %u bits of the story", o->bits);
        return -1;
    }
    if (o->emulator == NULL)
        o->emulator = "x64";
    o->steps = steps < 0 ? 0 : steps > INT_MAX ? INT_MAX : (int)steps;
    /* llama2.c's atoi, with glibc, takes the low 32 bits of a number beyond int: a
     * large seed tells the same story here as there. */
    seed = (int)(uint32_t)(unsigned long)whole_seed;
    o->seed = seed == 0 ? (uint64_t)(unsigned)time(NULL) : (uint64_t)(int64_t)seed;
    o->temperature = temperature > 0 ? (float)temperature : 0;
    o->topp = (float)topp;
    if (o->topp < 0.0f || o->topp > 1.0f)
        o->topp = 0.9f;
    return 0;
}
