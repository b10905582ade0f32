/* The program on the C64 as its user sees it: keys are typed, the screen is read. */
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
#include "story.h"
#include "test_model.h"
#include "tokenizer.h"
#include "vice.h"

#define SECONDS 40 /* of the host's time, at least, until a screen counts as missing */

/* Keys in PETSCII. */
#define STOP 0x03
#define RETURN 0x0D
#define DOWN 0x11
#define HOME 0x13
#define DELETE 0x14
#define RIGHT 0x1D
#define UP 0x91
#define CLEAR 0x93
#define INSERT 0x94
#define LEFT 0x9D

static char roms[4096], program[4096];
static struct vice *v;
static char text[VICE_SCREEN_TEXT];
static struct vice_screen screen;

static void start(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc)
{
    const struct vice_options options = {.emulator = "x64",
                                         .rom_folder = roms,
                                         .reu = reu,
                                         .reu_bytes = bytes,
                                         .reu_kib = kib,
                                         .ntsc = ntsc,
                                         .program = program,
                                         .arguments = {"-autostartprgmode", "1"}};
    char error[256] = "";

    v = vice_start(&options, error, sizeof error);
    if (!v)
        fail_msg("%s", error);
}

static void read_screen(void)
{
    assert_true(vice_screen(v, &screen));
    vice_screen_text(&screen, text);
}

/* Runs until the screen shows `wanted`. */
static void expect(const char *wanted)
{
    int i;

    for (i = 0; i < SECONDS * 20; i++) {
        read_screen();
        if (strstr(text, wanted))
            return;
        assert_int_equal(vice_run(v, 0.05), VICE_TIMEOUT);
    }
    fail_msg("no \"%s\" on the screen:\n%s", wanted, text);
}

static void press(uint8_t key)
{
    assert_true(vice_type_petscii(v, &key, 1));
}

static void press_times(uint8_t key, int n)
{
    for (; n > 0; n--)
        press(key);
}

static void type(const char *keys)
{
    assert_true(vice_type(v, keys));
}

static int tear_down(void **state)
{
    (void)state;
    vice_stop(v);
    v = NULL;
    return 0;
}

/* Colour of the first cell of `wanted`, which stands on the screen. */
static unsigned colour_of(const char *wanted)
{
    const char *at = strstr(text, wanted), *c;
    unsigned row = 0, column = 0;

    assert_non_null(at);
    for (c = text; c < at; c++, column++)
        if (*c == '\n') {
            row++;
            column = (unsigned)-1;
        }
    return screen.colours[row * VICE_COLUMNS + column] & 15;
}

/* --- a small synthetic model --- */

static const struct checkpoint_config small = {
    .dim = 16, .hidden_dim = 40, .n_layers = 3, .n_heads = 4, .n_kv_heads = 2, .vocab_size = 300, .seq_len = 96, .shared_classifier = true};

static uint8_t *image;
static size_t image_bytes;
static unsigned image_kib;

static int make_image(void **state)
{
    struct test_model m;

    (void)state;
    test_model_make(&m, &small, 5);
    image_bytes = m.image.size;
    image_kib = (unsigned)(image_bytes / 1024);
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

static void test_parameters(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("The image is intact.");
    assert_true(screen.lower_case);
    expect(" PAL");
    expect("Name       test");
    expect("Parameters 12976 "); /* 3 * (16*(16+8+8+16) + 3*16*40 + 2*16) + 16 + 300*16 */
    expect("Dim        16       Hidden dim 40");
    expect("Layers     3        Vocabulary 300");
    expect("Heads      4        KV heads   2");
    expect("Context    96 ");
    expect("Temperature   <1.0>");
    expect("Top-p          0.90");
    expect("Output tokens  96"); /* llama2.c's 256, but for the context */
    expect("Seed           random");
    expect("Takes about    0:");

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
    press(UP);
    expect("Output tokens  1 ");
    expect("Top-p         <1.00>");
    type("s");
    expect("Seed          <random>");
    type("18446744073709551615");
    expect("Seed          <18446744073709551615>");
    type("9");
    press(DELETE);
    expect("Seed          <1844674407370955161>");
    press(LEFT);
    expect("Seed          <1844674407370955160>");
    type("r");
    expect("Seed          <random>");
    type("0");
    expect("Seed          <0>");
    press(DOWN);
    expect("Seed           random");
    expect("Temperature   <0.0> greedy");
    type("o");
    expect("Output tokens <1>");
}

/* Greedy from `prompt`, on the host: what the story window shows, wrapped. */
static void host_story(const char *prompt, unsigned steps, uint16_t *n_prompt_tokens, char *out, size_t room)
{
    struct settings settings = {.engine = ENGINE_EXACT, .steps = (uint16_t)steps, .seed = {1}};
    struct test_model m;
    uint8_t status;
    size_t n = 0;

    test_model_make(&m, &small, 5);
    reu_write(section(SECTION_PROMPT), prompt, (uint16_t)strlen(prompt));
    status = story_begin(&settings, (uint16_t)strlen(prompt));
    *n_prompt_tokens = story.n_prompt_tokens;
    while (status == STORY_GOES_ON) {
        status = story_step();
        assert_true(n + story.piece_bytes < room);
        memcpy(out + n, piece, story.piece_bytes);
        n += story.piece_bytes;
    }
    out[n] = '\0';
    test_model_close(&m);
}

static void test_prompt_and_story(void **state)
{
    char told[1024], wanted[64], first[16];
    uint16_t n_prompt_tokens;
    size_t n;

    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    press_times(LEFT, 10);
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
    host_story("it is the ten", 20, &n_prompt_tokens, told, sizeof told);
    press(RETURN);

    expect("Again?");
    expect("20 tokens in 0:0");
    snprintf(wanted, sizeof wanted, " %u tokens ", n_prompt_tokens);
    expect(wanted);
    assert_int_equal(colour_of(wanted + 1), 7); /* yellow */
    expect("20/20");
    for (n = 0; n < sizeof first - 1 && told[n] >= ' ' && told[n] < 0x7F; n++)
        first[n] = told[n];
    first[n] = '\0';
    assert_true(n >= 4);
    assert_non_null(strstr(strstr(text, " Story "), first));

    press(RETURN); /* again: the prompt is kept */
    expect("How does the story begin?");
    expect("it is the ten");
    press(STOP);
    expect("Temperature    0.0  greedy");
    expect("Output tokens <20>");
}

static void test_stop(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("Takes about");
    press(RETURN);
    expect("How does the story begin?");
    press(RETURN);
    expect("Layer ");
    press(STOP);
    expect("Stopped");
    expect("Again?");
    expect(" Seed "); /* the temperature is not 0 */
    type("p");
    expect("Temperature   <1.0>");
    press(RETURN);
    expect("How does the story begin?");
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
    expect("Again?");
    press(RETURN);
    expect("240 of 240");
}

/* --- what can be wrong --- */

static void expect_problem(const char *problem, const char *remedy)
{
    expect("Press a key to look again");
    expect(problem);
    expect(remedy);
    press(RETURN);
    assert_int_equal(vice_run(v, 0.3), VICE_TIMEOUT);
    expect("Press a key to look again");
}

static void test_no_reu(void **state)
{
    (void)state;
    start(NULL, 0, 0, false);
    expect_problem("No RAM Expansion Unit (REU) found.", "-reuimage");
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
    expect_problem("of version", "Use a newer");
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
        cmocka_unit_test_teardown(test_prompt_and_story, tear_down),
        cmocka_unit_test_teardown(test_stop, tear_down),
        cmocka_unit_test_teardown(test_long_prompt, tear_down),
        cmocka_unit_test_teardown(test_no_reu, tear_down),
        cmocka_unit_test_teardown(test_no_image, tear_down),
        cmocka_unit_test_teardown(test_small_reu, tear_down),
        cmocka_unit_test_teardown(test_damaged_header, tear_down),
        cmocka_unit_test_teardown(test_damaged_data, tear_down),
        cmocka_unit_test_teardown(test_newer_version, tear_down),
        cmocka_unit_test_teardown(test_reu_sizes, tear_down),
    };
    const char *build = getenv("BUILD");

    if (!build)
        build = "build";
    snprintf(roms, sizeof roms, "%s/rom", build);
    snprintf(program, sizeof program, "%s/llama2c64.prg", build);
    return cmocka_run_group_tests_name("test_screens", tests, make_image, free_image);
}
