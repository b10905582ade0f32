/* 6502 side of bench_fast.sh: a matrix of the fast engine times a vector, or only what the stand-in
 * for the REU takes of it.
 *   fast_bench ROWS COLUMNS PLANES HIGH product|fetch */
#include <stdlib.h>
#include <string.h>
#include "fast.h"
#include "machine.h"

void tables_init(void);
void fetch_only(uint8_t bytes, uint8_t n);

extern uint8_t fast_memory[8192];

static int16_t x[FAST_COLUMNS], d[FAST_ROWS];

static void fill(void)
{
    uint16_t i;
    uint32_t state = 1;

    for (i = 0; i < sizeof fast_memory; ++i) {
        state = state * 1664525UL + 1013904223UL;
        fast_memory[i] = (uint8_t)(state >> 24);
    }
    for (i = 0; i < FAST_COLUMNS; ++i)
        x[i] = (int16_t)(fast_memory[i] * 4) - 510;
}

int main(int argc, char **argv)
{
    uint16_t rows, columns, left, centre, row;
    uint8_t planes, high, groups, stride, n, only_fetch;

    if (argc != 6)
        return 2;
    rows = atoi(argv[1]);
    columns = atoi(argv[2]);
    planes = (uint8_t)atoi(argv[3]);
    high = (uint8_t)atoi(argv[4]);
    only_fetch = !strcmp(argv[5], "fetch");
    tables_init();
    fast_forget();
    machine_stopped = 0;
    fill();
    for (left = columns; left; left -= left < FAST_COLUMNS ? left : FAST_COLUMNS) {
        groups = left < FAST_COLUMNS ? (uint8_t)((left + FAST_GROUP - 1) / FAST_GROUP) : FAST_GROUPS;
        stride = groups * planes;
        fast_select(groups, planes, planes > 8 ? FAST_LOW(planes) : planes - high); /* makes a kernel: once for all tokens, so it does not count */
        if (!only_fetch)
            centre = fast_tables(x);
        for (row = 0; row < rows; row += n) {
            n = rows - row < FAST_ROWS ? (uint8_t)(rows - row) : FAST_ROWS;
            if (n > sizeof fast_memory / stride)
                n = (uint8_t)(sizeof fast_memory / stride);
            if (only_fetch)
                fetch_only(stride, n);
            else
                fast_rows(d, fast_above, 0, stride, centre, columns <= FAST_COLUMNS ? FAST_ONLY : left == columns ? FAST_FIRST : FAST_NEXT, n);
        }
    }
    return 0;
}
