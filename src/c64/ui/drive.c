/* There from the start, as a model may have to be loaded. */
#include "drive.h"
#include "kernal.h"
#include "screen.h"
#include "ui.h"

#define FIRST 8
#define LAST 11
#define LEAST_ERROR 20 /* of the numbers that drives answer with */
#define MESSAGE_ROW 7
#define HINT_ROW 10

uint8_t drive;
uint8_t drive_error;
char drive_said[COLUMNS];

void drive_default(void)
{
    if (drive)
        return;
    drive = kernal_last_device();
    if (drive < FIRST || drive > LAST)
        drive = FIRST;
}

void drive_label(uint8_t row, const char *label, uint8_t selected)
{
    screen_at(2, row);
    screen_colour = YELLOW;
    screen_put(label[0]); /* screen codes of A-Z are ASCII */
    screen_put(' ');
    screen_colour = selected ? WHITE : LIGHT_GREY;
    screen_text(label);
    screen_repeat(' ', DRIVE_VALUE - screen_column());
}

void drive_draw(uint8_t selected)
{
    drive_label(DRIVE_ROW, "Drive", selected);
    screen_put(selected ? '<' : ' ');
    screen_number(drive);
    screen_put(selected ? '>' : ' ');
    screen_put(' ');
}

void drive_key(uint8_t key)
{
    if (key == KEY_RIGHT || key == '+')
        drive = drive == LAST ? FIRST : drive + 1;
    else if (key == KEY_LEFT || key == '-')
        drive = drive == FIRST ? LAST : drive - 1;
    else if (key == '8' || key == '9')
        drive = key - '0';
    else if (key == '0' || key == '1')
        drive = key - '0' + 10;
}

uint8_t drive_ask(void)
{
    uint8_t i, n;

    if (kernal_read(DRIVE_COMMAND, sizeof drive_said))
        return DRIVE_GONE;
    n = (kernal_buffer[0] - '0') * 10 + kernal_buffer[1] - '0';
    if (n < LEAST_ERROR)
        return DRIVE_DONE;
    if (!drive_error) {
        drive_error = n;
        for (i = 0; i < kernal_bytes && i < sizeof drive_said - 1 && kernal_buffer[i] >= ' '; ++i)
            drive_said[i] = kernal_buffer[i];
        drive_said[i] = '\0';
    }
    return DRIVE_REFUSED;
}

uint8_t drive_begin(void)
{
    uint8_t outcome = kernal_open(drive, DRIVE_COMMAND, 0) ? DRIVE_GONE : drive_ask();

    drive_error = 0;
    return outcome == DRIVE_GONE ? DRIVE_GONE : DRIVE_DONE;
}

void drive_end(void)
{
    kernal_close(DRIVE_COMMAND);
}

void drive_message(uint8_t colour, const char *first, const char *second)
{
    hint(MESSAGE_ROW, "");
    screen_at(2, MESSAGE_ROW);
    screen_colour = colour;
    screen_text(first);
    screen_text(second);
}

void drive_hints(const char *first, const char *second)
{
    hint(HINT_ROW, first);
    hint(HINT_ROW + 1, second);
}

void drive_tell(uint8_t outcome, uint8_t device, const char *other)
{
    switch (outcome) {
    case DRIVE_STOPPED:
        drive_message(YELLOW, "Stopped.", "");
        break;
    case DRIVE_GONE:
        drive_message(YELLOW, "No answer from device ", decimal(device));
        break;
    default:
        drive_message(YELLOW, drive_error ? (const char *)drive_said : other, "");
    }
    drive_hints("RETURN tries again", "RUN/STOP goes back");
}
