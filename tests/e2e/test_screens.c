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
    enum vice_event event;
    int i;

    for (i = 0; i < SECONDS * 20; i++) {
        read_screen();
        if (strstr(text, wanted))
            return;
        event = vice_run(v, 0.05);
        if (event != VICE_TIMEOUT)
            fail_msg("event %d at $%04X instead of \"%s\" on the screen:\n%s", event, vice_pc(v), wanted, text);
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

/* The same model for the exact engine, and for both. */
static uint8_t *image, *image_both;
static size_t image_bytes, image_both_bytes;
static unsigned image_kib, image_both_kib;

static void copy_image(uint8_t engines, uint8_t **bytes, size_t *n, unsigned *kib)
{
    struct test_model m;

    test_model_make_for(&m, &small, 5, engines, engines & ENGINE_FAST ? 12 : 0);
    *n = m.image.size;
    *kib = (unsigned)(*n / 1024);
    *bytes = malloc(*n);
    assert_non_null(*bytes);
    memcpy(*bytes, m.image.bytes, *n);
    test_model_close(&m);
}

static int make_image(void **state)
{
    (void)state;
    copy_image(ENGINE_EXACT, &image, &image_bytes, &image_kib);
    copy_image(ENGINE_EXACT | ENGINE_FAST, &image_both, &image_both_bytes, &image_both_kib);
    return 0;
}

static int free_image(void **state)
{
    (void)state;
    free(image);
    free(image_both);
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
    expect("Takes about    0:00:00"); /* and not a division by it */
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
    expect("Engine        <fast>");
    press(LEFT);
    expect("Engine        <exact>");
    expect("Bits           float");
    press(RIGHT);
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

/* What the host tells from `prompt`. */
static void host_story(const char *prompt, const struct settings *settings, uint16_t *n_prompt_tokens, char *out, size_t room)
{
    struct test_model m;
    uint8_t status;
    size_t n = 0;

    test_model_make_for(&m, &small, 5, ENGINE_EXACT | ENGINE_FAST, 12);
    reu_write(section(SECTION_PROMPT), prompt, (uint16_t)strlen(prompt));
    status = story_begin(settings, (uint16_t)strlen(prompt));
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

/* The letters of a text, without what wrapping and the screen change. */
static void letters_of(const char *from, const char *end, char *to)
{
    for (; from < end; from++)
        if ((*from >= 'A' && *from <= 'Z') || (*from >= 'a' && *from <= 'z') || (*from >= '0' && *from <= '9'))
            *to++ = *from;
    *to = '\0';
}

/* The letters in the story's window, which does not scroll, are those of `told`. */
static void expect_story(const char *told)
{
    char shown[VICE_SCREEN_TEXT], wanted[2048];
    const char *window, *bottom;

    read_screen();
    window = strstr(text, "## Story #");
    assert_non_null(window);
    bottom = strstr(window, "\n## "); /* the frame's lower edge */
    assert_non_null(bottom);
    letters_of(strchr(window, '\n'), bottom, shown);
    letters_of(told, told + strlen(told), wanted);
    assert_true(strlen(wanted) > 8);
    assert_string_equal(shown, wanted);
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
    press(RIGHT); /* options, below at the left */
    press(RETURN);
    expect("Takes about");
    expect("Temperature   <0.0>");
}

/* A story that is asked for more is the one that had it all at once; also with
 * sampling, and after a stop. */
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

static void test_dark(void **state)
{
    (void)state;
    start(image, image_bytes, image_kib, false);
    expect("5.8 % faster"); /* 1075 of 19656 cycles of a picture */
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
    expect("6.6 % faster"); /* 1075 of 17095 cycles */
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
        expect("ready.");
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

/* A stored screen, tests/e2e/screens/NAME.txt: for each row its text, for people;
 * the screen codes, two hexadecimal digits a cell; the colours, one a cell. Points
 * stand for what is not compared: cells that vary, and the colours of spaces.
 * `make screens` writes them anew. */
struct area {
    unsigned row, column, cells;
};

static void write_cells(const char *path, const struct area *vary, size_t n)
{
    FILE *file = fopen(path, "w");
    bool varies[VICE_CELLS] = {false};
    const char *line = text;
    unsigned row, column;
    size_t i;

    assert_non_null(file);
    for (i = 0; i < n; i++)
        memset(varies + vary[i].row * VICE_COLUMNS + vary[i].column, 1, vary[i].cells);
    for (row = 0; row < VICE_ROWS; row++) {
        const uint8_t *codes = screen.codes + row * VICE_COLUMNS, *colours = screen.colours + row * VICE_COLUMNS;
        const bool *any = varies + row * VICE_COLUMNS;

        fprintf(file, "%2u %.*s\n   ", row, (int)strcspn(line, "\n"), line);
        line += strcspn(line, "\n") + 1;
        for (column = 0; column < VICE_COLUMNS; column++)
            if (any[column])
                fputs("..", file);
            else
                fprintf(file, "%02X", codes[column]);
        fputs("\n   ", file);
        for (column = 0; column < VICE_COLUMNS; column++)
            if (any[column] || codes[column] == ' ')
                fputc('.', file);
            else
                fprintf(file, "%X", colours[column] & 15u);
        fputc('\n', file);
    }
    assert_int_equal(fclose(file), 0);
}

/* The screen is the stored one; n areas of it vary. */
static void expect_cells(const char *name, const struct area *vary, size_t n)
{
    char path[64], line[128], digit[8];
    unsigned row, column;
    FILE *file;

    read_screen();
    snprintf(path, sizeof path, "tests/e2e/screens/%s.txt", name);
    if (getenv("UPDATE_SCREENS")) {
        write_cells(path, vary, n);
        return;
    }
    file = fopen(path, "r");
    assert_non_null(file);
    for (row = 0; row < VICE_ROWS; row++) {
        const unsigned first = row * VICE_COLUMNS;

        assert_non_null(fgets(line, sizeof line, file));
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(strlen(line), 3 + 2 * VICE_COLUMNS + 1);
        for (column = 0; column < VICE_COLUMNS; column++) {
            snprintf(digit, sizeof digit, "%02X", screen.codes[first + column]);
            if (line[3 + 2 * column] != '.' && memcmp(line + 3 + 2 * column, digit, 2) != 0)
                fail_msg("%s: row %u, column %u shows code %s, stored is %.2s:\n%s", name, row, column, digit, line + 3 + 2 * column, text);
        }
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(strlen(line), 3 + VICE_COLUMNS + 1);
        for (column = 0; column < VICE_COLUMNS; column++) {
            snprintf(digit, sizeof digit, "%X", screen.colours[first + column] & 15u);
            if (line[3 + column] != '.' && line[3 + column] != digit[0])
                fail_msg("%s: row %u, column %u has colour %s, stored is %c:\n%s", name, row, column, digit, line[3 + column], text);
        }
    }
    fclose(file);
}

#define VARY(...) (const struct area[]){__VA_ARGS__}, sizeof((const struct area[]){__VA_ARGS__}) / sizeof(struct area)
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
    expect("Press a key to look again");
    expect_cells("no-reu", NULL, 0);
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
        cmocka_unit_test_teardown(test_long_prompt, tear_down),
        cmocka_unit_test_teardown(test_cells, tear_down),
        cmocka_unit_test_teardown(test_cells_ntsc, tear_down),
        cmocka_unit_test_teardown(test_cells_problem, tear_down),
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
    if (getenv("UPDATE_SCREENS"))
        cmocka_set_test_filter("test_cells*");
    return cmocka_run_group_tests_name("test_screens", tests, make_image, free_image);
}
