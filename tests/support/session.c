#include "session.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REPORT_SECONDS 600 /* of the host's time, until a report counts as missing */

static const char *build(void)
{
    const char *folder = getenv("BUILD");

    return folder ? folder : "build";
}

/* The PRG into memory, as VICE's autostart would: that does not know x128's C64 mode. */
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
    assert_true(vice_write(v, (uint16_t)(bytes[0] | bytes[1] << 8), bytes + 2, n - 2));
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
    v = vice_start(&options, error, sizeof error);
    if (!v)
        fail_msg("%s", error);
    expect("READY.");
    load_program();
    type("run\n");
    assert_int_equal(vice_run_until(v, PROGRAM_START, SECONDS), VICE_CHECKPOINT);
}

void session_follow(void)
{
    assert_true(vice_break(v, REMOTE_REPORT));
}

uint8_t session_next_report(struct remote *remote)
{
    assert_int_equal(vice_run(v, REPORT_SECONDS), VICE_CHECKPOINT);
    assert_int_equal(vice_pc(v), REMOTE_REPORT);
    assert_true(vice_read(v, REMOTE_BLOCK, remote, sizeof *remote));
    return remote->event;
}

double session_duration(const char *label)
{
    const char *at;
    unsigned hours, minutes, seconds;

    read_screen();
    at = strstr(text, label);
    assert_non_null(at);
    if (sscanf(at + strlen(label), " %u:%2u:%2u", &hours, &minutes, &seconds) != 3)
        fail_msg("no time behind \"%s\":\n%s", label, text);
    return hours * 3600.0 + minutes * 60.0 + seconds;
}
