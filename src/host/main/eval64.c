/* eval64: what a precision of the fast engine costs and what it gives. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend_c64.h"
#include "bad_input.h"
#include "evaluation.h"
#include "evaluation_plot.h"
#include "image_writer.h"
#include "output_file.h"
#include "program_folder.h"
#include "story_text.h"
#include "vice.h"

#define EXIT_EMULATOR 3
#define EXIT_INTERRUPTED 130
#define CLOCK_HZ 985248 /* of a PAL C64 */
#define MOST_STORIES 1000000
#define MEASURED_PROMPT "Zoo"

static const char usage[] =
    "usage: eval64 CHECKPOINT -z TOKENIZER [option value]...\n"
    "Compares the fast engine with llama2.c's float32: both read the same text, token\n"
    "by token, and foretell the next one.\n"
    "  --bits B           of the weights, 4 to 16; several: 4-16, or 4,8,16 (4-16)\n"
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
    unsigned bits[EVALUATION_MOST_BITS + 1], n_bits;
    long samples, positions, measured, threads;
    uint64_t seed;
    double temperature;
};

/* --- the command line --------------------------------------------------------- */

/* "8", "4-16", "4,8,10-12", in ascending order. */
static int parse_bits(const char *text, struct options *options)
{
    options->n_bits = 0;
    for (;;) {
        char *end;
        unsigned long first, last;

        if (*text < '0' || *text > '9')
            return -1;
        first = last = strtoul(text, &end, 10);
        if (*end == '-') {
            text = end + 1;
            if (*text < '0' || *text > '9')
                return -1;
            last = strtoul(text, &end, 10);
        }
        if (first < EVALUATION_LEAST_BITS || last > EVALUATION_MOST_BITS || first > last)
            return -1;
        if (options->n_bits > 0 && first <= options->bits[options->n_bits - 1])
            return -1;
        for (; first <= last; first++)
            options->bits[options->n_bits++] = (unsigned)first;
        if (*end == '\0')
            return 0;
        if (*end != ',')
            return -1;
        text = end + 1;
    }
}

static int parse_whole(const char *text, long least, long most, long *number)
{
    char *end;

    errno = 0;
    *number = strtol(text, &end, 10);
    return end == text || *end != '\0' || errno != 0 || *number < least || *number > most ? -1 : 0;
}

/* Returns 0, or -1 after a line on stderr; *help: the usage is wanted. */
static int parse(struct options *options, int argc, char **argv, bool *help)
{
    bool sampling = false, measuring = false;
    int i;

    memset(options, 0, sizeof *options);
    parse_bits("4-16", options);
    options->samples = 60;
    options->seed = 1;
    options->temperature = 1;
    options->positions = LONG_MAX;
    options->threads = omp_get_num_procs();
    options->emulator = "x64";
    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL, **file = NULL, *wrong = NULL;
        char *end;

        if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
            *help = true;
            return 0;
        }
        if (option[0] != '-') {
            if (options->checkpoint)
                return bad_input(option, "a second checkpoint");
            options->checkpoint = option;
            continue;
        }
        if (strcmp(option, "-z") == 0)
            file = &options->tokenizer;
        else if (strcmp(option, "--text") == 0)
            file = &options->text;
        else if (strcmp(option, "--stories") == 0)
            file = &options->stories;
        else if (strcmp(option, "--save") == 0)
            file = &options->save;
        else if (strcmp(option, "--svg") == 0)
            file = &options->svg;
        else if (strcmp(option, "--emulator") == 0)
            file = &options->emulator;
        else if (strcmp(option, "--prg") == 0)
            file = &options->program;
        else if (strcmp(option, "--bits") != 0 && strcmp(option, "--sample") != 0 && strcmp(option, "-s") != 0 && strcmp(option, "-t") != 0 &&
                 strcmp(option, "--positions") != 0 && strcmp(option, "--measure") != 0 && strcmp(option, "--threads") != 0)
            return bad_input(option, "unknown option");
        if (!value)
            return bad_input(option, "without its value");
        i++;
        if (file) {
            *file = value;
            continue;
        }
        errno = 0;
        if (strcmp(option, "--bits") == 0) {
            if (parse_bits(value, options) != 0)
                wrong = "takes numbers from 4 to 16 in ascending order, as in 8, 4-16 or 4,8,16";
        } else if (strcmp(option, "--sample") == 0) {
            sampling = true;
            if (parse_whole(value, 1, MOST_STORIES, &options->samples) != 0)
                wrong = "takes a number from 1 to 1000000";
        } else if (strcmp(option, "-s") == 0) {
            sampling = true;
            options->seed = strtoull(value, &end, 10);
            if (*value < '0' || *value > '9' || *end != '\0' || errno != 0)
                wrong = "takes a number from 0 on";
        } else if (strcmp(option, "-t") == 0) {
            sampling = true;
            options->temperature = strtod(value, &end);
            if (end == value || *end != '\0' || !(options->temperature > 0 && options->temperature <= 100))
                wrong = "takes a number above 0 and up to 100";
        } else if (strcmp(option, "--positions") == 0) {
            if (parse_whole(value, 1, LONG_MAX, &options->positions) != 0)
                wrong = "takes a number from 1 on";
        } else if (strcmp(option, "--measure") == 0) {
            measuring = true;
            if (parse_whole(value, 0, MAX_SEQ_LEN, &options->measured) != 0)
                wrong = "takes a number from 0 to 8192";
        } else if (parse_whole(value, 1, 1024, &options->threads) != 0) {
            wrong = "takes a number from 1 to 1024";
        }
        if (wrong)
            return bad_input(option, wrong);
    }
    if (!options->checkpoint)
        return bad_input("CHECKPOINT", "missing; try eval64 --help");
    if (!options->tokenizer)
        return bad_input("-z TOKENIZER", "missing; try eval64 --help");
    if (options->text && options->stories)
        return bad_input("--text, --stories", "only one of them");
    if ((options->text || options->stories) && (sampling || options->save))
        return bad_input(options->save ? "--save" : "--sample, -s, -t", "for stories that the model tells, there is a text");
    if (!measuring && options->n_bits > 1)
        options->measured = 60;
    if (options->svg && options->measured == 0)
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

    if (image_build(checkpoint, tokenizer, name, ENGINE_FAST, bits, IMAGE_MAX_KIB, &image, error, error_size) != 0)
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
        printf("  %11.0f  %8.2f", cycles, cycles / CLOCK_HZ);
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
    if (code == 0 && evaluate(results, options->bits, options->n_bits, checkpoint, tokenizer, &stories, (unsigned)options->threads, error, sizeof error) != 0)
        code = bad_input(options->checkpoint, error);
    if (code != 0) {
        evaluation_stories_free(&stories);
        return code;
    }
    print_head(options, name, &stories, &results[0]);
    catch_signals();
    for (unsigned b = 0; b < options->n_bits && code == 0; b++) {
        double cycles = 0;

        if (options->measured > 0) {
            switch (measure(options, checkpoint, tokenizer, name, folder, options->bits[b], &cycles, error, sizeof error)) {
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
        print_row(options->bits[b], &results[b], stories.n, cycles);
        points[b] = (struct plot_point){options->bits[b], cycles, fmax(results[b].divergence / (double)results[b].positions, 1e-12),
                                        (double)results[b].same / (double)results[b].positions};
    }
    if (code == 0 && options->svg) {
        snprintf(title, sizeof title, "%s on a C64: what a precision costs and what it gives", name);
        if (plot_write_svg(points, options->n_bits, title, options->svg, error, sizeof error) != 0)
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
    bool help = false;
    int code;

    code = parse(&options, argc, argv, &help);
    if (code != 0)
        return code;
    if (help) {
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
