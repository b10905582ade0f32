/* eval64: what a precision of the fast engine costs and what it gives. */
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend_c64.h"
#include "bad_input.h"
#include "engines.h"
#include "evaluation.h"
#include "evaluation_plot.h"
#include "image_writer.h"
#include "options.h"
#include "output_file.h"
#include "program_folder.h"
#include "story_text.h"
#include "vice.h"

#define EXIT_EMULATOR 3
#define EXIT_INTERRUPTED 130
#define MOST_STORIES 1000000
#define MEASURED_PROMPT "Zoo"

static const char usage[] =
    "usage: eval64 CHECKPOINT -z TOKENIZER [option value]...\n"
    "Compares the fast engine with llama2.c's float32: both read the same text, token\n"
    "by token, and foretell the next one.\n"
    "  --bits B           of the weights, 4 to 16; several: 4-16, or 4,8,16 (4-16)\n"
    "  --reu KB           of the image at most, which may make it compact (16384)\n"
    "the text\n"
    "  --text FILE        stories, each ended by a line <|endoftext|>, or else by a blank one\n"
    "  --stories FILE     stories as JSON, {\"tokens\": [...]} or a list of them\n"
    "  --sample N         if neither is given: so many stories that the model tells (60)\n"
    "  -s SEED            of these (1)\n"
    "  -t TEMPERATURE     of these (1.0)\n"
    "  --save FILE        write these as a text\n"
    "  --positions N      read no more of the text (all)\n"
    "the cycles of a token\n"
    "  --measure N        mean over so many tokens of \"" MEASURED_PROMPT "\" on the emulated C64; 0: don't\n"
    "                     measure (60 for several precisions, 0 for one)\n"
    "  --emulator NAME    VICE's x64 or x64sc, or a path to one (x64)\n"
    "  --prg FILE         the C64 program (llama2c64.prg beside eval64)\n"
    "the rest\n"
    "  --svg FILE         a plot of the measured trade-off\n"
    "  --threads N        default: one for each processor\n";

struct options {
    const char *checkpoint, *tokenizer, *text, *stories, *save, *svg, *emulator, *program;
    struct bits {
        unsigned list[EVALUATION_MOST_BITS + 1], n;
    } bits;
    unsigned most_kib;
    int64_t samples, positions, measured, threads;
    uint64_t seed;
    double temperature;
    bool help;
};

/* --- the command line --------------------------------------------------------- */

/* "8", "4-16", "4,8,10-12", in ascending order. */
static const char *read_bits_list(void *to, const char *text)
{
    static const char wanted[] = "numbers from 4 to 16 in ascending order, as in 8, 4-16 or 4,8,16";
    struct bits *bits = to;

    bits->n = 0;
    for (;;) {
        char *end;
        unsigned long first, last;

        if (*text < '0' || *text > '9')
            return wanted;
        first = last = strtoul(text, &end, 10);
        if (*end == '-') {
            text = end + 1;
            if (*text < '0' || *text > '9')
                return wanted;
            last = strtoul(text, &end, 10);
        }
        if (first < EVALUATION_LEAST_BITS || last > EVALUATION_MOST_BITS || first > last || (bits->n > 0 && first <= bits->list[bits->n - 1]))
            return wanted;
        for (; first <= last; first++)
            bits->list[bits->n++] = (unsigned)first;
        if (*end == '\0')
            return NULL;
        if (*end != ',')
            return wanted;
        text = end + 1;
    }
}

/* Returns 0, or EXIT_BAD_INPUT after a line on stderr. */
static int parse(struct options *o, int argc, char **argv)
{
    const int64_t not_given = -1;
    int64_t samples = not_given, seed = not_given, measured = not_given;
    double temperature = 0;
    const struct option options[] = {
        {"--help", OPTION_HELP, &o->help, 0, 0, NULL},
        {"-z", OPTION_TEXT, &o->tokenizer, 0, 0, NULL},
        {"--bits", OPTION_OTHER, &o->bits, 0, 0, read_bits_list},
        {"--reu", OPTION_OTHER, &o->most_kib, 0, 0, read_reu_kib},
        {"--text", OPTION_TEXT, &o->text, 0, 0, NULL},
        {"--stories", OPTION_TEXT, &o->stories, 0, 0, NULL},
        {"--sample", OPTION_INTEGER, &samples, 1, MOST_STORIES, NULL},
        {"-s", OPTION_INTEGER, &seed, 0, 9007199254740992.0, NULL},
        {"-t", OPTION_REAL, &temperature, 1e-3, 100, NULL},
        {"--save", OPTION_TEXT, &o->save, 0, 0, NULL},
        {"--positions", OPTION_INTEGER, &o->positions, 1, 9007199254740992.0, NULL},
        {"--measure", OPTION_INTEGER, &measured, 0, MAX_SEQ_LEN, NULL},
        {"--emulator", OPTION_TEXT, &o->emulator, 0, 0, NULL},
        {"--prg", OPTION_TEXT, &o->program, 0, 0, NULL},
        {"--svg", OPTION_TEXT, &o->svg, 0, 0, NULL},
        {"--threads", OPTION_INTEGER, &o->threads, 1, 1024, NULL},
    };
    char error[256];

    memset(o, 0, sizeof *o);
    read_bits_list(&o->bits, "4-16");
    o->most_kib = IMAGE_MAX_KIB;
    o->positions = INT64_MAX;
    o->threads = omp_get_num_procs();
    o->emulator = "x64";
    if (options_parse(options, sizeof options / sizeof *options, &o->checkpoint, 1, argc, argv, error, sizeof error) != 0)
        return bad_input(error, NULL);
    if (o->help)
        return 0;
    if (o->checkpoint == NULL || o->tokenizer == NULL)
        return bad_input("CHECKPOINT or -z TOKENIZER: missing; try eval64 --help", NULL);
    if (o->text != NULL && o->stories != NULL)
        return bad_input("--text, --stories", "only one of them");
    if ((o->text != NULL || o->stories != NULL) && (samples != not_given || seed != not_given || temperature > 0 || o->save != NULL))
        return bad_input(o->save != NULL ? "--save" : "--sample, -s, -t", "for stories that the model tells, there is a text");
    o->samples = samples != not_given ? samples : 60;
    o->seed = seed != not_given ? (uint64_t)seed : 1;
    o->temperature = temperature > 0 ? temperature : 1;
    o->measured = measured != not_given ? measured : o->bits.n > 1 ? 60 : 0;
    if (o->svg != NULL && o->measured == 0)
        return bad_input("--svg", "needs the cycles of a token, see --measure");
    return 0;
}

/* --- cycles ---------------------------------------------------------------------- */

static bool add_cycles(void *context, const struct backend_token *token)
{
    double *sums = context;

    sums[0] += token->cycles;
    sums[1]++;
    return true;
}

/* Mean cycles of a token on the C64. */
static enum backend_result measure(const struct options *options, const struct checkpoint *checkpoint, const struct tokenizer_file *tokenizer,
                                   const char *name, const char *folder, unsigned bits, double *cycles, char *error, size_t error_size)
{
    static char roms[4096], program[4096];
    struct backend_c64_options c64 = {
        .emulator = options->emulator, .rom_folder = roms, .program = options->program ? options->program : program, .patience = 60};
    struct backend_request request = {0};
    struct image image;
    double sums[2] = {0, 0};
    enum backend_result result;

    if (image_build(checkpoint, tokenizer, name, ENGINE_FAST, bits, options->most_kib, &image, error, error_size) != 0)
        return BACKEND_FAILED;
    snprintf(roms, sizeof roms, "%s/rom", folder);
    snprintf(program, sizeof program, "%s/llama2c64.prg", folder);
    request.image = image.bytes;
    request.image_bytes = image.size;
    request.reu_kib = image.header->image_kib;
    request.settings.engine = ENGINE_FAST;
    request.settings.bits = (uint8_t)bits;
    request.settings.steps = (uint16_t)(options->measured < image.header->config.seq_len ? options->measured : image.header->config.seq_len);
    request.settings.topp = F32_ONE;
    request.settings.seed[0] = 1;
    request.prompt_bytes = sizeof MEASURED_PROMPT - 1;
    memcpy(image.bytes + image.header->sections[SECTION_PROMPT].address, MEASURED_PROMPT, sizeof MEASURED_PROMPT - 1);
    request.listener = (struct backend_listener){.context = sums, .token = add_cycles};
    result = backend_c64(&request, &c64, error, error_size);
    image_free(&image);
    *cycles = sums[1] > 0 ? sums[0] / sums[1] : 0;
    return result;
}

static void on_signal(int number)
{
    (void)number;
    vice_interrupted = 1;
}

static void catch_signals(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* without SA_RESTART: the emulator's driver shall notice */
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        sigaction(caught[i], &action, NULL);
}

/* --- results ---------------------------------------------------------------------- */

static void print_head(const struct options *options, const char *name, const struct evaluation_stories *stories, const struct evaluation *any)
{
    printf("%s, ", name);
    if (options->text || options->stories)
        printf("%s: %zu stories or parts", options->text ? options->text : options->stories, stories->n);
    else
        printf("%zu stories that it tells itself, seed %" PRIu64 ", temperature %g", stories->n, options->seed, options->temperature);
    printf(", %" PRIu64 " positions\n\n", stories->positions);
    printf("              perplexity   KL to     same      first other arg-max      stories     cycles    seconds\n");
    printf("                           float32   arg-max   story:position  median   alike       a token   a token\n");
    printf("float32   %14.4f\n", exp(any->reference / (double)any->positions));
}

static void print_row(unsigned bits, const struct evaluation *e, size_t stories, double cycles)
{
    char first[48] = "none";
    double n = (double)e->positions;

    if (e->unlike)
        snprintf(first, sizeof first, "%u:%u", e->first_story, e->first);
    printf("%2u bits   %14.4f   %.2e  %7.3f %%  %14s  %6u   %zu of %zu", bits, exp(e->loss / n), e->divergence / n,
           100 * (double)e->same / n, first, e->median, stories - e->unlike, stories);
    if (cycles > 0)
        printf("  %11.0f  %8.2f", cycles, cycles / PAL_HZ);
    printf("\n");
    fflush(stdout);
}

static int save(const struct options *options, const struct tokenizer_file *tokenizer, const struct evaluation_stories *stories)
{
    struct output_file file;
    char error[256];

    if (output_file_open(&file, options->save, error, sizeof error) != 0)
        return bad_input(options->save, error);
    for (size_t i = 0; i < stories->n; i++) {
        const struct evaluation_story *story = &stories->stories[i];
        int n = story->tokens[story->n] == story->tokens[0] ? story->n - 1 : story->n; /* without the BOS that ends it */

        story_text_write(file.stream, tokenizer, story->tokens + 1, n);
    }
    if (output_file_commit(&file, error, sizeof error) != 0)
        return bad_input(options->save, error);
    return 0;
}

static int run(const struct options *options, const struct checkpoint *checkpoint, const struct tokenizer_file *tokenizer, const char *folder)
{
    struct evaluation results[EVALUATION_MOST_BITS + 1];
    struct plot_point points[EVALUATION_MOST_BITS + 1];
    struct evaluation_stories stories = {0};
    struct output_file file;
    uint64_t most = (uint64_t)options->positions;
    char error[320] = "", name[24], title[96];
    const char *source = options->text ? options->text : options->stories;
    int failed, code = 0;

    image_model_name(name, options->checkpoint);
    if (options->svg) { /* found out before the long work */
        if (output_file_open(&file, options->svg, error, sizeof error) != 0)
            return bad_input(options->svg, error);
        output_file_abandon(&file);
    }
    if (options->text)
        failed = evaluation_add_text(&stories, options->text, checkpoint, tokenizer, most, error, sizeof error);
    else if (options->stories)
        failed = evaluation_add_json(&stories, options->stories, checkpoint, most, error, sizeof error);
    else
        failed = evaluation_add_sampled(&stories, checkpoint, options->seed, (float)options->temperature, (int)options->samples, most, error, sizeof error);
    if (failed)
        code = bad_input(source ? source : options->checkpoint, error);
    else if (options->save)
        code = save(options, tokenizer, &stories);
    if (code == 0 && evaluate(results, options->bits.list, options->bits.n, options->most_kib, checkpoint, tokenizer, &stories, (unsigned)options->threads, error, sizeof error) != 0)
        code = bad_input(options->checkpoint, error);
    if (code != 0) {
        evaluation_stories_free(&stories);
        return code;
    }
    print_head(options, name, &stories, &results[0]);
    catch_signals();
    for (unsigned b = 0; b < options->bits.n && code == 0; b++) {
        double cycles = 0;

        if (options->measured > 0) {
            switch (measure(options, checkpoint, tokenizer, name, folder, options->bits.list[b], &cycles, error, sizeof error)) {
            case BACKEND_DONE:
                break;
            case BACKEND_INTERRUPTED:
                code = EXIT_INTERRUPTED;
                break;
            default:
                fprintf(stderr, "eval64: %s\n", error);
                code = EXIT_EMULATOR;
            }
        }
        print_row(options->bits.list[b], &results[b], stories.n, cycles);
        points[b] = (struct plot_point){options->bits.list[b], cycles, fmax(results[b].divergence / (double)results[b].positions, 1e-12),
                                        (double)results[b].same / (double)results[b].positions};
    }
    if (code == 0 && options->svg) {
        snprintf(title, sizeof title, "%s on a C64: what a precision costs and what it gives", name);
        if (plot_write_svg(points, options->bits.n, title, options->svg, error, sizeof error) != 0)
            code = bad_input(options->svg, error);
    }
    evaluation_stories_free(&stories);
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    char error[256];
    int code;

    code = parse(&options, argc, argv);
    if (code != 0)
        return code;
    if (options.help) {
        fputs(usage, stdout);
        return 0;
    }
    if (checkpoint_open(&checkpoint, options.checkpoint, error, sizeof error) != 0)
        return bad_input(options.checkpoint, error);
    if (checkpoint_check_finite(&checkpoint, error, sizeof error) != 0)
        code = bad_input(options.checkpoint, error);
    else if (checkpoint.config.vocab_size > (int32_t)MAX_VOCAB_SIZE)
        code = bad_input(options.checkpoint, "has more tokens than the engines take, 32768");
    else if (tokenizer_file_open(&tokenizer, options.tokenizer, (uint32_t)checkpoint.config.vocab_size, error, sizeof error) != 0)
        code = bad_input(options.tokenizer, error);
    if (code == 0) {
        code = run(&options, &checkpoint, &tokenizer, program_folder(argv[0]));
        tokenizer_file_close(&tokenizer);
    }
    checkpoint_close(&checkpoint);
    return code;
}
