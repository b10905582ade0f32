/* Rounding of a matrix's rows in which each weight makes up for the errors of
 * those before it (Frantar et al. 2022, "GPTQ"; Chee et al. 2023, "QuIP", of
 * whose two equivalent forms this is the one without an inverse).
 *
 * What an error e of a row does to its products is e H e^T, with the second
 * moments H = sum over x of x x^T of the matrix's inputs. In the factors
 * H = (U + 1) D (U + 1)^T, U strictly upper triangular and D diagonal, that is
 * the sum over k of D_k (e_k + sum over j < k of e_j U_jk)^2; so weight k is
 * rounded less the sum over j < k of e_j U_jk, and adds only its own rounding.
 */
#ifndef FAST_ROUNDING_H
#define FAST_ROUNDING_H

#include <stdbool.h>
#include <stdint.h>

/* Part of the mean of H's diagonal that is added to it: directions that the text
 * has little of count for something too. */
#define FAST_DAMPING 0.003

struct fast_rounding {
    uint32_t n;
    uint32_t *order; /* [n] columns, in the order in which they are rounded */
    double *factor;  /* [n][n] by place in the order: D on the diagonal, U above it, U^T below */
};

/* Takes moments [n][n], symmetric. False: they are all zero or not finite. */
bool fast_rounding_open(struct fast_rounding *rounding, const float *moments, uint32_t n);
void fast_rounding_close(struct fast_rounding *rounding);

/* y = y H^-1 */
void fast_rounding_solve(const struct fast_rounding *rounding, double *y);

/* Each of the n weights of a row becomes the middle of one of the 2^planes
 * intervals from -2^15 step to 2^15 step. */
void fast_round_row(const struct fast_rounding *rounding, double *row, double step, unsigned planes);

#endif
