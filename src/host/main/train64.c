/* train64: trains a Llama-2 model on a text of stories and writes it as
 * llama2.c's "version 0" checkpoint. */
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bad_input.h"
#include "checkpoint.h"
#include "image.h"
#include "options.h"
#include "output_file.h"
#include "story_text.h"
#include "tokenizer_encoder.h"
#include "tokenizer_file.h"
#include "trainer.h"

#define EVALUATED_TOKENS 65536 /* of the held-out text, for a point of the curve */
#define HELD_OUT_SHARE 50      /* one story of so many, if no text is named for it */
#define MAX_HELD_OUT 1000      /* stories */

static const char usage[] =
    "usage: train64 TEXT -z TOKENIZER -o CHECKPOINT [OPTION VALUE]...\n"
    "       train64 --evaluate CHECKPOINT -z TOKENIZER TEXT [--qat-bits B]\n"
    "Trains a model on stories and writes it as a llama2.c checkpoint.\n"
    "In TEXT a line <|endoftext|> ends a story; without such lines a blank line does.\n"
    "Shape (parameters in all: about 250,000):\n"
    "  --dim 64 --hidden 208 --layers 4 --heads 8 --kv-heads 4 --context 512\n"
    "  --from CHECKPOINT     begin with these weights, and with their shape\n"
    "Training:\n"
    "  --steps 5000          steps in all\n"
    "  --batch 8192          tokens a step, at least\n"
    "  --rate 4e-3           learning rate at its peak\n"
    "  --last-rate 0.05      learning rate at the end, as a share of the peak\n"
    "  --warm-up 100         steps\n"
    "  --decay 0.05          weight decay\n"
    "  --clip 1.0            greatest norm of a gradient\n"
    "  --qat-bits B          learn for the fast engine's weights of B bits (2 to 16) as well\n"
    "  --seed 1              the same seed gives the same model\n"
    "Running:\n"
    "  --held-out TEXT       stories to measure on; default: the last fiftieth of TEXT\n"
    "  --evaluate-every 100  steps from one point of the curve to the next; the state is saved with it\n"
    "  --curve PREFIX        PREFIX.csv and PREFIX.svg; default: the checkpoint's name\n"
    "  --threads N           default: one for each processor\n"
    "  --resume              go on with the run that CHECKPOINT.state keeps\n"
    "--evaluate prints the loss on TEXT and changes nothing.\n";

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

struct arguments {
    const char *text, *held_out, *tokenizer, *checkpoint, *from, *evaluate, *curve;
    bool resume, help;
    int64_t threads;
    struct checkpoint_config config;
    struct train_options options;
};

static int parse_arguments(struct arguments *a, int argc, char **argv)
{
    struct train_options *o = &a->options;
    struct checkpoint_config *c = &a->config;
    int64_t seed = 1, dim = c->dim, hidden_dim = c->hidden_dim, n_layers = c->n_layers, n_heads = c->n_heads, n_kv_heads = c->n_kv_heads,
            seq_len = c->seq_len;
    const struct option options[] = {
        {"--help", OPTION_HELP, &a->help, 0, 0, NULL},
        {"-z", OPTION_TEXT, &a->tokenizer, 0, 0, NULL},
        {"-o", OPTION_TEXT, &a->checkpoint, 0, 0, NULL},
        {"--from", OPTION_TEXT, &a->from, 0, 0, NULL},
        {"--evaluate", OPTION_TEXT, &a->evaluate, 0, 0, NULL},
        {"--held-out", OPTION_TEXT, &a->held_out, 0, 0, NULL},
        {"--curve", OPTION_TEXT, &a->curve, 0, 0, NULL},
        {"--resume", OPTION_FLAG, &a->resume, 0, 0, NULL},
        {"--dim", OPTION_INTEGER, &dim, 2, MAX_DIM, NULL},
        {"--hidden", OPTION_INTEGER, &hidden_dim, 1, MAX_HIDDEN_DIM, NULL},
        {"--layers", OPTION_INTEGER, &n_layers, 1, 100, NULL},
        {"--heads", OPTION_INTEGER, &n_heads, 1, MAX_DIM, NULL},
        {"--kv-heads", OPTION_INTEGER, &n_kv_heads, 1, MAX_DIM, NULL},
        {"--context", OPTION_INTEGER, &seq_len, 2, MAX_SEQ_LEN, NULL},
        {"--steps", OPTION_INTEGER, &o->steps, 1, 1e9, NULL},
        {"--batch", OPTION_INTEGER, &o->batch_tokens, 1, 1e9, NULL},
        {"--warm-up", OPTION_INTEGER, &o->warm_up, 0, 1e9, NULL},
        {"--evaluate-every", OPTION_INTEGER, &o->evaluate_every, 1, 1e9, NULL},
        {"--qat-bits", OPTION_INTEGER, &o->qat_bits, 2, 16, NULL},
        {"--threads", OPTION_INTEGER, &a->threads, 1, 1024, NULL},
        {"--seed", OPTION_INTEGER, &seed, 0, 9007199254740992.0, NULL},
        {"--rate", OPTION_REAL, &o->learning_rate, 1e-9, 1, NULL},
        {"--last-rate", OPTION_REAL, &o->last_learning_rate, 0, 1, NULL},
        {"--decay", OPTION_REAL, &o->weight_decay, 0, 1, NULL},
        {"--clip", OPTION_REAL, &o->clip, 1e-9, 1e9, NULL},
    };
    bool shape_given;
    char error[256];

    if (options_parse(options, sizeof options / sizeof *options, &a->text, 1, argc, argv, error, sizeof error) != 0)
        return bad_input(error, NULL);
    if (a->help)
        return 0;
    shape_given = dim != c->dim || hidden_dim != c->hidden_dim || n_layers != c->n_layers || n_heads != c->n_heads || n_kv_heads != c->n_kv_heads ||
                  seq_len != c->seq_len;
    c->dim = (int32_t)dim;
    c->hidden_dim = (int32_t)hidden_dim;
    c->n_layers = (int32_t)n_layers;
    c->n_heads = (int32_t)n_heads;
    c->n_kv_heads = (int32_t)n_kv_heads;
    c->seq_len = (int32_t)seq_len;
    o->seed = (uint64_t)seed;
    if (a->evaluate != NULL) {
        if (a->text == NULL || a->tokenizer == NULL)
            return bad_input("--evaluate: needs a TEXT and -z TOKENIZER; try train64 --help", NULL);
        a->from = a->evaluate;
        return 0;
    }
    if (a->text == NULL || a->tokenizer == NULL || a->checkpoint == NULL)
        return bad_input("TEXT, -z TOKENIZER or -o CHECKPOINT: missing; try train64 --help", NULL);
    if (a->from != NULL && shape_given)
        return bad_input("--from", "brings its own shape: no --dim, --hidden and so on beside it");
    return 0;
}

/* The shape's own rules, as of a checkpoint that is read. */
static int check_shape(const struct checkpoint_config *c)
{
    char cause[128];

    if (c->dim % c->n_heads != 0)
        snprintf(cause, sizeof cause, "%" PRId32 " heads do not divide dim %" PRId32, c->n_heads, c->dim);
    else if (c->n_heads % c->n_kv_heads != 0)
        snprintf(cause, sizeof cause, "%" PRId32 " kv heads do not divide %" PRId32 " heads", c->n_kv_heads, c->n_heads);
    else if (c->dim / c->n_heads % 2 != 0)
        snprintf(cause, sizeof cause, "head size %" PRId32 " is odd, RoPE turns pairs", c->dim / c->n_heads);
    else
        return 0;
    return bad_input("impossible shape", cause);
}

/* A run's data, and the model with it. */
struct run {
    struct tokenizer_file tokenizer;
    struct tokenizer_encoder encoder;
    struct story_text text, held_out_text;
    struct train_data data, held_out;
    struct train_model model;
    struct trainer trainer;
    char *state_path, *csv_path, *svg_path;
};

static int open_held_out(struct run *run, const struct arguments *a, size_t *n_stories)
{
    const struct story_text *text = &run->text;
    size_t first = 0, n;
    char error[256];

    if (a->evaluate != NULL) {
        n = text->n_stories;
    } else if (a->held_out != NULL) {
        if (story_text_open(&run->held_out_text, a->held_out, error, sizeof error) != 0)
            return bad_input(a->held_out, error);
        text = &run->held_out_text;
        n = text->n_stories;
    } else {
        if (text->n_stories < 2)
            return bad_input(a->text, "has one story only: none to learn from beside the one to measure on");
        n = text->n_stories / HELD_OUT_SHARE;
        n = n < 1 ? 1 : n > MAX_HELD_OUT ? MAX_HELD_OUT : n;
        first = *n_stories = text->n_stories - n;
    }
    if (train_data_open(&run->held_out, text, first, n, &run->encoder, a->config.seq_len) != 0)
        return bad_input(a->text, "no memory");
    return 0;
}

static char *joined(const char *prefix, size_t length, const char *suffix)
{
    char *path = malloc(length + strlen(suffix) + 1);

    if (path != NULL) {
        memcpy(path, prefix, length);
        strcpy(path + length, suffix);
    }
    return path;
}

static int open_paths(struct run *run, const struct arguments *a)
{
    const char *prefix = a->curve != NULL ? a->curve : a->checkpoint;
    size_t length = strlen(prefix);

    if (a->curve == NULL && length > 4 && strcmp(prefix + length - 4, ".bin") == 0)
        length -= 4;
    run->state_path = joined(a->checkpoint, strlen(a->checkpoint), ".state");
    run->csv_path = joined(prefix, length, ".csv");
    run->svg_path = joined(prefix, length, ".svg");
    if (run->state_path == NULL || run->csv_path == NULL || run->svg_path == NULL)
        return bad_input(a->checkpoint, "no memory");
    return 0;
}

/* What can't be written is better known before the training than after it. */
static int check_writable(const struct run *run, const struct arguments *a)
{
    const char *const paths[] = {a->checkpoint, run->state_path, run->csv_path, run->svg_path};
    struct output_file file;
    char error[256];
    size_t i;

    for (i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (output_file_open(&file, paths[i], error, sizeof error) != 0)
            return bad_input(paths[i], error);
        output_file_abandon(&file);
    }
    return 0;
}

static int open_run(struct run *run, struct arguments *a)
{
    struct checkpoint from = {0};
    size_t n_stories;
    char error[256];
    int result;

    if (a->from != NULL) {
        if (checkpoint_open(&from, a->from, error, sizeof error) != 0 || checkpoint_check_finite(&from, error, sizeof error) != 0)
            return bad_input(a->from, error);
        a->config = from.config;
        if (from.config.vocab_size > 65535)
            return bad_input(a->from, "has more than 65535 tokens");
    } else {
        int64_t vocab_size = tokenizer_file_count(a->tokenizer, error, sizeof error);

        if (vocab_size < 0)
            return bad_input(a->tokenizer, error);
        if (vocab_size < 3 || vocab_size > 65535)
            return bad_input(a->tokenizer, "has fewer than 3 or more than 65535 tokens");
        a->config.vocab_size = (int32_t)vocab_size;
        if ((result = check_shape(&a->config)) != 0)
            return result;
    }
    if (tokenizer_file_open(&run->tokenizer, a->tokenizer, (uint32_t)a->config.vocab_size, error, sizeof error) != 0)
        return bad_input(a->tokenizer, error);
    if (tokenizer_encoder_open(&run->encoder, &run->tokenizer) != 0)
        return bad_input(a->tokenizer, "no memory");
    if (story_text_open(&run->text, a->text, error, sizeof error) != 0)
        return bad_input(a->text, error);
    n_stories = run->text.n_stories;
    if ((result = open_held_out(run, a, &n_stories)) != 0)
        return result;
    if (train_data_open(&run->data, &run->text, 0, a->evaluate != NULL ? 1 : n_stories, &run->encoder, a->config.seq_len) != 0)
        return bad_input(a->text, "no memory");
    if (train_model_open(&run->model, &a->config) != 0 || trainer_open(&run->trainer, &run->model, &run->data, &a->options, (int)a->threads) != 0)
        return bad_input("the model", "no memory");
    if (a->from != NULL)
        train_model_load(&run->model, run->trainer.parameters, &from);
    else
        train_model_initialise(&run->model, run->trainer.parameters, a->options.seed);
    trainer_refresh(&run->trainer);
    checkpoint_close(&from);
    return 0;
}

static void close_run(struct run *run)
{
    trainer_close(&run->trainer);
    train_model_close(&run->model);
    train_data_close(&run->data);
    train_data_close(&run->held_out);
    story_text_close(&run->text);
    story_text_close(&run->held_out_text);
    tokenizer_encoder_close(&run->encoder);
    tokenizer_file_close(&run->tokenizer);
    free(run->state_path);
    free(run->csv_path);
    free(run->svg_path);
}

/* Measures on the held-out text: nats a token, and e^(nats a byte). */
static void measure(struct run *run, uint64_t max_tokens, double *loss, double *per_byte)
{
    uint64_t tokens;
    double sum = trainer_evaluate(&run->trainer, &run->held_out, max_tokens, &tokens);

    *loss = sum / (double)tokens;
    *per_byte = exp(*loss * (double)run->held_out.n_tokens / (double)run->held_out.bytes);
}

static void print_result(struct run *run)
{
    double loss, per_byte;

    measure(run, UINT64_MAX, &loss, &per_byte);
    printf("held out: %" PRIu64 " tokens, %" PRIu64 " bytes: loss %.4f nats a token, %.4f a byte; perplexity %.4f a token, %.5f a byte\n", run->held_out.n_tokens,
           run->held_out.bytes, loss, log(per_byte), exp(loss), per_byte);
}

static int add_point(struct run *run)
{
    struct trainer *t = &run->trainer;
    struct curve_point point = {.step = t->step, .tokens = t->tokens, .learning_rate = trainer_learning_rate(&t->options, t->step - 1)};

    point.train_loss = t->loss_sum / (double)t->loss_tokens;
    measure(run, EVALUATED_TOKENS, &point.held_out_loss, &point.held_out_per_byte);
    t->loss_sum = 0.0;
    t->loss_tokens = 0;
    return curve_add(&t->curve, &point);
}

static int save(struct run *run, const struct arguments *a)
{
    const struct trainer *t = &run->trainer;
    char error[256];

    if (train_model_save(&run->model, t->parameters, a->checkpoint, error, sizeof error) != 0)
        return bad_input(a->checkpoint, error);
    if (trainer_save_state(t, run->state_path, error, sizeof error) != 0)
        return bad_input(run->state_path, error);
    if (curve_write_csv(&t->curve, run->csv_path, error, sizeof error) != 0)
        return bad_input(run->csv_path, error);
    if (t->curve.n > 0 && curve_write_svg(&t->curve, "Training loss", run->svg_path, error, sizeof error) != 0)
        return bad_input(run->svg_path, error);
    return 0;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* On a terminal one line that is rewritten, else a line now and then. */
static void progress(const struct run *run, double loss, double start, int64_t tokens_before, int64_t steps_before)
{
    static double last;
    const struct trainer *t = &run->trainer;
    const bool terminal = isatty(STDERR_FILENO);
    double time = now(), left;

    if (time - last < (terminal ? 0.5 : 30.0) && t->step < t->options.steps)
        return;
    last = time;
    left = (time - start) / (double)(t->step - steps_before) * (double)(t->options.steps - t->step);
    fprintf(stderr, "%sstep %" PRId64 " of %" PRId64 ", loss %.4f", terminal ? "\r" : "", t->step, t->options.steps, loss);
    if (t->curve.n > 0)
        fprintf(stderr, ", held out %.4f (%.4f a byte)", t->curve.points[t->curve.n - 1].held_out_loss, t->curve.points[t->curve.n - 1].held_out_per_byte);
    fprintf(stderr, ", %.0f tokens/s, %d:%02d:%02d left%s", (double)(t->tokens - tokens_before) / (time - start), (int)left / 3600, (int)left / 60 % 60, (int)left % 60,
            terminal ? " " : "\n");
}

static int train(struct run *run, const struct arguments *a)
{
    struct trainer *t = &run->trainer;
    const int64_t steps_before = t->step, tokens_before = t->tokens;
    const double start = now();
    double loss;
    int result;

    while (t->step < t->options.steps && !interrupted) {
        if (trainer_step(t, &loss) != 0)
            return bad_input("the model", "no memory");
        if (!isfinite(loss))
            return bad_input("--rate", "the loss is no longer a number: a lower learning rate is needed");
        progress(run, loss, start, tokens_before, steps_before);
        if (t->step % t->options.evaluate_every == 0 || t->step == t->options.steps) {
            if (add_point(run) != 0)
                return bad_input("the curve", "no memory");
            if ((result = save(run, a)) != 0)
                return result;
        }
    }
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
    if ((result = save(run, a)) != 0)
        return result;
    if (t->step < t->options.steps) {
        fprintf(stderr, "train64: interrupted after step %" PRId64 "; --resume goes on\n", t->step);
        return 130;
    }
    unlink(run->state_path);
    print_result(run);
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments a = {
        .threads = omp_get_num_procs(),
        .config = {.dim = 64, .hidden_dim = 208, .n_layers = 4, .n_heads = 8, .n_kv_heads = 4, .seq_len = 512, .shared_classifier = true},
        .options = {.steps = 5000, .batch_tokens = 8192, .warm_up = 100, .evaluate_every = 100, .learning_rate = 4e-3, .last_learning_rate = 0.05,
                    .weight_decay = 0.05, .clip = 1.0},
    };
    const struct sigaction action = {.sa_handler = interrupt};
    struct run run = {0};
    char error[256];
    int result;

    result = parse_arguments(&a, argc, argv);
    if (a.help) {
        fputs(usage, stdout);
        return 0;
    }
    if (result == 0)
        result = open_run(&run, &a);
    if (result == 0 && a.evaluate != NULL) {
        print_result(&run);
    } else if (result == 0 && (result = open_paths(&run, &a)) == 0 && (result = check_writable(&run, &a)) == 0) {
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        if (a.resume && trainer_load_state(&run.trainer, run.state_path, error, sizeof error) != 0)
            result = bad_input(run.state_path, error);
        else
            result = train(&run, &a);
    }
    close_run(&run);
    return result;
}
