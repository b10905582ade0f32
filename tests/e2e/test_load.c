/* Loading a model from disk. VICE plays the drives, our boot ROM the KERNAL. */
#include <math.h>
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
#include "test_model.h"
#include "tokenizer.h"

/* Four files of 32 KB and a part of one. */
static const struct checkpoint_config wide = {
    .dim = 64, .hidden_dim = 172, .n_layers = 2, .n_heads = 8, .n_kv_heads = 4, .vocab_size = 300, .seq_len = 32, .shared_classifier = true};

static char folder[] = "/tmp/llama2c64-load-XXXXXX";
static char reu_file[64], disk[64], files[64];
static uint32_t data_bytes;
static unsigned kib;

static void write_file(const char *path, const uint8_t *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* The disk, and the same files in a folder. */
static int make_disk(void **state)
{
    struct test_model m;

    assert_non_null(mkdtemp(folder));
    snprintf(reu_file, sizeof reu_file, "%s/weights.reu", folder);
    snprintf(disk, sizeof disk, "%s/disk.d81", folder);
    snprintf(files, sizeof files, "%s/files", folder);
    test_model_make_for(&m, &wide, 7, ENGINE_FAST, 8);
    write_file(reu_file, m.image.bytes, m.image.size);
    data_bytes = ((const struct image_header *)m.image.bytes)->data_bytes;
    kib = (unsigned)(m.image.size / 1024);
    test_model_close(&m);
    assert_in_range(data_bytes, 4 * 0x8000 + 1, 8 * 0x8000 - 1); /* files 000 to 004 are there */
    return make_image(state);
}

static int remove_disk(void **state)
{
    shell("rm -r %s", folder);
    return free_image(state);
}

static void fresh_files(void)
{
    shell("rm -rf %s; mkdir %s; tools/disk.sh %s %s; head -c %u %s | split -b 32768 -d -a 3 - %s/weights.", files, files, reu_file, disk,
          (unsigned)data_bytes, reu_file, files);
}

/* With an REU that holds nothing. */
static void start_with_drive(unsigned reu_kib, bool ntsc, const char *option, const char *argument)
{
    const char *arguments[] = {"+drive8truedrive", "-virtualdev8", option, argument, option[1] == 'f' ? "-device8" : NULL, "1", NULL};

    start_with(NULL, 0, reu_kib, ntsc, arguments);
    expect("holds no model");
    expect("Press L to load a model");
    type("l");
    expect("load a model");
}

static void start_with_disk(void)
{
    start_with_drive(kib, false, "-8", disk);
}

static void start_with_files(void)
{
    start_with_drive(kib, false, "-fs8", files);
}

#define BEGINNING "it is the ten"

/* The story that the loaded model tells is the host's. */
static void expect_model(void)
{
    const struct settings settings = {.engine = ENGINE_FAST, .bits = 8, .steps = 24, .seed = {1}};
    struct test_model m;
    char told[1024];
    size_t n = 0;
    uint8_t status;

    expect("The image is intact.");
    type("t0o24\n");
    expect("How does the story begin?");
    type(BEGINNING "\n");
    expect("24 tokens in ");
    expect("Quit");
    test_model_make_for(&m, &wide, 7, ENGINE_FAST, 8);
    reu_write(section(SECTION_PROMPT), BEGINNING, sizeof BEGINNING - 1);
    status = story_begin(&settings, sizeof BEGINNING - 1);
    while (status == STORY_GOES_ON) {
        status = story_step();
        memcpy(told + n, piece, story.piece_bytes);
        n += story.piece_bytes;
    }
    told[n] = '\0';
    test_model_close(&m);
    expect_story(told);
}

static void test_disk(void **state)
{
    (void)state;
    fresh_files();
    start_with_disk();
    expect("<8>");
    expect("RETURN loads");
    press(RETURN);
    expect_model();
}

static void test_ntsc(void **state)
{
    (void)state;
    fresh_files();
    start_with_drive(kib, true, "-8", disk);
    press(RETURN);
    expect_model();
}

/* A file that is missing, then one that is too short; each can be tried again. */
static void missing_file(bool ntsc)
{
    fresh_files();
    shell("mv %s/weights.002 %s/away; mv %s/weights.004 %s/away4", files, files, files, files);
    start_with_drive(kib, ntsc, "-fs8", files);
    press(RETURN);
    expect("62,FILE NOT FOUND,");
    expect("File    WEIGHTS.002");
    expect("RETURN tries again");
    shell("mv %s/away %s/weights.002; head -c 700 %s/away4 >%s/weights.004", files, files, files, files);
    press(RETURN);
    expect("The file can't be read to its end.");
    expect("File    WEIGHTS.004");
    shell("mv %s/away4 %s/weights.004", files, files);
    press(RETURN);
    expect_model();
}

static void test_missing_file(void **state)
{
    (void)state;
    missing_file(false);
}

static void test_missing_file_ntsc(void **state)
{
    (void)state;
    missing_file(true);
}

static void test_damaged_file(void **state)
{
    (void)state;
    fresh_files();
    shell("printf X | dd of=%s/weights.001 bs=1 seek=1234 conv=notrunc 2>/dev/null", files);
    start_with_files();
    press(RETURN);
    expect("checksum is wrong");
    fresh_files();
    type("l");
    expect("load a model");
    press(RETURN);
    expect_model();
}

/* Sectors that can't be read. A drive would name the error; VICE's file ends there. */
static void test_read_error(void **state)
{
    (void)state;
    fresh_files();
    /* A byte for each sector follows them all: 1 is right, 5 an error. The files
     * begin behind the directory's track 40. */
    shell("{ head -c 819200 %s; head -c 1700 /dev/zero | tr '\\0' '\\001'; head -c 1500 /dev/zero | tr '\\0' '\\005'; } >%s.bad; mv %s.bad %s",
          disk, disk, disk, disk);
    start_with_disk();
    press(RETURN);
    expect("The file can't be read to its end.");
    expect("RETURN tries again");
}

static void test_no_disk(void **state)
{
    (void)state;
    start_with_drive(kib, false, "-virtualdev9", "+drive9truedrive");
    press(RETURN);
    expect("RETURN tries again");
    press(LEFT);
    expect("<11>");
    press(RETURN);
    expect("No answer from device 11");
    press(STOP);
    expect("holds no model");
}

/* Loads, and presses RUN/STOP when so many blocks are there. */
static void load_and_stop(int blocks)
{
    uint16_t read = label("_kernal_read");

    fresh_files();
    start_with_disk();
    assert_true(vice_break(v, read));
    press(RETURN);
    for (; blocks > 0; blocks--)
        assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    press_at_once(STOP);
    assert_true(vice_clear(v, read));
    expect("Stopped.");
}

/* The cycle counter, which counts down. */
static uint32_t counter(void)
{
    uint8_t a[2], b[2];

    assert_true(vice_read_io(v, 0xDD04, a, sizeof a));
    assert_true(vice_read_io(v, 0xDD06, b, sizeof b));
    return (uint32_t)b[1] << 24 | (uint32_t)b[0] << 16 | (uint32_t)a[1] << 8 | a[0];
}

/* The time left is what it takes to the end. */
static void test_left(void **state)
{
    uint16_t read = label("_kernal_read");
    unsigned hours, minutes, seconds, blocks;
    const char *at;
    uint32_t now;
    double left, taken;

    (void)state;
    fresh_files();
    start_with_disk();
    assert_true(vice_break(v, read));
    press(RETURN);
    for (blocks = 0; blocks < 400; blocks++)
        assert_int_equal(vice_run(v, SECONDS), VICE_CHECKPOINT);
    read_screen();
    at = strstr(text, " KB");
    assert_non_null(at);
    assert_int_equal(sscanf(at + 3, " %u:%2u:%2u left", &hours, &minutes, &seconds), 3);
    left = hours * 3600.0 + minutes * 60.0 + seconds;
    now = counter();
    assert_true(vice_clear(v, read));
    assert_int_equal(vice_run_until(v, label("_overlays_keep"), SECONDS), VICE_CHECKPOINT);
    taken = (uint32_t)(now - counter()) / PAL_HZ;
    print_message("# left %.0f s, taken %.1f s\n", left, taken);
    assert_true(taken > 5);
    assert_true(fabs(left - taken) < 1 + 0.1 * taken);
}

/* RUN/STOP ends it; RETURN goes on with the file that was in work. */
static void test_stopped(void **state)
{
    (void)state;
    load_and_stop(300);
    expect("File    WEIGHTS.001");
    press(RETURN);
    expect_model();
}

/* What is stopped half-way is no model. */
static void test_given_up(void **state)
{
    (void)state;
    load_and_stop(200);
    press(STOP);
    expect("holds no model");
}

static void test_small_reu(void **state)
{
    char wanted[64];

    (void)state;
    fresh_files();
    start_with_drive(128, false, "-8", disk);
    press(RETURN);
    snprintf(wanted, sizeof wanted, "needs a REU of %u", kib);
    expect(wanted);
}

static void test_no_model(void **state)
{
    (void)state;
    fresh_files();
    shell("head -c 32768 /dev/zero | tr '\\0' x >%s/weights.000", files);
    start_with_files();
    press(RETURN);
    expect("holds no model");
    expect("Press L to load a model");
}

/* An image that turns out to be damaged is replaced, after the program has begun. */
static void test_instead_of_a_damaged_one(void **state)
{
    static uint8_t bytes[16 << 20];
    FILE *f = fopen(reu_file, "rb");
    const char *arguments[] = {"+drive8truedrive", "-virtualdev8", "-8", disk, NULL};

    (void)state;
    fresh_files();
    assert_non_null(f);
    assert_int_equal(fread(bytes, 1, (size_t)kib * 1024, f), (size_t)kib * 1024);
    fclose(f);
    bytes[data_bytes - 5] ^= 4;
    start_with(bytes, (size_t)kib * 1024, kib, false, arguments);
    expect("checksum is wrong");
    type("l");
    expect("load a model");
    press(RETURN);
    expect_model();
}

/* stories260K in an REU of 512 KB, as `make disk` makes it. */
static void test_stories260k(void **state)
{
    const char *model_file = getenv("MODEL"), *tokenizer = getenv("TOKENIZER"), *build = getenv("BUILD");

    (void)state;
    if (!model_file || !*model_file)
        skip();
    shell("%s/mkreu %s %s -o %s/512.reu --reu 512 >/dev/null && tools/disk.sh %s/512.reu %s", build ? build : "build", model_file, tokenizer,
          folder, folder, disk);
    start_with_drive(512, false, "-8", disk);
    press(RETURN);
    expect("The image is intact.");
    type("t0o12\n");
    expect("How does the story begin?");
    type("Zoo\n");
    expect("12 tokens in ");
    expect("Zoo was a little girl named"); 
}

static void test_cells(void **state)
{
    (void)state;
    fresh_files();
    shell("rm %s/weights.001", files);
    start_with_files();
    expect("<8>");
    expect_cells("load", NULL, 0);
    press(RETURN);
    expect("62,FILE NOT FOUND,");
    expect("RUN/STOP goes back");
    expect_cells("load-error", NULL, 0);
    press(STOP);
    expect("any other key looks again");
    expect_cells("no-image", VARY({4, 2, 36})); /* how big the REU is */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_disk, tear_down),
        cmocka_unit_test_teardown(test_ntsc, tear_down),
        cmocka_unit_test_teardown(test_missing_file, tear_down),
        cmocka_unit_test_teardown(test_missing_file_ntsc, tear_down),
        cmocka_unit_test_teardown(test_damaged_file, tear_down),
        cmocka_unit_test_teardown(test_read_error, tear_down),
        cmocka_unit_test_teardown(test_no_disk, tear_down),
        cmocka_unit_test_teardown(test_left, tear_down),
        cmocka_unit_test_teardown(test_stopped, tear_down),
        cmocka_unit_test_teardown(test_given_up, tear_down),
        cmocka_unit_test_teardown(test_small_reu, tear_down),
        cmocka_unit_test_teardown(test_no_model, tear_down),
        cmocka_unit_test_teardown(test_instead_of_a_damaged_one, tear_down),
        cmocka_unit_test_teardown(test_stories260k, tear_down),
        cmocka_unit_test_teardown(test_cells, tear_down),
    };

    if (getenv("UPDATE_SCREENS"))
        cmocka_set_test_filter("test_cells*");
    return cmocka_run_group_tests_name("test_load", tests, make_disk, remove_disk);
}
