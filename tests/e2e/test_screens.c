/* The program on the C64 as its user sees it: keys are typed, the screen is read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "checksum.h"
#include "machine.h"
#include "model.h"
#include "screen_test.h"
#include "story.h"

static void test_parameters(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("The image is intact.");
    assert_true(screen.lower_case);
    expect(" PAL");
    press(STOP); /* there is no story to go back to */
    expect("RETURN the prompt");
    expect("Name       test");
    expect("Parameters 12976 "); /* 3 * (16*(16+8+8+16) + 3*16*40 + 2*16) + 16 + 300*16 */
    expect("Dim        16       Hidden dim 40");
    expect("Layers     3        Vocabulary 300");
    expect("Heads      4        KV heads   2");
    expect("Context    96 ");
    expect("Engine        <exact>");
    expect("Temperature    1.0");
    expect("Top-p          0.90");
    expect("Output tokens  96"); /* llama2.c's 256, but for the context */
    expect("Seed           random");
    expect("Takes about    0:");

    type("t");
    press(RIGHT);
    expect("Temperature   <1.1>");
    press_times(RIGHT, 30);
    expect("Temperature   <2.0>");
    press_times(LEFT, 40);
    expect("Temperature   <0.0> greedy");
    press(DOWN);
    expect("Top-p         <0.90>");
    press(LEFT);
    expect("<0.85>");
    press_times(RIGHT, 5);
    expect("<1.00>");
    press(DOWN);
    press(LEFT);
    expect("Output tokens <95>");
    type("12");
    expect("Output tokens <12>");
    type("000");
    expect("Output tokens <96>");
    press_times(DELETE, 2);
    expect("Output tokens <0>");
    expect("Takes about    0:00:0"); /* as for 1 */
    press(UP);
    expect("Output tokens  1 ");
    expect("Top-p         <1.00>");
    type("s");
    expect("Seed          <random>");
    type("18446744073709551615");
    expect("Seed          <18446744073709551615"); /* which leaves no room for > */
    assert_int_equal(screen.codes[15 * VICE_COLUMNS + 39], 0x5D); /* the frame */
    type("9");
    press(DELETE);
    expect("Seed          <1844674407370955161>");
    press(LEFT);
    expect("Seed          <1844674407370955160>");
    type("18446744073709551615");
    press(DOWN);
    expect("Click         <off>");
    assert_int_equal(screen.codes[15 * VICE_COLUMNS + 39], 0x5D);
    assert_int_equal(screen.codes[16 * VICE_COLUMNS], 0x5D);
    press(UP);
    type("r");
    expect("Seed          <random>");
    type("0");
    expect("Seed          <0>");
    press(DOWN);
    expect("Seed           random");
    expect("Click         <off>");
    type("o");
    expect("Output tokens <1>");

    type("p0.35");
    expect("Top-p         <0.35>");
    press(LEFT);
    expect("<0.30>");
    type(".9");
    expect("<0.90>");
    type("e.999");
    type("p");
    expect("Top-p         <0.90>");
    type("7");
    expect("Top-p         <1.00> off");
    type("t1.25");
    expect("Temperature   <1.2>");
    type("e");
    expect("Engine        <exact>"); /* the only one */
    press(RIGHT);
    press(LEFT);
    expect("Engine        <exact>");
    type("b9");
    expect("Bits          <float>");
    type("c+");
    expect("Click         <on>");
    type("d+");
    expect("Dark screen   <on>");
    type("+-");
    expect("Dark screen   <on>");
    type("d"); /* again: the other value */
    expect("Dark screen   <off>");
    type("p"); /* letters in upper case too */
    expect("Top-p         <");
    type("T");
    expect("Temperature   <1.2>");
}

static void test_engines(void **state)
{
    (void)state;
    start(image_both, image_both_bytes, image_both_kib, false);
    expect("Takes about");
    expect("Engine        <fast>"); /* where there is one, it is the first choice */
    expect("Bits           8 ");
    press(RIGHT);
    expect("Engine        <exact>");
    expect("Bits           float");
    type("e");
    expect("Engine        <fast>");
    type("b");
    expect("Bits          <8>");
    press_times(RIGHT, 9);
    expect("Bits          <12>"); /* planes of the image */
    press_times(LEFT, 9);
    expect("Bits          <4>");
    type("99");
    expect("Bits          <12>");
    type("t");
    type("b1");
    expect("Bits          <1>");
    type("t");
    expect("Bits           4 ");
    type("b5o6t0\n");
    expect("How does the story begin?");
    press(RETURN);
    expect("fast, 5 bit");
    expect("6 tokens in");
    type("o"); /* the choices stay */
    expect("Temperature   <0.0>");
    expect("Bits           5 ");
    expect("Output tokens  6 ");
    expect("Engine         fast");
}

static void test_help(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    type("o33h");
    expect("llama2.c64: help");
    press(RETURN);
    expect("Output tokens <33>");
}

static void test_prompt_and_story(void **state)
{
    const struct settings settings = {.engine = ENGINE_EXACT, .steps = 20, .seed = {1}};
    char told[1024], wanted[64];
    uint16_t n_prompt_tokens;

    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    type("t0");
    type("o20\n");
    expect("How does the story begin?");
    expect("  0 of 240");

    type("Hexlo Wrold");
    expect("Hexlo Wrold");
    press_times(LEFT, 8);
    press(DELETE);
    type("l");
    expect("Hello Wrold");
    expect(" 11 of 240");
    press(HOME);
    press(DELETE); /* nothing is before it */
    press(INSERT);
    type("I"); /* before the space */
    expect("I Hello Wrold");
    press_times(RIGHT, 2);
    press(DELETE);
    type("h");
    expect("I hello Wrold");
    press(CLEAR);
    expect("  0 of 240");
    type("The sun (it's \"hot\") <is> 100% up!");
    expect("The sun (it's \"hot\") <is> 100% up!");
    press(CLEAR);
    type("it is the ten");
    host_story("it is the ten", &settings, &n_prompt_tokens, told, sizeof told);
    press(RETURN);

    expect("Quit");
    expect("20 tokens in 0:0");
    snprintf(wanted, sizeof wanted, " %u tokens ", n_prompt_tokens);
    expect(wanted);
    expect_story(told);

    type("n"); /* another one: the prompt can be changed */
    expect("How does the story begin?");
    expect("it is the ten");
    press(STOP);
    expect("Temperature    0.0  greedy");
    expect("Output tokens <20>");
}

/* The menu by cursor keys, and the same story again. */
static void test_menu(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    type("o5t0\n");
    expect("How does the story begin?");
    type("a b\n");
    expect("5 tokens in ");
    expect("Quit");
    assert_int_equal(colour_of("gain "), 15);
    press(RETURN); /* again */
    expect("RUN/STOP ends");
    expect("5 tokens in ");
    expect("Quit");
    press_times(RIGHT, 2);
    press(RETURN); /* continue */
    expect("10 tokens in ");
    expect("Quit");
    press_times(RIGHT, 4);
    press(LEFT); /* help */
    press(RETURN);
    expect("llama2.c64: help");
    press(RETURN);
    expect("10 tokens in "); /* the screen is as it was */
    expect("a b");
    press_times(RIGHT, 3); /* options, in the row below */
    press(RETURN);
    expect("Takes about");
    expect("Temperature   <0.0>");
}

/* To the parameters, to the prompt, and back to the story that has been told, which is
 * as it was, whatever has been changed meanwhile. */
static void look_around(void)
{
    struct vice_screen before = screen;

    type("o");
    expect("STOP story");
    type("t1.5b4n"); /* n is no key of this screen */
    press(RETURN);
    expect("How does the story begin?");
    type(" and more");
    press(STOP);
    expect("STOP story");
    press(STOP);
    expect("Quit");
    assert_memory_equal(screen.codes, before.codes, sizeof screen.codes);
    assert_memory_equal(screen.colours, before.colours, sizeof screen.colours);
}

/* A story that is asked for more is the one that had it all at once; also with
 * sampling, after a stop, and after a look at the parameters. */
static void continued(uint8_t engine, bool stop)
{
    struct settings settings = {.engine = engine, .bits = engine == ENGINE_FAST ? 8 : 0, .steps = 48, .seed = {0xD2, 4}};
    const float temperature = 0.9f, topp = 0.9f;
    char told[1024];
    uint16_t n_prompt_tokens;
    unsigned columns;

    memcpy(&settings.temperature, &temperature, sizeof temperature);
    memcpy(&settings.topp, &topp, sizeof topp);
    host_story("it is the ten", &settings, &n_prompt_tokens, told, sizeof told);

    start(image_both, image_both_bytes, image_both_kib, false);
    expect("Takes about");
    if (engine == ENGINE_EXACT) {
        press(LEFT);
        expect("<exact>");
    }
    type("t0.9s1234o24\n");
    expect("How does the story begin?");
    type("it is the ten\n");
    if (stop) {
        expect("Token  7/24");
        for (columns = 0; columns < 5; columns++)
            assert_int_equal(vice_run(v, 0.001), VICE_TIMEOUT);
        press(STOP);
        expect("Stopped.");
        expect("Quit");
        type("c");
    }
    expect("24 tokens in ");
    expect("Quit");
    look_around();
    type("c");
    expect("48 tokens in ");
    expect("Quit");
    expect_story(told);
}

static void test_continue_exact(void **state)
{
    (void)state;
    continued(ENGINE_EXACT, false);
}

static void test_continue_fast(void **state)
{
    (void)state;
    continued(ENGINE_FAST, false);
}

static void test_continue_stopped(void **state)
{
    (void)state;
    continued(ENGINE_EXACT, true);
}

/* There is nothing to continue when the context is full. */
static void test_context_full(void **state)
{
    (void)state;
    start(image_both, image_both_bytes, image_both_kib, false);
    expect("Takes about");
    type("t0o90\n");
    expect("How does the story begin?");
    type("a\n");
    expect("90 tokens in ");
    expect("Quit");
    assert_int_equal(colour_of("ontinue"), 15);
    type("c");
    expect("96 tokens in "); /* as many as there is room for */
    expect("Quit");
    assert_int_equal(colour_of("ontinue"), 11); /* dark grey */
    type("c");
    assert_int_equal(vice_run(v, 0.2), VICE_TIMEOUT);
    expect("96 tokens in ");
}

/* --- sound and a dark screen --- */

static unsigned register_at(uint16_t address)
{
    uint8_t byte;

    assert_true(vice_read_io(v, address, &byte, 1));
    return byte;
}

#define SCREEN_ON 0x10 /* of $D011 */

/* What a dark screen gains, of what badlines and all else of a picture take: measured on
 * the machine over some pictures, whose last is not complete. */
static void expect_gain(double gain)
{
    double percent;

    expect(" % faster");
    assert_int_equal(sscanf(strstr(text, " % faster") - 3, "%lf", &percent), 1);
    assert_in_range((uintmax_t)(fabs(percent - gain * 100) * 1000), 0, 150);
}

static void test_dark(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect_gain(1075.0 / (19656 - 1075));
    type("d+\n");
    expect("How does the story begin?");
    assert_int_equal(register_at(0xD011) & SCREEN_ON, SCREEN_ON);
    press(RETURN);
    expect("Token  3/96");
    assert_int_equal(register_at(0xD011) & SCREEN_ON, 0);
    press(' ');
    expect("Token  4/96");
    assert_int_equal(register_at(0xD011) & SCREEN_ON, SCREEN_ON);
    press(' ');
    expect("Token  5/96");
    assert_int_equal(register_at(0xD011) & SCREEN_ON, 0);
    press(STOP);
    expect("Quit");
    assert_int_equal(register_at(0xD011) & SCREEN_ON, SCREEN_ON);
}

static void test_dark_gain_ntsc(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, true);
    expect_gain(1075.0 / (17095 - 1075));
}

static void test_click(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    type("o3\n");
    expect("How does the story begin?");
    press(RETURN);
    expect("Quit");
    assert_int_equal(register_at(0xD418) & 15, 0); /* off by default */
    type("o");
    expect("Takes about");
    type("c+\n");
    expect("How does the story begin?");
    press(RETURN);
    expect("Quit");
    assert_int_equal(register_at(0xD418) & 15, 8);
    assert_int_equal(register_at(0xD404), 0x11); /* the note of the last token */
}

/* Back in BASIC, RUN starts the program again, which still tells stories. */
static void test_quit_and_run(void **state)
{
    int i;

    (void)state;
    start(image_both, image_both_bytes, image_both_kib, false);
    expect("Takes about");
    type("t0o4\n");
    expect("How does the story begin?");
    type("a b\n");
    expect("4 tokens in ");
    expect("Quit");
    for (i = 0; i < 2; i++) {
        type("q");
        expect("READY.");
        assert_false(screen.lower_case);
        assert_int_equal(screen.border, 14);
        assert_int_equal(screen.background, 6);
        assert_null(strstr(text, "Quit"));
        type("run\n");
        expect("Takes about");
        type("t0o4\n");
        expect("How does the story begin?");
        press(RETURN);
        expect("4 tokens in ");
        expect("Quit");
    }
}

static void test_stop(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    press(RETURN);
    expect("How does the story begin?");
    press(RETURN);
    expect("Token  2/");
    press(STOP);
    expect("Stopped");
    expect("Quit");
    expect(" Seed "); /* the temperature is not 0 */
    type("o");
    expect("Temperature    1.0 ");
    press(RETURN);
    expect("How does the story begin?");
}

/* A story that is nowhere else is not lost by one key. */
static void test_quit_unsaved(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    type("t0o3\n");
    expect("How does the story begin?");
    press(RETURN);
    expect("Quit");
    type("o");
    expect("STOP story H help Q quit");
    type("q");
    expect("The story is not saved: Q again quits");
    press(DOWN);
    expect("STOP story H help Q quit");
    type("qh");
    expect("llama2.c64: help");
    press(RETURN);
    expect("STOP story H help Q quit");
    type("q");
    expect("The story is not saved: Q again quits");
    type("q");
    expect("READY.");
}

/* That a story is about to stop can be seen before it has. */
static void test_stopping(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    type("t0\n");
    expect("How does the story begin?");
    assert_true(vice_break(v, 0x0810)); /* REMOTE_REPORT */
    press(RETURN);
    assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    assert_true(vice_clear(v, 0x0810));
    press_at_once(STOP);
    assert_int_equal(vice_run_until(v, label("_overlay_screens"), SECONDS), VICE_CHECKPOINT);
    read_screen();
    assert_non_null(strstr(text, "Token"));
    assert_non_null(strstr(text, "Stopping"));
    expect("Stopped.");
    expect("Quit");
    assert_null(strstr(text, "Stopping"));
    assert_true(vice_break(v, 0x0810));
    type("c");
    assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    read_screen();
    assert_non_null(strstr(text, "Token"));
    assert_null(strstr(text, "Stopping"));
}

/* Far more than the window holds: it scrolls, and the frame stays. */
static void test_long_prompt(void **state)
{
    char prompt[241];
    int i;

    (void)state;
    for (i = 0; i < 240; i++)
        prompt[i] = i % 6 == 5 ? ' ' : (char)('a' + i % 26);
    prompt[240] = '\0';
    start(image, image_bytes, image_kib, true);
    expect("NTSC");
    expect("Takes about");
    press(RETURN);
    expect("How does the story begin?");
    type(prompt);
    expect("240 of 240");
    type("more");
    expect("240 of 240");
    press(RETURN);
    expect("longer than the context");
    expect("Quit");
    type("n");
    expect("240 of 240");
}

/* --- cell by cell --- */

#define CLOCK {0, 31, 8}

static void cells_of_screens(bool ntsc)
{
    start(image_both, image_both_bytes, image_both_kib, ntsc);
    expect("The image is intact.");
    type("o12t0");
    expect("Temperature   <0.0>");
    expect("Output tokens  12");
    /* how much faster, how long */
    expect_cells("parameters", VARY({0, 35, 4}, {17, 24, 3}, {18, 19, 12}, {19, 19, 10}));
    type("h");
    expect("Press a key");
    expect_cells("help", NULL, 0);
    press(RETURN);
    expect("Takes about");
    press(RETURN);
    expect("How does the story begin?");
    type("it's \"the\" ten");
    expect(" 14 of 240");
    expect_cells("prompt", VARY({5, 15, 1})); /* the cursor blinks */

    assert_true(vice_break(v, 0x0810)); /* REMOTE_REPORT, for each token */
    press(RETURN);
    {
        int i;

        for (i = 0; i < 10; i++)
            assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    }
    /* the seconds, and the bar with what it is about */
    expect_cells("story", VARY(CLOCK, {23, 20, 6}, {23, 31, 9}, {24, 0, 40}));
    assert_true(vice_clear(v, 0x0810));
    expect("12 tokens in ");
    expect("Quit");
    expect_cells("menu", VARY(CLOCK, {22, 16, 21}));
}

static void test_cells(void **state)
{
    (void)state;
    cells_of_screens(false);
}

static void test_cells_ntsc(void **state)
{
    (void)state;
    cells_of_screens(true);
}

static void test_cells_problem(void **state)
{
    (void)state;
    start(NULL, 0, 0, false);
    expect("any other key looks again");
    expect_cells("no-reu", NULL, 0);
}

/* --- what can be wrong --- */

static void expect_problem(const char *problem, const char *remedy)
{
    expect("any other key looks again");
    expect(problem);
    expect(remedy);
    press(RETURN);
    assert_int_equal(vice_run(v, 0.3), VICE_TIMEOUT);
    expect("any other key looks again");
}

static void test_no_reu(void **state)
{
    (void)state;
    start(NULL, 0, 0, false);
    expect_problem("No RAM Expansion Unit (REU) found.", "-reuimage");
}

static void test_no_reu_quit(void **state)
{
    (void)state;
    start(NULL, 0, 0, false);
    expect("any other key looks again");
    type("q");
    expect("READY.");
}

static void test_no_image(void **state)
{
    (void)state;
    start(NULL, 0, 512, false);
    expect_problem("The REU of 512 KB holds no model.", "weights.reu");
}

static void test_small_reu(void **state)
{
    struct image_header header;
    uint8_t *bytes = malloc(image_bytes);
    char wanted[64];

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, image, image_bytes);
    memcpy(&header, bytes, sizeof header);
    header.image_kib = 4096;
    header.header_crc = 0;
    header.header_crc = crc32(0, (const uint8_t *)&header, sizeof header);
    memcpy(bytes, &header, sizeof header);
    start(bytes, image_bytes, image_kib, false);
    snprintf(wanted, sizeof wanted, "this one has %u KB", image_kib);
    expect_problem("needs a REU of 4096 KB", "Set a bigger REU");
    expect(wanted);
    free(bytes);
}

/* The image with one byte changed by exclusive or. */
static void start_with_change(size_t at, uint8_t change)
{
    uint8_t *bytes = malloc(image_bytes);

    assert_non_null(bytes);
    memcpy(bytes, image, image_bytes);
    bytes[at] ^= change;
    start(bytes, image_bytes, image_kib, false);
    free(bytes);
}

static void test_damaged_header(void **state)
{
    (void)state;
    start_with_change(offsetof(struct image_header, config), 1);
    expect_problem("is damaged", "Load the image again.");
}

static void test_damaged_data(void **state)
{
    struct image_header header;

    (void)state;
    memcpy(&header, image, sizeof header);
    start_with_change(header.data_bytes - 7, 0x20);
    expect_problem("is damaged", "Load the image again.");
}

static void test_newer_version(void **state)
{
    (void)state;
    start_with_change(offsetof(struct image_header, version), 0x80);
    expect_problem("of version", "Use the latest");
}

/* Sizes of REU, and that looking for them changes nothing in it. */
static void test_reu_sizes(void **state)
{
    unsigned kib;
    char wanted[32];

    (void)state;
    for (kib = 128; kib <= 16384; kib *= 2) {
        uint8_t *bytes = malloc((size_t)kib * 1024);
        size_t i;

        assert_non_null(bytes);
        for (i = 0; i < (size_t)kib * 1024; i++) /* each bank begins with other bytes */
            bytes[i] = (uint8_t)(i * 7 + (i >> 16) * 31 + (i >> 8));
        if (kib >= image_kib)
            memcpy(bytes, image, image_bytes);
        start(bytes, (size_t)kib * 1024, kib, false);
        if (kib >= image_kib) {
            expect("The image is intact.");
            snprintf(wanted, sizeof wanted, "REU KB     %u ", kib);
        } else {
            snprintf(wanted, sizeof wanted, "The REU of %u KB", kib);
        }
        expect(wanted);
        vice_stop(v);
        v = NULL;
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_parameters, tear_down),
        cmocka_unit_test_teardown(test_engines, tear_down),
        cmocka_unit_test_teardown(test_help, tear_down),
        cmocka_unit_test_teardown(test_prompt_and_story, tear_down),
        cmocka_unit_test_teardown(test_menu, tear_down),
        cmocka_unit_test_teardown(test_continue_exact, tear_down),
        cmocka_unit_test_teardown(test_continue_fast, tear_down),
        cmocka_unit_test_teardown(test_continue_stopped, tear_down),
        cmocka_unit_test_teardown(test_context_full, tear_down),
        cmocka_unit_test_teardown(test_dark, tear_down),
        cmocka_unit_test_teardown(test_dark_gain_ntsc, tear_down),
        cmocka_unit_test_teardown(test_click, tear_down),
        cmocka_unit_test_teardown(test_quit_and_run, tear_down),
        cmocka_unit_test_teardown(test_stop, tear_down),
        cmocka_unit_test_teardown(test_stopping, tear_down),
        cmocka_unit_test_teardown(test_quit_unsaved, tear_down),
        cmocka_unit_test_teardown(test_long_prompt, tear_down),
        cmocka_unit_test_teardown(test_cells, tear_down),
        cmocka_unit_test_teardown(test_cells_ntsc, tear_down),
        cmocka_unit_test_teardown(test_cells_problem, tear_down),
        cmocka_unit_test_teardown(test_no_reu, tear_down),
        cmocka_unit_test_teardown(test_no_reu_quit, tear_down),
        cmocka_unit_test_teardown(test_no_image, tear_down),
        cmocka_unit_test_teardown(test_small_reu, tear_down),
        cmocka_unit_test_teardown(test_damaged_header, tear_down),
        cmocka_unit_test_teardown(test_damaged_data, tear_down),
        cmocka_unit_test_teardown(test_newer_version, tear_down),
        cmocka_unit_test_teardown(test_reu_sizes, tear_down),
    };

    if (getenv("UPDATE_SCREENS"))
        cmocka_set_test_filter("test_cells*");
    return cmocka_run_group_tests_name("test_screens", tests, make_image, free_image);
}
