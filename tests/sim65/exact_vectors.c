/* Writes cases of the exact engine's test, with the accumulators that the
 * definition gives, for exact_test.c:
 *   exact_vectors test              all shapes with all kinds of values
 *   exact_vectors quick             some of them
 *   exact_vectors bench BLOCKS BLOCK_ROWS ROWS COLS product|fetch
 *                                   one shape with everyday values */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "exact_test.h"
#include "reu.h"
#include "reu_host.h"
#include "machine.h"

volatile uint8_t machine_stopped;

static uint8_t reu_bytes[65536];

static uint64_t state = 88172645463325252ULL;

static uint32_t random32(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t n)
{
    return random32() % n;
}

static f32 bits(float v)
{
    f32 b;
    memcpy(&b, &v, sizeof b);
    return b;
}

static f32 make(uint32_t sign, int exponent, uint32_t mantissa)
{
    if (exponent < 0)
        exponent = 0;
    if (exponent > 255)
        exponent = 255;
    return (sign & 1) << 31 | (f32)exponent << 23 | (mantissa & 0x7FFFFF);
}

/* Approximately normal. */
static float gaussian(void)
{
    float sum = 0;
    for (int i = 0; i < 12; ++i)
        sum += (float)random32() / 4294967296.0f;
    return sum - 6.0f;
}

/* Mantissas that bring carries, ties and cancellation about. */
static uint32_t odd_mantissa(void)
{
    uint32_t m = random32();

    switch (below(8)) {
    case 0: return 0;
    case 1: return 0x7FFFFF;
    case 2: return 0x7FFFFF & ~(1U << below(23));
    case 3: return 1U << below(23);
    case 4: return 0x7FFFFF & (0xFFFFFFFFU << below(23));
    case 5: return 0x7FFFFF >> below(23);
    case 6: return m & (0xFFFFFFFFU << below(23));
    default: return m;
    }
}

enum kind { GAUSSIAN, WIDE, ANY_BITS, CANCELLING, SHORT, ODD, BOUNDS, NEAR, RARE, ZEROS, KINDS };

static const char *const kind_names[] = {
    "gaussian", "wide exponents", "any bits", "cancelling", "short mantissas: ties",
    "odd mantissas", "exponents at the bounds", "nearly equal exponents", "rare specials", "many zeros"
};

static f32 special(void)
{
    static const f32 values[] = {
        0, 0x80000000, 1, 0x80000001, 0x7FFFFF, 0x807FFFFF, 0x800000, 0x80800000, 0x7F7FFFFF, 0xFF7FFFFF,
        0x7F800000, 0xFF800000, 0x7FC00000, 0x3F800000, 0xBF800000, 0x00000100, 0x80400000
    };
    return values[below(sizeof values / sizeof *values)];
}

static f32 weight_value(enum kind kind)
{
    switch (kind) {
    case GAUSSIAN: return bits(gaussian() * 0.05f);
    case WIDE: return make(random32(), 127 + (int)below(80) - 40, random32());
    case ANY_BITS: return below(4) ? make(random32(), (int)below(256), odd_mantissa()) : special();
    case CANCELLING: return bits((float)((int)below(9) - 4) * 0.125f);
    case SHORT: return make(random32(), 120 + (int)below(14), random32() & (0xFFFFFFFFU << (10 + below(13))));
    case ODD: return make(random32(), 122 + (int)below(8), odd_mantissa());
    case BOUNDS: return make(random32(), (below(2) ? 102 : 153) + (int)below(12) - 6, odd_mantissa());
    case NEAR: return make(random32(), 127 - (int)below(2), below(2) ? odd_mantissa() : random32());
    case RARE: return below(40) ? bits(gaussian()) : special();
    default: return below(3) ? make(below(2), 0, 0) : bits(gaussian());
    }
}

static f32 x_value(enum kind kind)
{
    switch (kind) {
    case GAUSSIAN: return bits(gaussian());
    case WIDE: return make(random32(), 127 + (int)below(60) - 30, random32());
    case ANY_BITS: return below(4) ? make(random32(), (int)below(256), odd_mantissa()) : special();
    case CANCELLING: return bits(below(2) ? 1.0f : -1.0f);
    case SHORT: return make(random32(), 120 + (int)below(14), random32() & (0xFFFFFFFFU << (12 + below(11))));
    case ODD: return make(random32(), 122 + (int)below(8), odd_mantissa());
    case BOUNDS: return make(random32(), (below(2) ? 102 : 153) + (int)below(12) - 6, odd_mantissa());
    case NEAR: return make(random32(), 127 - (int)below(2), below(2) ? odd_mantissa() : random32());
    case RARE: return below(12) ? bits(gaussian()) : special();
    default: return below(3) ? make(below(2), 0, 0) : bits(gaussian());
    }
}

static void put16(unsigned v)
{
    putchar(v & 0xFF);
    putchar(v >> 8);
}

static void put_f32(f32 v)
{
    put16(v & 0xFFFF);
    put16(v >> 16);
}

static unsigned case_word = CASE_PRODUCT;

static void one_case(enum kind kind, unsigned blocks, unsigned block_rows, unsigned rows, unsigned cols)
{
    static uint8_t column[EXACT_MAX_BLOCKS * EXACT_BLOCK_ROWS * 4];
    static f32 expected[EXACT_MAX_BLOCKS * EXACT_BLOCK_ROWS], values[EXACT_BLOCK_ROWS];
    static f32 before[EXACT_MAX_BLOCKS * EXACT_BLOCK_ROWS];
    unsigned bytes = blocks * block_rows * 4, per_batch = BATCH_BYTES / bytes, done = 0, n;

    if (per_batch > BATCH_COLUMNS)
        per_batch = BATCH_COLUMNS;
    put16(case_word);
    put16(blocks);
    put16(block_rows);
    put16(rows);
    put16(cols);
    for (n = 0; n < 40; ++n)
        putchar(n < strlen(kind_names[kind]) ? kind_names[kind][n] : 0);
    exact_begin((uint8_t)blocks, (uint16_t)block_rows, (uint16_t)rows);
    f32 x[BATCH_COLUMNS], previous_x = 0;
    for (; done < cols; done += n) {
        n = cols - done < per_batch ? cols - done : per_batch;
        for (unsigned j = 0; j < n; ++j) {
            int undo = kind != GAUSSIAN && kind != ANY_BITS && below(8) == 0 && done + j > 0;
            x[j] = undo ? previous_x ^ F32_SIGN : x_value(kind);
            previous_x = x[j];
            for (unsigned b = 0; b < blocks; ++b) {
                for (unsigned r = 0; r < block_rows; ++r) {
                    f32 *old = &before[b * block_rows + r];
                    values[r] = undo ? *old : weight_value(kind);
                    *old = values[r];
                }
                exact_planes(column + b * block_rows * 4, values, (uint16_t)block_rows);
            }
            reu_write(j * bytes, column, (uint16_t)bytes);
        }
        exact_columns(0, x, (uint16_t)n);
        put16(n);
        for (unsigned j = 0; j < n; ++j)
            put_f32(x[j]);
        fwrite(reu_bytes, 1, n * bytes, stdout);
    }
    put16(0);
    exact_store(expected, 0, (uint16_t)rows);
    for (unsigned r = 0; r < rows; ++r)
        put_f32(expected[r]);
}

static void planes_case(unsigned n)
{
    static f32 values[512];
    static uint8_t planes[2048];

    for (unsigned i = 0; i < n; ++i)
        values[i] = random32();
    exact_planes(planes, values, (uint16_t)n);
    put16(CASE_PLANES);
    put16(n);
    for (unsigned i = 0; i < n; ++i)
        put_f32(values[i]);
    fwrite(planes, 1, 4 * n, stdout);
}

int main(int argc, char **argv)
{
    static const struct { uint16_t blocks, block_rows, rows, cols; } shapes[] = {
        {1, 64, 64, 172}, {1, 8, 8, 130}, {1, 64, 1, 8}, {1, 64, 7, 9}, {1, 128, 128, 64}, {1, 7, 7, 20},
        {1, 63, 63, 1}, {1, 65, 65, 30}, {2, 172, 344, 12}, {2, 256, 512, 10}, {1, 256, 256, 12},
        {4, 250, 1000, 6}, {1, 1, 1, 40}, {3, 100, 201, 8}, {4, 256, 300, 4}, {1, 172, 172, 16}, {4, 256, 1024, 5}
    };
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    unsigned repeats = quick ? 1 : 6;

    reu_attach(reu_bytes, sizeof reu_bytes);
    if (argc == 7 && strcmp(argv[1], "bench") == 0) {
        case_word = strcmp(argv[6], "fetch") ? CASE_PRODUCT : CASE_FETCH;
        one_case(GAUSSIAN, (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
        put16(CASE_END);
        return 0;
    }
    if (argc != 2 || (!quick && strcmp(argv[1], "test"))) {
        fprintf(stderr, "usage: exact_vectors test|quick|bench BLOCKS BLOCK_ROWS ROWS COLS product|fetch\n");
        return 2;
    }

    for (unsigned r = 0; r < repeats; ++r)
        for (unsigned s = 0; s < sizeof shapes / sizeof *shapes; ++s)
            for (unsigned kind = 0; kind < KINDS; ++kind)
                if (!quick || s < 2 || kind == s % KINDS || kind == (s + 5) % KINDS)
                    one_case((enum kind)kind, shapes[s].blocks, shapes[s].block_rows, shapes[s].rows,
                        quick && shapes[s].cols > 60 && kind != GAUSSIAN ? 60 : shapes[s].cols);
    planes_case(1);
    planes_case(8);
    planes_case(256);
    planes_case(512);
    put16(CASE_END);
    return 0;
}
