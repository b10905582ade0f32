/* 6502 side of the exact engine's test: reads cases (exact_test.h) from stdin,
 * compares every accumulator with the definition's, prints TAP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exact.h"
#include "exact_test.h"
#include "machine.h"

void tables_init(void);
void fetch_only(const f32 *x, uint16_t n, uint16_t blocks, uint16_t block_bytes);

#define PRODUCTS 0x10000UL /* address of the table of byte products, where there is an REU */

static struct {
    uint16_t blocks, block_rows, rows, cols;
    char name[40];
} shape;
static uint8_t batch[BATCH_BYTES];
static f32 x[512];
static f32 out[50];
static unsigned tests;
static unsigned long checked;

static void input(void *to, unsigned size)
{
    char *at = to;
    int n;

    while (size) {
        n = read(0, at, size);
        if (n <= 0) {
            printf("Bail out! the input ends early\n");
            exit(1);
        }
        at += n;
        size -= n;
    }
}

static uint16_t word(void)
{
    uint16_t w;

    input(&w, 2);
    return w;
}

static uint8_t is_nan(f32 v)
{
    return (v & ~F32_SIGN) > F32_INFINITY;
}

/* with_kernel 0: only fetches what the kernel would, for the benchmark. */
static void product(uint8_t with_kernel)
{
    uint16_t n, i, first, wrong = 0;
    f32 expected, bad_got = 0, bad_expected = 0;
    uint16_t bad_row = 0;

    input(&shape, sizeof shape);
    if (with_kernel)
        exact_begin((uint8_t)shape.blocks, shape.block_rows, shape.rows);
    while ((n = word()) != 0) {
        input(x, n * sizeof *x);
        input(batch, n * shape.blocks * shape.block_rows * 4);
        reu_write(0, batch, n * shape.blocks * shape.block_rows * 4);
        if (with_kernel)
            exact_columns(0, x, n);
        else
            fetch_only(x, n, shape.blocks, shape.block_rows * 4);
    }
    for (first = 0; first < shape.rows; first += n) {
        n = shape.rows - first < 50 ? shape.rows - first : 50;
        if (with_kernel)
            exact_store(out, first, n);
        for (i = 0; i < n; ++i) {
            input(&expected, sizeof expected);
            ++checked;
            if (!with_kernel)
                out[i] = expected;
            if (out[i] != expected && !(is_nan(out[i]) && is_nan(expected)) && !wrong++) {
                bad_row = first + i;
                bad_got = out[i];
                bad_expected = expected;
            }
        }
    }
    printf("%sok %u - %s: %u rows of %u blocks of %u, %u columns\n", wrong ? "not " : "", ++tests,
        shape.name, shape.rows, shape.blocks, shape.block_rows, shape.cols);
    if (wrong)
        printf("# %u rows wrong, first row %u: %08lX, expected %08lX\n", wrong, bad_row, bad_got, bad_expected);
}

static void planes(void)
{
    uint16_t n = word(), i;
    uint8_t *got = batch, *expected = batch + 4096;

    input(x, n * sizeof *x);
    input(expected, 4 * n);
    got[4 * n] = 0xA5;
    exact_planes(got, x, n);
    i = memcmp(got, expected, 4 * n) || got[4 * n] != 0xA5;
    printf("%sok %u - planes of %u values\n", i ? "not " : "", ++tests, n);
}

/* The user's stop leaves the accumulators as they are. */
static void stop(void)
{
    memset(batch, 0x3F, 32);
    reu_write(0, batch, 32);
    x[0] = F32_ONE;
    exact_begin(1, 8, 8);
    machine_stopped = 1;
    exact_columns(0, x, 1);
    machine_stopped = 0;
    exact_store(out, 7, 1);
    printf("%sok %u - machine_stopped\n", out[0] ? "not " : "", ++tests);
}

int main(void)
{
    uint16_t kind;

    machine_stopped = 0; /* sim65 does not clear the zero page */
    tables_init();
    exact_init(PRODUCTS);
    while ((kind = word()) != CASE_END) {
        if (kind == CASE_PLANES)
            planes();
        else
            product(kind == CASE_PRODUCT);
    }
    stop();
    printf("1..%u\n# %lu accumulators compared\n", tests, checked);
    return 0;
}
