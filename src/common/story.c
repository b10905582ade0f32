#include "story.h"
#include <string.h>
#include "machine.h"
#include "model.h"
#include "fast_network.h"
#include "fast_sampler.h"
#include "first_position.h"
#include "network.h"
#include "xorshift.h"
#include "sampler.h"
#include "tokenizer.h"

struct story story;

static struct settings settings;

/* The caches hold keys and values of so many positions, computed for the tokens
 * in SECTION_HISTORY, where those of the prompt follow. A story that begins like
 * the last one finds them there. */
static uint16_t cached;
static uint8_t cached_engine, cached_bits; /* by which */
static uint16_t greatest;                 /* the token with the greatest logit */
static uint8_t begun;                     /* the fast engine has its constants */

static reu_address history(uint16_t position)
{
    return section(SECTION_HISTORY) + ((uint32_t)position << 1);
}

static uint16_t get_history(uint16_t position)
{
    uint16_t token;

    reu_read(&token, history(position), sizeof token);
    return token;
}

static void put_history(uint16_t position, uint16_t token)
{
    reu_write(history(position), &token, sizeof token);
}

/* The forward pass for story.token, unless all that it would do is fill in the
 * keys and values that are there. */
static void advance(uint8_t want)
{
    if (story.position < cached && !want)
        return;
    cached = story.position;
    if (settings.engine == ENGINE_FAST) {
        if (!begun)
            fast_begin(settings.bits);
        begun = 1;
        greatest = fast_forward(story.token, story.position, want);
    } else {
        forward(story.token, story.position, want);
    }
    if (machine_stopped)
        return;
    put_history(story.position, story.token);
    ++cached;
}

#ifdef __CC65__
#pragma code-name(push, "SCREENS") /* not needed during a story */
#endif

void story_forget(void)
{
    cached = 0;
}

/* The prompt's tokens into the history. The caches are good as far as these are
 * the ones that were there. */
static void take_prompt(void)
{
    uint16_t i, token;

    for (i = 0; i < story.n_prompt_tokens; ++i) {
        token = encoded(i);
        if (i < cached && get_history(i) != token)
            cached = i;
        put_history(i, token);
    }
}

void story_prepare(uint8_t engine, uint8_t bits)
{
    if (engine != cached_engine || bits != cached_bits)
        cached = 0;
    cached_engine = engine;
    cached_bits = bits;
    if (cached == 0 && first_position(engine, bits)) {
        put_history(0, TOKEN_BOS);
        cached = 1;
    }
}

uint8_t story_begin(const struct settings *wanted, uint16_t prompt_bytes)
{
    settings = *wanted;
    begun = 0;
    story.complete = 1;
    story.position = 0;
    story.steps = settings.steps;
    if (story.steps == 0 || story.steps > model.config.seq_len)
        story.steps = model.config.seq_len;
    memcpy(rng_state, settings.seed, sizeof rng_state);

    if (prompt_bytes >> 8) /* > ENCODED_APART */
        cached = 0;
    story.n_prompt_tokens = encode(prompt_bytes);
    if (story.n_prompt_tokens == 0)
        return STORY_STOPPED;
    if (story.n_prompt_tokens > model.config.seq_len)
        return STORY_PROMPT_TOO_LONG;
    story_prepare(settings.engine, settings.bits);
    take_prompt();
    if (settings.engine == ENGINE_EXACT && cached > (uint16_t)(model.sections[SECTION_PRODUCTS].cols - 1))
        cached = model.sections[SECTION_PRODUCTS].cols; /* the table comes back, over the others */
    story.complete = 0;
    story.token = TOKEN_BOS;
    return STORY_GOES_ON;
}

uint16_t story_found(void)
{
    uint16_t reading = story.n_prompt_tokens - 1;

    if (settings.all_logits)
        return 0;
    return cached < reading ? cached : reading;
}

uint8_t story_can_continue(void)
{
    return !story.complete && story.position < model.config.seq_len;
}

void story_continue(uint16_t more)
{
    uint16_t left = model.config.seq_len - story.position;

    begun = 0; /* others have used the engine's memory */
    if (story.position == story.steps)
        story.steps += more < left ? more : left;
}

#ifdef __CC65__
#pragma code-name(pop)
#endif

uint8_t story_step(void)
{
    uint8_t rng_before[sizeof rng_state];
    uint8_t from_prompt = story.position + 1 < story.n_prompt_tokens;
    uint8_t fast = settings.engine == ENGINE_FAST;
    uint8_t want = WANT_NOTHING;

    if (settings.all_logits)
        want = WANT_LOGITS;
    else if (!from_prompt)
        want = !fast ? WANT_LOGITS : settings.temperature ? WANT_PRODUCTS : WANT_GREATEST;
    advance(want);
    if (machine_stopped)
        return STORY_STOPPED;
    if (want == WANT_LOGITS)
        machine_logits();
    if (from_prompt) {
        story.next = get_history(story.position + 1);
    } else if (fast && !settings.temperature) {
        story.next = greatest;
    } else {
        if (fast && settings.all_logits)
            fast_classify(WANT_PRODUCTS);
        machine_step((uint8_t)model.config.n_layers, STEP_SAMPLE);
        memcpy(rng_before, rng_state, sizeof rng_state);
        story.next = fast ? fast_sample(settings.temperature, settings.topp) : sample(settings.temperature, settings.topp);
        if (machine_stopped) {
            memcpy(rng_state, rng_before, sizeof rng_state);
            return STORY_STOPPED;
        }
    }
    story.from_prompt = from_prompt;
    ++story.position;
    if (story.next == TOKEN_BOS) {
        story.piece_bytes = 0;
        story.complete = 1;
        return STORY_ENDED;
    }
    story.piece_bytes = decode(story.token, story.next);
    story.token = story.next;
    return story.position < story.steps ? STORY_GOES_ON : STORY_ENDED;
}
