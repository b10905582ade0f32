/* The program's course: find the model, let the user choose, tell stories. */
#include "c64.h"
#include "model.h"
#include "overlays.h"
#include "remote_story.h"
#include "story_screen.h"
#include "ui.h"

static uint16_t reu_kib;

/* The story that was begun last. */
static uint8_t told; /* 1: there is one */
static struct settings settings;
static uint16_t told_prompt_bytes;
static uint8_t status;

#pragma code-name(push, "BOOT") /* not needed during a story */

/* Returns when there is a model in the REU. */
static void open_model(void)
{
    uint8_t problem;

    for (;;) {
        reu_kib = reu_size();
        problem = reu_kib ? model_open(reu_kib) : NO_REU;
        if (problem == MODEL_OK)
            problem = overlays_open();
        if (problem == MODEL_OK)
            break;
        problem_screen(problem, reu_kib);
    }
    title_bar("llama2.c64");
    hint(2, "Unpacking");
    overlays_keep();
    story_forget();
    told = 0;
    parameters_reset();
}

#pragma code-name(pop)
#pragma code-name(push, "SCREENS")

/* Those of the remote's request, or the user's. */
static void take_settings(void)
{
    if (remote.request) {
        settings = remote.settings;
        settings.all_logits = remote.want_logits;
    } else {
        parameters_settings(&settings);
    }
}

/* Returns CHOICE_PROMPT, CHOICE_QUIT or, where there is a story, CHOICE_BACK. */
static uint8_t choose_parameters(void)
{
    uint8_t choice;

    while (parameters_screen(reu_kib, told, &choice) == MODEL_DAMAGED) {
        problem_screen(MODEL_DAMAGED, reu_kib);
        open_model();
    }
    if (!told) {
        take_settings();
        story_prepare(settings.engine, settings.bits);
    }
    return choice;
}

/* Of the remote's prompt, or the user's. */
static void begin_story(uint16_t prompt_bytes)
{
    if (remote.request)
        prompt_bytes = remote.prompt_bytes;
    take_settings();
    told = 1;
    told_prompt_bytes = prompt_bytes;
    status = story_screen_begin(&settings, prompt_bytes);
}

#pragma code-name(pop)

/* The story, and as often as it is continued; returns what to do next. What the
 * screen shows is kept for CHOICE_BACK. */
static uint8_t tell_story(void)
{
    uint8_t choice;

    for (;;) {
        if (status == STORY_GOES_ON) {
            status = story_tell(settings.engine);
            story_screen_end();
            estimate_learn(&settings);
        }
        remote.request = 0;
        choice = menu(status, &settings, told_prompt_bytes);
        if (choice != CHOICE_CONTINUE)
            break;
        story_continue(settings.steps);
        story_screen_continue();
        status = STORY_GOES_ON;
    }
    screen_keep();
    return choice;
}

int main(void)
{
    uint16_t prompt_bytes = 0;
    uint8_t choice = CHOICE_PARAMETERS;

    open_model();
    do {
        if (choice == CHOICE_PARAMETERS) {
            choice = choose_parameters();
        } else if (choice == CHOICE_PROMPT && !remote.request) {
            choice = prompt_screen(&prompt_bytes) ? CHOICE_AGAIN : CHOICE_PARAMETERS;
        } else {
            if (choice == CHOICE_BACK) {
                screen_restore();
                estimate_plan(&settings);
            } else {
                begin_story(prompt_bytes);
            }
            choice = tell_story();
        }
    } while (choice != CHOICE_QUIT);
    return 0;
}
