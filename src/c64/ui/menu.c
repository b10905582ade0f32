#include "ui.h"
#include <string.h>
#include "c64.h"
#include "remote_story.h"
#include "screen.h"
#include "story_screen.h"

#define TOP (STORY_BOTTOM + 1) /* two rows of up to four */
#define A_ROW 4

static const char *const names[CHOICES] = {"Again", "New prompt", "Continue", "Help", "Save", "Print", "Options", "Quit"};
static const uint8_t columns[A_ROW] = {1, 9, 22, 33};

static uint8_t selected;

static uint8_t possible(uint8_t choice)
{
    switch (choice) {
    case CHOICE_CONTINUE:
        return story_can_continue();
    case CHOICE_SAVE:
    case CHOICE_PRINT:
        return story.position != 0;
    }
    return 1;
}

static void draw_item(uint8_t choice)
{
    screen_at(columns[choice % A_ROW], TOP + choice / A_ROW);
    screen_reverse = choice == selected ? REVERSED : 0;
    screen_colour = possible(choice) ? YELLOW : DARK_GREY;
    screen_put(names[choice][0] & ~0x20); /* an upper case letter is its own screen code */
    if (possible(choice))
        screen_colour = LIGHT_GREY;
    screen_text(names[choice] + 1);
    screen_reverse = 0;
}

static void draw(void)
{
    uint8_t choice;

    hint(TOP, "");
    hint(TOP + 1, "");
    for (choice = 0; choice < CHOICES; ++choice)
        draw_item(choice);
}

static void draw_statistics(uint8_t status)
{
    uint16_t tokens = story.position;
    uint32_t tenths;

    screen_colour = YELLOW;
    if (status == STORY_PROMPT_TOO_LONG) {
        screen_at(1, STORY_BOTTOM);
        screen_text("The prompt is longer than the context.");
        return;
    }
    screen_at(2, STORY_BOTTOM);
    screen_text(status == STORY_STOPPED ? " Stopped. " : " ");
    screen_number(tokens);
    screen_text(tokens == 1 ? " token in " : " tokens in ");
    screen_duration(told_seconds, 7);
    if (tokens && status != STORY_STOPPED) {
        tenths = told_seconds * 10 / tokens;
        screen_text(", ");
        screen_number(tenths / 10);
        screen_put('.');
        screen_number(tenths % 10);
        screen_text(" s each");
    }
    screen_put(' ');
    screen_colour = BLUE;
    screen_repeat(FRAME_LINE, COLUMNS - 1 - screen_column());
}

/* The next possible choice in steps of so many. */
static void move(uint8_t step)
{
    do
        selected = (selected + step) % CHOICES;
    while (!possible(selected));
}

static void handle(uint8_t key)
{
    uint8_t before = selected;

    switch (key) {
    case KEY_RIGHT:
    case KEY_DOWN:
        move(1);
        break;
    case KEY_LEFT:
    case KEY_UP:
        move(CHOICES - 1);
        break;
    }
    draw_item(before);
    draw_item(selected);
}

uint8_t menu(uint8_t status, const struct settings *settings, uint16_t prompt_bytes)
{
    uint8_t key, i, chosen;

    draw_statistics(status);
    selected = CHOICE_AGAIN;
    draw();
    remote.status = status;
    remote_report(REMOTE_END);

    for (;;) {
        key = key_wait();
        chosen = CHOICES;
        if (key == KEY_RETURN)
            chosen = selected;
        else if (key == KEY_F1)
            chosen = CHOICE_HELP;
        for (i = 0; i < CHOICES; ++i)
            if (letter(key) == (uint8_t)names[i][0] && possible(i))
                chosen = i;
        switch (chosen) {
        case CHOICES:
            handle(key);
            break;
        case CHOICE_HELP:
            screen_keep();
            help_screen();
            screen_restore();
            break;
        case CHOICE_SAVE:
            screen_keep();
            save_screen(settings, prompt_bytes);
            screen_restore();
            break;
        case CHOICE_PRINT:
            screen_keep();
            print_screen(settings, prompt_bytes);
            screen_restore();
            break;
        default:
            return chosen;
        }
    }
}
