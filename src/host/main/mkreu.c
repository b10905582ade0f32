/* mkreu: makes the image for the REU from a checkpoint and its tokenizer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_input.h"
#include "image_writer.h"

static const char usage[] =
    "usage: mkreu CHECKPOINT TOKENIZER -o IMAGE [--engine fast|exact|both] [--bits B] [--reu KB]\n"
    "       mkreu --info IMAGE\n"
    "Makes the REU image that llama2c64.prg reads, from a llama2.c checkpoint\n"
    "(version 0, float32) and its tokenizer.bin; or describes such an image.\n"
    "--engine says which engines it serves (fast), --bits how many bits of a\n"
    "weight it holds for the fast one, 4 to 16 (8): all precisions up to that.\n"
    "The image is as large as the smallest REU that the model runs with; for one\n"
    "of --reu KB, 128 to 16384, the context is shortened if it does not fit.\n";

static int bad_usage(const char *what, const char *argument)
{
    fprintf(stderr, "mkreu: %s%s; try mkreu --help\n", what, argument);
    return EXIT_BAD_INPUT;
}

static int info(const char *path)
{
    char error[256];
    struct image image;

    if (image_load(&image, path, error, sizeof error) != 0)
        return bad_input(path, error);
    image_describe(&image, stdout);
    image_free(&image);
    return 0;
}

static const char *image_engines(const struct image_header *h)
{
    return h->engines == ENGINE_EXACT ? "exact engine" : h->engines == ENGINE_FAST ? "fast engine" : "fast and exact engine";
}

static int build(uint8_t engines, unsigned bits, unsigned most_kib, const struct checkpoint *checkpoint, const char *checkpoint_path, const char *tokenizer_path, const char *output)
{
    char error[256], name[24];
    struct tokenizer_file tokenizer;
    struct image image;
    const struct image_header *h;
    int failed;

    if (tokenizer_file_open(&tokenizer, tokenizer_path, (uint32_t)checkpoint->config.vocab_size, error, sizeof error) != 0)
        return bad_input(tokenizer_path, error);
    image_model_name(name, checkpoint_path);
    failed = image_build(checkpoint, &tokenizer, name, engines, bits, most_kib, &image, error, sizeof error);
    tokenizer_file_close(&tokenizer);
    if (failed)
        return bad_input(checkpoint_path, error);
    h = image.header;
    if (h->config.seq_len < h->trained_seq_len)
        fprintf(stderr, "mkreu: %s: the context is shortened from %d to %u tokens, more do not fit\n", checkpoint_path,
                (int)checkpoint->config.seq_len, h->config.seq_len);
    failed = image_save(&image, output, error, sizeof error);
    if (!failed)
        printf("%s: %s, %u tokens of context, for a REU of %u KB\n", output, image_engines(h), h->config.seq_len, h->image_kib);
    image_free(&image);
    return failed ? bad_input(output, error) : 0;
}

int main(int argc, char **argv)
{
    const char *inputs[2], *output = NULL, *described = NULL;
    int n_inputs = 0, i, result;
    uint8_t engines = ENGINE_FAST;
    unsigned bits = 8, most_kib = IMAGE_MAX_KIB;
    struct checkpoint checkpoint;
    char error[256];

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return 0;
        } else if (strcmp(argv[i], "--engine") == 0) {
            const char *name = ++i < argc ? argv[i] : "";
            engines = strcmp(name, "exact") == 0 ? ENGINE_EXACT : strcmp(name, "fast") == 0 ? ENGINE_FAST :
                      strcmp(name, "both") == 0 ? ENGINE_EXACT | ENGINE_FAST : 0;
            if (!engines)
                return bad_usage("--engine takes fast, exact or both, not ", name);
        } else if (strcmp(argv[i], "--bits") == 0) {
            char *end;
            const char *number = ++i < argc ? argv[i] : "";
            bits = (unsigned)strtoul(number, &end, 10);
            if (*number == '\0' || *end != '\0' || bits < 4 || bits > 16)
                return bad_usage("--bits takes a number from 4 to 16, not ", number);
        } else if (strcmp(argv[i], "--reu") == 0) {
            char *end;
            const char *number = ++i < argc ? argv[i] : "";
            most_kib = (unsigned)strtoul(number, &end, 10);
            if (*number < '0' || *number > '9' || *end != '\0' || most_kib < 128 || most_kib > IMAGE_MAX_KIB || (most_kib & (most_kib - 1)) != 0)
                return bad_usage("--reu takes 128, 256, 512 and so on up to 16384, not ", number);
        } else if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--info") == 0) {
            if (i + 1 == argc)
                return bad_usage("a file must follow ", argv[i]);
            *(argv[i][1] == 'o' ? &output : &described) = argv[i + 1];
            i++;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return bad_usage("unknown option ", argv[i]);
        } else if (n_inputs == 2) {
            return bad_usage("too many files: ", argv[i]);
        } else {
            inputs[n_inputs++] = argv[i];
        }
    }
    if (described != NULL)
        return n_inputs == 0 && output == NULL ? info(described) : bad_usage("--info takes one file and nothing else", "");
    if (n_inputs != 2)
        return bad_usage("a checkpoint and a tokenizer are needed", "");
    if (output == NULL)
        return bad_usage("-o and the image's file name are needed", "");

    if (checkpoint_open(&checkpoint, inputs[0], error, sizeof error) != 0)
        return bad_input(inputs[0], error);
    result = build(engines, bits, most_kib, &checkpoint, inputs[0], inputs[1], output);
    checkpoint_close(&checkpoint);
    return result;
}
