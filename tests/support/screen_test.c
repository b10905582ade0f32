#include "screen_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "test_model.h"
#include "tokenizer.h"

static char roms[4096], program[4096], fast_program[4096];
static bool fast_only;

struct vice *v;
char text[VICE_SCREEN_TEXT];
struct vice_screen screen;
uint8_t *image, *image_both;
size_t image_bytes, image_both_bytes;
unsigned image_kib, image_both_kib;

static void start_on(const char *emulator, const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc, const char *const *arguments)
{
    struct vice_options options = {.emulator = emulator,
                                   .rom_folder = roms,
                                   .reu = reu,
                                   .reu_bytes = bytes,
                                   .reu_kib = kib,
                                   .ntsc = ntsc,
                                   .program = fast_only ? fast_program : program,
                                   .arguments = {"-autostartprgmode", "1"}};
    char error[256] = "";
    size_t n = 2;

    for (; arguments && *arguments; arguments++) {
        assert_true(n < VICE_MAX_ARGUMENTS);
        options.arguments[n++] = *arguments;
    }
    v = vice_start(&options, error, sizeof error);
    if (!v)
        fail_msg("%s", error);
}

void start_with(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc, const char *const *arguments)
{
    start_on("x64", reu, bytes, kib, ntsc, arguments);
}

void start(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc)
{
    start_with(reu, bytes, kib, ntsc, NULL);
}

void start_cycle_exact(const uint8_t *reu, size_t bytes, unsigned kib, bool ntsc)
{
    start_on("x64sc", reu, bytes, kib, ntsc, NULL);
}

void read_screen(void)
{
    assert_true(vice_screen(v, &screen));
    vice_screen_text(&screen, text);
}

void expect(const char *wanted)
{
    if (!vice_expect(v, wanted, SECONDS, &screen, text))
        fail_msg("%s:\n%s", vice_error(v), text);
}

void press(uint8_t key)
{
    assert_true(vice_type_petscii(v, &key, 1));
}

void press_at_once(uint8_t key)
{
    const uint8_t one = 1;

    assert_true(vice_write(v, 0x0277, &key, 1));
    assert_true(vice_write(v, 0x00C6, &one, 1));
}

void press_times(uint8_t key, int n)
{
    for (; n > 0; n--)
        press(key);
}

void type(const char *keys)
{
    assert_true(vice_type(v, keys));
}

int tear_down(void **state)
{
    (void)state;
    vice_stop(v);
    v = NULL;
    fast_only = false;
    return 0;
}

void start_fast_only(const uint8_t *reu, size_t bytes, unsigned kib)
{
    fast_only = true;
    start(reu, bytes, kib, false);
}

unsigned colour_of(const char *wanted)
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

static const struct checkpoint_config small = {
    .dim = 16, .hidden_dim = 40, .n_layers = 3, .n_heads = 4, .n_kv_heads = 2, .vocab_size = 300, .seq_len = 96, .shared_classifier = true};

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

int make_image(void **state)
{
    const char *build = getenv("BUILD");

    (void)state;
    if (!build)
        build = "build";
    snprintf(roms, sizeof roms, "%s/rom", build);
    snprintf(program, sizeof program, "%s/llama2c64.prg", build);
    snprintf(fast_program, sizeof fast_program, "%s/llama2c64-fast.prg", build);
    copy_image(ENGINE_EXACT, &image, &image_bytes, &image_kib);
    copy_image(ENGINE_EXACT | ENGINE_FAST, &image_both, &image_both_bytes, &image_both_kib);
    return 0;
}

int free_image(void **state)
{
    (void)state;
    free(image);
    free(image_both);
    return 0;
}

void host_story(const char *prompt, const struct settings *settings, uint16_t *n_prompt_tokens, char *out, size_t room)
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

void expect_story(const char *told)
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

void shell(const char *format, ...)
{
    char command[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        fail_msg("%s", command);
}

uint16_t label(const char *name)
{
    char path[4096], line[256], wanted[64];
    const char *build = getenv("BUILD");
    unsigned address = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/llama2c64.lbl", build ? build : "build");
    snprintf(wanted, sizeof wanted, ".%s\n", name);
    f = fopen(path, "r");
    assert_non_null(f);
    while (!address && fgets(line, sizeof line, f))
        if (strstr(line, wanted))
            assert_int_equal(sscanf(line, "al %x", &address), 1);
    fclose(f);
    assert_int_not_equal(address, 0);
    return (uint16_t)address;
}

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

void expect_cells(const char *name, const struct area *vary, size_t n)
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
