#include "ui.h"
#include <string.h>
#include "c64.h"
#include "model.h"
#include "overlays.h"
#include "remote_story.h"
#include "screen.h"
#include "text_window.h"

#ifdef __CC65__
#pragma bss-name(push, "LOW")
#endif
static char message[120];
#ifdef __CC65__
#pragma bss-name(pop)
#endif

static const char load_it[] =
    "In VICE: -reu -reusize 2048\n"
    "-reuimage weights.reu\n\n"
    "On an Ultimate: its menu loads weights.reu.";
static const char make_it_again[] =
    "Load the image again. If that does not help, make it again with mkreu.";
static const char other_mkreu[] =
    "Make the image again with this program's mkreu.";
static const char newer_program[] =
    "Use the latest llama2c64.prg.";
static const char bigger_reu[] =
    "Set a bigger REU (in VICE -reusize), then load the image again.";
static const char load_program_again[] =
    "Load the program again, too.";

static void add(const char *text)
{
    strcat(message, text);
}

static void add_number(uint16_t n)
{
    add(decimal(n));
}

/* Puts what is wrong into message; returns what to do. */
static const char *describe(uint8_t problem, uint16_t reu_kib)
{
    message[0] = '\0';
    switch (problem) {
    case NO_REU:
        add("No RAM Expansion Unit (REU) found.");
        return load_it;
    case MODEL_NO_IMAGE:
        add("The REU of ");
        add_number(reu_kib);
        add(" KB holds no model.");
        return load_it;
    case MODEL_OLD_VERSION:
    case MODEL_NEWER_VERSION:
        add("The image in the REU is of version ");
        add_number(model.version);
        add("; this program reads version ");
        add_number(IMAGE_VERSION);
        add(".");
        return problem == MODEL_OLD_VERSION ? other_mkreu : newer_program;
    case MODEL_REU_TOO_SMALL:
        add("The model needs a REU of ");
        add_number(model.image_kib);
        add(" KB; this one has ");
        add_number(reu_kib);
        add(" KB.");
        return bigger_reu;
    case PROGRAM_GONE:
        add("The REU was loaded anew, and part of this program was in it.");
        return load_program_again;
    case MODEL_NO_ENGINE:
        add("The image in the REU is for an engine that this program does not have.");
        return newer_program;
    default:
        add("The image in the REU is damaged: its checksum is wrong.");
        return make_it_again;
    }
}

void problem_screen(uint8_t problem, uint16_t reu_kib)
{
    const char *remedy = describe(problem, reu_kib);
    uint8_t may_load;

    title_bar("llama2.c64");
    frame(2, 21, "No story yet");
    text_window_open(2, 4, COLUMNS - 4, 16);
    screen_colour = YELLOW;
    text_window_text(message);
    screen_colour = LIGHT_GREY;
    text_window_text("\n\n");
    may_load = problem != NO_REU && problem != PROGRAM_GONE;
    if (may_load)
        text_window_text("Press L to load a model from disk.\n\n");
    text_window_text(remedy);
    hint(23, "Q quits, any other key looks again");
    remote_error(message);
    switch (key_wait() & 0x7F) { /* with shift or without; letter() is not there yet */
    case 'L':
        if (may_load)
            load_screen(reu_kib);
        break;
    case 'Q':
        quit();
    }
}
