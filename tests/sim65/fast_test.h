/* What fast_vectors.c writes and fast_test.c reads, lowest byte first: cases of
 *   uint8_t kernel; uint8_t n; int8_t a[6]; uint16_t input, output bytes;
 *   the input; the output that the definition gives
 * The kernels are numbered below; a, input and output as fast_test.c has them. */
#define KERNEL_END 0
#define KERNEL_ROWS 1
#define KERNEL_LENGTH 2
#define KERNEL_HIDDEN 3
#define KERNEL_NARROW 4
#define KERNEL_GREATEST 5
#define KERNEL_MULTIPLY 6
#define KERNEL_SCALE 7
#define KERNEL_RESIDUAL 8
#define KERNEL_LOGITS 9
#define KERNEL_ROTATE 10
#define KERNEL_SWIGLU 11
#define KERNEL_REMEMBER 12
#define KERNEL_ATTEND 13
#define KERNEL_FACTOR 14
#define KERNEL_TABLES 15 /* fast_exp2, fast_silu are the input, fast_near_weights the output */
#define KERNEL_EXTENT_16 16
#define KERNEL_SHIFT_16 17
#define KERNEL_OFFSET 18
#define KERNEL_GATHER 19
#define KERNEL_LOWER 20
#define KERNEL_DISTANCES 21
#define KERNEL_EXPONENTIALS 22
#define KERNEL_PRODUCTS 23
#define KERNEL_BOUNDS 24
#define KERNELS 25

#define MEMORY_BYTES 8192U

struct test_case {
    uint8_t kernel;
    uint8_t n;
    int8_t a[6];
    uint16_t input;
    uint16_t output;
};

/* The call of one case: the same on both sides. in is changed, out filled; the
 * REU's contents begin at in + REU_AT. */
#define REU_AT 1024
