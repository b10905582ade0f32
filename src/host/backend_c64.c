#include "backend_c64.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "image.h"
#include "remote.h"
#include "vice.h"

_Static_assert(sizeof(struct remote) == 56 + 4 * STEP_COUNT, "the block as the C64 lays it out, without padding");

#define LOAD_ADDRESS 0x0801
#define GETIN 0xFFE4        /* the KERNAL entry that the boot ROM calls while it waits for keys */
#define KEY_COUNT 0x00C6    /* the KERNAL's keyboard buffer: its length, */
#define KEYS 0x0277         /* and the keys */
#define START_SECONDS 60    /* for the boot ROM */
#define PROGRESS_SECONDS 0.25
#define CHECK_SECONDS 5.0   /* how often to see whether a silent machine lives */
#define SCREENSHOT_SECONDS 0.5 /* as fast as it can be, VICE draws only some ten pictures a second */
#define MAX_LOGITS_BYTES 4096
#define MAX_TEXT_BYTES 1024

/* A slow emulator on a slow machine, in clock cycles a second, and what the C64
 * takes at most for a multiply-accumulate and for the check of a byte: they say
 * how long it may be busy without a sign of life. */
#define SLOW_HZ 5e6
#define CYCLES_A_PRODUCT 300
#define CYCLES_A_BYTE 40

struct run {
    struct vice *v;
    const struct backend_request *request;
    const struct backend_c64_options *options;
    struct remote remote;
    uint16_t expected; /* position of the next token */
    char *error;
    size_t error_bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum backend_result vice_failure(struct run *run)
{
    if (vice_interrupted)
        return BACKEND_INTERRUPTED;
    snprintf(run->error, run->error_bytes, "%s", vice_error(run->v));
    return BACKEND_FAILED;
}

static enum backend_result failure(struct run *run, const char *cause)
{
    snprintf(run->error, run->error_bytes, "%s", cause);
    return BACKEND_FAILED;
}

/* Reads a PRG whole; bytes has room for 64 KB. */
static size_t read_program(const char *path, uint8_t *bytes, char *error, size_t error_bytes)
{
    FILE *file = fopen(path, "rb");
    size_t n = 0;

    if (file) {
        n = fread(bytes, 1, 0x10000, file);
        fclose(file);
    }
    if (!file)
        snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
    else if (n < REMOTE_BLOCK - LOAD_ADDRESS + 2 + sizeof(struct remote) || n > 0xD000 - LOAD_ADDRESS + 2 ||
             (bytes[0] | bytes[1] << 8) != LOAD_ADDRESS || bytes[REMOTE_BLOCK - LOAD_ADDRESS + 2] != REMOTE_VERSION)
        snprintf(error, error_bytes, "%s: not a llama2c64.prg that this run64 can talk to", path);
    else
        return n;
    return 0;
}

/* Seconds that the C64 may need from one sign of life to the next. */
static double busy_seconds(const uint8_t *image)
{
    struct image_header header;
    double products = 0, check;
    unsigned i;

    memcpy(&header, image, sizeof header);
    for (i = 0; i < SECTION_COUNT; i++) {
        const struct section *s = &header.sections[i];
        double n = (double)s->cols * s->chunks * s->blocks * s->block_rows;
        if (n > products)
            products = n;
    }
    check = (double)header.data_bytes * CYCLES_A_BYTE;
    products *= CYCLES_A_PRODUCT;
    return (products > check ? products : check) / SLOW_HZ;
}

/* Puts the program and the request into the C64's memory and starts it. */
static enum backend_result start_program(struct run *run, const uint8_t *program, size_t n)
{
    static const uint8_t keys[] = {'R', 'U', 'N', 13};
    const uint8_t n_keys = sizeof keys;
    struct remote remote = {.version = REMOTE_VERSION,
                            .request = 1,
                            .want_logits = run->request->listener.logits != NULL,
                            .settings = run->request->settings,
                            .prompt_bytes = run->request->prompt_bytes};

    switch (vice_run_until(run->v, GETIN, START_SECONDS)) {
    case VICE_CHECKPOINT:
        break;
    case VICE_TIMEOUT:
    case VICE_JAM:
        return failure(run, "the boot ROM does not start");
    default:
        return vice_failure(run);
    }
    if (!vice_write(run->v, LOAD_ADDRESS, program + 2, n - 2) || !vice_write(run->v, REMOTE_BLOCK, &remote, sizeof remote) ||
        !vice_break(run->v, REMOTE_REPORT) || !vice_write(run->v, KEYS, keys, sizeof keys) ||
        !vice_write(run->v, KEY_COUNT, &n_keys, 1))
        return vice_failure(run);
    return BACKEND_DONE;
}

/* Copies what `data` of the block points to; n is then its length. */
static bool read_data(struct run *run, uint8_t *bytes, size_t room, size_t *n)
{
    *n = run->remote.data_bytes;
    if (*n > room)
        *n = room;
    return *n == 0 || vice_read(run->v, run->remote.data, bytes, *n);
}

static enum backend_result token(struct run *run)
{
    uint8_t text[MAX_TEXT_BYTES];
    struct backend_token token = {.position = run->remote.position,
                                  .next = run->remote.next,
                                  .steps = run->remote.steps,
                                  .n_prompt_tokens = run->remote.n_prompt_tokens,
                                  .text = text,
                                  .timed = true,
                                  .begin_cycles = run->remote.begin_cycles,
                                  .cycles = run->remote.cycles};

    if (token.position != run->expected)
        return failure(run, "the reports of the program on the C64 are out of order");
    run->expected++;
    memcpy(token.step_cycles, run->remote.step_cycles, sizeof token.step_cycles);
    if (!read_data(run, text, sizeof text, &token.text_bytes))
        return vice_failure(run);
    return run->request->listener.token(run->request->listener.context, &token) ? BACKEND_DONE : BACKEND_INTERRUPTED;
}

static enum backend_result logits(struct run *run)
{
    uint8_t bytes[MAX_LOGITS_BYTES];
    size_t n;

    if (!read_data(run, bytes, sizeof bytes, &n))
        return vice_failure(run);
    return run->request->listener.logits(run->request->listener.context, bytes, n) ? BACKEND_DONE : BACKEND_INTERRUPTED;
}

/* The program's own message, or what its status says. */
static enum backend_result refused(struct run *run)
{
    uint8_t text[160];
    size_t n = 0, i;

    if (run->remote.event == REMOTE_END) {
        snprintf(run->error, run->error_bytes, "%s",
                 run->remote.status == STORY_PROMPT_TOO_LONG ? "the prompt is too long for the context"
                                                             : "the story was stopped on the C64");
    } else {
        if (!read_data(run, text, sizeof text, &n))
            return vice_failure(run);
        for (i = 0; i < n; i++)
            if (text[i] < 0x20 || text[i] > 0x7E)
                text[i] = ' ';
        snprintf(run->error, run->error_bytes, "the C64 says: %.*s", (int)n, (const char *)text);
    }
    return BACKEND_REFUSED;
}

/* Follows the story until it is over. */
static enum backend_result follow(struct run *run)
{
    const struct backend_listener *listener = &run->request->listener;
    double patience = run->options->patience + busy_seconds(run->request->image);
    double interval = listener->progress ? PROGRESS_SECONDS : CHECK_SECONDS;
    double alive = now();
    struct remote before;
    enum backend_result result;

    memset(&before, 0, sizeof before);
    if (interval > run->options->patience / 4)
        interval = run->options->patience / 4;
    for (;;) {
        enum vice_event event = vice_run(run->v, interval);

        if (event == VICE_FAILED || event == VICE_INTERRUPTED)
            return vice_failure(run);
        if (event == VICE_JAM) {
            snprintf(run->error, run->error_bytes, "the C64 has crashed at $%04x", vice_pc(run->v));
            return BACKEND_FAILED;
        }
        if (!vice_read(run->v, REMOTE_BLOCK, &run->remote, sizeof run->remote))
            return vice_failure(run);
        if (event == VICE_CHECKPOINT) {
            alive = now();
            switch (run->remote.event) {
            case REMOTE_LOGITS:
                result = listener->logits ? logits(run) : BACKEND_DONE;
                break;
            case REMOTE_TOKEN:
                result = token(run);
                break;
            case REMOTE_END:
                return run->remote.status == STORY_ENDED ? BACKEND_DONE : refused(run);
            case REMOTE_ERROR:
                return refused(run);
            default:
                result = BACKEND_DONE;
                break;
            }
            if (result != BACKEND_DONE)
                return result;
        } else if (memcmp(&before, &run->remote, sizeof before) != 0) {
            struct backend_progress progress = {
                .position = run->remote.position_now, .layer = run->remote.layer, .step = run->remote.step};
            alive = now();
            if (listener->progress)
                listener->progress(listener->context, &progress);
        } else if (now() - alive > patience) {
            snprintf(run->error, run->error_bytes, "the C64 makes no progress: nothing new for %.0f s at position %u, layer %u, step %u",
                     now() - alive, run->remote.position_now, run->remote.layer, run->remote.step);
            return BACKEND_FAILED;
        }
        before = run->remote;
    }
}

/* Lets the program finish its screen and takes a picture of it. */
static enum backend_result screenshot(struct run *run)
{
    enum vice_event event;

    if (!vice_clear(run->v, REMOTE_REPORT))
        return vice_failure(run);
    event = vice_run(run->v, SCREENSHOT_SECONDS);
    if (event == VICE_FAILED || event == VICE_INTERRUPTED || !vice_screenshot(run->v, run->options->screenshot))
        return vice_failure(run);
    return BACKEND_DONE;
}

enum backend_result backend_c64(const struct backend_request *request, const struct backend_c64_options *options,
                                char *error, size_t error_bytes)
{
    struct run run = {.request = request, .options = options, .error = error, .error_bytes = error_bytes};
    struct vice_options vice = {.emulator = options->emulator,
                                .rom_folder = options->rom_folder,
                                .reu = request->image,
                                .reu_bytes = request->image_bytes,
                                .reu_kib = request->reu_kib,
                                .window = options->window};
    uint8_t *program = malloc(0x10000);
    size_t n;
    enum backend_result result;

    if (!program)
        return failure(&run, "out of memory");
    n = read_program(options->program, program, error, error_bytes);
    if (n == 0) {
        free(program);
        return BACKEND_FAILED;
    }
    run.v = vice_start(&vice, error, error_bytes);
    if (run.v) {
        result = start_program(&run, program, n);
        if (result == BACKEND_DONE)
            result = follow(&run);
        if (result == BACKEND_DONE && options->screenshot)
            result = screenshot(&run);
        vice_stop(run.v);
    } else {
        result = vice_interrupted ? BACKEND_INTERRUPTED : BACKEND_FAILED;
    }
    free(program);
    return result;
}
