/* Definition of the exact engine's kernels: exact.h in plain float arithmetic.
 * Products and sums are rounded one by one (-ffp-contract=off). */
#include "exact.h"

#include <float.h>
#include <string.h>

#include "machine.h"

_Static_assert(sizeof(float) == 4 && FLT_MANT_DIG == 24, "float must be binary32");
_Static_assert(FLT_EVAL_METHOD == 0, "float arithmetic must not keep excess precision");

static float accumulators[EXACT_MAX_BLOCKS * EXACT_BLOCK_ROWS];
static unsigned blocks, block_rows, rows;

static float value(f32 bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static float weight(const uint8_t *block, unsigned row)
{
    uint8_t e = block[row], m2 = block[block_rows + row];
    uint8_t m1 = block[2 * block_rows + row], m0 = block[3 * block_rows + row];

    return value((f32)(m2 & 0x80) << 24 | (f32)e << 23 | (f32)(m2 & 0x7F) << 16 | (f32)m1 << 8 | m0);
}

void exact_init(reu_address products)
{
    (void)products; /* the C64's table of byte products */
}

void exact_make_products(void)
{
}

void exact_begin(uint8_t blocks_, uint16_t block_rows_, uint16_t rows_)
{
    blocks = blocks_;
    block_rows = block_rows_;
    rows = rows_;
    memset(accumulators, 0, sizeof accumulators);
}

void exact_columns(reu_address weights, const f32 *x, uint16_t n)
{
    uint8_t column[EXACT_MAX_BLOCKS * EXACT_BLOCK_ROWS * 4];
    unsigned bytes = blocks * block_rows * 4;

    for (unsigned j = 0; j < n; ++j) {
        float xj = value(x[j]);

        if (machine_stopped)
            return;
        reu_read(column, weights + j * bytes, bytes);
        for (unsigned first = 0; first < rows; first += block_rows) {
            const uint8_t *block = column + first * 4;
            float *block_accumulators = accumulators + first;

            for (unsigned row = 0; row < block_rows && first + row < rows; ++row) {
                float product = weight(block, row) * xj;
                block_accumulators[row] = block_accumulators[row] + product;
            }
        }
    }
}

void exact_store(f32 *out, uint16_t first, uint16_t n)
{
    memcpy(out, accumulators + first, n * sizeof *out);
}

void exact_planes(uint8_t *planes, const f32 *x, uint16_t n)
{
    for (unsigned i = 0; i < n; ++i) {
        planes[i] = (uint8_t)(x[i] >> 23);
        planes[n + i] = (uint8_t)((x[i] >> 31) << 7 | (x[i] >> 16 & 0x7F));
        planes[2 * n + i] = (uint8_t)(x[i] >> 8);
        planes[3 * n + i] = (uint8_t)x[i];
    }
}
