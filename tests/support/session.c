#include "session.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCREEN_SECONDS 60  /* of the host's time, until a screen counts as missing */
#define REPORT_SECONDS 600 /* until a report does */

struct vice *session;
char session_text[VICE_SCREEN_TEXT];

static const char *build(void)
{
    const char *folder = getenv("BUILD");

    return folder ? folder : "build";
}

/* The PRG into memory, as VICE's autostart would. */
static void load_program(void)
{
    static uint8_t bytes[0x10000];
    char path[4096];
    FILE *file;
    size_t n;

    snprintf(path, sizeof path, "%s/llama2c64.prg", build());
    file = fopen(path, "rb");
    assert_non_null(file);
    n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(n > 2);
    assert_true(vice_write(session, (uint16_t)(bytes[0] | bytes[1] << 8), bytes + 2, n - 2));
}

void session_start(const char *emulator, const struct test_model *model, bool ntsc)
{
    char roms[4096], error[256] = "";
    const struct vice_options options = {.emulator = emulator,
                                         .rom_folder = roms,
                                         .reu = model->image.bytes,
                                         .reu_bytes = model->image.size,
                                         .reu_kib = (unsigned)(model->image.size / 1024),
                                         .ntsc = ntsc};

    snprintf(roms, sizeof roms, "%s/rom", build());
    session = vice_start(&options, error, sizeof error);
    if (!session)
        fail_msg("%s", error);
    session_expect("READY.");
    load_program();
    session_type("run\n");
    assert_int_equal(vice_run_until(session, PROGRAM_START, SCREEN_SECONDS), VICE_CHECKPOINT);
}

void session_stop(void)
{
    vice_stop(session);
    session = NULL;
}

static void read_screen(void)
{
    struct vice_screen screen;

    assert_true(vice_screen(session, &screen));
    vice_screen_text(&screen, session_text);
}

void session_expect(const char *wanted)
{
    enum vice_event event;
    int i;

    for (i = 0; i < SCREEN_SECONDS * 20; i++) {
        read_screen();
        if (strstr(session_text, wanted))
            return;
        event = vice_run(session, 0.05);
        if (event != VICE_TIMEOUT)
            fail_msg("event %d at $%04X instead of \"%s\" on the screen:\n%s", event, vice_pc(session), wanted, session_text);
    }
    fail_msg("no \"%s\" on the screen:\n%s", wanted, session_text);
}

void session_type(const char *keys)
{
    assert_true(vice_type(session, keys));
}

void session_run(double seconds)
{
    assert_int_equal(vice_run(session, seconds), VICE_TIMEOUT);
    read_screen();
}

void session_follow(void)
{
    assert_true(vice_break(session, REMOTE_REPORT));
}

uint8_t session_next_report(struct remote *remote)
{
    assert_int_equal(vice_run(session, REPORT_SECONDS), VICE_CHECKPOINT);
    assert_int_equal(vice_pc(session), REMOTE_REPORT);
    assert_true(vice_read(session, REMOTE_BLOCK, remote, sizeof *remote));
    read_screen();
    return remote->event;
}

double session_duration(const char *label)
{
    const char *at = strstr(session_text, label);
    unsigned hours, minutes, seconds;

    assert_non_null(at);
    if (sscanf(at + strlen(label), " %u:%2u:%2u", &hours, &minutes, &seconds) != 3)
        fail_msg("no time behind \"%s\":\n%s", label, session_text);
    return hours * 3600.0 + minutes * 60.0 + seconds;
}
