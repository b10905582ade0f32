/* The program's course: find the model, let the user choose, tell stories. */
#include "c64.h"
#include "model.h"
#include "overlays.h"
#include "remote_story.h"
#include "story_screen.h"
#include "ui.h"

static uint16_t reu_kib;

/* Returns when there is a model in the REU. */
static void open_model(void)
{
    uint8_t problem;

    for (;;) {
        reu_kib = reu_size();
        problem = reu_kib ? model_open(reu_kib) : NO_REU;
        if (problem == MODEL_OK && !overlays_there())
            problem = PROGRAM_GONE;
        if (problem == MODEL_OK)
            break;
        problem_screen(problem, reu_kib);
    }
    title_bar("llama2.c64");
    hint(2, "Unpacking");
    overlays_keep();
    story_forget();
    parameters_reset();
}

/* Returns CHOICE_PROMPT or CHOICE_QUIT. */
static uint8_t choose_parameters(void)
{
    uint8_t choice;

    while (parameters_screen(reu_kib, &choice) == MODEL_DAMAGED) {
        problem_screen(MODEL_DAMAGED, reu_kib);
        open_model();
    }
    return choice;
}

/* The story of the remote's request, or of the user's prompt and parameters, and
 * as often as it is continued; returns what to do next. */
static uint8_t tell_story(uint16_t prompt_bytes)
{
    struct settings settings;
    uint8_t status, choice;

    if (remote.request) {
        settings = remote.settings;
        settings.all_logits = remote.want_logits;
        prompt_bytes = remote.prompt_bytes;
    } else {
        parameters_settings(&settings);
    }
    status = story_screen_begin(&settings, prompt_bytes);
    for (;;) {
        if (status == STORY_GOES_ON) {
            status = story_tell(settings.engine);
            story_screen_end();
            estimate_learn(&settings);
        }
        remote.request = 0;
        choice = menu(status, &settings, prompt_bytes);
        if (choice != CHOICE_CONTINUE)
            return choice;
        story_continue(settings.steps);
        story_screen_continue();
        status = STORY_GOES_ON;
    }
}

int main(void)
{
    uint16_t prompt_bytes = 0;
    uint8_t choice = CHOICE_PARAMETERS;

    open_model();
    do {
        if (choice == CHOICE_PARAMETERS)
            choice = choose_parameters();
        else if (choice == CHOICE_PROMPT && !remote.request)
            choice = prompt_screen(&prompt_bytes) ? CHOICE_AGAIN : CHOICE_PARAMETERS;
        else
            choice = tell_story(prompt_bytes);
    } while (choice != CHOICE_QUIT);
    return 0;
}
