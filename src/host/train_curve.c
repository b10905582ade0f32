#include "train_curve.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output_file.h"

int curve_add(struct curve *curve, const struct curve_point *point)
{
    if (curve->n == curve->room) {
        size_t room = curve->room == 0 ? 64 : 2 * curve->room;
        struct curve_point *points = realloc(curve->points, room * sizeof *points);

        if (points == NULL)
            return -1;
        curve->points = points;
        curve->room = room;
    }
    curve->points[curve->n++] = *point;
    return 0;
}

void curve_free(struct curve *curve)
{
    free(curve->points);
    memset(curve, 0, sizeof *curve);
}

int curve_write_csv(const struct curve *curve, const char *path, char *error, size_t error_size)
{
    struct output_file out;
    size_t i;

    if (output_file_open(&out, path, error, error_size) != 0)
        return -1;
    fputs("step,tokens,learning_rate,train_loss,held_out_loss,held_out_perplexity_per_byte\n", out.stream);
    for (i = 0; i < curve->n; i++) {
        const struct curve_point *p = &curve->points[i];

        fprintf(out.stream, "%" PRId64 ",%" PRId64 ",%.6g,%.5f,%.5f,%.5f\n", p->step, p->tokens, p->learning_rate, p->train_loss, p->held_out_loss, p->held_out_per_byte);
    }
    return output_file_commit(&out, error, error_size);
}

/* The plot's area in the SVG's units. */
#define WIDTH 720.0
#define HEIGHT 400.0
#define LEFT 64.0
#define RIGHT 700.0
#define TOP 44.0
#define BOTTOM 352.0

/* The step between the marks of an axis: 1, 2 or 5 times a power of ten, for
 * about eight marks. */
static double mark_step(double range)
{
    double power = pow(10.0, floor(log10(range / 8.0))), times = range / 8.0 / power;

    return power * (times <= 1.0 ? 1.0 : times <= 2.0 ? 2.0 : times <= 5.0 ? 5.0 : 10.0);
}

struct axes {
    double tokens, low, high; /* x from 0 to tokens, y from low to high */
};

static double x_of(const struct axes *axes, double tokens)
{
    return LEFT + (RIGHT - LEFT) * tokens / axes->tokens;
}

static double y_of(const struct axes *axes, double loss)
{
    return BOTTOM - (BOTTOM - TOP) * (fmin(loss, axes->high) - axes->low) / (axes->high - axes->low);
}

static void write_line(FILE *out, const struct curve *curve, const struct axes *axes, int held_out, const char *colour)
{
    size_t i;

    fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"", colour);
    for (i = 0; i < curve->n; i++) {
        const struct curve_point *p = &curve->points[i];

        fprintf(out, "%.1f,%.1f ", x_of(axes, (double)p->tokens), y_of(axes, held_out ? p->held_out_loss : p->train_loss));
    }
    fputs("\"/>\n", out);
}

int curve_write_svg(const struct curve *curve, const char *title, const char *path, char *error, size_t error_size)
{
    struct axes axes = {1.0, INFINITY, -INFINITY};
    struct output_file out;
    double step, mark;
    size_t i;

    /* The first steps fall from ln(vocab_size); a plot that shows them shows
     * nothing else. */
    for (i = 0; i < curve->n; i++) {
        const struct curve_point *p = &curve->points[i];

        axes.tokens = fmax(axes.tokens, (double)p->tokens);
        axes.low = fmin(axes.low, fmin(p->train_loss, p->held_out_loss));
        if (curve->n < 3 || i > curve->n / 20)
            axes.high = fmax(axes.high, fmax(p->train_loss, p->held_out_loss));
    }
    if (!(axes.low < axes.high)) {
        axes.low = curve->n > 0 ? axes.low - 0.5 : 0.0;
        axes.high = axes.low + 1.0;
    }
    step = mark_step(axes.high - axes.low);
    axes.low = floor(axes.low / step) * step;
    axes.high = ceil(axes.high / step) * step;

    if (output_file_open(&out, path, error, error_size) != 0)
        return -1;
    fprintf(out.stream, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"12\">\n", WIDTH, HEIGHT);
    fprintf(out.stream, "<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n<text x=\"%g\" y=\"20\" font-size=\"14\">%s</text>\n", WIDTH, HEIGHT, LEFT, title);
    for (mark = axes.low; mark <= axes.high + step / 2; mark += step)
        fprintf(out.stream, "<path d=\"M%g %.1fH%g\" stroke=\"#ddd\"/><text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n", LEFT, y_of(&axes, mark), RIGHT,
                LEFT - 6, y_of(&axes, mark) + 4, mark);
    step = mark_step(axes.tokens);
    for (mark = 0; mark <= axes.tokens + step / 1000; mark += step)
        fprintf(out.stream, "<path d=\"M%.1f %gV%g\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%.3g</text>\n", x_of(&axes, mark), TOP, BOTTOM,
                x_of(&axes, mark), BOTTOM + 18, mark / 1e6);
    write_line(out.stream, curve, &axes, 0, "#8ab");
    write_line(out.stream, curve, &axes, 1, "#c33");
    fprintf(out.stream, "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">million tokens</text>\n", (LEFT + RIGHT) / 2, BOTTOM + 38);
    fprintf(out.stream, "<text x=\"%g\" y=\"%g\" fill=\"#8ab\" text-anchor=\"end\">training loss (nats a token)</text>\n", RIGHT, TOP + 16);
    fprintf(out.stream, "<text x=\"%g\" y=\"%g\" fill=\"#c33\" text-anchor=\"end\">held-out loss</text>\n</svg>\n", RIGHT, TOP + 32);
    return output_file_commit(&out, error, error_size);
}
