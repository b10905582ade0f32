/* A training run: it learns; threads and interruptions change nothing; a state
 * that is not its own is refused. */
#include "train_files.h"

#include <math.h>

#include "synthetic.h"
#include "trainer.h"

#define VOCAB 300

struct setting {
    struct train_files files;
    struct tokenizer_file tokenizer;
    struct tokenizer_encoder encoder;
    struct story_text text;
    struct train_data data;
    struct train_model model;
};

static const struct checkpoint_config shape = {16, 20, 2, 4, 2, VOCAB, 48, true};
static const struct train_options options = {.steps = 30, .batch_tokens = 600, .warm_up = 4, .evaluate_every = 10, .seed = 7,
                                             .learning_rate = 1e-2, .last_learning_rate = 0.1, .weight_decay = 0.1, .clip = 1.0};

static void open_setting(struct setting *s, const struct checkpoint_config *config, const char *words)
{
    char text[8192], error[256];
    int i, n = 0;

    make_files(&s->files);
    for (i = 0; i < 60; i++)
        n += sprintf(text + n, "The %s went up the hill %d times, %.*s\n\n", words, i, 7 * (i % 11), "and down and down and down and down and down and down and down and down and down");
    write_bytes(s->files.text, text, (size_t)n);
    assert_int_equal(synthetic_tokenizer(s->files.tokenizer, VOCAB, 1, error, sizeof error), 0);
    assert_int_equal(tokenizer_file_open(&s->tokenizer, s->files.tokenizer, VOCAB, error, sizeof error), 0);
    assert_int_equal(tokenizer_encoder_open(&s->encoder, &s->tokenizer), 0);
    assert_int_equal(story_text_open(&s->text, s->files.text, error, sizeof error), 0);
    assert_int_equal(train_data_open(&s->data, &s->text, 0, s->text.n_stories, &s->encoder, config->seq_len), 0);
    assert_int_equal(train_model_open(&s->model, config), 0);
}

static void close_setting(struct setting *s)
{
    train_model_close(&s->model);
    train_data_close(&s->data);
    story_text_close(&s->text);
    tokenizer_encoder_close(&s->encoder);
    tokenizer_file_close(&s->tokenizer);
    remove_files(&s->files);
}

static void open_trainer(struct trainer *t, const struct setting *s, const struct train_options *o, int threads)
{
    assert_int_equal(trainer_open(t, &s->model, &s->data, o, threads), 0);
    train_model_initialise(&s->model, t->parameters, o->seed);
    trainer_refresh(t);
}

static double run_steps(struct trainer *t, int n)
{
    double loss = 0.0;

    while (n-- > 0)
        assert_int_equal(trainer_step(t, &loss), 0);
    return loss;
}

static void expect_same(const struct trainer *a, const struct trainer *b)
{
    const size_t bytes = (size_t)a->model->n_parameters * sizeof(float);

    assert_memory_equal(a->parameters, b->parameters, bytes);
    assert_memory_equal(a->first_moment, b->first_moment, bytes);
    assert_memory_equal(a->second_moment, b->second_moment, bytes);
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->tokens, b->tokens);
}

static void it_learns(void **state)
{
    struct trainer t;
    struct setting s;
    uint64_t tokens;
    double first, last;

    (void)state;
    open_setting(&s, &shape, "cat");
    open_trainer(&t, &s, &options, 1);
    first = trainer_evaluate(&t, &s.data, UINT64_MAX, &tokens) / (double)tokens;
    assert_int_equal(tokens, s.data.n_tokens);
    assert_true(fabs(first - log(VOCAB)) < 0.3);
    run_steps(&t, 30);
    last = trainer_evaluate(&t, &s.data, UINT64_MAX, &tokens) / (double)tokens;
    assert_true(last < 0.5 * first);
    trainer_close(&t);
    close_setting(&s);
}

static void threads_change_nothing(void **state)
{
    struct trainer one, three;
    struct setting s;
    uint64_t tokens;

    (void)state;
    open_setting(&s, &shape, "cat");
    open_trainer(&one, &s, &options, 1);
    open_trainer(&three, &s, &options, 3);
    assert_true(run_steps(&one, 12) == run_steps(&three, 12));
    expect_same(&one, &three);
    assert_true(trainer_evaluate(&one, &s.data, 500, &tokens) == trainer_evaluate(&three, &s.data, 500, &tokens));
    trainer_close(&one);
    trainer_close(&three);
    close_setting(&s);
}

static void seeds_change_everything(void **state)
{
    struct train_options other = options;
    struct trainer a, b;
    struct setting s;

    (void)state;
    other.seed = 8;
    open_setting(&s, &shape, "cat");
    open_trainer(&a, &s, &options, 1);
    open_trainer(&b, &s, &other, 1);
    assert_true(a.parameters[0] != b.parameters[0]);
    assert_true(memcmp(a.shuffle.order, b.shuffle.order, s.data.n_sequences * sizeof *a.shuffle.order) != 0);
    trainer_close(&a);
    trainer_close(&b);
    close_setting(&s);
}

static void resumed_is_as_if_never_stopped(void **state)
{
    const struct curve_point point = {10, 6000, 0.01, 3.5, 3.6, 2.5};
    struct train_options quantised = options;
    struct trainer whole, first, second;
    struct setting s;
    char error[256];
    int bits;

    (void)state;
    open_setting(&s, &shape, "cat");
    for (bits = 0; bits <= 4; bits += 4) {
        quantised.qat_bits = bits;
        open_trainer(&whole, &s, &quantised, 1);
        open_trainer(&first, &s, &quantised, 1);
        open_trainer(&second, &s, &quantised, 1);
        run_steps(&whole, 25);
        run_steps(&first, 11);
        assert_int_equal(curve_add(&first.curve, &point), 0);
        assert_int_equal(trainer_save_state(&first, s.files.state, error, sizeof error), 0);
        assert_int_equal(trainer_load_state(&second, s.files.state, error, sizeof error), 0);
        assert_int_equal(second.curve.n, 1);
        assert_memory_equal(&second.curve.points[0], &point, sizeof point);
        run_steps(&second, 14);
        expect_same(&whole, &second);
        assert_true(whole.loss_sum == second.loss_sum);
        trainer_close(&whole);
        trainer_close(&first);
        trainer_close(&second);
    }
    close_setting(&s);
}

static void expect_refused(struct trainer *t, const char *path, const char *cause)
{
    char error[256] = "";

    assert_int_equal(trainer_load_state(t, path, error, sizeof error), -1);
    if (strstr(error, cause) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, cause);
    trainer_close(t);
}

static void states_of_other_runs_are_refused(void **state)
{
    struct checkpoint_config wider = shape;
    struct train_options other = options;
    struct setting s, s2, s3;
    struct trainer t;
    char error[256];
    FILE *file;
    long size;

    (void)state;
    wider.hidden_dim = 24;
    open_setting(&s, &shape, "cat");
    open_setting(&s2, &wider, "cat");
    open_setting(&s3, &shape, "dog");
    open_trainer(&t, &s, &options, 1);
    run_steps(&t, 2);
    assert_int_equal(trainer_save_state(&t, s.files.state, error, sizeof error), 0);
    trainer_close(&t);

    open_trainer(&t, &s2, &options, 1);
    expect_refused(&t, s.files.state, "another shape: hidden 20, not 24");
    open_trainer(&t, &s3, &options, 1);
    expect_refused(&t, s.files.state, "another text");
    other.learning_rate = 2e-2;
    open_trainer(&t, &s, &other, 1);
    expect_refused(&t, s.files.state, "other options");
    open_trainer(&t, &s, &options, 1);
    expect_refused(&t, s.files.text, "is not the state");

    file = fopen(s.files.state, "r+b");
    assert_non_null(file);
    fseek(file, -3, SEEK_END);
    fputc(fgetc(file) ^ 1, file);
    size = ftell(file);
    fclose(file);
    open_trainer(&t, &s, &options, 1);
    expect_refused(&t, s.files.state, "is damaged");
    assert_int_equal(truncate(s.files.state, size - 100), 0);
    open_trainer(&t, &s, &options, 1);
    expect_refused(&t, s.files.state, "is damaged");
    close_setting(&s);
    close_setting(&s2);
    close_setting(&s3);
}

/* In the first step of AdamW every weight moves by the learning rate against
 * the sign of its gradient, and decays; its second moment is 0.02 of the clipped
 * gradient's square. */
static void first_step_is_adamws(void **state)
{
    struct train_options o = options;
    struct setting s;
    struct trainer t;
    double squares = 0.0;
    float *before;
    int64_t i;
    int id;

    (void)state;
    o.warm_up = 0;
    o.clip = 0.01; /* below any gradient of an untrained network */
    open_setting(&s, &shape, "cat");
    open_trainer(&t, &s, &o, 1);
    before = malloc((size_t)s.model.n_parameters * sizeof *before);
    assert_non_null(before);
    memcpy(before, t.parameters, (size_t)s.model.n_parameters * sizeof *before);
    run_steps(&t, 1);
    for (id = 0; id < TENSOR_COUNT; id++) {
        const int64_t begin = s.model.offset[id], n = train_tensor_elements(&s.model, (enum tensor_id)id);

        for (i = begin; i < begin + n; i++) {
            double kept = (double)before[i] * (tensor_is_matrix((enum tensor_id)id) ? 1.0 - 1e-2 * 0.1 : 1.0), moved = (double)t.parameters[i] - kept;

            squares += (double)t.second_moment[i] / 0.02;
            if (fabsf(t.first_moment[i]) > 1e-6f && fabs(moved + (t.first_moment[i] > 0.0f ? 1e-2 : -1e-2)) > 1e-4)
                fail_msg("parameter %lld moved by %g", (long long)i, moved);
        }
    }
    assert_true(fabs(sqrt(squares) - 0.01) < 1e-5);
    free(before);
    trainer_close(&t);
    close_setting(&s);
}

static void learning_rate_rises_and_falls(void **state)
{
    const struct train_options o = {.steps = 110, .warm_up = 10, .learning_rate = 2.0, .last_learning_rate = 0.1};

    (void)state;
    assert_true(fabs(trainer_learning_rate(&o, 0) - 0.2) < 1e-12);
    assert_true(fabs(trainer_learning_rate(&o, 9) - 2.0) < 1e-12);
    assert_true(fabs(trainer_learning_rate(&o, 10) - 2.0) < 1e-12);
    assert_true(fabs(trainer_learning_rate(&o, 60) - 1.1) < 1e-12);
    assert_true(fabs(trainer_learning_rate(&o, 110) - 0.2) < 1e-12);
}

/* What is saved is a checkpoint like any other, with every tensor in its place. */
static void checkpoints_come_back(void **state)
{
    struct checkpoint_config configs[2] = {shape, shape};
    int k, id;

    (void)state;
    configs[1].shared_classifier = false;
    for (k = 0; k < 2; k++) {
        struct checkpoint checkpoint;
        struct setting s;
        float *weights, *again;
        char error[256];
        int64_t i;

        open_setting(&s, &configs[k], "cat");
        weights = malloc((size_t)s.model.n_parameters * sizeof *weights);
        again = malloc((size_t)s.model.n_parameters * sizeof *again);
        assert_non_null(weights);
        assert_non_null(again);
        for (i = 0; i < s.model.n_parameters; i++)
            weights[i] = (float)i;
        assert_int_equal(train_model_save(&s.model, weights, s.files.checkpoint, error, sizeof error), 0);
        assert_int_equal(checkpoint_open(&checkpoint, s.files.checkpoint, error, sizeof error), 0);
        assert_int_equal(checkpoint_check_finite(&checkpoint, error, sizeof error), 0);
        assert_int_equal(checkpoint.config.shared_classifier, configs[k].shared_classifier);
        for (id = 0; id < TENSOR_COUNT; id++)
            assert_memory_equal(checkpoint.tensors[id].data, weights + s.model.offset[id], (size_t)train_tensor_elements(&s.model, (enum tensor_id)id) * sizeof(float));
        train_model_load(&s.model, again, &checkpoint);
        assert_memory_equal(again, weights, (size_t)s.model.n_parameters * sizeof *weights);
        checkpoint_close(&checkpoint);
        free(weights);
        free(again);
        close_setting(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(seeds_change_everything),
        cmocka_unit_test(resumed_is_as_if_never_stopped),
        cmocka_unit_test(states_of_other_runs_are_refused),
        cmocka_unit_test(first_step_is_adamws),
        cmocka_unit_test(learning_rate_rises_and_falls),
        cmocka_unit_test(checkpoints_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
