/* How the program starts: from a disk's or the emulator's loader, again after an
 * end, and after somebody has loaded the REU anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_model.h"
#include "vice.h"

#define SECONDS 25 /* of the host's time, at least, until a screen counts as missing */

static const struct checkpoint_config small = {
    .dim = 16, .hidden_dim = 40, .n_layers = 2, .n_heads = 4, .n_kv_heads = 2, .vocab_size = 300, .seq_len = 64, .shared_classifier = true};

static char roms[4096], program[4096];
static struct vice *v;
static char text[VICE_SCREEN_TEXT];
static uint8_t *image;
static size_t image_bytes;

static int make_image(void **state)
{
    struct test_model m;

    (void)state;
    test_model_make(&m, &small, 5);
    image_bytes = m.image.size;
    image = malloc(image_bytes);
    assert_non_null(image);
    memcpy(image, m.image.bytes, image_bytes);
    test_model_close(&m);
    return 0;
}

static int free_image(void **state)
{
    (void)state;
    free(image);
    return 0;
}

static void start(const char *emulator, bool ntsc)
{
    const struct vice_options options = {.emulator = emulator,
                                         .rom_folder = roms,
                                         .reu = image,
                                         .reu_bytes = image_bytes,
                                         .reu_kib = (unsigned)(image_bytes / 1024),
                                         .ntsc = ntsc,
                                         .program = program,
                                         .arguments = {"-autostartprgmode", "1"}};
    char error[256] = "";

    v = vice_start(&options, error, sizeof error);
    if (!v)
        fail_msg("%s", error);
}

static int tear_down(void **state)
{
    (void)state;
    vice_stop(v);
    v = NULL;
    return 0;
}

/* Runs until the screen shows `wanted`. */
static void expect(const char *wanted)
{
    struct vice_screen screen;
    int i;

    for (i = 0; i < SECONDS * 20; i++) {
        assert_true(vice_screen(v, &screen));
        vice_screen_text(&screen, text);
        if (strstr(text, wanted))
            return;
        assert_int_equal(vice_run(v, 0.05), VICE_TIMEOUT);
    }
    fail_msg("no \"%s\" on the screen:\n%s", wanted, text);
}

/* A story of one token, and back to the prompt of the boot ROM. */
static void tell_and_quit(void)
{
    expect("The image is intact.");
    assert_true(vice_type(v, "o1\n"));
    expect("How does the story begin?");
    assert_true(vice_type(v, "a\n"));
    expect("Again");
    assert_true(vice_type(v, "q"));
    expect("ready."); /* our boot ROM leaves the character set as it is */
}

static void test_run_again(void **state)
{
    (void)state;
    start("x64", false);
    tell_and_quit();
    assert_true(vice_type(v, "run\n"));
    tell_and_quit();
}

/* Whoever loads an image while the program is not running takes away what the
 * program keeps in the REU: here the bytes of the image by the REU's own DMA. */
static void test_reu_loaded_anew(void **state)
{
    /* lda #0, 32 pages of the REU from `section program` on are overwritten by the
     * CPU through the REU: $DF02 C64 address, $DF04 REU address, $DF07 length. */
    struct image_header header;
    uint8_t code[] = {0xA9, 0x00, 0x8D, 0x02, 0xDF, 0xA9, 0x04, 0x8D, 0x03, 0xDF, 0xA9, 0x00, 0x8D, 0x04, 0xDF, 0xA9, 0x00, 0x8D, 0x05, 0xDF,
                      0xA9, 0x00, 0x8D, 0x06, 0xDF, 0xA9, 0x00, 0x8D, 0x07, 0xDF, 0xA9, 0x04, 0x8D, 0x08, 0xDF, 0xA9, 0x00, 0x8D, 0x0A, 0xDF,
                      0xA9, 0x90, 0x8D, 0x01, 0xDF, 0x60};
    static const uint8_t line[] = {0x0C, 0x08, 10, 0, 0x9E, '4', '9', '1', '5', '2', 0, 0, 0};
    uint8_t saved[sizeof line];

    (void)state;
    memcpy(&header, image, sizeof header);
    code[11] = (uint8_t)header.sections[SECTION_PROGRAM].address;
    code[16] = (uint8_t)(header.sections[SECTION_PROGRAM].address >> 8);
    code[21] = (uint8_t)(header.sections[SECTION_PROGRAM].address >> 16);
    start("x64", false);
    tell_and_quit();
    assert_true(vice_read(v, 0x0801, saved, sizeof saved));
    assert_true(vice_write(v, 0x0801, line, sizeof line));
    assert_true(vice_write(v, 0xC000, code, sizeof code));
    assert_true(vice_type(v, "run\n"));
    assert_int_equal(vice_run(v, 0.5), VICE_TIMEOUT);
    assert_true(vice_write(v, 0x0801, saved, sizeof saved));
    assert_true(vice_type(v, "run\n"));
    expect("was loaded anew");
    expect("Load llama2c64.prg again");
}

static void test_cycle_exact_ntsc(void **state)
{
    (void)state;
    start("x64sc", true);
    expect("NTSC");
    tell_and_quit();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_run_again, tear_down),
        cmocka_unit_test_teardown(test_reu_loaded_anew, tear_down),
        cmocka_unit_test_teardown(test_cycle_exact_ntsc, tear_down),
    };
    const char *build = getenv("BUILD");

    if (!build)
        build = "build";
    snprintf(roms, sizeof roms, "%s/rom", build);
    snprintf(program, sizeof program, "%s/llama2c64.prg", build);
    return cmocka_run_group_tests_name("test_start", tests, make_image, free_image);
}
