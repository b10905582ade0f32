#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "evaluation.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fast_network.h"
#include "image_writer.h"
#include "model.h"
#include "network.h"
#include "reu_host.h"
#include "story_text.h"
#include "teacher_sampler.h"
#include "tokenizer.h"
#include "train_data.h"

static int no_memory(char *error, size_t error_size)
{
    snprintf(error, error_size, "no memory");
    return -1;
}

/* --- stories ------------------------------------------------------------------ */

static int context_of(const struct checkpoint *checkpoint)
{
    return checkpoint->config.seq_len < MAX_SEQ_LEN ? checkpoint->config.seq_len : MAX_SEQ_LEN;
}

/* Takes tokens[0..n] in parts of the context's length. */
static int add(struct evaluation_stories *stories, const uint16_t *tokens, int n, int context, uint64_t most)
{
    for (; n > 0 && stories->positions < most; tokens += context, n -= context) {
        struct evaluation_story story = {.n = n < context ? n : context};

        if ((uint64_t)story.n > most - stories->positions)
            story.n = (int)(most - stories->positions);
        if (stories->n == stories->room) {
            size_t room = stories->room ? 2 * stories->room : 64;
            struct evaluation_story *more = realloc(stories->stories, room * sizeof *more);
            if (!more)
                return -1;
            stories->stories = more;
            stories->room = room;
        }
        story.tokens = malloc(((size_t)story.n + 1) * sizeof *story.tokens);
        if (!story.tokens)
            return -1;
        memcpy(story.tokens, tokens, ((size_t)story.n + 1) * sizeof *story.tokens);
        stories->stories[stories->n++] = story;
        stories->positions += (uint64_t)story.n;
    }
    return 0;
}

int evaluation_add_text(struct evaluation_stories *stories, const char *path, const struct checkpoint *checkpoint,
                        const struct tokenizer_file *tokenizer, uint64_t positions, char *error, size_t error_size)
{
    struct story_text text;
    struct tokenizer_encoder encoder;
    int failed = 0, context = context_of(checkpoint);

    if (story_text_open(&text, path, error, error_size) != 0)
        return -1;
    if (tokenizer_encoder_open(&encoder, tokenizer) != 0) {
        story_text_close(&text);
        return no_memory(error, error_size);
    }
    for (size_t i = 0; i < text.n_stories && !failed && stories->positions < positions; ++i) {
        struct train_data data;

        failed = train_data_open(&data, &text, i, 1, &encoder, context);
        if (failed)
            break;
        for (size_t s = 0; s < data.n_sequences && !failed; ++s)
            failed = add(stories, data.tokens.tokens + data.sequences[s].first, data.sequences[s].n, context, positions);
        train_data_close(&data);
    }
    tokenizer_encoder_close(&encoder);
    story_text_close(&text);
    return failed ? no_memory(error, error_size) : 0;
}

static int add_json_story(struct evaluation_stories *stories, const json_t *story, const struct checkpoint *checkpoint, uint64_t most,
                          char *error, size_t error_size)
{
    const json_t *tokens = json_object_get(story, "tokens");
    size_t n = json_array_size(tokens);
    uint16_t *list;
    int failed;

    if (n == 0) {
        snprintf(error, error_size, "not a story, or a list of them, with \"tokens\"");
        return -1;
    }
    list = malloc((n + 1) * sizeof *list);
    if (!list)
        return no_memory(error, error_size);
    list[0] = TOKEN_BOS;
    for (size_t i = 0; i < n; ++i) {
        const json_t *token = json_array_get(tokens, i);
        json_int_t id = json_integer_value(token);

        if (!json_is_integer(token) || id < 0 || id >= checkpoint->config.vocab_size) {
            snprintf(error, error_size, "token %zu of a story is none of the %d of the checkpoint", i, (int)checkpoint->config.vocab_size);
            free(list);
            return -1;
        }
        list[i + 1] = (uint16_t)id;
    }
    failed = n > INT32_MAX ? -1 : add(stories, list, (int)n, context_of(checkpoint), most);
    free(list);
    return failed ? no_memory(error, error_size) : 0;
}

int evaluation_add_json(struct evaluation_stories *stories, const char *path, const struct checkpoint *checkpoint,
                        uint64_t positions, char *error, size_t error_size)
{
    json_error_t cause;
    json_t *root = json_load_file(path, 0, &cause);
    int failed = 0;

    if (!root) {
        snprintf(error, error_size, "%s", cause.text);
        return -1;
    }
    if (json_is_array(root) && json_array_size(root) > 0)
        for (size_t i = 0; i < json_array_size(root) && !failed; ++i)
            failed = add_json_story(stories, json_array_get(root, i), checkpoint, positions, error, error_size);
    else
        failed = add_json_story(stories, root, checkpoint, positions, error, error_size);
    json_decref(root);
    return failed;
}

int evaluation_add_sampled(struct evaluation_stories *stories, const struct checkpoint *checkpoint, uint64_t seed, float temperature,
                           int n, uint64_t positions, char *error, size_t error_size)
{
    struct sampled_story *sampled = calloc((size_t)n, sizeof *sampled);
    uint16_t *tokens = malloc(((size_t)checkpoint->config.seq_len + 2) * sizeof *tokens);
    int failed = !sampled || !tokens || teacher_sample(checkpoint, seed, temperature, 0, n, sampled) < 0;

    for (int i = 0; i < n && !failed; ++i) {
        int length = sampled[i].n_tokens;

        tokens[0] = TOKEN_BOS;
        memcpy(tokens + 1, sampled[i].tokens, (size_t)length * sizeof *tokens);
        if (sampled[i].complete)
            tokens[++length] = TOKEN_BOS;
        failed = add(stories, tokens, length, context_of(checkpoint), positions);
    }
    for (int i = 0; sampled && i < n; ++i)
        free(sampled[i].tokens);
    free(sampled);
    free(tokens);
    return failed ? no_memory(error, error_size) : 0;
}

void evaluation_stories_free(struct evaluation_stories *stories)
{
    for (size_t i = 0; i < stories->n; ++i)
        free(stories->stories[i].tokens);
    free(stories->stories);
    memset(stories, 0, sizeof *stories);
}

/* --- comparison ---------------------------------------------------------------- */

/* ln of the sum of exp(x[i]); the arg-max too, the first of equals. */
static double log_sum(const float *x, unsigned n, unsigned *greatest)
{
    double sum = 0;
    unsigned best = 0;

    for (unsigned i = 1; i < n; ++i)
        if (x[i] > x[best])
            best = i;
    for (unsigned i = 0; i < n; ++i)
        sum += exp((double)x[i] - x[best]);
    *greatest = best;
    return log(sum) + x[best];
}

/* Makes an image the one that the engines see. */
static void use(const struct image *image)
{
    model = *image->header;
    reu_attach(image->bytes, image->size);
}

static const float *logits_of(const struct image *image)
{
    return (const float *)(const void *)(image->bytes + image->header->sections[SECTION_LOGITS].address);
}

struct comparison {
    struct image exact, fast[EVALUATION_MOST_BITS + 1]; /* by bits */
    const unsigned *bits;
    unsigned n_bits, vocab_size;
};

/* results[n_bits] of one story. */
static void compare_story(struct evaluation *results, const struct comparison *c, const struct evaluation_story *story)
{
    memset(results, 0, c->n_bits * sizeof *results);
    for (unsigned b = 0; b < c->n_bits; ++b)
        results[b].first = (uint32_t)story->n;
    for (int position = 0; position < story->n; ++position) {
        const float *expected = logits_of(&c->exact);
        unsigned token = story->tokens[position], next = story->tokens[position + 1], likeliest, other;
        double sum, fast_sum;

        use(&c->exact);
        forward((uint16_t)token, (uint16_t)position, 1);
        sum = log_sum(expected, c->vocab_size, &likeliest);
        for (unsigned b = 0; b < c->n_bits; ++b) {
            struct evaluation *r = &results[b];
            const float *logits = logits_of(&c->fast[c->bits[b]]);
            double divergence = 0;

            use(&c->fast[c->bits[b]]);
            fast_begin((uint8_t)c->bits[b]);
            fast_forward((uint16_t)token, (uint16_t)position, 1);
            fast_sum = log_sum(logits, c->vocab_size, &other);
            for (unsigned i = 0; i < c->vocab_size; ++i)
                divergence += exp(expected[i] - sum) * ((expected[i] - sum) - (logits[i] - fast_sum));
            r->divergence += divergence;
            r->reference += sum - expected[next];
            r->loss += fast_sum - logits[next];
            r->positions++;
            if (other == likeliest)
                r->same++;
            else if (r->first == (uint32_t)story->n)
                r->first = (uint32_t)position;
        }
    }
    for (unsigned b = 0; b < c->n_bits; ++b)
        results[b].unlike = results[b].same < results[b].positions;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* stories[n][n_bits]; firsts has room for n. */
static void sum_up(struct evaluation *total, const struct evaluation *stories, size_t n, unsigned n_bits, unsigned b, uint32_t *firsts)
{
    memset(total, 0, sizeof *total);
    total->first = UINT32_MAX;
    for (size_t i = 0; i < n; ++i) {
        const struct evaluation *s = &stories[i * n_bits + b];

        total->positions += s->positions;
        total->same += s->same;
        total->loss += s->loss;
        total->reference += s->reference;
        total->divergence += s->divergence;
        total->unlike += s->unlike;
        firsts[i] = s->first;
        if (s->unlike && s->first < total->first) {
            total->first = s->first;
            total->first_story = (uint32_t)i;
        }
    }
    qsort(firsts, n, sizeof *firsts, by_number);
    total->median = firsts[n / 2];
}

/* What the processes share. */
struct shared {
    atomic_size_t next; /* story that nobody works on yet */
    struct evaluation results[]; /* [stories][n_bits] */
};

/* Each process takes one story after the other: the engines keep their state in
 * variables of their own, so threads would not do. */
static int share_work(struct shared *shared, const struct comparison *c, const struct evaluation_stories *stories, unsigned jobs)
{
    int failed = 0;
    unsigned started = 0;

    fflush(NULL);
    for (; started < jobs; ++started) {
        pid_t child = fork();
        size_t i;

        if (child < 0 && started > 0)
            break;
        if (child < 0)
            return -1;
        if (child > 0)
            continue;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        while ((i = atomic_fetch_add(&shared->next, 1)) < stories->n)
            compare_story(shared->results + i * c->n_bits, c, &stories->stories[i]);
        _exit(0);
    }
    for (; started > 0; --started) {
        int status;
        failed |= wait(&status) < 0 || status != 0;
    }
    return failed ? -1 : 0;
}

int evaluate(struct evaluation *results, const unsigned *bits, unsigned n_bits, unsigned most_kib, const struct checkpoint *checkpoint,
             const struct tokenizer_file *tokenizer, const struct evaluation_stories *stories, unsigned jobs, char *error, size_t error_size)
{
    static struct comparison c;
    size_t bytes = sizeof(struct shared) + stories->n * n_bits * sizeof(struct evaluation);
    struct shared *shared = MAP_FAILED;
    uint32_t *firsts = malloc((stories->n + 1) * sizeof *firsts);
    int longest = 0, failed = 0;
    unsigned b;

    memset(&c, 0, sizeof c);
    c.bits = bits;
    c.n_bits = n_bits;
    c.vocab_size = (unsigned)checkpoint->config.vocab_size;
    for (size_t i = 0; i < stories->n; ++i)
        if (stories->stories[i].n > longest)
            longest = stories->stories[i].n;
    failed = image_build(checkpoint, tokenizer, "", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &c.exact, error, error_size);
    for (b = 0; b < n_bits && !failed; ++b)
        failed = image_build(checkpoint, tokenizer, "", ENGINE_FAST, bits[b], most_kib, &c.fast[bits[b]], error, error_size);
    for (b = 0; b <= n_bits && !failed; ++b) {
        const struct image *image = b < n_bits ? &c.fast[bits[b]] : &c.exact;

        if (image->header->config.seq_len < longest) {
            snprintf(error, error_size, "an image of it has room for %u positions, a story has %d", image->header->config.seq_len, longest);
            failed = -1;
        }
    }
    if (!failed) {
        shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED || !firsts)
            failed = no_memory(error, error_size);
    }
    if (!failed && share_work(shared, &c, stories, jobs) != 0) {
        snprintf(error, error_size, "a process of the comparison has failed");
        failed = -1;
    }
    for (b = 0; b < n_bits && !failed; ++b)
        sum_up(&results[b], shared->results, stories->n, n_bits, b, firsts);
    if (shared != MAP_FAILED)
        munmap(shared, bytes);
    free(firsts);
    image_free(&c.exact);
    for (b = EVALUATION_LEAST_BITS; b <= EVALUATION_MOST_BITS; ++b)
        image_free(&c.fast[b]);
    return failed ? -1 : 0;
}
