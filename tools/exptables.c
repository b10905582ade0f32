/* Writes the tables of f32_exp for the C64 as assembly source to stdout. */
#include <stdio.h>

#include "f32_exp.h"

/* Byte i of the numbers below 1 in the table: bits 2^(1-8i) to 2^-8i. */
static void plane(const char *name, int i, unsigned count, uint64_t (*entry)(unsigned))
{
    printf("%s%d:", name, i);
    for (unsigned j = 0; j < count; j++)
        printf("%s$%02x", j % 16 ? "," : "\n        .byte ", (unsigned)(entry(j) >> 8 * (5 - i) & 255));
    printf("\n");
}

static uint64_t fine(unsigned j)
{
    return exp_fine(j);
}

int main(void)
{
    printf("; Tables of f32_exp (src/definition/f32_exp.h), a plane for each byte.\n\n");
    printf("        .export exp_coarse1, exp_coarse2, exp_coarse3, exp_coarse4, exp_coarse5\n");
    printf("        .export exp_fine3, exp_fine4, exp_fine5\n\n");
    printf("        .segment \"TABLES\"\n        .align 256\n\n");
    for (int i = 3; i <= 5; i++)
        plane("exp_fine", i, EXP_FINE, fine);
    for (int i = 1; i <= 5; i++)
        plane("exp_coarse", i, EXP_COARSE, exp_coarse);
    return 0;
}
