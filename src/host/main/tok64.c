/* tok64: trains a tokenizer on a text of stories. */
#include <stdio.h>
#include <string.h>

#include "bad_input.h"
#include "options.h"
#include "story_text.h"
#include "tokenizer_trainer.h"

static const char usage[] =
    "usage: tok64 TEXT -o TOKENIZER [--vocab 512] [--coverage 0.9999]\n"
    "Trains a byte-pair encoding and writes it as llama2.c's tokenizer.bin.\n"
    "In TEXT a line <|endoftext|> ends a story; without such lines a blank line does.\n"
    "  --vocab     tokens in all: 3 special ones, 256 bytes, then characters and pieces\n"
    "  --coverage  share of the text's characters that get a token, the rest is spelled in bytes\n";

int main(int argc, char **argv)
{
    const char *text_path = NULL, *tokenizer_path = NULL;
    double coverage = 0.9999;
    int64_t vocab_size = 512;
    bool help = false;
    const struct option options[] = {
        {"--help", OPTION_HELP, &help, 0, 0, NULL},
        {"-o", OPTION_TEXT, &tokenizer_path, 0, 0, NULL},
        {"--vocab", OPTION_INTEGER, &vocab_size, TOKENIZER_FIRST_PIECE + 1, TOKENIZER_MAX_TRAINED, NULL},
        {"--coverage", OPTION_REAL, &coverage, 1e-9, 1, NULL},
    };
    struct trained_tokenizer tokenizer;
    struct story_text text;
    char error[256];
    int result = 0;

    if (options_parse(options, sizeof options / sizeof *options, &text_path, 1, argc, argv, error, sizeof error) != 0)
        return bad_input(error, NULL);
    if (help) {
        fputs(usage, stdout);
        return 0;
    }
    if (text_path == NULL || tokenizer_path == NULL)
        return bad_input("TEXT or -o TOKENIZER: missing; try tok64 --help", NULL);
    if (story_text_open(&text, text_path, error, sizeof error) != 0)
        return bad_input(text_path, error);
    if (tokenizer_train(&tokenizer, &text, (uint32_t)vocab_size, coverage, error, sizeof error) != 0)
        result = bad_input(text_path, error);
    else if (tokenizer_save(&tokenizer, tokenizer_path, error, sizeof error) != 0)
        result = bad_input(tokenizer_path, error);
    trained_tokenizer_free(&tokenizer);
    story_text_close(&text);
    return result;
}
