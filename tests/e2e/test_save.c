/* Saving and printing a story. VICE plays the drives and the printer, our boot ROM
 * the KERNAL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"
#include "screen_test.h"
#include "story.h"

static char folder[] = "/tmp/llama2c64-save-XXXXXX";
static char disk[64], file[64], paper[64];

static int make_folder(void **state)
{
    assert_non_null(mkdtemp(folder));
    snprintf(disk, sizeof disk, "%s/disk.d64", folder);
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(paper, sizeof paper, "%s/paper", folder);
    return make_image(state);
}

static int remove_folder(void **state)
{
    shell("rm -r %s", folder);
    return free_image(state);
}

/* The program with an empty disk in drive 8, and a printer. */
static void start_with_disk(bool ntsc, const char *argument)
{
    const char *arguments[] = {"+drive8truedrive", "-virtualdev8", "-8", disk, "-virtualdev4", "-device4", "1", "-pr4drv", "raw",
                               "-pr4output", "text", "-prtxtdev1", paper, argument, NULL};

    start_with(image_both, image_both_bytes, image_both_kib, ntsc, arguments);
}

static void format_disk(void)
{
    shell("rm -f %s %s; c1541 -format stories,64 d64 %s >/dev/null", paper, file, disk);
}

/* So that only so many blocks are free. */
static void fill_disk(unsigned free_blocks)
{
    shell("head -c %u /dev/zero >%s && c1541 -attach %s -write %s other,s >/dev/null", (664 - free_blocks) * 254, file, disk, file);
}

/* The directory without its first and last line, sorted. */
static void expect_directory(const char *wanted)
{
    char listing[1024];
    size_t n;
    FILE *f;

    shell("c1541 -attach %s -list 2>/dev/null | grep '\"' | tail -n +2 | tr -s ' ' | sort >%s", disk, file);
    f = fopen(file, "r");
    assert_non_null(f);
    n = fread(listing, 1, sizeof listing - 1, f);
    listing[n] = '\0';
    fclose(f);
    assert_string_equal(listing, wanted);
}

/* Reads a file of PETSCII as ASCII. */
static void read_petscii(const char *path, char *bytes, size_t room)
{
    size_t n, i;
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    n = fread(bytes, 1, room - 1, f);
    bytes[n] = '\0';
    fclose(f);
    for (i = 0; i < n; i++) {
        uint8_t c = (uint8_t)bytes[i];

        if (c == '\r')
            c = '\n';
        else if (c >= 'A' && c <= 'Z')
            c += 0x20;
        else if (c >= 0xC1 && c <= 0xDA)
            c -= 0x80;
        bytes[i] = (char)c;
    }
}

static void read_saved(const char *name, char *bytes, size_t room)
{
    shell("rm -f %s; c1541 -attach %s -read '%s,s' %s >/dev/null", file, disk, name, file);
    read_petscii(file, bytes, room);
}

/* RETURN tries again, and the answer, which is on the screen already, is the same. */
static void again(const char *answer)
{
    press(RETURN);
    assert_int_equal(vice_run(v, 0.5), VICE_TIMEOUT);
    expect(answer);
}

#define BEGINNING "it is the ten"

static const struct settings greedy = {.engine = ENGINE_FAST, .bits = 8, .steps = 24, .seed = {0xD2, 4}};

static void tell_story(const char *parameters, const char *tokens)
{
    expect("Takes about");
    type(parameters);
    expect("How does the story begin?");
    press(CLEAR);
    type(BEGINNING "\n");
    expect(tokens);
    expect("Quit");
}

static void tell_greedy(void)
{
    tell_story("t0s1234o24\n", "24 tokens in ");
}

/* As the host tells it, without the control characters that the screen has no place for. */
static void told_story(const struct settings *settings, char *told, size_t room)
{
    uint16_t n_prompt_tokens;
    char *from, *to;

    host_story(BEGINNING, settings, &n_prompt_tokens, told, room);
    for (from = to = told; *from; from++)
        if (*from == '\n' || (*from >= ' ' && *from <= '~'))
            *to++ = *from;
    *to = '\0';
}

static void expect_saved(const char *name, const struct settings *settings, const char *temperature)
{
    char told[1024], wanted[2048], saved[2048];

    told_story(settings, told, sizeof told);
    snprintf(wanted, sizeof wanted,
             "llama2.c64\nModel: test\nPrompt: " BEGINNING "\nEngine: %s\nBits: %s\nTemperature: %s\nTop-p: 0.9\nSeed: 1234\nTokens: %u\n\n%s\n",
             settings->engine == ENGINE_FAST ? "fast" : "exact", settings->engine == ENGINE_FAST ? "8" : "float", temperature, settings->steps,
             told);
    read_saved(name, saved, sizeof saved);
    assert_string_equal(saved, wanted);
}

/* A story that is saved half-way and continued is the one that had it all at once. */
static void saved_and_continued(uint8_t engine, bool ntsc)
{
    struct settings settings = {.engine = engine, .bits = engine == ENGINE_FAST ? 8 : 0, .steps = 24, .seed = {0xD2, 4}};
    const float temperature = 0.9f, topp = 0.9f;
    struct vice_screen before;
    char told[1024];
    uint16_t n_prompt_tokens;

    memcpy(&settings.temperature, &temperature, sizeof temperature);
    memcpy(&settings.topp, &topp, sizeof topp);
    format_disk();
    start_with_disk(ntsc, NULL);
    tell_story(engine == ENGINE_FAST ? "t0.9s1234o24\n" : "et0.9s1234o24\n", "24 tokens in ");
    assert_true(vice_screen(v, &before));
    type("s");
    expect("Text file");
    press(RETURN);
    expect("Done.");
    press(RETURN);
    expect("24 tokens in ");
    assert_memory_equal(screen.codes, before.codes, sizeof before.codes);
    assert_memory_equal(screen.colours, before.colours, sizeof before.colours);
    expect_directory("1 \"story 1\" seq \n");
    expect_saved("story 1", &settings, "0.9");

    type("p");
    expect("Done.");
    press(RETURN);
    expect("24 tokens in ");
    type("c");
    expect("48 tokens in ");
    expect("Quit");
    settings.steps = 48;
    host_story(BEGINNING, &settings, &n_prompt_tokens, told, sizeof told);
    expect_story(told);
    type("s");
    expect("story 2"); /* of the names that the program proposes */
    press(RETURN);
    expect("Done.");
    expect_saved("story 2", &settings, "0.9");
}

static void test_fast(void **state)
{
    (void)state;
    saved_and_continued(ENGINE_FAST, false);
}

static void test_exact_ntsc(void **state)
{
    (void)state;
    saved_and_continued(ENGINE_EXACT, true);
}

/* To a disk of its own, and back to the menu. */
static void tell_and_save(void)
{
    format_disk();
    start_with_disk(false, NULL);
    tell_greedy();
    type("s\n");
    expect("Done.");
    press(RETURN);
    expect("24 tokens in ");
}

static void test_file_exists(void **state)
{
    struct settings settings = greedy;

    (void)state;
    tell_and_save();
    type("c");
    expect("48 tokens in ");
    expect("Quit");
    type("sn");
    press(DELETE);
    type("1");
    expect(" story 1");
    press(RETURN);
    expect("63,FILE EXISTS,00,00");
    expect("R replaces");
    again("63,FILE EXISTS,00,00");
    expect_directory("1 \"story 1\" seq \n");
    expect_saved("story 1", &greedy, "0.0");
    type("nr"); /* a letter of the name, not a command */
    expect(" story 1r");
    press(RETURN);
    expect("Done.");
    press(RETURN);
    expect("48 tokens in ");
    type("sn");
    press_times(DELETE, 16);
    type("story 1\n");
    expect("R replaces");
    type("r");
    expect("Done.");
    expect_directory("1 \"story 1\" seq \n1 \"story 1r\" seq \n");
    settings.steps = 48;
    expect_saved("story 1", &settings, "0.0");
    expect_saved("story 1r", &settings, "0.0");
    press(RETURN);
    expect("48 tokens in ");
    type("sn");
    expect(" story 2");
    press_times(DELETE, 7);
    press(RETURN);
    expect("It needs a name.");
    type("a,b:\"c\"?*=/Z");
    expect(" abcZ ");
    press(STOP);
    expect("48 tokens in ");
}

static void test_drives(void **state)
{
    (void)state;
    format_disk();
    start_with_disk(false, NULL);
    tell_greedy();
    type("s");
    expect("<8>"); /* it came from nowhere */
    press(LEFT);
    expect("<11>");
    press(RIGHT);
    expect("<8>");
    type("+");
    expect("<9>");
    type("1");
    expect("<11>");
    type("0");
    expect("<10>");
    press(DOWN);
    expect(" 10 ");
    press(UP);
    expect("<10>");
    press(RETURN);
    expect("No answer from device 10");
    again("No answer from device 10");
    press(STOP);
    expect("24 tokens in ");
    type("s");
    expect("<10>"); /* the choice stays */
    type("8\n");
    expect("Done.");
    expect_saved("story 1", &greedy, "0.0");
}

static void write_protected(bool ntsc)
{
    format_disk();
    start_with_disk(ntsc, "-attach8ro");
    tell_greedy();
    type("s\n");
    expect("26,WRITE PROTECT ON,");
    expect("RETURN tries again");
    expect_directory("");
    press(STOP);
    expect("24 tokens in ");
}

static void test_write_protected(void **state)
{
    (void)state;
    write_protected(false);
}

static void test_write_protected_ntsc(void **state)
{
    (void)state;
    write_protected(true);
}

/* No room in the directory. */
static void test_disk_full(void **state)
{
    unsigned i;
    FILE *f;

    (void)state;
    format_disk();
    f = fopen(file, "w");
    assert_non_null(f);
    fprintf(f, "attach %s\n", disk);
    for (i = 0; i < 144; i++)
        fprintf(f, "write /dev/null f%u\n", i);
    fclose(f);
    shell("c1541 <%s >/dev/null", file);
    start_with_disk(false, NULL);
    tell_greedy();
    type("s\n");
    expect("72,DISK FULL,00,00");
    again("72,DISK FULL,00,00");
    press(STOP);
    expect("24 tokens in ");
}

/* The disk is full when a block is written: what there is of the file is gone. */
static void test_disk_full_later(void **state)
{
    (void)state;
    format_disk();
    fill_disk(1);
    start_with_disk(false, NULL);
    expect("Takes about");
    type("t0s1234o96\n");
    expect("How does the story begin?");
    type("it is the ten and to be with a very long name of the man who is ten\n");
    expect("96 tokens in ");
    expect("Quit");
    type("s\n");
    expect("RETURN tries again");
    expect_directory("663 \"other\" seq \n");
    again("RETURN tries again");
    expect_directory("663 \"other\" seq \n");
}

/* RUN/STOP while it saves. */
static void test_stopped(void **state)
{
    uint16_t write = label("_kernal_write");

    (void)state;
    format_disk();
    start_with_disk(false, NULL);
    tell_greedy();
    assert_true(vice_break(v, write));
    type("s\n");
    assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    press_at_once(STOP);
    assert_true(vice_clear(v, write));
    expect("Stopped.");
    expect_directory("");
    press(RETURN); /* again */
    expect("Done.");
    expect_saved("story 1", &greedy, "0.0");
}

static void test_print(void **state)
{
    char told[1024], wanted[2048], printed[2048]; /* with VICE's sign for secondary address 7 */

    (void)state;
    format_disk();
    start_with_disk(false, NULL);
    tell_greedy();
    type("p");
    expect("Done.");
    press(RETURN);
    expect("24 tokens in ");
    vice_stop(v);
    v = NULL;
    told_story(&greedy, told, sizeof told);
    snprintf(wanted, sizeof wanted,
             "\x11llama2.c64\nModel: test\nPrompt: " BEGINNING "\nEngine: fast\nBits: 8\nTemperature: 0.0\nTop-p: 0.9\nSeed: 1234\nTokens: 24\n\n%s\n", told);
    read_petscii(paper, printed, sizeof printed);
    assert_string_equal(printed, wanted);
}

/* Lines break between words. */
static void test_print_wrapped(void **state)
{
    char printed[4096], *line, *end;
    bool broken = false;

    (void)state;
    format_disk();
    start_with_disk(false, NULL);
    expect("Takes about");
    type("t0s1234o96\n");
    expect("How does the story begin?");
    type("it is the ten and to be with a very long name of the man who is ten and on and on\n");
    expect("96 tokens in ");
    expect("Quit");
    type("p");
    expect("Done.");
    vice_stop(v);
    v = NULL;
    read_petscii(paper, printed, sizeof printed);
    for (line = printed; (end = strchr(line, '\n')); line = end + 1) {
        assert_in_range(end - line, 0, 79);
        if (strncmp(line, "on and on\n", 10) == 0)
            broken = true;
    }
    assert_int_equal(*line, '\0'); /* all lines end */
    assert_true(broken);
}

static void test_no_printer(void **state)
{
    (void)state;
    start(image_both, image_both_bytes, image_both_kib, false);
    tell_greedy();
    type("p");
    expect("No answer from device 4");
    again("No answer from device 4");
    press(STOP);
    expect("24 tokens in ");
    type("s\n");
    expect("No answer from device 8");
    press(STOP);
    expect("24 tokens in ");
}

/* The KERNAL's variables are in order when the program ends and when it is started again. */
static void test_quit_and_run(void **state)
{
    (void)state;
    tell_and_save();
    type("q");
    expect("READY.");
    type("run\n");
    tell_greedy();
    type("sn");
    press(DELETE);
    type("3\n");
    expect("Done.");
    expect_directory("1 \"story 1\" seq \n1 \"story 3\" seq \n");
    expect_saved("story 3", &greedy, "0.0");
}

/* What is saved may go. */
static void test_quit_saved(void **state)
{
    (void)state;
    tell_and_save();
    type("o");
    expect("STOP story H help Q quit");
    type("q");
    expect("READY.");
}

static void test_cells(void **state)
{
    (void)state;
    format_disk();
    start_with_disk(false, NULL);
    tell_greedy();
    type("s");
    expect("Text file");
    expect("RETURN saves");
    expect_cells("save", NULL, 0);
    press(RETURN);
    expect("Done.");
    press(RETURN);
    expect("Quit");
    type("sn");
    press(DELETE);
    type("1\n");
    expect("R replaces");
    expect("N another name");
    expect_cells("save-exists", NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_fast, tear_down),
        cmocka_unit_test_teardown(test_exact_ntsc, tear_down),
        cmocka_unit_test_teardown(test_file_exists, tear_down),
        cmocka_unit_test_teardown(test_drives, tear_down),
        cmocka_unit_test_teardown(test_write_protected, tear_down),
        cmocka_unit_test_teardown(test_write_protected_ntsc, tear_down),
        cmocka_unit_test_teardown(test_disk_full, tear_down),
        cmocka_unit_test_teardown(test_disk_full_later, tear_down),
        cmocka_unit_test_teardown(test_stopped, tear_down),
        cmocka_unit_test_teardown(test_print, tear_down),
        cmocka_unit_test_teardown(test_print_wrapped, tear_down),
        cmocka_unit_test_teardown(test_no_printer, tear_down),
        cmocka_unit_test_teardown(test_quit_and_run, tear_down),
        cmocka_unit_test_teardown(test_quit_saved, tear_down),
        cmocka_unit_test_teardown(test_cells, tear_down),
    };

    if (getenv("UPDATE_SCREENS"))
        cmocka_set_test_filter("test_cells*");
    return cmocka_run_group_tests_name("test_save", tests, make_folder, remove_folder);
}
