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
    story_forget();
    parameters_reset();
}

/* Stories with the same parameters, until the user wants something else. */
static uint8_t tell_stories(void)
{
    struct settings settings;
    uint16_t prompt_bytes;
    uint8_t status, next;

    do {
        if (remote.request) {
            settings = remote.settings;
            settings.all_logits = remote.want_logits;
            prompt_bytes = remote.prompt_bytes;
        } else {
            if (!prompt_screen(&prompt_bytes))
                return AGAIN_PARAMETERS;
            parameters_settings(&settings);
        }
        status = story_screen(&settings, prompt_bytes);
        remote.request = 0;
        next = again(status, &settings);
    } while (next == AGAIN);
    return next;
}

int main(void)
{
    open_model();
    do
        while (parameters_screen(reu_kib) == MODEL_DAMAGED) {
            problem_screen(MODEL_DAMAGED, reu_kib);
            open_model();
        }
    while (tell_stories() != AGAIN_QUIT);
    return 0;
}
