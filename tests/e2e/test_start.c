/* How the program starts: from a disk's or the emulator's loader, again after an
 * end, and after somebody has loaded the REU anew; and which engines it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "image.h"
#include "screen_test.h"
#include "story.h"

/* A story of one token, and back to the prompt of the boot ROM. */
static void tell_and_quit(void)
{
    expect("The image is intact.");
    type("o1\n");
    expect("How does the story begin?");
    type("a\n");
    expect("Again");
    type("q");
    expect("READY.");
}

static void test_run_again(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    tell_and_quit();
    type("run\n");
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
    start(image, image_bytes, image_kib, false);
    tell_and_quit();
    assert_true(vice_read(v, 0x0801, saved, sizeof saved));
    assert_true(vice_write(v, 0x0801, line, sizeof line));
    assert_true(vice_write(v, 0xC000, code, sizeof code));
    type("run\n");
    assert_int_equal(vice_run(v, 0.5), VICE_TIMEOUT);
    assert_true(vice_write(v, 0x0801, saved, sizeof saved));
    type("run\n");
    expect("was loaded anew");
    expect("Load the program again");
}

static void test_cycle_exact_ntsc(void **state)
{
    (void)state;
    start_cycle_exact(image, image_bytes, image_kib, true);
    expect("NTSC");
    tell_and_quit();
}

/* The program without the exact engine: of an image for both it takes the fast one, and
 * tells the same story; after its end it finds it again. */
static void test_fast_only(void **state)
{
    const struct settings settings = {.engine = ENGINE_FAST, .bits = 12, .steps = 14, .seed = {1}};
    char told[1024];
    uint16_t n_prompt_tokens;

    (void)state;
    start_fast_only(image_both, image_both_bytes, image_both_kib);
    expect("The image is intact.");
    expect("Engine        <fast>");
    press(RIGHT);
    expect("Engine        <fast>"); /* no other choice */
    type("b12t0o14\n");
    expect("How does the story begin?");
    type("it is the ten");
    host_story("it is the ten", &settings, &n_prompt_tokens, told, sizeof told);
    press(RETURN);
    expect("Quit");
    expect_story(told);
    type("q");
    expect("READY.");
    type("run\n");
    tell_and_quit();
}

static void test_fast_only_other_image(void **state)
{
    (void)state;
    start_fast_only(image, image_bytes, image_kib);
    expect("engine that this program");
    expect("Use the latest llama2c64.prg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_run_again, tear_down),
        cmocka_unit_test_teardown(test_reu_loaded_anew, tear_down),
        cmocka_unit_test_teardown(test_cycle_exact_ntsc, tear_down),
        cmocka_unit_test_teardown(test_fast_only, tear_down),
        cmocka_unit_test_teardown(test_fast_only_other_image, tear_down),
    };

    return cmocka_run_group_tests_name("test_start", tests, make_image, free_image);
}
