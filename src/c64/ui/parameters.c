#include "ui.h"
#include <stddef.h>
#include <string.h>
#include "c64.h"
#include "f32.h"
#include "model.h"
#include "petscii.h"
#include "remote_story.h"
#include "screen.h"
#include "seed.h"

enum field { TEMPERATURE, TOP_P, STEPS, SEED, FIELDS };

#define MODEL_TOP 2
#define STORY_TOP 10
#define FIRST_FIELD (STORY_TOP + 2)
#define CHECK_ROW (STORY_TOP + 9)
#define VALUE_COLUMN 18

#define TEMPERATURE_MAX 20 /* tenths */
#define TOP_P_MAX 20       /* twentieths */
#define DEFAULT_STEPS 256  /* llama2.c's */

static const char *const names[FIELDS] = {"Temperature", "Top-p", "Output tokens", "Seed"};
static const char letters[FIELDS] = {'T', 'P', 'O', 'S'};

static uint8_t temperature; /* tenths */
static uint8_t topp;        /* twentieths */
static uint16_t steps;
static uint8_t seed[SEED_BYTES];
static uint8_t seed_given; /* by the user; else each story has a new one */

static uint8_t selected;
static uint8_t typing; /* the last key was a digit of the selected number */

static uint8_t checked; /* what is known of the image's data: MODEL_CHECKING, MODEL_OK, MODEL_DAMAGED */
static uint8_t percent; /* of the data */

void parameters_reset(void)
{
    temperature = 10;
    topp = 18;
    steps = model.config.seq_len < DEFAULT_STEPS ? model.config.seq_len : DEFAULT_STEPS;
    seed_given = 0;
    model_check_begin();
    checked = MODEL_CHECKING;
    percent = 0;
}

/* Fresh from the cycle counter: nobody presses a key twice at the same cycle. */
static void draw_seed(void)
{
    memset(seed, 0, SEED_BYTES);
    memcpy(seed, (const void *)0xDD04, 4);
    seed[0] |= 1; /* zero is no seed */
}

uint8_t chosen_engine(void)
{
    return model.engines & ENGINE_FAST ? ENGINE_FAST : ENGINE_EXACT;
}

void parameters_settings(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
    settings->engine = chosen_engine();
    settings->bits = 8;
    settings->steps = steps;
    settings->temperature = f32_div(f32_from_uint(temperature), f32_from_uint(10));
    settings->topp = f32_div(f32_from_uint(topp), f32_from_uint(20));
    if (!seed_given)
        draw_seed();
    memcpy(settings->seed, seed, SEED_BYTES);
}

/* --- model figures --- */

uint32_t count_parameters(void)
{
    const struct config *c = &model.config;
    uint16_t columns = 2 * c->dim + 2 * c->kv_dim + 2; /* wq, wk, wv, wo and the two norms of a layer */
    uint32_t layer = (uint32_t)c->dim * columns + (uint32_t)c->dim * c->hidden_dim * 3;
    uint32_t embedding = (uint32_t)c->vocab_size * c->dim;

    if (!model.shared_classifier)
        embedding *= 2;
    return layer * c->n_layers + c->dim + embedding;
}

static const struct {
    uint8_t column, row;
    const char *text;
    const uint16_t *n; /* NULL: drawn apart */
} figures[] = {
    {2, 1, "Name", NULL},
    {2, 2, "Parameters", NULL},
    {2, 3, "Dim", &model.config.dim},
    {2, 4, "Layers", &model.config.n_layers},
    {2, 5, "Heads", &model.config.n_heads},
    {2, 6, "Context", &model.config.seq_len},
    {22, 2, "Engine", NULL},
    {22, 3, "Hidden dim", &model.config.hidden_dim},
    {22, 4, "Vocabulary", &model.config.vocab_size},
    {22, 5, "KV heads", &model.config.n_kv_heads},
    {22, 6, "REU KB", NULL},
};
#define FIGURE_WIDTH 11 /* of the texts */

static void value_at(uint8_t column, uint8_t row)
{
    screen_at(column + FIGURE_WIDTH, MODEL_TOP + row);
}

static void draw_model(uint16_t reu_kib)
{
    uint8_t i;

    frame(MODEL_TOP, MODEL_TOP + 7, "Model");
    for (i = 0; i < sizeof figures / sizeof figures[0]; ++i) {
        screen_at(figures[i].column, MODEL_TOP + figures[i].row);
        screen_colour = LIGHT_GREY;
        screen_text(figures[i].text);
        screen_colour = WHITE;
        value_at(figures[i].column, figures[i].row);
        if (figures[i].n)
            screen_number(*figures[i].n);
    }
    value_at(2, 1);
    screen_text(model_name());
    value_at(2, 2);
    screen_number(count_parameters());
    value_at(22, 2);
    screen_text(chosen_engine() == ENGINE_FAST ? "fast 8 bit" : "exact");
    value_at(22, 6);
    screen_number(reu_kib);
}

/* --- fields --- */

static void draw_value(uint8_t field)
{
    char decimal[SEED_DIGITS + 1];

    screen_put(field == selected ? '<' : ' ');
    switch (field) {
    case TEMPERATURE:
        screen_number(temperature / 10);
        screen_put('.');
        screen_number(temperature % 10);
        break;
    case TOP_P:
        screen_number(topp / 20);
        screen_put('.');
        screen_number(topp % 20 / 2);
        screen_number(topp % 2 * 5);
        break;
    case STEPS:
        screen_number(steps);
        break;
    case SEED:
        if (seed_given) {
            seed_decimal(decimal, seed);
            screen_text(decimal);
        } else {
            screen_text("random");
        }
        break;
    }
    screen_put(field == selected ? '>' : ' ');
    if (field == TEMPERATURE && !temperature)
        screen_text(" greedy");
}

static void draw_field(uint8_t field)
{
    screen_at(2, FIRST_FIELD + field);
    screen_colour = YELLOW;
    screen_put(ascii_to_screen(letters[field]));
    screen_put(' ');
    screen_colour = field == selected ? WHITE : LIGHT_GREY;
    screen_text(names[field]);
    screen_repeat(' ', VALUE_COLUMN - screen_column());
    draw_value(field);
    screen_repeat(' ', COLUMNS - 1 - screen_column());
}

static void draw_estimate(void)
{
    screen_at(4, FIRST_FIELD + FIELDS + 1);
    screen_colour = LIGHT_GREY;
    screen_text("Takes about");
    screen_at(VALUE_COLUMN + 1, FIRST_FIELD + FIELDS + 1);
    screen_duration(estimate_seconds(steps));
    screen_text(" h  ");
}

static void draw_fields(void)
{
    uint8_t field;

    for (field = 0; field < FIELDS; ++field)
        draw_field(field);
    draw_estimate();
}

/* n changed by step, within low..high. */
static uint16_t changed(uint16_t n, int8_t step, uint16_t low, uint16_t high)
{
    if (step < 0)
        return n > low ? n - 1 : low;
    return n < high ? n + 1 : high;
}

static void change(int8_t step)
{
    switch (selected) {
    case TEMPERATURE:
        temperature = (uint8_t)changed(temperature, step, 0, TEMPERATURE_MAX);
        break;
    case TOP_P:
        topp = (uint8_t)changed(topp, step, 0, TOP_P_MAX);
        break;
    case STEPS:
        steps = changed(steps, step, 1, model.config.seq_len);
        break;
    case SEED:
        if (!seed_given)
            draw_seed();
        seed_given = 1;
        seed_add(seed, step);
        if (seed_is_zero(seed))
            seed_add(seed, step);
        break;
    }
}

static void type_digit(uint8_t digit)
{
    uint32_t n;

    if (selected == STEPS) {
        n = (typing ? steps * 10UL : 0) + digit;
        steps = n > model.config.seq_len ? model.config.seq_len : (uint16_t)n;
    } else if (selected == SEED) {
        if (!typing)
            memset(seed, 0, SEED_BYTES);
        seed_append(seed, digit);
        seed_given = 1;
    }
    typing = 1;
}

static void delete_digit(void)
{
    if (selected == STEPS) {
        steps /= 10;
    } else if (selected == SEED && seed_given) {
        seed_divide(seed);
    }
    typing = 1;
}

/* A number is complete: those that mean nothing become the nearest that do. */
static void complete(void)
{
    typing = 0;
    if (steps == 0)
        steps = 1;
    if (seed_given && seed_is_zero(seed))
        seed_given = 0;
}

static void handle(uint8_t key)
{
    uint8_t i, ascii = petscii_to_ascii(key);

    if (ascii >= '0' && ascii <= '9') {
        type_digit(ascii - '0');
    } else if (key == KEY_DELETE) {
        delete_digit();
    } else {
        complete();
        if (key == KEY_DOWN)
            selected = selected < FIELDS - 1 ? selected + 1 : 0;
        else if (key == KEY_UP)
            selected = selected ? selected - 1 : FIELDS - 1;
        else if (key == KEY_RIGHT || ascii == '+')
            change(1);
        else if (key == KEY_LEFT || ascii == '-')
            change(-1);
        ascii &= 0xDF; /* upper case */
        for (i = 0; i < FIELDS; ++i)
            if (ascii == letters[i])
                selected = i;
        if (ascii == 'R')
            seed_given = 0;
    }
    draw_fields();
}

/* --- the check of the image's data --- */

static void draw_check(void)
{
    screen_at(4, CHECK_ROW);
    screen_colour = checked == MODEL_OK ? LIGHT_GREEN : LIGHT_GREY;
    if (checked == MODEL_OK) {
        screen_text("The image is intact.      ");
        return;
    }
    screen_text("Checking the image: ");
    screen_right(percent, 3);
    screen_text(" %");
}

static void check_on(void)
{
    uint8_t now;

    checked = model_check_step();
    now = model_check_percent();
    if (now != percent || checked != MODEL_CHECKING) {
        percent = now;
        draw_check();
    }
}

uint8_t parameters_screen(uint16_t reu_kib)
{
    uint8_t key;

    title_bar("llama2.c64");
    screen_at(COLUMNS - 5, 0);
    screen_reverse = REVERSED;
    screen_text(c64_ntsc ? "NTSC" : " PAL");
    screen_reverse = 0;
    draw_model(reu_kib);
    frame(STORY_TOP, STORY_TOP + 8, "Story");
    draw_fields();
    draw_check();
    hint(21, "Cursor up, down or a letter chooses;");
    hint(22, "left, right or + - changes;");
    hint(23, "0-9 type a number; R random seed");
    hint(24, "RETURN goes on to the prompt");
    remote_report(REMOTE_READY);

    key = remote.request ? KEY_RETURN : 0;
    while (key != KEY_RETURN) {
        key = key_get();
        if (key)
            handle(key);
        else if (checked == MODEL_CHECKING)
            check_on();
        if (checked == MODEL_DAMAGED)
            return checked;
    }
    while (checked == MODEL_CHECKING)
        check_on();
    return checked;
}
