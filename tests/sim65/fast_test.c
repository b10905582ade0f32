/* 6502 side of the fast kernels' test: reads cases (fast_test.h) from stdin,
 * compares every byte with the definitions', prints TAP. With the argument of a
 * kernel's number it only runs its cases, without comparing, for cycle counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fast.h"
#include "fast_test.h"
#include "machine.h"
#include "window.h"

void tables_init(void);
unsigned fast_stub_kernel(void); /* where the selected one is */

extern uint8_t fast_memory[MEMORY_BYTES];
#include "fast_call.h"

static const char *const names[KERNELS] = {
    "", "rows and tables", "length", "hidden", "narrow", "greatest", "multiply", "scale", "residual",
    "logits", "rotate", "swiglu", "remember", "attend", "factor", "tables from the image", "extent_16",
    "shift_16", "offset", "gather", "sums of chunks", "distances", "exponentials", "products", "bounds"
};
static struct test_case c;
static uint8_t in[REU_AT + MEMORY_BYTES], expected[800], out[800];
static unsigned long cases[KERNELS], wrong[KERNELS];

static void input(void *to, unsigned size)
{
    char *at = to;
    int n;

    for (; size; size -= n, at += n) {
        n = read(0, at, size);
        if (n <= 0) {
            printf("Bail out! the input ends early\n");
            exit(1);
        }
    }
}

/* Whether the kernels of stories260K's matrices have room at a time with so many bits: else each token would
 * make them anew, half a million cycles of it. */
static unsigned char fit(uint8_t bits)
{
    static const uint8_t groups[] = {8, 8, 6};
    uint8_t low[3], i;
    unsigned at[4], kernel;
    unsigned char round, fits = 1;

    low[0] = bits > 8 ? FAST_LOW(bits) : bits > 5 ? bits - 5 : 1;
    low[1] = low[2] = bits > 8 ? FAST_LOW(bits) : bits > 6 ? bits - 6 : 1;
    fast_forget();
    for (round = 0; round < 2; ++round)
        for (i = 0; i < 4; ++i) {
            if (i < 3)
                fast_select(groups[i], bits, low[i]);
            else if (bits > FAST_BOUND_PLANES)
                fast_select(8, FAST_BOUND_PLANES, FAST_BOUND_PLANES);
            kernel = fast_stub_kernel();
            if (!round)
                at[i] = kernel;
            else if (at[i] != kernel)
                fits = 0;
        }
    return fits;
}

int main(void)
{
    unsigned i;
    unsigned failed = 0;

    tables_init();
    fast_forget();
    machine_stopped = 0;
    for (;;) {
        input(&c, sizeof c);
        if (c.kernel == KERNEL_END)
            break;
        input(in, c.input);
        input(expected, c.output);
        if (c.input > REU_AT)
            memcpy(fast_memory, in + REU_AT, c.input - REU_AT);
        call(&c, in, out);
        ++cases[c.kernel];
        if (memcmp(out, expected, c.output) != 0 && !wrong[c.kernel]++) {
            for (i = 0; out[i] == expected[i]; ++i)
                ;
            printf("# %s: n %u, a %d %d %d, byte %u of %u is %02x, not %02x\n", names[c.kernel], c.n, c.a[0], c.a[1], c.a[2], i,
                   c.output, out[i], expected[i]);
        }
    }
    printf("1..%u\n", KERNELS);
    for (i = 1; i < KERNELS; ++i) {
        printf("%s %u - fast %s: %lu cases", wrong[i] || !cases[i] ? "not ok" : "ok", i, names[i], cases[i]);
        if (wrong[i])
            printf(", %lu wrong", wrong[i]);
        printf("\n");
        failed += wrong[i] != 0;
    }
    for (i = 4; i <= FAST_MAX_PLANES && fit((uint8_t)i); ++i)
        ;
    if (i <= FAST_MAX_PLANES)
        printf("not ok %u - fast kernels fit at a time: not with %u bits\n", KERNELS, i);
    else
        printf("ok %u - fast kernels fit at a time\n", KERNELS);
    failed += i <= FAST_MAX_PLANES;
    return failed != 0;
}
