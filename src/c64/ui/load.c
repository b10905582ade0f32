/* A model from disk to the REU: the image's data in files of 32 KB, WEIGHTS.000 and
 * so on (tools/disk.sh). What is behind the data is work space. */
#include "ui.h"
#include <string.h>
#include "c64.h"
#include "drive.h"
#include "kernal.h"
#include "model.h"
#include "screen.h"

#define BLOCK 128 /* bytes that are read in one call, between two looks at RUN/STOP */
#define FILE_BLOCKS 256
#define HEADER_BLOCKS ((sizeof model + BLOCK - 1) / BLOCK)
#define FILE_ROW (DRIVE_ROW + 1)
#define NUMBERS_COLUMN 12
#define NUMBERS_ROW 7 /* that of messages */
#define LEFT_COLUMN 28
#define LEFT_WIDTH 7
#define PARTS (((uint16_t *)&remote.cycles)[1]) /* of 65536 cycles */
#define SECOND 15                               /* of them, near enough for PAL and NTSC */
#define BAR_ROW 8
#define BAR_COLUMN 2
#define BAR_CELLS 36

/* Beside enum drive_outcome: */
#define NO_MODEL 0xFF /* what was loaded is none that can be used */

static char file[] = "0:WEIGHTS.000"; /* a name without shift is the same in ASCII and PETSCII */
#define DIGITS (file + 10)
static uint16_t at;     /* so many blocks are in the REU */
static uint16_t blocks; /* of the data; 0: not known before the header is there */
static uint16_t seconds; /* that it took so far */
static const uint8_t no_magic[IMAGE_MAGIC_BYTES] = {0};

static void draw_file(void)
{
    uint8_t n = (uint8_t)(at / FILE_BLOCKS), i;

    for (i = 3; i; n /= 10)
        DIGITS[--i] = '0' + n % 10;
    screen_at(4, FILE_ROW);
    screen_colour = LIGHT_GREY;
    screen_text("File    ");
    screen_text(file + 2);
}

/* Time by the cycle counter: the clock stands still while the KERNAL works. */
static void count_seconds(void)
{
    step_end();
    for (; PARTS >= SECOND; PARTS -= SECOND)
        ++seconds;
}

static void draw_progress(void)
{
    screen_at(NUMBERS_COLUMN, NUMBERS_ROW);
    screen_colour = WHITE;
    screen_right(at / (1024 / BLOCK), 5);
    screen_text(" of ");
    screen_number(blocks / (1024 / BLOCK));
    screen_text(" KB");
    screen_at(LEFT_COLUMN, NUMBERS_ROW);
    screen_duration((uint32_t)seconds * (blocks - at) / at, LEFT_WIDTH);
    screen_text(" left");
    screen_at(BAR_COLUMN, BAR_ROW);
    screen_colour = CYAN;
    screen_repeat(' ' | REVERSED, (uint8_t)((uint32_t)at * BAR_CELLS / blocks));
}

/* The rest of the file; at its end `at` has reached the next, or the end of the data. */
static uint8_t read_file(uint16_t reu_kib)
{
    uint8_t now;

    do {
        now = jiffies;
        if (kernal_read(DRIVE_DATA, BLOCK) || kernal_bytes < BLOCK)
            return DRIVE_REFUSED; /* or gone: its answer will tell */
        reu_write((reu_address)at * BLOCK, kernal_buffer, BLOCK);
        ++at;
        count_seconds();
        if (at == HEADER_BLOCKS) {
            if (model_open(reu_kib) != MODEL_OK)
                return NO_MODEL;
            blocks = (uint16_t)(model.data_bytes / BLOCK);
            reu_write(0, no_magic, sizeof no_magic); /* a part is no model */
        }
        if (blocks)
            draw_progress();
        while (jiffies == now) /* until the keyboard has been looked at */
            ;
        if (key_get() == KEY_STOP)
            return DRIVE_STOPPED;
    } while (at % FILE_BLOCKS && at != blocks);
    return DRIVE_DONE;
}

/* The file that `at` is in, from its beginning; a failure leaves `at` there. */
static uint8_t load_file(uint16_t reu_kib)
{
    uint16_t begin = at;
    uint8_t outcome;

    draw_file();
    memcpy(kernal_buffer, file, sizeof file - 1);
    if (kernal_open(drive, DRIVE_DATA, sizeof file - 1))
        return DRIVE_GONE;
    outcome = drive_ask();
    if (outcome == DRIVE_DONE) {
        outcome = read_file(reu_kib);
        if (outcome != DRIVE_DONE)
            at = begin;
        if (outcome == DRIVE_REFUSED && drive_ask() == DRIVE_GONE)
            outcome = DRIVE_GONE;
    }
    kernal_close(DRIVE_DATA);
    return outcome;
}

static uint8_t load(uint16_t reu_kib)
{
    uint8_t outcome;

    drive_message(LIGHT_GREY, "Loading", "");
    drive_hints("RUN/STOP ends it", "");
    timer_restart();
    outcome = drive_begin();
    while (outcome == DRIVE_DONE && (!at || at != blocks))
        outcome = load_file(reu_kib);
    drive_end();
    if (outcome == DRIVE_DONE)
        reu_write(0, &model, sizeof model);
    return outcome;
}

void load_screen(uint16_t reu_kib)
{
    uint8_t key, outcome;

    drive_default();
    at = blocks = seconds = 0;
    title_bar("llama2.c64: load a model");
    frame(DRIVE_FRAME, FILE_ROW + 1, "Disk");
    drive_hints("Cursor keys or + - choose the drive", "RETURN loads   RUN/STOP goes back");
    do {
        drive_draw(1);
        outcome = DRIVE_STOPPED;
        key = key_wait();
        if (key == KEY_RETURN) {
            outcome = load(reu_kib);
            if (outcome != DRIVE_DONE && outcome != NO_MODEL)
                drive_tell(outcome, drive, "The file can't be read to its end.");
        } else {
            drive_key(key);
        }
    } while (key != KEY_STOP && outcome != DRIVE_DONE && outcome != NO_MODEL);
}
