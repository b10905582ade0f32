/* The loss curve of a training run, as CSV and as a plot in SVG. */
#ifndef TRAIN_CURVE_H
#define TRAIN_CURVE_H

#include <stddef.h>
#include <stdint.h>

struct curve_point {
    int64_t step;
    int64_t tokens;          /* learned so far */
    double learning_rate;
    double train_loss;       /* nats a token, mean since the last point */
    double held_out_loss;    /* nats a token */
    double held_out_per_byte; /* perplexity: e^(nats a byte) */
};

struct curve {
    struct curve_point *points;
    size_t n, room;
};

/* -1 if there is no memory. */
int curve_add(struct curve *curve, const struct curve_point *point);
void curve_free(struct curve *curve);

int curve_write_csv(const struct curve *curve, const char *path, char *error, size_t error_size);
int curve_write_svg(const struct curve *curve, const char *title, const char *path, char *error, size_t error_size);

#endif
