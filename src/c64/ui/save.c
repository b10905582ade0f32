/* The story to a drive or a printer. */
#include "ui.h"
#include <string.h>
#include "drive.h"
#include "kernal.h"
#include "petscii.h"
#include "screen.h"
#include "story_file.h"

#define PRINTER 4
#define PRINTER_COLUMNS 79 /* with a full row of 80 some printers advance by themselves */
#define LOWER_CASE 7       /* channel of a printer: upper and lower case */

#define NAME_BYTES 16

/* While a file is replaced, the new one has this name. */
static const char temporary[] = "llama2.c64 new";

static char name[NAME_BYTES + 1] = "story 1"; /* ASCII */
static uint8_t length; /* of a command in kernal_buffer */

uint8_t story_unsaved;
static const struct settings *told_by;
static uint16_t prompt_size;

/* --- the drive --- */

static void add(const char *ascii)
{
    for (; *ascii; ++ascii)
        kernal_buffer[length++] = screen_to_petscii(ascii_to_screen(*ascii));
}

/* COMMAND is a letter that is the same in ASCII and PETSCII: the drive's commands
 * are letters without shift. */
static void begin_command(uint8_t command)
{
    length = 0;
    if (command)
        kernal_buffer[length++] = command;
    add("0:");
}

static uint8_t send_command(void)
{
    return kernal_write(DRIVE_COMMAND, length) ? DRIVE_GONE : drive_ask();
}

static uint8_t scratch(const char *file)
{
    begin_command('S');
    add(file);
    return send_command();
}

static uint8_t rename_temporary(void)
{
    begin_command('R');
    add(name);
    add("=");
    add(temporary);
    return send_command();
}

/* To an outcome, of an error of story_file_write. */
static uint8_t outcome_of(uint8_t error)
{
    switch (error) {
    case 0:
        return DRIVE_DONE;
    case STORY_FILE_STOPPED:
        return DRIVE_STOPPED;
    case KERNAL_FAILED:
        return DRIVE_REFUSED;
    default:
        return DRIVE_GONE;
    }
}

/* The story as a new file; what was begun of it and cannot be ended is scratched. */
static uint8_t write_file(const char *file)
{
    uint8_t outcome, written;

    begin_command(0);
    add(file);
    add(",");
    kernal_buffer[length++] = 'S';
    add(",");
    kernal_buffer[length++] = 'W';
    if (kernal_open(drive, DRIVE_DATA, length))
        return DRIVE_GONE;
    outcome = drive_ask();
    if (outcome != DRIVE_DONE) {
        kernal_close(DRIVE_DATA);
        return outcome;
    }
    written = outcome_of(story_file_write(DRIVE_DATA, 0, told_by, prompt_size));
    kernal_close(DRIVE_DATA);
    outcome = drive_ask();
    if (outcome == DRIVE_DONE)
        outcome = written;
    if (outcome != DRIVE_DONE)
        scratch(file);
    return outcome;
}

static uint8_t save(uint8_t replace)
{
    uint8_t outcome = drive_begin();

    if (outcome == DRIVE_DONE && !replace)
        outcome = write_file(name);
    if (outcome == DRIVE_DONE && replace) {
        scratch(temporary);
        outcome = write_file(temporary);
        if (outcome == DRIVE_DONE)
            outcome = scratch(name);
        if (outcome == DRIVE_DONE)
            outcome = rename_temporary();
    }
    drive_end();
    return outcome;
}

static uint8_t print(void)
{
    uint8_t error = kernal_open(PRINTER, LOWER_CASE, 0);

    drive_error = 0;
    if (!error)
        error = story_file_write(LOWER_CASE, PRINTER_COLUMNS, told_by, prompt_size);
    kernal_close(LOWER_CASE);
    return outcome_of(error);
}

/* --- the screen --- */

enum field { DRIVE, NAME };

static uint8_t selected;
static uint8_t may_replace; /* the file of this name exists */
static uint8_t untouched;   /* the name is ours: the first character typed begins another */

static void draw_fields(void)
{
    drive_draw(selected == DRIVE);
    drive_label(DRIVE_ROW + NAME, "Name", selected == NAME);
    screen_put(' ');
    screen_text(name);
    if (selected == NAME)
        screen_put(' ' | REVERSED);
    screen_repeat(' ', COLUMNS - 1 - screen_column());
}

/* The characters that drives give no meaning of their own. */
static uint8_t may_be_in_name(uint8_t ascii)
{
    const char *meaning = ",:=*?\"/";

    for (; *meaning; ++meaning)
        if (ascii == (uint8_t)*meaning)
            return 0;
    return ascii && ascii < '{';
}

static void edit_name(uint8_t key)
{
    uint8_t n = (uint8_t)strlen(name), ascii = petscii_to_ascii(key);

    if (key == KEY_DELETE && n) {
        name[n - 1] = '\0';
    } else if (may_be_in_name(ascii) && (untouched || n < NAME_BYTES)) {
        if (untouched)
            n = 0;
        name[n] = ascii;
        name[n + 1] = '\0';
    } else {
        return;
    }
    untouched = may_replace = 0;
}

/* For the next story: the number at the end, which is 1 if there is none, is one
 * more. */
static void next_name(void)
{
    uint8_t n = (uint8_t)strlen(name), i = n;

    while (i && name[i - 1] == '9')
        name[--i] = '0';
    if (i && name[i - 1] >= '0' && name[i - 1] <= '8') {
        ++name[i - 1];
    } else if (i < n) { /* nines only: one digit more */
        if (n == NAME_BYTES)
            return;
        memmove(name + i + 1, name + i, n + 1 - i);
        name[i] = '1';
    } else if (n + 2 <= NAME_BYTES) {
        strcpy(name + n, " 2");
    }
}

/* Says how it went; returns 1 if all is done. */
static uint8_t tell(uint8_t outcome, uint8_t device)
{
    if (outcome != DRIVE_DONE) {
        drive_tell(outcome, device, "The device did not take all of it.");
        return 0;
    }
    story_unsaved = 0;
    drive_message(LIGHT_GREEN, "Done.", "");
    drive_hints("Press a key", "");
    key_wait();
    return 1;
}

/* Returns 1 if it is done. */
static uint8_t try_save(uint8_t replace)
{
    uint8_t outcome;

    drive_message(LIGHT_GREY, "Saving ...", "");
    drive_hints("RUN/STOP ends it", "");
    outcome = save(replace);
    if (tell(outcome, drive)) {
        next_name();
        return 1;
    }
    selected = DRIVE; /* so that letters choose */
    may_replace = outcome == DRIVE_REFUSED && drive_error == DRIVE_FILE_EXISTS;
    drive_hints(may_replace ? "RETURN tries again   R replaces it" : "RETURN tries again", "N another name   RUN/STOP goes back");
    return 0;
}

static void handle(uint8_t key)
{
    if (key == KEY_DOWN || key == KEY_UP) {
        selected ^= DRIVE ^ NAME;
    } else if (selected == NAME) {
        edit_name(key);
    } else if (letter(key) == 'N') {
        selected = NAME;
    } else {
        drive_key(key);
        may_replace = 0;
    }
}

static void begin_screen(const char *title, const struct settings *settings, uint16_t prompt_bytes)
{
    told_by = settings;
    prompt_size = prompt_bytes;
    title_bar(title);
}

void save_screen(const struct settings *settings, uint16_t prompt_bytes)
{
    uint8_t key;

    drive_default();
    begin_screen("llama2.c64: save the story", settings, prompt_bytes);
    frame(DRIVE_FRAME, DRIVE_ROW + NAME + 1, "Text file");
    selected = DRIVE;
    may_replace = 0;
    untouched = 1;
    drive_hints("Cursor keys or letters choose, + - too", "RETURN saves   RUN/STOP goes back");
    for (;;) {
        draw_fields();
        key = key_wait();
        if (key == KEY_STOP)
            return;
        if (key == KEY_RETURN && !name[0]) {
            drive_message(YELLOW, "It needs a name.", "");
        } else if (key == KEY_RETURN) {
            if (try_save(0))
                return;
        } else if (may_replace && selected == DRIVE && letter(key) == 'R') {
            if (try_save(1))
                return;
        } else {
            handle(key);
        }
    }
}

void print_screen(const struct settings *settings, uint16_t prompt_bytes)
{
    uint8_t key;

    begin_screen("llama2.c64: print the story", settings, prompt_bytes);
    do {
        drive_message(LIGHT_GREY, "Printing ...", "");
        drive_hints("RUN/STOP ends it", "");
        if (tell(print(), PRINTER))
            return;
        do
            key = key_wait();
        while (key != KEY_RETURN && key != KEY_STOP);
    } while (key == KEY_RETURN);
}
