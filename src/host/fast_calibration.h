/* What the fast engine's matrices are multiplied with, for a rounding that knows
 * what matters.
 *
 * The model reads stories that it tells itself, twice at a time and layer by
 * layer: with its weights as they are, and with those of the image, as far as
 * they are rounded. A matrix is first changed so that its products with the
 * second reading's inputs are closest to what the first one's are, that is
 * to make up for the roundings before it; then it is rounded by the moments of these inputs.
 * (The products of matrices that add to the residual stream are to make up for its
 * error too.) All is in the basis of the image, see fast_writer.c.
 *
 * The text depends on the checkpoint alone, and nothing on the number of threads.
 */
#ifndef FAST_CALIBRATION_H
#define FAST_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>
#include "checkpoint.h"
#include "fast_rounding.h"

enum reading { READING_EXACT, READING_ROUNDED, READINGS };

struct fast_calibration;

/* embedding [vocab_size][dim], as it is and as it is in the image. NULL: there is no token to begin a story with. */
struct fast_calibration *fast_calibration_open(const struct checkpoint *checkpoint, const double *embedding, const double *rounded);
void fast_calibration_close(struct fast_calibration *calibration);

/* The inputs of both readings become the normalised residual stream. */
void fast_calibration_normalise(struct fast_calibration *calibration);

/* Looks at the inputs of a matrix with so many columns, which adds to the residual
 * stream or does not, and prepares for rounding its rows. False: there is nothing to go by. */
bool fast_calibration_measure(struct fast_calibration *calibration, struct fast_rounding *rounding, uint32_t columns, bool adds);

/* A reading goes on with its inputs and the matrix w: to the outputs of the heads; to the
 * hidden vector, from gates and ups in the order of the image; to the residual stream.
 * w is in units of `unit`, and its queries are multiplied by `score`. */
void fast_calibration_attend(struct fast_calibration *calibration, enum reading reading, const double *w, double unit, double score);
void fast_calibration_swiglu(struct fast_calibration *calibration, enum reading reading, const double *w, double unit);
void fast_calibration_add(struct fast_calibration *calibration, enum reading reading, const double *w, uint32_t columns);

/* Changes the matrix w [rows][columns] that was measured for, as said above. */
void fast_calibration_correct(const struct fast_calibration *calibration, const struct fast_rounding *rounding, double *w, uint32_t rows);

#endif
