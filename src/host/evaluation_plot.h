/* The trade-off that eval64 measures, as a picture. */
#ifndef EVALUATION_PLOT_H
#define EVALUATION_PLOT_H

#include <stddef.h>

struct plot_point {
    unsigned bits;
    double cycles;     /* a token, > 0 */
    double divergence; /* KL to float32 in nats, > 0 */
    double same;       /* share of positions with the same arg-max */
};

/* Writes an SVG: cycles a token from left to right, divergence on a logarithmic
 * scale, a point for each precision. n is at least 1. */
int plot_write_svg(const struct plot_point *points, size_t n, const char *title, const char *path, char *error, size_t error_size);

#endif
