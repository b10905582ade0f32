#include "backend_host.h"

#include <stdio.h>
#include <string.h>
#include "machine.h"
#include "model.h"
#include "reu_host.h"
#include "tokenizer.h"

#define LOGITS_CHUNK 256

volatile uint8_t machine_stopped;

static const struct backend_request *active;
static struct backend_progress progress;

void machine_step(uint8_t layer, enum step step)
{
    progress.position = story.position;
    progress.layer = layer;
    progress.step = (uint8_t)step;
    if (active && active->listener.progress)
        active->listener.progress(active->listener.context, &progress);
}

void machine_logits(void)
{
    reu_address from = section(SECTION_LOGITS);
    uint16_t left = model.config.vocab_size, n;
    f32 chunk[LOGITS_CHUNK];

    if (!active || !active->listener.logits)
        return;
    for (; left && !machine_stopped; left = (uint16_t)(left - n), from += n * sizeof(f32)) {
        n = left < LOGITS_CHUNK ? left : LOGITS_CHUNK;
        reu_read(chunk, from, (uint16_t)(n * sizeof(f32)));
        if (!active->listener.logits(active->listener.context, (const uint8_t *)chunk, n * sizeof(f32)))
            machine_stopped = 1;
    }
}

bool backend_host_open(const struct backend_request *request, char *error, size_t error_bytes)
{
    static const char *const causes[] = {
        [MODEL_NO_IMAGE] = "not an image of a model",
        [MODEL_OLD_VERSION] = "an image of an older version",
        [MODEL_NEWER_VERSION] = "an image of a newer version",
        [MODEL_DAMAGED] = "the image is damaged",
        [MODEL_NO_ENGINE] = "an image for other engines",
    };
    uint8_t status;

    reu_attach(request->image, request->image_bytes);
    status = model_open((uint16_t)request->reu_kib);
    if (status == MODEL_OK)
        return true;
    if (status == MODEL_REU_TOO_SMALL)
        snprintf(error, error_bytes, "the model needs an REU of %u KB, not %u KB", model.image_kib, request->reu_kib);
    else
        snprintf(error, error_bytes, "%s", causes[status]);
    return false;
}

bool backend_host_fits(const struct backend_request *request)
{
    return request->prompt_bytes <= model.prompt_capacity &&
           story_begin(&request->settings, request->prompt_bytes) != STORY_PROMPT_TOO_LONG;
}

enum backend_result backend_host(const struct backend_request *request, char *error, size_t error_bytes)
{
    uint8_t status;

    if (!backend_host_open(request, error, error_bytes))
        return BACKEND_FAILED;
    active = request;
    status = story_begin(&request->settings, request->prompt_bytes);
    while (status == STORY_GOES_ON) {
        struct backend_token token = {.position = story.position,
                                      .steps = story.steps,
                                      .n_prompt_tokens = story.n_prompt_tokens,
                                      .text = piece};
        status = story_step();
        if (status == STORY_STOPPED)
            break;
        token.next = story.next;
        token.text_bytes = story.piece_bytes;
        if (!request->listener.token(request->listener.context, &token))
            status = STORY_STOPPED;
    }
    active = NULL;
    if (status == STORY_ENDED)
        return BACKEND_DONE;
    if (status == STORY_STOPPED)
        return BACKEND_INTERRUPTED;
    snprintf(error, error_bytes, "the prompt is too long for the context");
    return BACKEND_REFUSED;
}
