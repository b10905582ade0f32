/* The story to a drive or a printer. */
#include "ui.h"
#include <string.h>
#include "kernal.h"
#include "petscii.h"
#include "screen.h"
#include "story_file.h"

#define FIRST_DRIVE 8
#define LAST_DRIVE 11
#define PRINTER 4
#define PRINTER_COLUMNS 79 /* with a full row of 80 some printers advance by themselves */
/* Channels of the devices. */
#define LOWER_CASE 7 /* of a printer: upper and lower case */
#define DATA 2
#define COMMAND 15

#define NAME_BYTES 16
#define FRAME_TOP 2
#define VALUE_COLUMN 12
#define MESSAGE_ROW 7
#define HINT_ROW 10

enum outcome { SAVED, STOPPED, NO_DEVICE, REFUSED };

#define FILE_EXISTS 63
#define LEAST_ERROR 20 /* of the numbers that drives answer with */

/* While a file is replaced, the new one has this name. */
static const char temporary[] = "llama2.c64 new";

static uint8_t drive;
static char name[NAME_BYTES + 1] = "story 1"; /* ASCII */
static char said[COLUMNS]; /* the error that the drive told, in its words, or "" */
static uint8_t number;     /* of it */
static uint8_t length;     /* of a command in kernal_buffer */

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
    return kernal_write(COMMAND, length);
}

/* Asks how the last command went; the first error is kept. Returns SAVED if it
 * went well. */
static uint8_t ask(void)
{
    uint8_t i, n;

    if (kernal_read(COMMAND, sizeof said))
        return NO_DEVICE;
    n = (kernal_buffer[0] - '0') * 10 + kernal_buffer[1] - '0';
    if (n < LEAST_ERROR)
        return SAVED;
    if (!number) {
        number = n;
        for (i = 0; i < kernal_bytes && i < sizeof said - 1 && kernal_buffer[i] >= ' '; ++i)
            said[i] = kernal_buffer[i];
        said[i] = '\0';
    }
    return REFUSED;
}

static uint8_t scratch(const char *file)
{
    begin_command('S');
    add(file);
    if (send_command())
        return NO_DEVICE;
    return ask();
}

static uint8_t rename_temporary(void)
{
    begin_command('R');
    add(name);
    add("=");
    add(temporary);
    if (send_command())
        return NO_DEVICE;
    return ask();
}

/* The story as a new file; what was begun of it and cannot be ended is scratched. */
static uint8_t write_file(const char *file)
{
    uint8_t outcome, error;

    begin_command(0);
    add(file);
    add(",");
    kernal_buffer[length++] = 'S';
    add(",");
    kernal_buffer[length++] = 'W';
    if (kernal_open(drive, DATA, length))
        return NO_DEVICE;
    outcome = ask();
    if (outcome != SAVED) {
        kernal_close(DATA);
        return outcome;
    }
    error = story_file_write(DATA, 0, told_by, prompt_size);
    kernal_close(DATA);
    outcome = ask();
    if (outcome == SAVED && error)
        outcome = error == STORY_FILE_STOPPED ? STOPPED : error == KERNAL_NO_DEVICE ? NO_DEVICE : REFUSED;
    if (outcome != SAVED)
        scratch(file);
    return outcome;
}

static uint8_t save(uint8_t replace)
{
    uint8_t outcome;

    number = 0;
    if (kernal_open(drive, COMMAND, 0) || ask() == NO_DEVICE) {
        outcome = NO_DEVICE;
    } else {
        number = 0; /* it was about something else */
        said[0] = '\0';
        if (replace) {
            scratch(temporary);
            outcome = write_file(temporary);
            if (outcome == SAVED)
                outcome = scratch(name);
            if (outcome == SAVED)
                outcome = rename_temporary();
        } else {
            outcome = write_file(name);
        }
    }
    kernal_close(COMMAND);
    return outcome;
}

static uint8_t print(void)
{
    uint8_t error = kernal_open(PRINTER, LOWER_CASE, 0);

    if (!error)
        error = story_file_write(LOWER_CASE, PRINTER_COLUMNS, told_by, prompt_size);
    kernal_close(LOWER_CASE);
    if (!error)
        return SAVED;
    return error == STORY_FILE_STOPPED ? STOPPED : NO_DEVICE;
}

/* --- the screen --- */

enum field { DRIVE, NAME };

static uint8_t selected;
static uint8_t may_replace; /* the file of this name exists */

static void message(uint8_t colour, const char *first, const char *second)
{
    hint(MESSAGE_ROW, "");
    screen_at(2, MESSAGE_ROW);
    screen_colour = colour;
    screen_text(first);
    screen_text(second);
}

static void hints(const char *first, const char *second)
{
    hint(HINT_ROW, first);
    hint(HINT_ROW + 1, second);
}

static void begin_field(uint8_t field, const char *label)
{
    screen_at(2, FRAME_TOP + 1 + field);
    screen_colour = YELLOW;
    screen_put(label[0]); /* screen codes of A-Z are ASCII */
    screen_put(' ');
    screen_colour = field == selected ? WHITE : LIGHT_GREY;
    screen_text(label);
    screen_repeat(' ', VALUE_COLUMN - screen_column());
}

static void draw_fields(void)
{
    begin_field(DRIVE, "Drive");
    screen_put(selected == DRIVE ? '<' : ' ');
    screen_number(drive);
    screen_put(selected == DRIVE ? '>' : ' ');
    screen_put(' ');
    begin_field(NAME, "Name");
    screen_put(' ');
    screen_text(name);
    if (selected == NAME)
        screen_put(' ' | REVERSED);
    screen_repeat(' ', COLUMNS - 1 - screen_column());
}

static void change_drive(int8_t step)
{
    drive += step;
    if (drive < FIRST_DRIVE)
        drive = LAST_DRIVE;
    else if (drive > LAST_DRIVE)
        drive = FIRST_DRIVE;
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
        may_replace = 0;
    } else if (may_be_in_name(ascii) && n < NAME_BYTES) {
        name[n] = ascii;
        name[n + 1] = '\0';
        may_replace = 0;
    }
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
    switch (outcome) {
    case SAVED:
        message(LIGHT_GREEN, "Done.", "");
        hints("Press a key", "");
        key_wait();
        return 1;
    case STOPPED:
        message(YELLOW, "Stopped.", "");
        break;
    case NO_DEVICE:
        message(YELLOW, "No answer from device ", decimal(device));
        break;
    default:
        message(YELLOW, number ? said : "The drive did not take all of it.", "");
    }
    hints("RETURN tries again", "RUN/STOP goes back");
    return 0;
}

/* Returns 1 if it is done. */
static uint8_t try_save(uint8_t replace)
{
    uint8_t outcome;

    message(LIGHT_GREY, "Saving ...", "");
    hints("RUN/STOP ends it", "");
    outcome = save(replace);
    if (tell(outcome, drive)) {
        next_name();
        return 1;
    }
    selected = DRIVE; /* so that letters choose */
    may_replace = outcome == REFUSED && number == FILE_EXISTS;
    if (may_replace)
        hints("RETURN tries again   R replaces it", "N another name   RUN/STOP goes back");
    return 0;
}

static void handle(uint8_t key)
{
    uint8_t ascii = petscii_to_ascii(key);

    if (key == KEY_DOWN || key == KEY_UP)
        selected ^= DRIVE ^ NAME;
    else if (selected == NAME)
        edit_name(key);
    else if (letter(key) == 'N')
        selected = NAME;
    else if (key == KEY_RIGHT || ascii == '+')
        change_drive(1);
    else if (key == KEY_LEFT || ascii == '-')
        change_drive(-1);
    else if (ascii == '8' || ascii == '9')
        drive = ascii - '0';
    else if (ascii == '0' || ascii == '1')
        drive = ascii - '0' + 10;
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

    if (!drive) {
        drive = kernal_last_device();
        if (drive < FIRST_DRIVE || drive > LAST_DRIVE)
            drive = FIRST_DRIVE;
    }
    begin_screen("llama2.c64: save the story", settings, prompt_bytes);
    frame(FRAME_TOP, FRAME_TOP + 3, "Text file");
    selected = DRIVE;
    may_replace = 0;
    hints("Cursor keys or letters choose, + - too", "RETURN saves   RUN/STOP goes back");
    for (;;) {
        draw_fields();
        key = key_wait();
        if (key == KEY_STOP)
            return;
        if (key == KEY_RETURN && !name[0]) {
            message(YELLOW, "It needs a name.", "");
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
        message(LIGHT_GREY, "Printing ...", "");
        hints("RUN/STOP ends it", "");
        if (tell(print(), PRINTER))
            return;
        do
            key = key_wait();
        while (key != KEY_RETURN && key != KEY_STOP);
    } while (key == KEY_RETURN);
}
