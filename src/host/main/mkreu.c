/* mkreu: makes the image for the REU from a checkpoint and its tokenizer. */
#include <stdio.h>

#include "bad_input.h"
#include "engines.h"
#include "image_writer.h"
#include "options.h"

static const char usage[] =
    "usage: mkreu CHECKPOINT TOKENIZER -o IMAGE [--engine fast|exact|both] [--bits B] [--reu KB]\n"
    "       mkreu --info IMAGE\n"
    "Makes the REU image that llama2c64.prg reads, from a llama2.c checkpoint\n"
    "(version 0, float32) and its tokenizer.bin; or describes such an image.\n"
    "--engine says which engines it serves (fast), --bits how many bits of a\n"
    "weight it holds for the fast one, 4 to 16 (8): all precisions up to that.\n"
    "The image is as large as the smallest REU that the model runs with; for one\n"
    "of --reu KB, 128 to 16384, the context is shortened if it does not fit, and\n"
    "what makes the fast engine finer goes in where there is room.\n";

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
        printf("%s: %s, %u tokens of context, for a REU of %u KB\n", output,
               h->engines == (ENGINE_EXACT | ENGINE_FAST) ? "fast and exact engine" : h->engines == ENGINE_FAST ? "fast engine" : "exact engine", h->config.seq_len, h->image_kib);
    image_free(&image);
    return failed ? bad_input(output, error) : 0;
}

int main(int argc, char **argv)
{
    const char *inputs[2] = {NULL, NULL}, *output = NULL, *described = NULL;
    uint8_t engines = ENGINE_FAST;
    unsigned bits = 8, most_kib = 0;
    bool help = false;
    const struct option options[] = {
        {"--help", OPTION_HELP, &help, 0, 0, NULL},       {"--engine", OPTION_OTHER, &engines, 0, 0, read_engines},
        {"--bits", OPTION_OTHER, &bits, 0, 0, read_bits}, {"--reu", OPTION_OTHER, &most_kib, 0, 0, read_reu_kib},
        {"-o", OPTION_TEXT, &output, 0, 0, NULL},         {"--info", OPTION_TEXT, &described, 0, 0, NULL},
    };
    struct checkpoint checkpoint;
    char error[256];
    int result;

    if (options_parse(options, sizeof options / sizeof *options, inputs, 2, argc, argv, error, sizeof error) != 0)
        return bad_input(error, "try mkreu --help");
    if (help) {
        fputs(usage, stdout);
        return 0;
    }
    if (described != NULL)
        return inputs[0] == NULL && output == NULL ? info(described) : bad_input("--info takes one file and nothing else", "try mkreu --help");
    if (inputs[1] == NULL || output == NULL)
        return bad_input("CHECKPOINT, TOKENIZER or -o IMAGE: missing", "try mkreu --help");

    if (checkpoint_open(&checkpoint, inputs[0], error, sizeof error) != 0)
        return bad_input(inputs[0], error);
    result = build(engines, bits, most_kib, &checkpoint, inputs[0], inputs[1], output);
    checkpoint_close(&checkpoint);
    return result;
}
