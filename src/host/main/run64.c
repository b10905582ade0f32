/* run64: llama2.c's `run` on a Commodore 64. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bad_input.h"
#include "engines.h"
#include "fast_image.h"
#include "backend_c64.h"
#include "backend_host.h"
#include "image_writer.h"
#include "output_file.h"
#include "program_folder.h"
#include "progress.h"
#include "run64_options.h"
#include "vice.h"

#define EXIT_REFUSED 1      /* the program on the C64 says no, or stdout takes no more */
#define EXIT_EMULATOR 3     /* missing, crashed or hung */
#define EXIT_INTERRUPTED 130

static const char *const step_names[STEP_COUNT] = {
    [STEP_EMBEDDING] = "embedding", [STEP_RMSNORM] = "rmsnorm",       [STEP_QKV] = "qkv",
    [STEP_ROPE] = "rope",           [STEP_ATTENTION] = "attention",   [STEP_SOFTMAX] = "softmax",
    [STEP_VALUES] = "values",       [STEP_WO] = "wo",                 [STEP_RESIDUAL] = "residual",
    [STEP_GATE_UP] = "gate_up",     [STEP_SWIGLU] = "swiglu",         [STEP_DOWN] = "down",
    [STEP_CLASSIFIER] = "classifier", [STEP_SAMPLE] = "sample"};

struct telling {
    struct progress progress;
    FILE *logits;       /* without a name until the story is complete */
    bool output_failed;
    json_t *tokens, *cycles;
    uint64_t step_cycles[STEP_COUNT];
    unsigned n_prompt_tokens;
    uint32_t begin_cycles;
};

static void on_signal(int number)
{
    (void)number;
    vice_interrupted = 1;
    machine_stopped = 1;
}

static void catch_signals(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    size_t i;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* without SA_RESTART: whoever waits shall notice */
    for (i = 0; i < sizeof caught / sizeof caught[0]; i++)
        sigaction(caught[i], &action, NULL);
    action.sa_handler = SIG_IGN; /* a closed stdout shows as a failed write */
    sigaction(SIGPIPE, &action, NULL);
}

/* --- what the story brings ------------------------------------------------- */

static bool on_logits(void *context, const uint8_t *f32_bytes, size_t n)
{
    struct telling *telling = context;

    return fwrite(f32_bytes, 1, n, telling->logits) == n;
}

static bool on_token(void *context, const struct backend_token *token)
{
    struct telling *telling = context;
    unsigned i;

    json_array_append_new(telling->tokens, json_integer(token->next));
    if (token->timed) {
        json_array_append_new(telling->cycles, json_integer(token->cycles));
        for (i = 0; i < STEP_COUNT; i++)
            telling->step_cycles[i] += token->step_cycles[i];
    }
    telling->n_prompt_tokens = token->n_prompt_tokens;
    telling->begin_cycles = token->begin_cycles;
    if (!progress_text(&telling->progress, token->text, token->text_bytes)) {
        telling->output_failed = true;
        return false;
    }
    progress_token(&telling->progress, token->position, token->timed ? (double)token->cycles / PAL_HZ : 0);
    return true;
}

static void on_progress(void *context, const struct backend_progress *progress)
{
    struct telling *telling = context;

    progress_step(&telling->progress, progress->position, progress->layer,
                  progress->step < STEP_COUNT ? step_names[progress->step] : "");
}

/* --- files ------------------------------------------------------------------- */

/* Whether a file can be written there, found out before the long work. */
static int check_output(const char *path)
{
    struct output_file file;
    char error[256];

    if (!path)
        return 0;
    if (output_file_open(&file, path, error, sizeof error) != 0)
        return bad_input(path, error);
    output_file_abandon(&file);
    return 0;
}

static int write_logits(FILE *from, const char *path)
{
    struct output_file file;
    char error[256], bytes[65536];
    size_t n;

    if (output_file_open(&file, path, error, sizeof error) != 0)
        return bad_input(path, error);
    rewind(from);
    while ((n = fread(bytes, 1, sizeof bytes, from)) > 0)
        fwrite(bytes, 1, n, file.stream);
    if (output_file_commit(&file, error, sizeof error) != 0)
        return bad_input(path, error);
    return 0;
}

/* Whether layer 0's q, k and v come from the image. */
static bool uses_token_heads(const struct image *image, const struct run64_options *options)
{
    struct fast_header fast;

    if (options->engine != ENGINE_FAST)
        return false;
    memcpy(&fast, image->bytes + image->header->sections[SECTION_FAST].address, sizeof fast);
    return fast.token_heads != 0 && options->bits >= fast.planes;
}

static int write_stats(const struct telling *telling, const struct run64_options *options, const struct image *image, unsigned reu_kib)
{
    const struct config *config = &image->header->config;
    struct output_file file;
    char error[256];
    json_t *stats, *shape, *steps = NULL;
    int failed;
    unsigned i;

    if (!options->host) {
        steps = json_object();
        for (i = 0; i < STEP_COUNT; i++)
            json_object_set_new(steps, step_names[i], json_integer((json_int_t)telling->step_cycles[i]));
    }
    shape = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "dim", config->dim, "hidden_dim", config->hidden_dim, "n_layers",
                      config->n_layers, "n_heads", config->n_heads, "n_kv_heads", config->n_kv_heads, "vocab_size",
                      config->vocab_size, "seq_len", config->seq_len);
    stats = json_pack("{s:s, s:i, s:i, s:b, s:f, s:o, s:s, s:i, s:i, s:O, s:o, s:o, s:o, s:o}", "engine", engine_name(options->engine), "bits",
                      options->engine == ENGINE_FAST ? options->bits : 0, "planes", options->engine == ENGINE_FAST ? options->planes : 0,
                      "token_heads", uses_token_heads(image, options), "temperature", (double)options->temperature, "model", shape,
                      "backend", options->host ? "host" : "c64", "reu_kib", (int)reu_kib, "prompt_tokens", (int)telling->n_prompt_tokens,
                      "tokens", telling->tokens, "clock_hz", options->host ? json_null() : json_integer(PAL_HZ), "begin_cycles",
                      options->host ? json_null() : json_integer(telling->begin_cycles), "cycles",
                      options->host ? json_null() : json_incref(telling->cycles), "step_cycles", steps ? steps : json_null());
    if (!stats)
        return bad_input(options->stats, "out of memory");
    failed = output_file_open(&file, options->stats, error, sizeof error);
    if (!failed) {
        json_dumpf(stats, file.stream, JSON_INDENT(1));
        putc('\n', file.stream);
        failed = output_file_commit(&file, error, sizeof error);
    }
    json_decref(stats);
    return failed ? bad_input(options->stats, error) : 0;
}

/* --- the story ------------------------------------------------------------------ */

static int tell_in_emulator(const struct backend_request *request, const struct run64_options *options, const char *folder,
                            enum backend_result *result, char *error, size_t error_size)
{
    char roms[PATH_MAX + 16], program[PATH_MAX + 32];
    struct backend_c64_options c64 = {.emulator = options->emulator,
                                      .rom_folder = roms,
                                      .program = options->program ? options->program : program,
                                      .window = options->window,
                                      .patience = options->patience,
                                      .screenshot = options->screenshot};

    snprintf(roms, sizeof roms, "%s/rom", folder);
    snprintf(program, sizeof program, "%s/llama2c64.prg", folder);
    *result = backend_c64(request, &c64, error, error_size);
    return *result == BACKEND_FAILED ? EXIT_EMULATOR : EXIT_REFUSED;
}

static int tell(struct image *image, const struct run64_options *options, const char *folder)
{
    static struct telling telling;
    struct backend_request request = {.image = image->bytes, .image_bytes = image->size};
    const struct image_header *header = image->header;
    uint32_t work = header->data_bytes, prompt = header->sections[SECTION_PROMPT].address;
    size_t prompt_bytes = strlen(options->prompt);
    unsigned steps = header->config.seq_len;
    char error[320] = "";
    enum backend_result result;
    int code;

    if (options->steps && (unsigned)options->steps < steps)
        steps = (unsigned)options->steps;
    request.reu_kib = options->reu_kib ? options->reu_kib : header->image_kib;
    request.settings.engine = options->engine;
    request.settings.bits = options->engine == ENGINE_FAST ? options->bits : 0;
    request.settings.steps = (uint16_t)steps;
    memcpy(&request.settings.temperature, &options->temperature, sizeof(f32));
    memcpy(&request.settings.topp, &options->topp, sizeof(f32));
    memcpy(request.settings.seed, &options->seed, sizeof request.settings.seed);
    request.settings.all_logits = options->logits != NULL;
    request.listener = (struct backend_listener){.context = &telling, .token = on_token};

    if (!backend_host_open(&request, error, sizeof error))
        return bad_input(options->checkpoint, error);
    if (prompt_bytes <= header->prompt_capacity) {
        memcpy(image->bytes + prompt, options->prompt, prompt_bytes);
        request.prompt_bytes = (uint16_t)prompt_bytes;
    }
    if (prompt_bytes > header->prompt_capacity || !backend_host_fits(&request)) {
        snprintf(error, sizeof error, "the prompt is too long for the context of %u tokens", header->config.seq_len);
        return bad_input(options->checkpoint, error);
    }
    /* The work space as mkreu makes it, with the prompt. */
    memset(image->bytes + work, 0, image->size - work);
    memcpy(image->bytes + prompt, options->prompt, prompt_bytes);

    telling.tokens = json_array();
    telling.cycles = json_array();
    if (options->logits) {
        telling.logits = tmpfile();
        if (!telling.logits)
            return bad_input(options->logits, strerror(errno));
        request.listener.logits = on_logits;
    }
    progress_open(&telling.progress, steps);
    if (telling.progress.shown)
        request.listener.progress = on_progress;
    if (options->host) {
        result = backend_host(&request, error, sizeof error);
        code = EXIT_REFUSED;
    } else {
        code = tell_in_emulator(&request, options, folder, &result, error, sizeof error);
    }
    progress_close(&telling.progress);

    if (result == BACKEND_DONE) {
        code = 0;
        if (!progress_text(&telling.progress, (const uint8_t *)"\n", 1))
            telling.output_failed = true;
    } else if (isatty(STDOUT_FILENO) && json_array_size(telling.tokens) > 0) {
        progress_text(&telling.progress, (const uint8_t *)"\n", 1);
    }
    if (vice_interrupted) {
        code = EXIT_INTERRUPTED;
    } else if (telling.output_failed) {
        fprintf(stderr, "run64: stdout: cannot be written\n");
        code = EXIT_REFUSED;
    } else if (result != BACKEND_DONE) {
        fprintf(stderr, "run64: %s\n", error[0] ? error : "a temporary file cannot be written");
    }
    if (code == 0 && options->logits)
        code = write_logits(telling.logits, options->logits);
    if (code == 0 && options->stats)
        code = write_stats(&telling, options, image, request.reu_kib);
    if (telling.logits)
        fclose(telling.logits);
    json_decref(telling.tokens);
    json_decref(telling.cycles);
    return code;
}

int main(int argc, char **argv)
{
    struct run64_options options;
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    struct image image;
    char error[256], name[24];
    int failed;

    if (run64_options_parse(&options, argc, argv, error, sizeof error) != 0)
        return bad_input(error, NULL);
    if (options.help) {
        fputs(run64_usage, stdout);
        return 0;
    }
    catch_signals();
    if (checkpoint_open(&checkpoint, options.checkpoint, error, sizeof error) != 0)
        return bad_input(options.checkpoint, error);
    if (tokenizer_file_open(&tokenizer, options.tokenizer, (uint32_t)checkpoint.config.vocab_size, error, sizeof error) != 0) {
        checkpoint_close(&checkpoint);
        return bad_input(options.tokenizer, error);
    }
    image_model_name(name, options.checkpoint);
    failed = image_build(&checkpoint, &tokenizer, name, options.engine, options.planes,
                         options.reu_kib ? options.reu_kib : IMAGE_MAX_KIB, &image, error, sizeof error);
    tokenizer_file_close(&tokenizer);
    checkpoint_close(&checkpoint);
    if (failed)
        return bad_input(options.checkpoint, error);

    failed = check_output(options.stats);
    if (!failed)
        failed = check_output(options.logits);
    if (!failed)
        failed = check_output(options.screenshot);
    if (!failed)
        failed = tell(&image, &options, program_folder(argv[0]));
    image_free(&image);
    return failed;
}
