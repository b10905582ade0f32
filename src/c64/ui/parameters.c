#include "ui.h"
#include <stddef.h>
#include <string.h>
#include "accelerator.h"
#include "c64.h"
#include "f32.h"
#include "fast_image.h"
#include "model.h"
#include "petscii.h"
#include "remote_story.h"
#include "screen.h"
#include "seed.h"
#include "story_screen.h"

enum field { ENGINE, BITS, TEMPERATURE, TOP_P, STEPS, SEED, CLICK, DARK, FIELDS };

#define MODEL_TOP 1
#define MODEL_BOTTOM 8
#define STORY_TOP 9
#define FIRST_FIELD (STORY_TOP + 1)
#define STORY_BOTTOM_ROW 20
#define VALUE_COLUMN 18
#define GAIN_COLUMN 24

#define LEAST_BITS 4
#define DEFAULT_BITS 8
#define DEFAULT_STEPS 256 /* llama2.c's */

static const struct {
    char letter;
    const char *name, *meaning;
    uint8_t least, greatest;
    uint8_t step;
    uint8_t unit; /* what 1 is counted as */
} fields[FIELDS] = {
    {'E', "Engine", "fast: fixed point. exact: as on a PC", 0, 1, 1, 1},
    {'B', "Bits", "of a weight: more are better, slower", LEAST_BITS, LEAST_BITS, 1, 1},
    {'T', "Temperature", "0 the likeliest token, 1 as it learned", 0, 20, 1, 10},
    {'P', "Top-p", "draws from the likeliest; 1 from all", 0, 100, 5, 100},
    {'O', "Output tokens", "how far it goes, with the prompt", 1, 1, 1, 1},
    {'S', "Seed", "the same seed, the same story", 0, 0, 1, 1},
    {'C', "Click", "a sound for each token", 0, 1, 1, 1},
    {'D', "Dark screen", "while it computes: a key shows it", 0, 1, 1, 1},
};

static uint16_t values[FIELDS];   /* of the seed: 1 if given by the user; else each story has a new one */
static uint16_t least[FIELDS], greatest[FIELDS]; /* with this model */
static uint8_t seed[SEED_BYTES];

static uint8_t selected;
enum { DIGITS = 1, POINT };
static uint8_t typing;       /* the last key was of the selected number, after a POINT or not; else 0 */
static uint8_t digit_weight; /* of the next digit, after a point; else 0 */

static uint8_t estimated; /* 1: the estimate is that of the values */
static uint8_t checked; /* what is known of the image's data: MODEL_CHECKING, MODEL_OK, MODEL_DAMAGED */
static uint8_t percent; /* of the data */

/* Bit planes of the fast engine's weights. */
static uint8_t planes(void)
{
    uint8_t n;

    reu_read(&n, section(SECTION_FAST) + offsetof(struct fast_header, planes), 1);
    return n;
}

void parameters_reset(void)
{
    uint8_t i;

    for (i = 0; i < FIELDS; ++i) {
        least[i] = fields[i].least;
        greatest[i] = fields[i].greatest;
    }
    memset(values, 0, sizeof values);
    story_unsaved = 0; /* with another model there is none */
    if (!(model.engines & ENGINE_EXACT))
        least[ENGINE] = 1;
    values[ENGINE] = greatest[ENGINE] = (model.engines & ENGINE_FAST) != 0;
    if (values[ENGINE])
        greatest[BITS] = planes();
    values[BITS] = greatest[BITS] < DEFAULT_BITS ? greatest[BITS] : DEFAULT_BITS;
    values[TEMPERATURE] = 10;
    values[TOP_P] = 90;
    greatest[STEPS] = model.config.seq_len;
    values[STEPS] = greatest[STEPS] < DEFAULT_STEPS ? greatest[STEPS] : DEFAULT_STEPS;
    estimate_reset();
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

void parameters_settings(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
    if (values[ENGINE]) {
        settings->engine = ENGINE_FAST;
        settings->bits = (uint8_t)values[BITS];
    } else {
        settings->engine = ENGINE_EXACT;
    }
    settings->steps = values[STEPS];
    settings->temperature = f32_div(f32_from_uint(values[TEMPERATURE]), f32_from_uint(fields[TEMPERATURE].unit));
    settings->topp = f32_div(f32_from_uint(values[TOP_P]), f32_from_uint(fields[TOP_P].unit));
    if (!values[SEED])
        draw_seed();
    memcpy(settings->seed, seed, SEED_BYTES);
}

uint8_t parameters_planes(void)
{
    return (uint8_t)greatest[BITS];
}

uint8_t parameters_sound(void)
{
    return (uint8_t)values[CLICK];
}

uint8_t parameters_dark(void)
{
    return (uint8_t)values[DARK];
}

/* --- model figures --- */

/* wq, wk, wv, wo, w1, w2, w3 and the norms have rows of dim, or columns. */
static uint32_t count_parameters(void)
{
    uint16_t dim = model.config.dim;
    uint16_t of_layer = 2 * dim + 2 * model.config.kv_dim + 3 * model.config.hidden_dim + 2;
    uint32_t others = model.config.vocab_size;

    if (!model.shared_classifier)
        others *= 2;
    return ((uint32_t)of_layer * (uint8_t)model.config.n_layers + others + 1) * dim;
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
    {22, 3, "Hidden dim", &model.config.hidden_dim},
    {22, 4, "Vocabulary", &model.config.vocab_size},
    {22, 5, "KV heads", &model.config.n_kv_heads},
    {22, 2, "REU KB", NULL},
};
#define FIGURE_WIDTH 11 /* of the texts */

static void value_at(uint8_t column, uint8_t row)
{
    screen_at(column + FIGURE_WIDTH, MODEL_TOP + row);
}

static void draw_model(uint16_t reu_kib)
{
    uint8_t i;

    frame(MODEL_TOP, MODEL_BOTTOM, "Model");
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
    screen_number(reu_kib);
}

/* --- fields --- */

/* n / 10 or n / 100 in decimal. */
static void draw_parts(uint16_t n, uint8_t unit)
{
    screen_number(n / unit);
    screen_put('.');
    n %= unit;
    if (unit == 100)
        screen_put('0' + n / 10);
    screen_put('0' + n % 10);
}

static const char *remark(uint8_t field)
{
    switch (field) {
    case TEMPERATURE:
        return values[field] ? "" : " greedy";
    case TOP_P:
        return values[field] % fields[TOP_P].unit ? "" : " off";
    }
    return "";
}

static void draw_value(uint8_t field)
{
    char decimal[SEED_DIGITS + 1];
    uint16_t n = values[field];

    screen_put(field == selected ? '<' : ' ');
    switch (field) {
    case ENGINE:
        screen_text(n ? "fast" : "exact");
        break;
    case BITS:
        if (values[ENGINE])
            screen_number(n);
        else
            screen_text("float");
        break;
    case TEMPERATURE:
    case TOP_P:
        draw_parts(n, fields[field].unit);
        break;
    case STEPS:
        screen_number(n);
        break;
    case SEED:
        if (n) {
            seed_decimal(decimal, seed);
            screen_text(decimal);
        } else {
            screen_text("random");
        }
        break;
    default:
        screen_text(n ? "on" : "off");
    }
    if (screen_column() < COLUMNS - 1) /* the longest seed leaves no room */
        screen_put(field == selected ? '>' : ' ');
    screen_text(remark(field));
}

static void draw_field(uint8_t field)
{
    screen_at(2, FIRST_FIELD + field);
    screen_colour = YELLOW;
    screen_put(fields[field].letter); /* screen codes of A-Z are ASCII */
    screen_put(' ');
    screen_colour = field == selected ? WHITE : LIGHT_GREY;
    screen_text(fields[field].name);
    screen_repeat(' ', VALUE_COLUMN - screen_column());
    draw_value(field);
    screen_repeat(' ', (field == DARK ? GAIN_COLUMN : COLUMNS - 1) - screen_column());
}

/* Takes a moment, so no key should be waiting. */
static void draw_estimate(void)
{
    struct settings settings;
    uint32_t seconds, tenths;
    uint16_t n_prompt_tokens = story.n_prompt_tokens ? story.n_prompt_tokens : 1;
    uint16_t steps = values[STEPS] ? values[STEPS] : 1; /* 0 while a number is typed */

    parameters_settings(&settings);
    estimate_plan(&settings);
    seconds = estimate_seconds(n_prompt_tokens, steps);
    screen_at(4, FIRST_FIELD + FIELDS);
    screen_colour = CYAN;
    screen_text("Takes about");
    screen_at(VALUE_COLUMN + 1, FIRST_FIELD + FIELDS);
    screen_duration(seconds, 7);
    screen_text(" h");
    screen_at(4, FIRST_FIELD + FIELDS + 1);
    screen_text("A token");
    screen_at(VALUE_COLUMN + 1, FIRST_FIELD + FIELDS + 1);
    tenths = seconds * 10 / steps;
    if (tenths < 10000)
        draw_parts((uint16_t)tenths, 10);
    else
        screen_number(tenths / 10);
    screen_text(" s");
    screen_repeat(' ', COLUMNS - 1 - screen_column());
    screen_at(GAIN_COLUMN, FIRST_FIELD + DARK);
    screen_colour = selected == DARK ? WHITE : LIGHT_GREY;
    draw_parts(estimate_dark_gain(&settings), 10);
    screen_text(" % faster");
    screen_repeat(' ', COLUMNS - 1 - screen_column());
    estimated = 1;
}

static void draw_fields(void)
{
    uint8_t field;

    for (field = 0; field < FIELDS; ++field)
        draw_field(field);
    estimated = 0;
    hint(STORY_BOTTOM_ROW + 1, fields[selected].meaning);
}

/* --- changing them --- */

/* A number is complete: those that mean nothing become the nearest that do. */
static void complete(void)
{
    uint8_t field;

    typing = 0;
    for (field = 0; field < FIELDS; ++field)
        if (values[field] < least[field])
            values[field] = least[field];
    if (seed_is_zero(seed))
        values[SEED] = 0;
}

static uint8_t two_valued(uint8_t field)
{
    return greatest[field] - least[field] == 1;
}

/* By a step, up or down; from one of two values to the other. */
static void change(int8_t direction)
{
    uint16_t n = values[selected], end = greatest[selected];
    uint8_t step = fields[selected].step;

    if (selected == SEED) {
        if (!n)
            draw_seed();
        values[SEED] = 1;
        do
            seed_add(seed, direction);
        while (seed_is_zero(seed));
        return;
    }
    if (two_valued(selected)) {
        values[selected] = least[selected] + end - n;
        return;
    }
    if (direction < 0) {
        end = least[selected];
        step = -step;
    }
    /* One that was typed may be less than a step from the end. */
    if ((direction < 0 ? n - end : end - n) < fields[selected].step)
        n = end;
    else
        n += (int8_t)step;
    values[selected] = n;
}

static void set(uint32_t n)
{
    uint16_t most = greatest[selected];

    values[selected] = n > most ? most : (uint16_t)n;
}

static void type_digit(uint8_t digit)
{
    uint16_t n = typing ? values[selected] : 0;

    switch (selected) {
    case BITS:
    case TEMPERATURE:
    case TOP_P:
    case STEPS:
        if (typing != POINT) {
            set((uint32_t)n * 10 + digit * fields[selected].unit);
        } else {
            digit_weight /= 10;
            set(n + digit * digit_weight);
        }
        break;
    case SEED:
        if (!typing)
            memset(seed, 0, SEED_BYTES);
        seed_append(seed, digit);
        values[SEED] = 1;
        break;
    default:
        return;
    }
    if (!typing)
        typing = DIGITS;
}

static void type_point(void)
{
    if (!typing)
        values[selected] = 0;
    digit_weight = fields[selected].unit;
    typing = POINT;
}

static void delete_digit(void)
{
    uint8_t unit = fields[selected].unit;

    if (selected == SEED) {
        if (values[SEED])
            seed_divide(seed);
    } else if (selected >= BITS && selected <= STEPS) {
        values[selected] = values[selected] / (unit * 10) * unit;
    }
    typing = DIGITS;
}

static void handle(uint8_t key)
{
    uint8_t i, ascii = petscii_to_ascii(key);

    if (ascii >= '0' && ascii <= '9') {
        type_digit(ascii - '0');
    } else if (ascii == '.' && (selected == TEMPERATURE || selected == TOP_P)) {
        type_point();
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
        for (i = 0; i < FIELDS; ++i)
            if (letter(key) == (uint8_t)fields[i].letter) {
                if (i == selected && two_valued(i))
                    change(1);
                selected = i;
            }
        if (letter(key) == 'R')
            values[SEED] = 0;
    }
    draw_fields();
}

/* --- the check of the image's data --- */

static void draw_check(void)
{
    screen_at(2, MODEL_BOTTOM);
    if (checked == MODEL_OK) {
        screen_colour = LIGHT_GREEN;
        screen_text(" The image is intact. ");
    } else {
        screen_colour = LIGHT_GREY;
        screen_text(" Checking the image: ");
        screen_number(percent);
        screen_text(" % ");
    }
    screen_colour = BLUE;
    screen_repeat(FRAME_LINE, 28 - screen_column());
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

/* By enum accelerator. */
static const char *const processors[] = {"", "C128", "SuperCPU", "Ultimate 64", "Chameleon"};

static void draw_ways(uint8_t told)
{
    hint(24, told ? "RETURN prompt STOP story H help Q quit" : "RETURN the prompt   H help   Q quit");
}

static void draw(uint16_t reu_kib, uint8_t told)
{
    title_bar("llama2.c64");
    screen_reverse = REVERSED;
    screen_at(COLUMNS - 6 - (uint8_t)strlen(processors[accelerator]), 0);
    screen_text(processors[accelerator]);
    screen_text(c64_ntsc ? " NTSC" : "  PAL");
    screen_reverse = 0;
    draw_model(reu_kib);
    draw_check();
    frame(STORY_TOP, STORY_BOTTOM_ROW, "Story");
    draw_fields();
    hint(22, "Letters or cursor keys choose; cursor");
    hint(23, "keys or + - change; 0-9 type; R random");
    draw_ways(told);
}

uint8_t parameters_screen(uint16_t reu_kib, uint8_t told, uint8_t *choice)
{
    uint8_t key, asked = 0;

    draw(reu_kib, told);
    remote_report(REMOTE_READY);

    *choice = CHOICE_PROMPT;
    key = remote.request ? KEY_RETURN : 0;
    while (key != KEY_RETURN) {
        key = key_get();
        if (letter(key) == 'Q') {
            if (asked || !story_unsaved) {
                *choice = CHOICE_QUIT;
                return MODEL_OK;
            }
            hint(24, "The story is not saved: Q again quits");
            asked = 1;
            continue;
        }
        if (key && asked) {
            draw_ways(told);
            asked = 0;
        }
        if (key == KEY_STOP && told) {
            *choice = CHOICE_BACK;
            return MODEL_OK;
        } else if (letter(key) == 'H' || key == KEY_F1) {
            help_screen();
            draw(reu_kib, told);
        } else if (key) {
            handle(key);
        } else if (!estimated) {
            draw_estimate();
        } else if (checked == MODEL_CHECKING) {
            check_on();
        }
        if (checked == MODEL_DAMAGED)
            return checked;
    }
    while (checked == MODEL_CHECKING)
        check_on();
    if (remote.request)
        estimate_plan(&remote.settings);
    else if (!estimated)
        draw_estimate();
    return checked;
}
