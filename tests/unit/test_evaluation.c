/* What eval64 computes, against the same figures from llama2.c's computation
 * written plainly, and the fidelity that the project promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evaluation.h"
#include "fast_network.h"
#include "model.h"
#include "reference.h"
#include "reu_host.h"
#include "test_model.h"

static const struct checkpoint_config shape = {24, 40, 2, 4, 2, 300, 32, false};

#define EVERYTHING UINT64_MAX

static void open_shape(struct test_model *m)
{
    test_model_make(m, &shape, 5);
}

static void sample(struct evaluation_stories *stories, const struct test_model *m, int n, uint64_t most)
{
    char error[256];

    memset(stories, 0, sizeof *stories);
    assert_int_equal(evaluation_add_sampled(stories, &m->checkpoint, 3, 1.0f, n, most, error, sizeof error), 0);
}

static void run(struct evaluation *results, const unsigned *bits, unsigned n, const struct test_model *m, const struct evaluation_stories *stories, unsigned jobs)
{
    char error[256] = "";

    if (evaluate(results, bits, n, IMAGE_MAX_KIB, &m->checkpoint, &m->tokenizer, stories, jobs, error, sizeof error) != 0)
        fail_msg("%s", error);
}

/* ln p of all tokens. */
static void log_softmax(double *p, const float *x, int n)
{
    double most = x[0], sum = 0;

    for (int i = 1; i < n; ++i)
        most = fmax(most, x[i]);
    for (int i = 0; i < n; ++i)
        sum += exp(x[i] - most);
    for (int i = 0; i < n; ++i)
        p[i] = x[i] - most - log(sum);
}

static int arg_max(const double *p, int n)
{
    int best = 0;

    for (int i = 1; i < n; ++i)
        if (p[i] > p[best])
            best = i;
    return best;
}

static void figures(void **state)
{
    struct test_model m;
    struct evaluation_stories stories;
    struct evaluation result;
    struct image image;
    struct reference *reference;
    const unsigned bits = 5;
    double p[300], q[300], reference_loss = 0, loss = 0, divergence = 0;
    unsigned same = 0, unlike = 0, first = UINT32_MAX, first_story = 0;
    char error[256];

    (void)state;
    open_shape(&m);
    sample(&stories, &m, 5, EVERYTHING);
    run(&result, &bits, 1, &m, &stories, 2);
    assert_int_equal(image_build(&m.checkpoint, &m.tokenizer, "", ENGINE_FAST, bits, IMAGE_MAX_KIB, &image, error, sizeof error), 0);
    for (size_t s = 0; s < stories.n; ++s) {
        const struct evaluation_story *story = &stories.stories[s];
        unsigned other = 0;

        assert_int_equal(story->tokens[0], 1);
        reference = reference_new(&m.checkpoint);
        for (int i = 0; i < story->n; ++i) {
            log_softmax(p, reference_forward(reference, story->tokens[i], i), 300);
            model = *image.header;
            reu_attach(image.bytes, image.size);
            fast_begin((uint8_t)bits);
            fast_forward(story->tokens[i], (uint16_t)i, 1);
            log_softmax(q, (const float *)(const void *)(image.bytes + section(SECTION_LOGITS)), 300);
            reference_loss -= p[story->tokens[i + 1]];
            loss -= q[story->tokens[i + 1]];
            for (int t = 0; t < 300; ++t)
                divergence += exp(p[t]) * (p[t] - q[t]);
            if (arg_max(p, 300) == arg_max(q, 300)) {
                same++;
            } else if (!other) {
                other = 1;
                if ((unsigned)i < first) {
                    first = (unsigned)i;
                    first_story = (unsigned)s;
                }
            }
        }
        unlike += other;
        reference_free(reference);
    }
    assert_true(same > 0 && unlike > 0); /* or the test is none */
    assert_int_equal(result.positions, stories.positions);
    assert_int_equal(result.same, same);
    assert_int_equal(result.unlike, unlike);
    assert_int_equal(result.first, first);
    assert_int_equal(result.first_story, first_story);
    assert_true(fabs(result.reference - reference_loss) < 1e-9 * reference_loss);
    assert_true(fabs(result.loss - loss) < 1e-9 * loss);
    assert_true(divergence > 0 && fabs(result.divergence - divergence) < 1e-9);
    image_free(&image);
    evaluation_stories_free(&stories);
    test_model_close(&m);
}

static void any_number_of_processes(void **state)
{
    static const unsigned bits[] = {4, 9, 16};
    struct test_model m;
    struct evaluation_stories stories;
    struct evaluation one[3], three[3];

    (void)state;
    open_shape(&m);
    sample(&stories, &m, 7, EVERYTHING);
    run(one, bits, 3, &m, &stories, 1);
    run(three, bits, 3, &m, &stories, 3);
    assert_memory_equal(one, three, sizeof one);
    assert_true(one[0].divergence > 10 * one[1].divergence && one[1].divergence > one[2].divergence);
    evaluation_stories_free(&stories);
    test_model_close(&m);
}

static void positions_are_limited(void **state)
{
    struct test_model m;
    struct evaluation_stories all, some;

    (void)state;
    open_shape(&m);
    sample(&all, &m, 4, EVERYTHING);
    sample(&some, &m, 4, all.positions - 1);
    assert_int_equal(some.positions, all.positions - 1);
    assert_memory_equal(some.stories[0].tokens, all.stories[0].tokens, ((size_t)some.stories[0].n + 1) * sizeof(uint16_t));
    for (size_t s = 0; s < all.n; ++s)
        assert_true(all.stories[s].n >= 1 && all.stories[s].n <= shape.seq_len);
    evaluation_stories_free(&all);
    evaluation_stories_free(&some);
    test_model_close(&m);
}

/* The golden stories, read by the engine at the precisions that have a bar. */
static void fidelity(void **state)
{
    static const unsigned bits[] = {8, 16};
    const char *golden = getenv("GOLDEN");
    char path[4096], error[256] = "";
    struct test_model m;
    struct evaluation_stories stories = {0};
    struct evaluation results[2];

    (void)state;
    if (!getenv("MODEL") || !*getenv("MODEL") || !golden) {
        skip();
        return;
    }
    snprintf(path, sizeof path, "%s/stories260K.json", golden);
    test_model_open(&m, getenv("MODEL"), getenv("TOKENIZER"));
    assert_int_equal(evaluation_add_json(&stories, path, &m.checkpoint, EVERYTHING, error, sizeof error), 0);
    run(results, bits, 2, &m, &stories, 2);
    assert_true(results[0].divergence / (double)results[0].positions <= 7e-4);
    assert_true((double)results[0].same / (double)results[0].positions >= 0.987);
    assert_true(results[1].divergence / (double)results[1].positions <= 7e-6);
    assert_true((double)results[1].same / (double)results[1].positions >= 0.997);
    evaluation_stories_free(&stories);
    test_model_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures),
        cmocka_unit_test(any_number_of_processes),
        cmocka_unit_test(positions_are_limited),
        cmocka_unit_test(fidelity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
