#include "train_kernels.h"

#include <math.h>
#include <string.h>

#define ROWS 3 /* of a register block: 16 SSE registers hold 3 x 4 sums */
#define KERNEL(name) name##_base
#define KERNELS_NAME "base"
#include "train_kernels.inc"
#undef ROWS
#undef KERNEL
#undef KERNELS_NAME

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define ROWS 6
#define KERNEL(name) name##_avx2
#define KERNELS_NAME "avx2"
#include "train_kernels.inc"
#pragma GCC pop_options
#endif

const struct train_kernels *train_kernels(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &kernels_avx2;
#endif
    return &kernels_base;
}

const struct train_kernels *train_kernels_base(void)
{
    return &kernels_base;
}
