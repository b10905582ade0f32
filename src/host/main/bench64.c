/* bench64 STATS.json...: what `run64 --stats` measured on the C64, as a table,
 * next to the bars that the project sets itself.
 * bench64 --speed STATS.json...: a table with a line for each, for the README. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct part {
    const char *name;
    const char *steps[6]; /* of step_cycles, NULL-terminated */
};

static const struct part parts[] = {
    {"matrices", {"qkv", "wo", "gate_up", "down", "classifier"}},
    {"attention", {"attention", "values"}},
    {"softmax", {"softmax"}},
    {"norms", {"rmsnorm"}},
    {"SwiGLU", {"swiglu"}},
    {"RoPE, caches", {"rope"}},
    {"embedding, residuals", {"embedding", "residual"}},
    {"sampling", {"sample"}},
};

/* A bar: the highest figures that a run of so many tokens may show; 0: any. A long
 * story may end before its 256 tokens. */
struct bar {
    const char *engine;
    int bits;
    size_t least, most; /* tokens */
    double mean, growth; /* cycles a token; cycles a position */
    double first;        /* seconds from RETURN to the first token of the story's own */
};

static const struct bar bars[] = {
    {"exact", 0, 60, 60, 120e6, 0.7e6, 0},
    {"fast", 8, 60, 60, 5.46e6, 0, 25},
    {"fast", 8, 4, 4, 0, 0, 25},
    {"fast", 8, 200, 256, 0, 20e3, 0},
    {"fast", 16, 60, 60, 16e6, 0, 0},
};

/* Slope of the least-squares line through (i, cycles[i]), i >= first. */
static double slope(const json_t *cycles, size_t first)
{
    size_t n = json_array_size(cycles), i;
    double sx = 0, sy = 0, sxx = 0, sxy = 0, count = 0;

    for (i = first; i < n; ++i) {
        double y = (double)json_integer_value(json_array_get(cycles, i));
        sx += (double)i;
        sy += y;
        sxx += (double)i * (double)i;
        sxy += (double)i * y;
        count += 1;
    }
    return count < 2 ? 0 : (count * sxy - sx * sy) / (count * sxx - sx * sx);
}

/* Prints how a bar compares with a value, if there is one; returns 1 if it is missed. */
static int judge(const char *unit, double value, double bar)
{
    if (bar > 0)
        printf("bar %.0f %s: %s\n", bar, unit, value <= bar ? "met" : "MISSED");
    return bar > 0 && value > bar;
}

static int report(const char *path)
{
    json_error_t cause;
    json_t *stats = json_load_file(path, 0, &cause);
    const json_t *cycles = json_object_get(stats, "cycles"), *steps = json_object_get(stats, "step_cycles");
    const char *engine = json_string_value(json_object_get(stats, "engine"));
    double clock = (double)json_integer_value(json_object_get(stats, "clock_hz"));
    size_t n = json_array_size(cycles), prompt = (size_t)json_integer_value(json_object_get(stats, "prompt_tokens")), i, j;
    double begin = (double)json_integer_value(json_object_get(stats, "begin_cycles"));
    double total = 0, counted = 0, mean, growth, first;
    int bits = (int)json_integer_value(json_object_get(stats, "bits")), missed = 0;

    if (!engine || n == 0 || clock <= 0 || !json_is_object(steps)) {
        fprintf(stderr, "bench64: %s: %s\n", path, stats ? "not the stats of a story told by the C64" : cause.text);
        json_decref(stats);
        return 2;
    }
    for (i = 0; i < n; ++i)
        total += (double)json_integer_value(json_array_get(cycles, i));
    mean = total / (double)n;
    /* The positions of the prompt have less work to do. */
    growth = slope(cycles, prompt ? prompt - 1 : 0);

    printf("engine %s, ", engine);
    if (bits)
        printf("%d bits, ", bits);
    printf("%zu tokens, clock %.0f Hz\n\n", n, clock);
    printf("| part | cycles a token | share |\n| --- | ---: | ---: |\n");
    for (i = 0; i < sizeof parts / sizeof *parts; ++i) {
        double sum = 0;
        for (j = 0; parts[i].steps[j]; ++j)
            sum += (double)json_integer_value(json_object_get(steps, parts[i].steps[j]));
        counted += sum;
        printf("| %s | %.0f | %.1f %% |\n", parts[i].name, sum / (double)n, 100 * sum / total);
    }
    printf("| screen and the rest | %.0f | %.1f %% |\n", (total - counted) / (double)n, 100 * (total - counted) / total);
    printf("| **total** | **%.0f** | %.1f s |\n\n", mean, mean / clock);
    printf("growth: %.0f cycles a position\n", growth);
    for (i = 0, first = begin; i < prompt && i < n; ++i)
        first += (double)json_integer_value(json_array_get(cycles, i));
    first /= clock;
    printf("after RETURN: first token of the prompt %.1f s, first token of the story's own %.1f s\n",
           (begin + (double)json_integer_value(json_array_get(cycles, 0))) / clock, first);
    for (i = 0; i < sizeof bars / sizeof *bars; ++i)
        if (strcmp(bars[i].engine, engine) == 0 && bars[i].bits == bits && bars[i].least <= n && n <= bars[i].most) {
            missed |= judge("cycles a token", mean, bars[i].mean);
            missed |= judge("cycles a position", growth, bars[i].growth);
            missed |= judge("s to the story's first token", first, bars[i].first);
        }
    json_decref(stats);
    return missed;
}

static int speed(const char *path)
{
    json_error_t cause;
    json_t *stats = json_load_file(path, 0, &cause);
    const json_t *cycles = json_object_get(stats, "cycles");
    const char *engine = json_string_value(json_object_get(stats, "engine"));
    double clock = (double)json_integer_value(json_object_get(stats, "clock_hz")), total = 0;
    int bits = (int)json_integer_value(json_object_get(stats, "bits"));
    double temperature = json_number_value(json_object_get(stats, "temperature"));
    size_t n = json_array_size(cycles), i;

    if (!engine || n == 0 || clock <= 0) {
        fprintf(stderr, "bench64: %s: %s\n", path, stats ? "not the stats of a story told by the C64" : cause.text);
        json_decref(stats);
        return 2;
    }
    for (i = 0; i < n; ++i)
        total += (double)json_integer_value(json_array_get(cycles, i));
    printf("| %s", engine);
    if (bits)
        printf(", %d bits", bits);
    if (temperature > 0)
        printf(", temperature %g", temperature);
    printf(" | %.1f s | %.0f min | %.1f million |\n", total / (double)n / clock, total / clock / 60, total / (double)n / 1e6);
    json_decref(stats);
    return 0;
}

int main(int argc, char **argv)
{
    int i, result = 0, worst = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: bench64 [--speed] STATS.json...\n");
        return 2;
    }
    if (strcmp(argv[1], "--speed") == 0) {
        printf("| | a token | 60 tokens | cycles a token |\n| --- | ---: | ---: | ---: |\n");
        for (i = 2; i < argc && result == 0; ++i)
            result = speed(argv[i]);
        return result;
    }
    for (i = 1; i < argc; ++i) {
        result = report(argv[i]);
        if (result > worst)
            worst = result;
    }
    return worst;
}
