/* The boot ROM, and VICE's control of the machine (vice.h) with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vice.h"

#define GETIN 0xFFE4
#define SECONDS 30

static char roms[4096];

static struct vice *start(const char *program)
{
    const struct vice_options options = {.emulator = "x64",
                                         .rom_folder = roms,
                                         .program = program,
                                         .arguments = {"-autostartprgmode", "1", "+drive8truedrive", "-virtualdev8"}};
    char error[256] = "";
    struct vice *v = vice_start(&options, error, sizeof error);

    if (!v)
        fail_msg("%s", error);
    return v;
}

static void expect_screen(struct vice *v, const char *wanted)
{
    struct vice_screen screen;
    char text[VICE_SCREEN_TEXT];

    if (!vice_expect(v, wanted, SECONDS, &screen, text))
        fail_msg("%s:\n%s", vice_error(v), text);
}

static void test_greeting_and_commands(void **state)
{
    struct vice *v = start(NULL);
    struct vice_screen screen;

    (void)state;
    expect_screen(v, "LLAMA2.C64 BOOT ROM ****\n\n IT HAS NO BASIC, BUT RUNS A PROGRAM\n\nREADY.\n");
    assert_true(vice_screen(v, &screen));
    assert_int_equal(screen.border, 14);
    assert_int_equal(screen.background, 6);
    assert_false(screen.lower_case);
    assert_true(vice_type(v, "list\n"));
    expect_screen(v, "READY.\nLIST\n\n?ONLY LOAD AND RUN ARE KNOWN\n\nREADY.\n");
    assert_true(vice_type(v, "run\n"));
    expect_screen(v, "READY.\nRUN\n\n?NO PROGRAM WITH A SYS AT 2049\n\nREADY.\n");
    vice_stop(v);
}

/* 10 SYS 2304, and at 2304: inc $d020, rts. */
static const uint8_t program[] = {0x0C, 0x08, 10, 0, 0x9E, ' ', '2', '3', '0', '4', 0, 0, 0};
static const uint8_t code[] = {0xEE, 0x20, 0xD0, 0x60};

static void test_run_and_return(void **state)
{
    struct vice *v = start(NULL);
    uint8_t border;

    (void)state;
    assert_int_equal(vice_run_until(v, GETIN, SECONDS), VICE_CHECKPOINT);
    assert_int_equal(vice_pc(v), GETIN);
    assert_true(vice_write(v, 0x0801, program, sizeof program));
    assert_true(vice_write(v, 0x0900, code, sizeof code));
    assert_true(vice_break(v, 0x0900));
    assert_true(vice_type(v, "run\n"));
    assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    assert_int_equal(vice_pc(v), 0x0900);
    assert_true(vice_clear(v, 0x0900));
    assert_int_equal(vice_run_until(v, GETIN, SECONDS), VICE_CHECKPOINT);
    assert_true(vice_read_io(v, 0xD020, &border, 1));
    assert_int_equal(border & 15, 15);
    vice_stop(v);
}

static void write_program(const char *path)
{
    const uint8_t address[2] = {0x01, 0x08}, rest[0x900 - 0x801 - sizeof program] = {0};
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fwrite(address, 1, 2, file);
    fwrite(program, 1, sizeof program, file);
    fwrite(rest, 1, sizeof rest, file);
    fwrite(code, 1, sizeof code, file);
    assert_int_equal(fclose(file), 0);
}

/* Until the program has run, which has changed the border. */
static void expect_border(struct vice *v)
{
    uint8_t border = 0;
    int i;

    for (i = 0; i < SECONDS * 20 && (border & 15) != 15; i++) {
        assert_int_equal(vice_run(v, 0.05), VICE_TIMEOUT);
        assert_true(vice_read_io(v, 0xD020, &border, 1));
    }
    assert_int_equal(border & 15, 15);
}

/* As people start it: VICE puts the program into memory and types RUN. */
static void test_autostart(void **state)
{
    char folder[] = "/tmp/boot-rom-XXXXXX", path[64];
    struct vice *v;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/program.prg", folder);
    write_program(path);
    v = start(path);
    expect_border(v);
    vice_stop(v);
    unlink(path);
    rmdir(folder);
}

/* The same from a disk, where it types LOAD"*",8,1 before; and by hand. */
static void test_load(void **state)
{
    char folder[] = "/tmp/boot-rom-XXXXXX", path[64], disk[64], command[256];
    struct vice *v;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/program.prg", folder);
    snprintf(disk, sizeof disk, "%s/disk.d64", folder);
    write_program(path);
    snprintf(command, sizeof command, "c1541 -format test,64 d64 %s -write %s program >/dev/null", disk, path);
    assert_int_equal(system(command), 0);
    v = start(disk);
    expect_border(v);
    expect_screen(v, "RUN:\n\nREADY.\n");
    assert_true(vice_type(v, "load\"else\",8\n"));
    expect_screen(v, "LOAD\"ELSE\",8\n\nSEARCHING FOR ELSE\nLOADING\n?FILE NOT FOUND  ERROR\n\nREADY.\n");
    assert_true(vice_type(v, "load\"program\",11\n"));
    expect_screen(v, "?DEVICE NOT PRESENT  ERROR\n\nREADY.\n");
    assert_true(vice_type(v, "load\"program\",8\n"));
    expect_screen(v, "SEARCHING FOR PROGRAM\nLOADING\nREADY.\n");
    vice_stop(v);
    unlink(path);
    unlink(disk);
    rmdir(folder);
}

/* The KERNAL's entries that the ROM lacks come back with an error. */
static void test_entries(void **state)
{
    static const uint16_t entries[] = {0xFF93, 0xFFB1, 0xFFB4, 0xFFD8, 0xFFDB, 0xFFE1, 0xFFED, 0xFFF0, 0xFFF3};
    struct vice *v = start(NULL);
    size_t i;

    (void)state;
    assert_int_equal(vice_run_until(v, GETIN, SECONDS), VICE_CHECKPOINT);
    for (i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        /* clc, jsr entry, bcc *, sta $0334, jmp * */
        uint8_t call[] = {0x18, 0x20, (uint8_t)entries[i], (uint8_t)(entries[i] >> 8), 0x90, 0xFE, 0x8D, 0x34, 0x03, 0x4C, 0x09, 0x09};
        uint8_t a = 0;

        assert_true(vice_write(v, 0x0900, call, sizeof call));
        assert_true(vice_write(v, 0x0334, &a, 1));
        assert_true(vice_jump(v, 0x0900));
        assert_int_equal(vice_run_until(v, 0x0909, SECONDS), VICE_CHECKPOINT);
        assert_true(vice_read(v, 0x0334, &a, 1));
        assert_int_equal(a, 5);
    }
    vice_stop(v);
}

static void assert_begins(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0)
        fail_msg("does not begin with %s:\n%s", beginning, text);
}

/* A screen drawn by the program itself, in the two character sets. */
static void test_screen_text(void **state)
{
    struct vice_screen screen;
    char text[VICE_SCREEN_TEXT];
    unsigned i;

    (void)state;
    memset(&screen, 0, sizeof screen);
    memset(screen.codes, 32, sizeof screen.codes);
    for (i = 0; i < 128; i++)
        screen.codes[40 + i % 32 + 40 * (i / 32)] = (uint8_t)(i | 128);
    vice_screen_text(&screen, text);
    assert_begins(text, "\n@ABCDEFGHIJKLMNOPQRSTUVWXYZ[#]^_\n !\"#$%&'()*+,-./0123456789:;<=>?\n####");
    screen.lower_case = true;
    vice_screen_text(&screen, text);
    assert_begins(text, "\n@abcdefghijklmnopqrstuvwxyz[#]^_\n !\"#$%&'()*+,-./0123456789:;<=>?\n#ABCDEFGHIJKLMNOPQRSTUVWXYZ#####\n");
}

static void test_jam(void **state)
{
    struct vice *v = start(NULL);
    const uint8_t jam = 0x02;

    (void)state;
    assert_int_equal(vice_run_until(v, GETIN, SECONDS), VICE_CHECKPOINT);
    assert_true(vice_write(v, 0x0900, &jam, 1));
    assert_true(vice_jump(v, 0x0900));
    assert_int_equal(vice_run(v, SECONDS), VICE_JAM);
    assert_int_equal(vice_pc(v), 0x0900);
    vice_stop(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting_and_commands), cmocka_unit_test(test_run_and_return), cmocka_unit_test(test_autostart),
        cmocka_unit_test(test_load), cmocka_unit_test(test_entries),               cmocka_unit_test(test_screen_text),    cmocka_unit_test(test_jam),
    };
    const char *build = getenv("BUILD");

    snprintf(roms, sizeof roms, "%s/rom", build ? build : "build");
    return cmocka_run_group_tests_name("boot_rom", tests, NULL, NULL);
}
