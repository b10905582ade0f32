/* tok64: trains a tokenizer on a text of stories. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "story_text.h"
#include "tokenizer_trainer.h"

#define EXIT_BAD_INPUT 2

static const char usage[] =
    "usage: tok64 TEXT -o TOKENIZER [--vocab 512] [--coverage 0.9999]\n"
    "Trains a byte-pair encoding and writes it as llama2.c's tokenizer.bin.\n"
    "In TEXT a line <|endoftext|> ends a story; without such lines a blank line does.\n"
    "  --vocab     tokens in all: 3 special ones, 256 bytes, then characters and pieces\n"
    "  --coverage  share of the text's characters that get a token, the rest is spelled in bytes\n";

static int bad(const char *what, const char *cause)
{
    fprintf(stderr, "tok64: %s: %s\n", what, cause);
    return EXIT_BAD_INPUT;
}

int main(int argc, char **argv)
{
    const char *text_path = NULL, *tokenizer_path = NULL;
    double coverage = 0.9999;
    long vocab_size = 512;
    struct trained_tokenizer tokenizer;
    struct story_text text;
    char error[256], *end;
    int result = 0, i;

    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *argument = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(option, "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (option[0] != '-') {
            if (text_path != NULL)
                return bad(option, "one text is enough");
            text_path = option;
            continue;
        }
        if (argument == NULL)
            return bad(option, "unknown, or without its argument");
        i++;
        errno = 0;
        end = NULL;
        if (strcmp(option, "-o") == 0)
            tokenizer_path = argument;
        else if (strcmp(option, "--vocab") == 0)
            vocab_size = strtol(argument, &end, 10);
        else if (strcmp(option, "--coverage") == 0)
            coverage = strtod(argument, &end);
        else
            return bad(option, "unknown option");
        if (end != NULL && (end == argument || *end != '\0' || errno != 0))
            return bad(option, "not a number");
    }
    if (text_path == NULL || tokenizer_path == NULL)
        return bad("TEXT or -o TOKENIZER", "missing; try tok64 --help");
    if (vocab_size <= TOKENIZER_FIRST_PIECE || vocab_size > TOKENIZER_MAX_TRAINED) {
        snprintf(error, sizeof error, "must be from %d to %d", TOKENIZER_FIRST_PIECE + 1, TOKENIZER_MAX_TRAINED);
        return bad("--vocab", error);
    }
    if (!(coverage > 0 && coverage <= 1))
        return bad("--coverage", "must be above 0 and at most 1");
    if (story_text_open(&text, text_path, error, sizeof error) != 0)
        return bad(text_path, error);
    if (tokenizer_train(&tokenizer, &text, (uint32_t)vocab_size, coverage, error, sizeof error) != 0)
        result = bad(text_path, error);
    else if (tokenizer_save(&tokenizer, tokenizer_path, error, sizeof error) != 0)
        result = bad(tokenizer_path, error);
    trained_tokenizer_free(&tokenizer);
    story_text_close(&text);
    return result;
}
