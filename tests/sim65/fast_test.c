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

extern uint8_t fast_memory[MEMORY_BYTES];
#include "fast_call.h"

static const char *const names[KERNELS] = {
    "", "rows and tables", "length", "hidden", "narrow", "greatest", "multiply", "scale", "residual",
    "logits", "rotate", "swiglu", "remember", "attend", "factor", "tables from the image", "extent_16",
    "shift_16", "offset", "gather", "sums of chunks", "distances", "exponentials", "products"
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
    printf("1..%u\n", KERNELS - 1);
    for (i = 1; i < KERNELS; ++i) {
        printf("%s %u - fast %s: %lu cases", wrong[i] || !cases[i] ? "not ok" : "ok", i, names[i], cases[i]);
        if (wrong[i])
            printf(", %lu wrong", wrong[i]);
        printf("\n");
        failed += wrong[i] != 0;
    }
    return failed != 0;
}
