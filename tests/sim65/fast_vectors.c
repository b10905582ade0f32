/* Host side of the fast kernels' test: random and extreme cases with what the
 * definitions give. fast_vectors CASES [KERNEL]: so many of each, or of one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fast.h"
#include "fast_test.h"
#include "window.h"
#include "fixed.h"
#include "machine.h"
#include "reu_host.h"

f32 window[WINDOW];
volatile uint8_t machine_stopped;

static uint8_t reu[512 * 1024], memory[REU_AT + MEMORY_BYTES], scratch[sizeof memory], out[1024];
#define fast_memory reu
#include "fast_call.h"
static struct test_case c;

static uint32_t random_bits(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static unsigned below(unsigned n)
{
    return random_bits() % n;
}

/* A number of up to `bits` bits and a sign: any size is as likely as another,
 * and so are the extremes. */
static int32_t number(unsigned bits)
{
    uint32_t most = bits == 31 ? 0x7FFFFFFF : (1u << bits) - 1, value;

    switch (below(8)) {
    case 0: value = most; break;
    case 1: value = 0; break;
    case 2: value = 1; break;
    default: value = random_bits() & most >> below(bits); break;
    }
    return below(2) ? (int32_t)value : -(int32_t)value;
}

static void put16(unsigned at, int32_t value)
{
    memory[at] = (uint8_t)value;
    memory[at + 1] = (uint8_t)((uint32_t)value >> 8);
}

static void put32(unsigned at, int32_t value)
{
    put16(at, value);
    put16(at + 2, (int32_t)((uint32_t)value >> 16));
}

static void put16s(unsigned at, unsigned n, unsigned bits)
{
    for (unsigned i = 0; i < n; ++i)
        put16(at + 2 * i, number(bits));
}

/* A part of the residual. */
static void put_residual(unsigned at, unsigned n, unsigned bits)
{
    for (unsigned i = 0; i < n; ++i) {
        int32_t r = number(bits);
        for (unsigned k = 0; k < 4; ++k)
            memory[at + 64 * k + i] = (uint8_t)((uint32_t)r >> 8 * k);
    }
}

/* Products of rows, as fast_rows gives them. */
static void put_products(unsigned at, unsigned n)
{
    for (unsigned i = 0; i < n; ++i) {
        int32_t d = number(15);
        put16(at + 2 * i, d > 32767 - 128 ? 32767 - 128 : d < -32767 + 255 ? -32767 + 255 : d);
    }
}

static void put_scales(unsigned at, unsigned n)
{
    for (unsigned i = 0; i < n; ++i)
        memory[at + i] = (uint8_t)(below(4) ? 1 + below(255) : 255);
}

/* n int16 with a sum of absolutes of at most FAST_SUM, none above 32767. */
static void put_chunk(unsigned n)
{
    uint32_t left = FAST_SUM;
    int extreme = below(4) == 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t most = extreme ? left : FAST_SUM / n * 2, value;
        most = most > 32767 ? 32767 : most > left ? left : most;
        value = extreme && below(2) ? most : below(most + 1);
        left -= value;
        put16(2 * i, below(2) ? (int32_t)value : -(int32_t)value);
    }
}

/* Keys, values and exponents as remember() leaves them, and queries; the scores' exponent makes
 * anything from one to all of the positions count. */
static void make_attention(void)
{
    struct fast_head *head = (struct fast_head *)memory;
    unsigned precise = below(2), planes = precise ? 16 : 12, bytes = FAST_GROUP << precise, bits = 1 + below(15), most, positions;
    uint8_t exponents = (uint8_t)(below(2) ? 0xFF : random_bits());

    head->size = (uint16_t)(below(2) ? 8 : 1 + below(24));
    head->groups = (uint8_t)((head->size + FAST_GROUP - 1) / FAST_GROUP);
    head->block_bytes = head->groups * (planes + bytes) * FAST_POSITIONS;
    most = MEMORY_BYTES / (head->block_bytes + 256 + FAST_POSITIONS) * FAST_POSITIONS;
    positions = 1 + below(below(3) ? FAST_POSITIONS : most);
    head->blocks = (uint8_t)((positions + FAST_POSITIONS - 1) / FAST_POSITIONS);
    head->last_positions = (uint8_t)((positions - 1) % FAST_POSITIONS + 1);
    head->lists = head->blocks * head->block_bytes;
    head->exponents = head->lists + head->blocks * 256U;
    head->precise = (uint8_t)precise;
    head->most = 0xFFFF;
    for (unsigned i = 1; i < head->groups; i <<= 1)
        head->most >>= 1;
    head->centre = (uint16_t)((head->most >> 1) * head->groups);
    for (unsigned i = 0; i < positions; ++i) {
        uint8_t *block = memory + REU_AT + i / FAST_POSITIONS * head->block_bytes, *at = block + i % FAST_POSITIONS;
        if (below(16) == 0)
            exponents = (uint8_t)(below((exponents & 15) + 1U) | (exponents & 0xF0));
        if (below(16) == 0)
            exponents = (uint8_t)((exponents & 15) | below((exponents >> 4) + 1U) << 4);
        for (unsigned j = 0; j < planes * head->groups; ++j, at += FAST_POSITIONS)
            *at = below(10) ? (uint8_t)random_bits() : (uint8_t)-(int)below(2);
        for (unsigned j = 0; j < bytes * head->groups; ++j, at += FAST_POSITIONS)
            *at = (uint8_t)(below(3) ? random_bits() : 255 * below(2)) | !precise;
        memory[REU_AT + head->exponents + i] = exponents;
    }
    head->value_exponent = (int8_t)((int)(below(2) ? exponents >> 4 : below((exponents >> 4) + 1U)) - (int)below(4));
    head->score = (int8_t)((int)below(30) - 14 - (exponents & 15) - (15 - (int)bits));
    c.a[0] = (int8_t)(1 + below(2));
    put16s(64, (unsigned)c.a[0] * head->size, bits);
    c.input = REU_AT + MEMORY_BYTES;
    c.output = (uint16_t)(4 + 2 * (unsigned)c.a[0] * head->size);
}

/* An interval of fast_silu, from x to next. */
static void put_silu(unsigned at, double x, double next, int one)
{
    long size = lround(one * fabs(x / (1 + exp(-x)))), slope = lround(one * fabs(next / (1 + exp(-next)))) - size;

    memory[at] = (uint8_t)size;
    memory[at + 256] = (uint8_t)(size >> 8);
    memory[at + 512] = (uint8_t)labs(slope);
}

/* The greatest of the rows, the first of several, is what all of them computed say it is; a bound is one. */
static void check_bounds(void)
{
    uint8_t groups = (uint8_t)c.a[0], planes = (uint8_t)c.a[1], low = (uint8_t)c.a[2];
    uint16_t stride = (uint8_t)c.a[3], centre;
    int16_t sums[FAST_COLUMNS], bounds[FAST_COLUMNS];
    int32_t most, found = 0, product;

    memcpy(&most, memory + 192, sizeof most);
    fast_select(groups, planes, low);
    centre = fast_tables((const int16_t *)(const void *)memory);
    fast_rows(sums, fast_above, 0, stride, centre, FAST_ONLY, c.n);
    fast_select(groups, FAST_BOUND_PLANES, FAST_BOUND_PLANES);
    fast_rows(bounds, fast_above, 0, stride, FAST_BOUND_CENTRE(centre, groups), FAST_ONLY, c.n);
    for (int i = 0; i < c.n; ++i) {
        if (2 * bounds[i] < sums[i]) {
            fprintf(stderr, "twice the bound %d of a row is less than its sum %d\n", bounds[i], sums[i]);
            exit(1);
        }
        product = sums[i] * memory[128 + i];
        if (product > most) {
            most = product;
            found = i + 1;
        }
    }
    if (memcmp(out, &found, 4) != 0 || memcmp(out + 4, &most, 4) != 0) {
        fprintf(stderr, "the greatest is %d of row %d, not row %d\n", most, found, out[0]);
        exit(1);
    }
}

static void make(uint8_t kernel)
{
    unsigned n = 1 + below(64);

    memset(memory, 0, sizeof memory);
    memset(&c, 0, sizeof c);
    if (below(4) == 0)
        n = 64;
    c.kernel = kernel;
    switch (kernel) {
    case KERNEL_ROWS: {
        unsigned groups = below(3) ? 8 : 1 + below(8), planes = below(2) ? 8 : 4 + below(13), stride;
        unsigned low = below(planes > 5 ? planes - 4 : 1);
        if (below(4) == 0)
            low = 0;
        if (planes > 8)
            low = FAST_LOW(planes);
        stride = groups * planes + (below(3) ? 0 : groups * below(17 - planes));
        n = 1 + below(below(4) ? 16 : FAST_ROWS);
        if (below(4) == 0)
            n = FAST_ROWS;
        if (n * stride > MEMORY_BYTES)
            n = MEMORY_BYTES / stride;
        put_chunk(groups * 8);
        for (unsigned i = 0; i < stride * n; ++i)
            memory[REU_AT + i] = below(10) ? (uint8_t)random_bits() : (uint8_t)-(int)below(2);
        c.a[0] = (int8_t)groups;
        c.a[1] = (int8_t)planes;
        c.a[2] = (int8_t)low;
        c.a[3] = (int8_t)stride;
        c.a[4] = (int8_t)!below(4);
        c.a[5] = (int8_t)below(3);
        put16s(128, n, 15);
        for (unsigned i = 0; i < n; ++i)
            memory[128 + 2 * FAST_ROWS + i] = (uint8_t)random_bits();
        c.input = (uint16_t)(REU_AT + stride * n);
        c.output = (uint16_t)(4 + (c.a[5] == FAST_ONLY ? 2 : 3) * n);
        break;
    }
    case KERNEL_BOUNDS: {
        unsigned groups = below(3) ? 8 : 1 + below(8), planes = below(2) ? 8 : FAST_BOUND_PLANES + 1 + below(11), least = below(3) ? n : 1 + below(n);
        unsigned stride = groups * (planes + below(17 - planes));
        put_chunk(groups * 8);
        if (below(4) == 0)
            memset(memory, 0, groups * 16);
        put_scales(128, n);
        if (below(4) == 0)
            memset(memory + 128, (int)below(2), n);
        put32(192, below(2) ? FAST_LEAST_PRODUCT : number(22));
        for (unsigned i = 0; i < n; ++i) { /* some like each other, and such with the greatest sums of all */
            uint8_t *row = memory + REU_AT + i * stride;
            const int16_t *x = (const int16_t *)(const void *)memory;
            unsigned kind = below(16);
            for (unsigned j = 0; j < stride; ++j)
                row[j] = (uint8_t)(below(10) ? random_bits() : 255 * below(2));
            for (unsigned j = 0; kind < 2 && j < stride; ++j)
                for (unsigned k = row[j] = 0; k < 8; ++k)
                    row[j] |= (uint8_t)((x[j % groups * 8 + k] > 0) ^ kind) << k;
            if (i >= least)
                memcpy(row, row - least * stride, stride);
        }
        c.a[0] = (int8_t)groups;
        c.a[1] = (int8_t)planes;
        c.a[2] = (int8_t)(planes > 8 ? FAST_LOW(planes) : below(planes - 3));
        c.a[3] = (int8_t)stride;
        c.input = (uint16_t)(REU_AT + stride * n);
        c.output = (uint16_t)(4 + 4 + 2 * n);
        break;
    }
    case KERNEL_LOWER: {
        unsigned bits = 14 + below(10);
        for (unsigned i = 0; i < n; ++i) {
            int32_t sum = number(bits);
            put16(2 * i, sum);
            memory[128 + i] = (uint8_t)(sum >> 16);
        }
        c.a[0] = (int8_t)below(3);
        c.input = (uint16_t)(128 + n);
        c.output = (uint16_t)(4 + 2 * n);
        break;
    }
    case KERNEL_LENGTH:
        put32(0, (int32_t)(below(8) ? random_bits() >> below(32) : below(2)));
        c.input = 4;
        c.output = 4;
        break;
    case KERNEL_NARROW:
        c.a[0] = (int8_t)((int)below(24) - 7);
        put_residual(0, n, (unsigned)(15 + c.a[0]));
        c.input = FAST_RESIDUAL_BYTES;
        c.output = (uint16_t)(4 + 2 * n);
        break;
    case KERNEL_MULTIPLY:
        put16(0, (int32_t)(below(4) ? random_bits() & 0x7FFF : 0x7FFF));
        put16s(2, n, 15);
        c.input = (uint16_t)(2 + 2 * n);
        c.output = (uint16_t)(4 + 2 * n);
        break;
    case KERNEL_SCALE:
        c.a[0] = (int8_t)below(9);
        put16s(0, n, 15U - (unsigned)c.a[0]);
        put_scales(256, n);
        c.input = (uint16_t)(256 + 2 * n);
        c.output = (uint16_t)(4 + 2 * n);
        break;
    case KERNEL_RESIDUAL:
        c.a[0] = (int8_t)(below(2) ? (int)below(8) : (int)below(47) - 15);
        put16s(0, n, below(2) ? 15 : 11);
        put_scales(128, n);
        put_residual(192, n, below(4) ? 24 : 31);
        c.input = 192 + FAST_RESIDUAL_BYTES;
        c.output = 4 + FAST_RESIDUAL_BYTES;
        break;
    case KERNEL_LOGITS:
        c.a[0] = (int8_t)((int)below(20) - 10);
        put16s(0, n, below(2) ? 15 : 11);
        put_scales(256, n);
        c.input = (uint16_t)(256 + 2 * n);
        c.output = (uint16_t)(4 + 4 * n);
        break;
    case KERNEL_GREATEST: /* also with equal products, and none above the one before */
        put16s(0, n, below(2) ? 15 : 3);
        put_scales(256, n);
        if (below(2))
            for (unsigned i = 0; i < 2 * n; i += 2)
                memory[i + 1] |= 0x80;
        put32(320, below(3) ? FAST_LEAST_PRODUCT : number(23));
        c.input = 324;
        c.output = 8;
        break;
    case KERNEL_ROTATE:
        n += n & 1;
        for (unsigned i = 0; i < n; i += 2) {
            double angle = below(4) ? below(10000) / 1000.0 : below(13) * acos(0), x = cos(angle) * 32768, y = sin(angle) * 32768;
            put16(256 + 2 * i, x > 32767 ? 32767 : (int32_t)lround(x));
            put16(258 + 2 * i, y > 32767 ? 32767 : (int32_t)lround(y));
        }
        for (unsigned i = 0; i < 2 * n; i += 2) {
            do {
                put16(2 * i, number(15));
                put16(2 * i + 2, number(15));
            } while (hypot((int16_t)(memory[2 * i] | memory[2 * i + 1] << 8), (int16_t)(memory[2 * i + 2] | memory[2 * i + 3] << 8)) > 32760);
        }
        c.input = (uint16_t)(256 + 2 * n);
        c.output = (uint16_t)(4 + 4 * n);
        break;
    case KERNEL_SWIGLU:
        c.a[0] = (int8_t)(below(4) ? below(6) : below(16));
        c.a[1] = (int8_t)below(2);
        put_products(0, 2 * n);
        put_scales(256, 2 * n);
        c.input = (uint16_t)(256 + 2 * n);
        c.output = (uint16_t)(4 + sizeof(struct fast_sizes));
        break;
    case KERNEL_HIDDEN:
        c.a[0] = (int8_t)below(17);
        for (unsigned i = 0; i < n; ++i) {
            unsigned most = 15 + (unsigned)c.a[0] > 24 ? 24 : 15 + (unsigned)c.a[0];
            int32_t size = number(most);
            size = size < 0 ? -size : size;
            if (scaled(size, c.a[0]) > 32767)
                --size;
            if (scaled(size, c.a[0]) > 32767)
                size /= 2;
            for (unsigned k = 0; k < 3; ++k)
                memory[64 * k + i] = (uint8_t)(size >> 8 * k);
            memory[192 + i] = (uint8_t)(below(2) << 7);
        }
        c.input = sizeof(struct fast_sizes);
        c.output = (uint16_t)(4 + 2 * n);
        break;
    case KERNEL_OFFSET:
        put16(0, (int32_t)random_bits());
        put16(2, (int32_t)random_bits());
        c.input = 4;
        c.output = 4;
        break;
    case KERNEL_GATHER:
        n = 1 + below(8);
        c.a[0] = (int8_t)(1 + below(16));
        for (unsigned i = 0; i < n * (unsigned)c.a[0]; ++i)
            memory[i] = (uint8_t)random_bits();
        c.input = (uint16_t)(n * (unsigned)c.a[0]);
        c.output = (uint16_t)(4 + 16 * n);
        break;
    case KERNEL_REMEMBER:
        c.a[1] = (int8_t)below(2);
        n = 1 + below(c.a[1] ? 24 : 48);
        put16s(0, 64, 1 + below(15));
        put16s(128, 64, 1 + below(15));
        c.a[0] = (int8_t)(below(2) ? 0xFF : random_bits());
        c.input = 256;
        c.output = 4 + 128;
        break;
    case KERNEL_ATTEND:
        make_attention();
        break;
    case KERNEL_FACTOR: /* the image's numerator, and the greatest */
        put32(0, below(8) ? 1064304640 : 0x3FFFFFFF - (int32_t)below(2) * (int32_t)(random_bits() & 0xFFFF));
        put32(4, (int32_t)(random_bits() >> below(32) | 1));
        if (below(4) == 0)
            put32(4, (int32_t)(below(2) ? 0xFFFFFFFF : (uint32_t)(below(32768) + 32768) * (below(2) + 32768)));
        c.input = 8;
        c.output = 4;
        break;
    case KERNEL_EXTENT_16:
        put16s(0, n, 1 + below(15));
        c.input = (uint16_t)(2 * n);
        c.output = 4;
        break;
    case KERNEL_SHIFT_16:
        c.a[0] = (int8_t)((int)below(19) - 5);
        put16s(0, n, c.a[0] > 0 ? 15 - (unsigned)c.a[0] + (c.a[0] == 15) : 15);
        c.input = (uint16_t)(2 * n);
        c.output = (uint16_t)(4 + 2 * n);
        break;
    case KERNEL_PRODUCTS:
        put16s(0, n, below(2) ? 15 : 11);
        put_scales(256, n);
        c.input = (uint16_t)(256 + n);
        c.output = (uint16_t)(4 + 4 * n);
        break;
    case KERNEL_DISTANCES: { /* also of those that equal the greatest */
        int32_t most = number(23);
        put32(0, most);
        for (unsigned i = 0; i < n; ++i) {
            int32_t l = below(4) ? number(23) : most - (int32_t)below(1u << below(16));
            put32(4 + 4 * i, l > most || l < -0x7FFFFF ? most : l);
        }
        c.a[0] = (int8_t)((int)below(40) - 15);
        c.input = (uint16_t)(4 + 4 * n);
        c.output = (uint16_t)(4 + 2 * n);
        break;
    }
    case KERNEL_EXPONENTIALS:
        c.a[0] = (int8_t)below(9);
        c.a[1] = (int8_t)(1 + below(FAST_OCTAVES - (unsigned)c.a[0]));
        c.a[2] = (int8_t)below(FAST_OCTAVES);
        put32(0, (int32_t)(random_bits() & 0x7FFFFFFF)); /* and 64 weights are less than 2^32 */
        for (unsigned i = 0; i < n; ++i)
            put16(4 + 2 * i, (int32_t)(below(8) ? random_bits() & 0x3FFFu >> below(6) : 0));
        c.input = (uint16_t)(4 + 2 * n);
        c.output = 4 + sizeof(struct fast_draw);
        break;
    case KERNEL_TABLES:
        for (unsigned i = 0; i < 256; ++i) {
            put16(2 * i, (int32_t)lround(65280 * exp2(-(int)i / 256.0)));
            put_silu(512 + i, ((int)i - 128) / 16.0, ((int)i - 127) / 16.0, 1024);
            put_silu(1280 + i, i / 32.0, (i + 1) / 32.0, 1024 << FAST_SILU_FINER);
        }
        c.input = 2048;
        c.output = 4 + FAST_NEAR;
        break;
    }
    c.n = (uint8_t)n;
    memset(out, 0, sizeof out);
    memcpy(scratch, memory, sizeof memory);
    memcpy(reu, memory + REU_AT, MEMORY_BYTES);
    memcpy(reu + ACROSS, memory + REU_AT, MEMORY_BYTES);
    reu_attach(reu, sizeof reu);
    call(&c, scratch, out);
    if (kernel == KERNEL_BOUNDS)
        check_bounds();
    fwrite(&c, sizeof c, 1, stdout);
    fwrite(memory, 1, c.input, stdout);
    fwrite(out, 1, c.output, stdout);
}

int main(int argc, char **argv)
{
    unsigned cases = argc > 1 ? (unsigned)atoi(argv[1]) : 100, only = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

    make(KERNEL_TABLES);
    for (unsigned i = 0; i < cases; ++i)
        for (unsigned kernel = 1; kernel < KERNELS; ++kernel)
            if (kernel != KERNEL_TABLES && (!only || kernel == only))
                make((uint8_t)kernel);
    putchar(KERNEL_END);
    for (unsigned i = 1; i < sizeof c; ++i)
        putchar(0);
    return 0;
}
