#include "evaluation_plot.h"

#include <math.h>
#include <stdio.h>

#include "output_file.h"

/* The plot's area in the SVG's units. */
#define WIDTH 720.0
#define HEIGHT 440.0
#define LEFT 76.0
#define RIGHT 692.0
#define TOP 48.0
#define BOTTOM 388.0

struct axes {
    double most;      /* x from 0 to so many cycles */
    double low, high; /* y from 10^low to 10^high */
};

static double x_of(const struct axes *axes, double cycles)
{
    return LEFT + (RIGHT - LEFT) * cycles / axes->most;
}

static double y_of(const struct axes *axes, double divergence)
{
    return BOTTOM - (BOTTOM - TOP) * (log10(divergence) - axes->low) / (axes->high - axes->low);
}

/* The step between the marks of the axis from 0: 1, 2 or 5 times a power of ten,
 * for about eight marks. */
static double mark_step(double most)
{
    double power = pow(10.0, floor(log10(most / 8.0))), times = most / 8.0 / power;

    return power * (times <= 1.0 ? 1.0 : times <= 2.0 ? 2.0 : times <= 5.0 ? 5.0 : 10.0);
}

/* Text in XML. */
static void write_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '<' || *text == '>' || *text == '&')
            fprintf(out, "&#%d;", *text);
        else
            putc(*text, out);
}

int plot_write_svg(const struct plot_point *points, size_t n, const char *title, const char *path, char *error, size_t error_size)
{
    struct axes axes = {0, INFINITY, -INFINITY};
    struct output_file out;
    double step, mark;
    size_t i;

    for (i = 0; i < n; i++) {
        axes.most = fmax(axes.most, points[i].cycles);
        axes.low = fmin(axes.low, floor(log10(points[i].divergence)));
        axes.high = fmax(axes.high, ceil(log10(points[i].divergence)));
    }
    if (axes.low == axes.high)
        axes.high++;
    step = mark_step(axes.most * 1.1); /* room for the last label */
    axes.most = ceil(axes.most * 1.1 / step) * step;

    if (output_file_open(&out, path, error, error_size) != 0)
        return -1;
    fprintf(out.stream, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"12\">\n", WIDTH, HEIGHT);
    fprintf(out.stream, "<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n<text x=\"%g\" y=\"24\" font-size=\"14\">", WIDTH, HEIGHT, LEFT);
    write_text(out.stream, title);
    fputs("</text>\n", out.stream);
    for (mark = axes.low; mark <= axes.high; mark++)
        fprintf(out.stream, "<path d=\"M%g %.1fH%g\" stroke=\"#ddd\"/><text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">1e%g</text>\n", LEFT,
                y_of(&axes, pow(10.0, mark)), RIGHT, LEFT - 6, y_of(&axes, pow(10.0, mark)) + 4, mark);
    for (mark = 0; mark <= axes.most + step / 1000; mark += step)
        fprintf(out.stream, "<path d=\"M%.1f %gV%g\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%.3g</text>\n", x_of(&axes, mark), TOP, BOTTOM,
                x_of(&axes, mark), BOTTOM + 18, mark / 1e6);
    fputs("<polyline fill=\"none\" stroke=\"#8ab\" stroke-width=\"1.5\" points=\"", out.stream);
    for (i = 0; i < n; i++)
        fprintf(out.stream, "%.1f,%.1f ", x_of(&axes, points[i].cycles), y_of(&axes, points[i].divergence));
    fputs("\"/>\n", out.stream);
    for (i = 0; i < n; i++)
        fprintf(out.stream, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#c33\"/><text x=\"%.1f\" y=\"%.1f\">%u bits, %.*f %%</text>\n", x_of(&axes, points[i].cycles),
                y_of(&axes, points[i].divergence), x_of(&axes, points[i].cycles) + 7, y_of(&axes, points[i].divergence) - 5, points[i].bits,
                points[i].same < 0.995 ? 1 : 2, 100 * points[i].same);
    fprintf(out.stream, "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">million cycles a token</text>\n", (LEFT + RIGHT) / 2, BOTTOM + 38);
    fprintf(out.stream, "<text transform=\"translate(18 %g) rotate(-90)\" text-anchor=\"middle\">KL divergence from float32 (nats)</text>\n", (TOP + BOTTOM) / 2);
    fprintf(out.stream, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\">at each point: bits of a weight, positions with the same likeliest token</text>\n</svg>\n", RIGHT, TOP - 6);
    return output_file_commit(&out, error, error_size);
}
