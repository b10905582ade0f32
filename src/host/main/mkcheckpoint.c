/* mkcheckpoint: writes a random checkpoint of a given shape and a tokenizer for
 * it, so that tests need no trained model. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_input.h"
#include "image.h"
#include "synthetic.h"

static const char usage[] =
    "usage: mkcheckpoint -o CHECKPOINT [-z TOKENIZER] [OPTION NUMBER]...\n"
    "Writes a llama2.c checkpoint with random weights, and a tokenizer.bin for it.\n"
    "  --dim 64 --hidden 172 --layers 2 --heads 8 --kv-heads 4 --vocab 512\n"
    "  --context 256     positions\n"
    "  --seed 1          the same seed gives the same files\n"
    "  --separate        a classifier of its own (no number follows)\n";

int main(int argc, char **argv)
{
    struct checkpoint_config c = {64, 172, 2, 8, 4, 512, 256, true};
    const struct {
        const char *name;
        int32_t *value;
    } numbers[] = {{"--dim", &c.dim},           {"--hidden", &c.hidden_dim}, {"--layers", &c.n_layers}, {"--heads", &c.n_heads},
                   {"--kv-heads", &c.n_kv_heads}, {"--vocab", &c.vocab_size},  {"--context", &c.seq_len}};
    const size_t n_numbers = sizeof numbers / sizeof *numbers;
    const char *checkpoint = NULL, *tokenizer = NULL;
    uint64_t seed = 1;
    char error[256], *end;
    int i;

    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *argument = i + 1 < argc ? argv[i + 1] : NULL;
        size_t n;

        if (strcmp(option, "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(option, "--separate") == 0) {
            c.shared_classifier = false;
            continue;
        }
        if (argument == NULL)
            return bad_input(option, "unknown, or without its argument");
        i++;
        errno = 0;
        if (strcmp(option, "-o") == 0) {
            checkpoint = argument;
        } else if (strcmp(option, "-z") == 0) {
            tokenizer = argument;
        } else if (strcmp(option, "--seed") == 0) {
            seed = strtoull(argument, &end, 10);
            if (end == argument || *end != '\0' || errno != 0)
                return bad_input(option, "not a number");
        } else {
            long value = strtol(argument, &end, 10);

            for (n = 0; n < n_numbers && strcmp(option, numbers[n].name) != 0; n++)
                ;
            if (n == n_numbers)
                return bad_input(option, "unknown option");
            if (end == argument || *end != '\0' || errno != 0 || value < 1 || value > 65536)
                return bad_input(option, "a number from 1 to 65536 must follow");
            *numbers[n].value = (int32_t)value;
        }
    }
    if (checkpoint == NULL)
        return bad_input("-o CHECKPOINT", "missing; try mkcheckpoint --help");
    if (synthetic_checkpoint(checkpoint, &c, seed, error, sizeof error) != 0)
        return bad_input(checkpoint, error);
    if (tokenizer != NULL && synthetic_tokenizer(tokenizer, (uint32_t)c.vocab_size, seed, error, sizeof error) != 0)
        return bad_input(tokenizer, error);
    return 0;
}
