/* A model from disk to the REU: the image's data in files of PART bytes each,
 * WEIGHTS.000 and so on (tools/disk.sh). What is behind the data is work space. */
#include "ui.h"
#include <string.h>
#include "c64.h"
#include "drive.h"
#include "kernal.h"
#include "model.h"
#include "screen.h"

#define PART 0x8000UL
#define BLOCK 255 /* bytes that are read in one call, between two looks at RUN/STOP */
#define FILE_ROW (DRIVE_ROW + 1)
#define NUMBERS_COLUMN 12
#define NUMBERS_ROW 7 /* that of messages */
#define BAR_ROW 8
#define BAR_COLUMN 2
#define BAR_CELLS 36

/* Beside enum drive_outcome: */
#define NO_MODEL 0xFF /* what was loaded is none that can be used */

static char file[] = "0:WEIGHTS.000"; /* a name without shift is the same in ASCII and PETSCII */
#define NUMBER 10                      /* where the digits are */
static reu_address at;                 /* so much is in the REU */

static void draw_file(void)
{
    uint16_t part = (uint16_t)(at / PART);
    char *digit = file + sizeof file - 1;

    while (digit > file + NUMBER) {
        *--digit = '0' + part % 10;
        part /= 10;
    }
    screen_at(4, FILE_ROW);
    screen_colour = LIGHT_GREY;
    screen_text("File    ");
    screen_text(file + 2);
}

static void draw_progress(void)
{
    screen_at(NUMBERS_COLUMN, NUMBERS_ROW);
    screen_colour = WHITE;
    screen_right(at >> 10, 5);
    screen_text(" of ");
    screen_number(model.data_bytes >> 10);
    screen_text(" KB");
    screen_at(BAR_COLUMN, BAR_ROW);
    screen_colour = CYAN;
    screen_repeat(' ' | REVERSED, (uint8_t)(at * BAR_CELLS / model.data_bytes));
}

/* The header is there: is it one of a model that fits? As long as the data are not
 * there too, nobody shall find it. */
static uint8_t open_header(uint16_t reu_kib)
{
    uint8_t none[IMAGE_MAGIC_BYTES];

    if (model_open(reu_kib) != MODEL_OK)
        return NO_MODEL;
    memset(none, 0, sizeof none);
    reu_write(0, none, sizeof none);
    return DRIVE_DONE;
}

/* The rest of the file; at its end `at` has reached the next, or the end of the data. */
static uint8_t read_file(uint16_t reu_kib)
{
    reu_address end = at + PART;
    uint8_t n, now;

    for (;;) {
        if (at >= sizeof model && end > model.data_bytes)
            end = model.data_bytes;
        if (at == end)
            return DRIVE_DONE;
        n = end - at < BLOCK ? (uint8_t)(end - at) : BLOCK;
        now = jiffies;
        if (kernal_read(DRIVE_DATA, n) || kernal_bytes < n)
            return DRIVE_REFUSED; /* or gone: its answer will tell */
        reu_write(at, kernal_buffer, n);
        if (at < sizeof model && at + n >= sizeof model && open_header(reu_kib) != DRIVE_DONE)
            return NO_MODEL;
        at += n;
        if (at >= sizeof model)
            draw_progress();
        while (jiffies == now) /* until the keyboard has been looked at */
            ;
        if (key_get() == KEY_STOP)
            return DRIVE_STOPPED;
    }
}

/* The file that `at` is in, from its beginning; a failure leaves `at` there. */
static uint8_t load_file(uint16_t reu_kib)
{
    reu_address begin = at;
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

/* All is there: compares it with its checksum, and only then is it a model. */
static uint8_t check(void)
{
    uint8_t status;

    drive_message(LIGHT_GREY, "Checking", "");
    model_check_begin();
    do {
        status = model_check_step();
        screen_at(NUMBERS_COLUMN, NUMBERS_ROW);
        screen_colour = WHITE;
        screen_right(model_check_percent(), 5);
        screen_text(" %");
    } while (status == MODEL_CHECKING);
    if (status != MODEL_OK) {
        at = 0;
        return DRIVE_REFUSED;
    }
    reu_write(0, &model, sizeof model);
    return DRIVE_DONE;
}

static uint8_t load(uint16_t reu_kib)
{
    uint8_t outcome;

    drive_message(LIGHT_GREY, "Loading", "");
    drive_hints("RUN/STOP ends it", "");
    outcome = drive_begin();
    while (outcome == DRIVE_DONE && (at < sizeof model || at < model.data_bytes))
        outcome = load_file(reu_kib);
    drive_end();
    return outcome;
}

void load_screen(uint16_t reu_kib)
{
    uint8_t key, outcome;

    drive_default();
    at = 0;
    title_bar("llama2.c64: load a model");
    frame(DRIVE_FRAME, FILE_ROW + 1, "Disk");
    drive_hints("Cursor keys or + - choose the drive", "RETURN loads   RUN/STOP goes back");
    for (;;) {
        drive_draw(1);
        key = key_wait();
        if (key == KEY_STOP)
            return;
        if (key != KEY_RETURN) {
            drive_key(key);
            continue;
        }
        outcome = load(reu_kib);
        if (outcome == DRIVE_DONE) {
            outcome = check();
            if (outcome == DRIVE_REFUSED)
                drive_tell(outcome, drive, "Something of it is damaged.");
        } else if (outcome != NO_MODEL) {
            drive_tell(outcome, drive, "The file can't be read to its end.");
        }
        if (outcome == DRIVE_DONE || outcome == NO_MODEL)
            return;
    }
}
