/* sample64: writes stories that a checkpoint tells, as a text to train on. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bad_input.h"
#include "checkpoint.h"
#include "options.h"
#include "output_file.h"
#include "teacher_sampler.h"
#include "tokenizer_file.h"
#include "story_text.h"

#define STORIES_AT_ONCE 512 /* of one thread */

static const char usage[] =
    "usage: sample64 CHECKPOINT -z TOKENIZER -o TEXT [OPTION NUMBER]...\n"
    "Writes stories sampled from a llama2.c checkpoint, as a text for tok64 and train64.\n"
    "A story that does not end within the context is left out.\n"
    "  --tokens 1000000  how many tokens to sample, at least\n"
    "  -t 1.0            temperature\n"
    "  -s 1              seed: the same seed gives the same text\n"
    "  --threads N       default: one for each processor\n";

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    const char *checkpoint_path = NULL, *tokenizer_path = NULL, *text_path = NULL;
    double wanted = 1e6, temperature = 1.0, start;
    int64_t seed = 1, threads = omp_get_num_procs();
    bool help = false;
    const struct option options[] = {
        {"--help", OPTION_HELP, &help, 0, 0, NULL},
        {"-z", OPTION_TEXT, &tokenizer_path, 0, 0, NULL},
        {"-o", OPTION_TEXT, &text_path, 0, 0, NULL},
        {"--tokens", OPTION_REAL, &wanted, 1, 1e12, NULL},
        {"-t", OPTION_REAL, &temperature, 1e-3, 100, NULL},
        {"-s", OPTION_INTEGER, &seed, 0, 9007199254740992.0, NULL},
        {"--threads", OPTION_INTEGER, &threads, 1, 1024, NULL},
    };
    int failed = 0;
    int64_t next = 0, total = 0, written = 0, left_out = 0;
    struct checkpoint teacher;
    struct tokenizer_file tokenizer;
    struct output_file out;
    char error[256];

    if (options_parse(options, sizeof options / sizeof *options, &checkpoint_path, 1, argc, argv, error, sizeof error) != 0)
        return bad_input(error, NULL);
    if (help) {
        fputs(usage, stdout);
        return 0;
    }
    if (checkpoint_path == NULL || tokenizer_path == NULL || text_path == NULL)
        return bad_input("CHECKPOINT, -z TOKENIZER or -o TEXT: missing; try sample64 --help", NULL);
    if (checkpoint_open(&teacher, checkpoint_path, error, sizeof error) != 0 || checkpoint_check_finite(&teacher, error, sizeof error) != 0)
        return bad_input(checkpoint_path, error);
    if (teacher.config.vocab_size > 65536)
        return bad_input(checkpoint_path, "has more than 65536 tokens");
    if (tokenizer_file_open(&tokenizer, tokenizer_path, (uint32_t)teacher.config.vocab_size, error, sizeof error) != 0)
        return bad_input(tokenizer_path, error);
    if (output_file_open(&out, text_path, error, sizeof error) != 0)
        return bad_input(text_path, error);

    start = now();
    while (!failed && (double)total < wanted) {
        struct sampled_story *stories = calloc((size_t)threads * STORIES_AT_ONCE, sizeof *stories);
        int64_t sampled[threads];
        int64_t thread, s;

        if (stories == NULL) {
            failed = 1;
            break;
        }
#pragma omp parallel for num_threads((int)threads) schedule(static, 1)
        for (thread = 0; thread < threads; thread++)
            sampled[thread] = teacher_sample(&teacher, (uint64_t)seed, (float)temperature, next + thread * STORIES_AT_ONCE, STORIES_AT_ONCE,
                                             stories + thread * STORIES_AT_ONCE);
        for (thread = 0; thread < threads; thread++) {
            if (sampled[thread] < 0)
                failed = 1;
            /* Ends at the same story whatever the number of threads. */
            for (s = thread * STORIES_AT_ONCE; !failed && (double)total < wanted && s < (thread + 1) * STORIES_AT_ONCE; s++) {
                total += stories[s].n_tokens + stories[s].complete;
                if (stories[s].complete) {
                    story_text_write(out.stream, &tokenizer, stories[s].tokens, stories[s].n_tokens);
                    written++;
                } else {
                    left_out++;
                }
            }
        }
        for (s = 0; s < threads * STORIES_AT_ONCE; s++)
            free(stories[s].tokens);
        free(stories);
        next += threads * STORIES_AT_ONCE;
        if (ferror(out.stream))
            break;
        fprintf(stderr, "\rsample64: %.1f of %.1f million tokens, %.0f tokens/s ", (double)total / 1e6, wanted / 1e6, (double)total / (now() - start));
    }
    fputc('\n', stderr);
    tokenizer_file_close(&tokenizer);
    checkpoint_close(&teacher);
    if (failed) {
        output_file_abandon(&out);
        return bad_input(checkpoint_path, "no memory");
    }
    if (output_file_commit(&out, error, sizeof error) != 0)
        return bad_input(text_path, error);
    fprintf(stderr, "sample64: %lld stories written, %lld left out that did not end\n", (long long)written, (long long)left_out);
    return 0;
}
