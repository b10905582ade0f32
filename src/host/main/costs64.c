/* costs64 STATS.json...: fits the costs of the C64's estimate (cost.h) to the cycles
 * that `run64 --stats` measured, and prints src/c64/ui/cost.c. How far the estimates
 * made of these costs are off goes to stderr.
 *
 * For each engine the costs are the non-negative least-squares solution of all
 * stories' steps, each weighted by the story's cycles: what matters is the error of the
 * whole. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "bad_input.h"
#include "cost.h"
#include "model.h"

#define MOST_RUNS 200
#define UNITS 256 /* of a cycle */
#define TOLERATED 0.10
#define SCREEN_ON (19656.0 / (19656 - 25 * 43)) /* what badlines make of a cycle of transfer */

/* A part, the steps of the forward pass that it is made of, and how often it comes. The
 * classifier's is the part for the sampler too. */
enum times { A_TOKEN, A_LAYER, A_QKV, A_SUM, A_NORM };
static const struct {
    uint8_t part, times;
    const char *steps[4];
} measured[] = {
    {PART_EMBEDDING, A_TOKEN, {"embedding"}},
    {PART_NORM, A_NORM, {"rmsnorm"}},
    {PART_QKV, A_QKV, {"qkv"}},
    {PART_CACHE, A_LAYER, {"rope"}},
    {PART_ATTENTION, A_LAYER, {"attention", "softmax", "values"}},
    {PART_WO, A_LAYER, {"wo"}},
    {PART_RESIDUAL, A_SUM, {"residual"}},
    {PART_GATE_UP, A_LAYER, {"gate_up"}},
    {PART_SWIGLU, A_LAYER, {"swiglu"}},
    {PART_DOWN, A_LAYER, {"down"}},
    {PART_CLASSIFIER, A_TOKEN, {"classifier", "sample"}},
    {PART_TOKEN, A_TOKEN, {NULL}}, /* what is in no step */
};
#define MEASURED (sizeof measured / sizeof *measured)

enum table { EXACT, FAST, PRECISE, TABLES };

/* A story's cycles by part, and the work of each. */
struct run {
    const char *path;
    enum table table;
    double total;
    double cycles[MEASURED];
    double work[MEASURED][COST_COUNT];
};

static struct run runs[MOST_RUNS];
static size_t n_runs;

static double *adding_to; /* cost_add does */
static double factor;
static unsigned bits, planes; /* in use, and of the image */

void cost_add(uint8_t cost, uint32_t n)
{
    adding_to[cost] += factor * n;
    switch (cost) {
    case COST_PRODUCT:
        adding_to[COST_TRANSFER] += factor * n;
        break;
    case COST_GROUP:
        adding_to[COST_TRANSFER_BIT] += factor * n * planes;
        /* fall through */
    case COST_ROW:
        adding_to[cost + COST_BITS] += factor * n * bits;
        break;
    case COST_COLUMN:
        adding_to[COST_TRANSFER_COLUMN] += factor * n;
        break;
    }
}

static void add_part(uint8_t part, double times)
{
    factor = times;
    cost_part(part);
}

/* Cycles of the transfers, known from what is transferred: the exact engine's 4 bytes a
 * weight and table of byte products a column, the fast engine's bits. */
static double transfer_cycles(enum table table, uint8_t cost)
{
    if (table == EXACT)
        return cost == COST_TRANSFER ? 4 : cost == COST_TRANSFER_COLUMN ? 1408 : 0;
    return cost == COST_TRANSFER_BIT ? 1 : 0;
}

static unsigned number(const json_t *object, const char *name)
{
    return (unsigned)json_integer_value(json_object_get(object, name));
}

static int take(const char *path)
{
    json_error_t cause;
    json_t *stats = json_load_file(path, 0, &cause);
    const json_t *cycles = json_object_get(stats, "cycles"), *steps = json_object_get(stats, "step_cycles");
    const json_t *shape = json_object_get(stats, "model");
    const char *engine = json_string_value(json_object_get(stats, "engine"));
    size_t tokens = json_array_size(cycles), i, j;
    struct run *run = &runs[n_runs];
    double ready = json_is_true(json_object_get(stats, "token_heads")) ? 1 : 0; /* layer 0's q, k and v are there */
    struct config *c = &model.config;

    if (!engine || !tokens || !json_is_object(steps) || !json_is_object(shape) || number(stats, "prompt_tokens") != 1) {
        json_decref(stats);
        return bad_input(path, stats ? "not the stats of a story told by the C64 without a prompt" : cause.text);
    }
    if (n_runs == MOST_RUNS) {
        json_decref(stats);
        return bad_input(path, "one file too many");
    }
    c->dim = (uint16_t)number(shape, "dim");
    c->hidden_dim = (uint16_t)number(shape, "hidden_dim");
    c->n_layers = (uint16_t)number(shape, "n_layers");
    c->n_heads = (uint16_t)number(shape, "n_heads");
    c->n_kv_heads = (uint16_t)number(shape, "n_kv_heads");
    c->head_size = c->dim / c->n_heads;
    c->kv_dim = (uint16_t)(c->head_size * c->n_kv_heads);
    c->vocab_size = (uint16_t)number(shape, "vocab_size");
    bits = number(stats, "bits");
    planes = number(stats, "planes");

    run->path = path;
    run->table = strcmp(engine, "fast") != 0 ? EXACT : bits > COST_FAST_BITS ? PRECISE : FAST;
    for (i = 0; i < tokens; i++)
        run->total += (double)json_integer_value(json_array_get(cycles, i));
    run->cycles[MEASURED - 1] = run->total;
    for (i = 0; i < MEASURED; i++) {
        const double times[] = {
            [A_TOKEN] = 1,        [A_LAYER] = c->n_layers,           [A_QKV] = c->n_layers - ready,
            [A_SUM] = 2.0 * c->n_layers, [A_NORM] = 2.0 * c->n_layers + 1 - ready};
        uint8_t part = measured[i].part;

        adding_to = run->work[i];
        if (part == PART_CLASSIFIER) {
            const bool sampled = json_real_value(json_object_get(stats, "temperature")) != 0;
            add_part(sampled ? PART_SAMPLE : PART_GREATEST, (double)tokens);
            if (run->table != EXACT && !sampled && cost_bounds((uint8_t)bits))
                part = PART_BOUNDS;
        }
        add_part(part, times[measured[i].times] * (double)tokens);
        if (part == PART_ATTENTION)
            add_part(PART_POSITION, c->n_layers * (double)tokens * ((double)tokens - 1) / 2);
        for (j = 0; measured[i].steps[j]; j++)
            run->cycles[i] += (double)json_integer_value(json_object_get(steps, measured[i].steps[j]));
        if (i < MEASURED - 1)
            run->cycles[MEASURED - 1] -= run->cycles[i];
    }
    json_decref(stats);
    n_runs++;
    return 0;
}

/* costs[] of the table's runs, by coordinate descent on the normal equations. */
static void fit(enum table table, double *costs)
{
    static double normal[COST_COUNT][COST_COUNT], right[COST_COUNT];
    const uint8_t fitted = COST_TRANSFER; /* the costs below */
    size_t r, i, a, b, round;

    memset(normal, 0, sizeof normal);
    memset(right, 0, sizeof right);
    for (r = 0; r < n_runs; r++)
        for (i = 0; runs[r].table == table && i < MEASURED; i++) {
            const double *work = runs[r].work[i];
            double weight = 1 / (runs[r].total * runs[r].total), cycles = runs[r].cycles[i];

            for (a = fitted; a < COST_COUNT; a++)
                cycles -= SCREEN_ON * work[a] * transfer_cycles(table, (uint8_t)a);
            for (a = 0; a < fitted; a++) {
                right[a] += weight * work[a] * cycles;
                for (b = 0; b < fitted; b++)
                    normal[a][b] += weight * work[a] * work[b];
            }
        }
    memset(costs, 0, COST_COUNT * sizeof *costs);
    for (round = 0; round < 200000; round++)
        for (a = 0; a < fitted; a++) {
            double gradient = right[a];

            if (normal[a][a] <= 0)
                continue;
            for (b = 0; b < fitted; b++)
                gradient -= normal[a][b] * costs[b];
            costs[a] += gradient / normal[a][a];
            if (costs[a] < 0)
                costs[a] = 0;
        }
    for (a = fitted; a < COST_COUNT; a++)
        costs[a] = transfer_cycles(table, (uint8_t)a);
}

/* What an estimate of these costs says of a run, over what it took. */
static double estimated(const struct run *run, const double *costs)
{
    double sum = 0;
    size_t i, a;

    for (i = 0; i < MEASURED; i++)
        for (a = 0; a < COST_COUNT; a++)
            sum += run->work[i][a] * costs[a] * (a < COST_TRANSFER ? 1 : SCREEN_ON);
    return sum / run->total;
}

static void print_table(const char *name, const char *remark, const double *costs)
{
    size_t a;

    if (*remark)
        printf("/* %s */\n", remark);
    printf("const uint32_t %s[COST_COUNT] = {", name);
    for (a = 0; a < COST_COUNT; a++)
        printf("%s%.0fL", a == 0 ? "\n    " : a % 8 == 0 ? ",\n    " : ", ", costs[a] * UNITS);
    puts("\n};");
}

int main(int argc, char **argv)
{
    static double costs[TABLES][COST_COUNT];
    double worst = 0;
    size_t r;
    int i, failed, table;

    if (argc < 2) {
        fprintf(stderr, "usage: costs64 STATS.json...\n");
        return EXIT_BAD_INPUT;
    }
    for (i = 1; i < argc; i++) {
        failed = take(argv[i]);
        if (failed)
            return failed;
    }
    for (table = 0; table < TABLES; table++)
        fit((enum table)table, costs[table]);
    for (r = 0; r < n_runs; r++) {
        double off = estimated(&runs[r], costs[runs[r].table]) - 1;

        fprintf(stderr, "%+5.1f %%  %s\n", 100 * off, runs[r].path);
        if (fabs(off) > worst)
            worst = fabs(off);
    }
    fprintf(stderr, "at most %.1f %%\n", 100 * worst);
    puts("/* Made by tools/costs.sh: cycles of a PAL C64 with its screen on, times 256, in the\n"
         " * order of enum cost. */\n"
         "#include \"cost.h\"\n"
         "#include \"ui.h\"\n");
    print_table("cost_exact", "", costs[EXACT]);
    print_table("cost_fast", "Up to 8 bits.", costs[FAST]);
    print_table("cost_precise", "Beyond: keys and values have more bits too.", costs[PRECISE]);
    return worst > TOLERATED;
}
