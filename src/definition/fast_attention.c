/* Definitions of the fast engine (fast.h): attention. */
#include "fast.h"
#include <string.h>
#include "fixed.h"
#include "machine.h"
#include "window.h"

uint16_t fast_exp2[256];
uint8_t fast_near_weights[FAST_NEAR];

struct fast_head fast_head;

void fast_weigh(void)
{
    for (unsigned i = 0; i < FAST_NEAR; ++i)
        fast_near_weights[i] = (uint8_t)(((fast_exp2[i % 64 * 4] >> i / 64) + 128U) >> 8);
}

#define in_window ((const uint8_t *)window)

uint32_t fast_extent_16(const int16_t *x, uint8_t n)
{
    uint32_t sum = n;

    for (unsigned i = 0; i < n; ++i)
        sum += (uint32_t)(x[i] < 0 ? ~x[i] : x[i]) >> 8;
    return sum << 8;
}

void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled(x[i], -shift);
}

/* --- into the caches ----------------------------------------------------------- */

uint8_t fast_headroom(const int16_t *x, uint16_t n)
{
    uint16_t bits = 0;
    uint8_t shift = 0;

    for (unsigned i = 0; i < n; ++i)
        bits |= (uint16_t)(x[i] < 0 ? ~x[i] : x[i]);
    for (; shift < 15 && !(bits & 0x4000); bits <<= 1)
        ++shift;
    return shift;
}

static reu_address put(reu_address at, uint8_t byte)
{
    reu_write(at, &byte, 1);
    return at + FAST_POSITIONS;
}

static reu_address put_planes(reu_address at, const int16_t *x, uint8_t shift)
{
    unsigned n_planes = fast_head.precise ? FAST_PRECISE_KEY_PLANES : FAST_KEY_PLANES;

    for (unsigned p = 0; p < n_planes; ++p) {
        uint8_t plane = 0;
        for (unsigned j = 0; j < FAST_GROUP; ++j) {
            uint16_t u = (uint16_t)((uint16_t)x[j] << shift ^ 0x8000);
            plane |= (uint8_t)((u >> (16 - n_planes + p) & 1) << j);
        }
        at = put(at, plane);
    }
    return at;
}

static reu_address put_bytes(reu_address at, const int16_t *x, uint8_t shift)
{
    for (unsigned k = 0; k < 1u + fast_head.precise; ++k)
        for (unsigned j = 0; j < FAST_GROUP; ++j) {
            int16_t value = (int16_t)((uint16_t)x[j] << shift);
            int byte = (value + (fast_head.precise ? 0 : 128)) >> 8;
            if (!fast_head.precise)
                byte = byte > 127 ? 127 : byte < -127 ? -127 : byte;
            at = put(at, (uint8_t)(k ? value : byte + 128));
        }
    return at;
}

void fast_remember(reu_address at, const int16_t *key, const int16_t *value, uint8_t exponents)
{
    for (unsigned group = 0; group < fast_head.groups; ++group)
        at = put_planes(at, key + group * FAST_GROUP, exponents & 15);
    for (unsigned group = 0; group < fast_head.groups; ++group)
        at = put_bytes(at, value + group * FAST_GROUP, exponents >> 4);
}

/* --- scores ---------------------------------------------------------------------- */


#define LIST_POSITION 0 /* [64] positions in the block; before there are weights, fractions of precise scores */
#define LIST_LOW 64     /* [64] low bytes of scores or of weights */
#define LIST_HIGH 128   /* [64] high bytes */
#define LIST_COUNT 192  /* weights in the list */

static uint8_t list[LIST_COUNT + 1];
static uint8_t exponents[FAST_POSITIONS];
static uint8_t key_least, value_least;

static uint8_t block_positions(unsigned block)
{
    return block + 1U < fast_head.blocks ? FAST_POSITIONS : fast_head.last_positions;
}

static reu_address block_at(unsigned block)
{
    return fast_head.cache + fast_head.block_bytes * block;
}

static void get_exponents(unsigned block)
{
    reu_read(exponents, fast_head.exponents + block * FAST_POSITIONS, FAST_POSITIONS);
}

static void get_list(unsigned block)
{
    reu_read(list, fast_head.lists + block * 256U, sizeof list);
}

static void put_list(unsigned block)
{
    reu_write(fast_head.lists + block * 256U, list, sizeof list);
}

static unsigned group_width(unsigned group)
{
    unsigned left = fast_head.size - group * FAST_GROUP;
    return left < FAST_GROUP ? left : FAST_GROUP;
}

/* The greatest shift up to 14 that leaves the sizes of each group with a sum of fast_head.most - 8 and
 * each element below 2^15: a size divided by 2, towards minus infinity, is at most half of it and 1/2. */
static int fit(const int16_t *q)
{
    uint32_t greatest = 0, limit = fast_head.most - 8U;
    int shift = 0;

    for (unsigned group = 0; group < fast_head.groups; ++group) {
        uint32_t sum = 0, bits = 0;
        for (unsigned j = 0; j < group_width(group); ++j) {
            int x = q[group * FAST_GROUP + j];
            sum += (uint32_t)(x < 0 ? -x : x);
            bits |= (uint32_t)(x < 0 ? ~x : x) | 0xFF;
        }
        if (2 * bits > sum)
            sum = 2 * bits;
        if (sum > greatest)
            greatest = sum;
    }
    for (; greatest > limit; greatest >>= 1)
        --shift;
    for (; shift >= 0 && shift < 14 && 2 * greatest <= limit; greatest <<= 1)
        ++shift;
    return shift;
}

/* table[b] = half of what is missing in the sizes' sum to fast_head.most + sum of the sizes of negative elements
 * + sum of the elements for the bits of b, for b < 128; table[255 - b] = fast_head.most - table[b]. */
static void make_table(uint16_t *table, const int16_t *q, unsigned width, int shift)
{
    int x[FAST_GROUP] = {0};
    uint16_t sum = 0, negative = 0;

    for (unsigned j = 0; j < width; ++j) {
        x[j] = (int)shift_right(q[j], -shift);
        sum += (uint16_t)(x[j] < 0 ? -x[j] : x[j]);
        negative += (uint16_t)(x[j] < 0 ? -x[j] : 0);
    }
    for (unsigned b = 0; b < 128; ++b) {
        table[b] = (uint16_t)((fast_head.most - sum) / 2 + negative);
        for (unsigned j = 0; j < FAST_GROUP; ++j)
            if (b >> j & 1)
                table[b] = (uint16_t)(table[b] + x[j]);
        table[255 - b] = fast_head.most - table[b];
    }
}

/* A score: 16 bits and a fraction of 8, which is 0 if it is not precise. */
static int32_t score_at(unsigned i)
{
    return (fast_head.precise ? list[LIST_POSITION + i] : 0) | list[LIST_LOW + i] << 8 | list[LIST_HIGH + i] << 16;
}

static void put_score(unsigned i, int32_t score)
{
    list[LIST_POSITION + i] = (uint8_t)score;
    list[LIST_LOW + i] = (uint8_t)(score >> 8);
    list[LIST_HIGH + i] = (uint8_t)(score >> 16);
}

static void score_block(const uint16_t *table, unsigned add, unsigned n)
{
    unsigned planes = fast_head.precise ? FAST_PRECISE_KEY_PLANES : FAST_KEY_PLANES;

    for (unsigned i = 0; i < n; ++i) {
        unsigned sum = 0, carry = 0;
        int32_t score;
        for (unsigned p = 0; p < planes; ++p) {
            uint16_t entry = table[in_window[FAST_POSITIONS * p + i]];
            if (p == FAST_LOW_PLANES) {
                sum = sum << 8 | carry << 7;
                carry = 0;
            }
            sum += (p < FAST_LOW_PLANES ? entry >> 8 : entry) + carry;
            carry = sum & 1;
            sum >>= 1;
        }
        score = (int32_t)(sum << 8 | (fast_head.precise ? carry << 7 : 0));
        put_score(i, add ? score_at(i) + score : score);
    }
}

/* Brings the scores to the exponent key_least; returns the greatest. */
static int32_t align(unsigned n)
{
    int32_t greatest = 0, centre = fast_head.centre << 8;

    for (unsigned i = 0; i < n; ++i) {
        int32_t score = ((score_at(i) - centre) >> ((exponents[i] & 15) - key_least)) + centre;
        if (!fast_head.precise)
            score &= ~0xFF;
        put_score(i, score);
        if (score > greatest)
            greatest = score;
    }
    return greatest;
}

/* --- softmax --------------------------------------------------------------------- */

static uint32_t total;   /* of all weights */
static uint32_t counted; /* of those that values are taken with */

/* 65280 * 2^-(below / 2^16), 0 from 16 on. */
static uint16_t precise_weight(uint32_t below)
{
    unsigned i = below >> 8 & 255, next = i < 255 ? fast_exp2[i + 1] : fast_exp2[0] / 2;

    if (below >> 20)
        return 0;
    return (uint16_t)((fast_exp2[i] - ((fast_exp2[i] - next) * (below & 255) >> 8)) >> (below >> 16));
}

/* Scores of n positions become the list of their weights, where there is one. */
static void weigh(int32_t greatest, int places, unsigned n)
{
    uint8_t count = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t below = (uint32_t)(greatest - score_at(i)), weight;
        unsigned lower = (exponents[i] >> 4) - value_least;
        if (fast_head.precise) {
            uint64_t octaves = (uint64_t)shift_right(below, places - 2);
            weight = octaves >> 20 ? 0 : precise_weight((uint32_t)octaves);
        } else {
            below = (uint32_t)scaled(below >> 8, places);
            weight = below < FAST_NEAR ? fast_near_weights[below] : 0;
        }
        total += weight;
        weight = (weight + (1U << lower >> 1)) >> lower;
        if (weight) {
            counted += weight;
            list[LIST_POSITION + count] = (uint8_t)i;
            list[LIST_LOW + count] = (uint8_t)weight;
            list[LIST_HIGH + count] = (uint8_t)(weight >> 8);
            ++count;
        }
    }
    list[LIST_COUNT] = count;
}

/* --- values ----------------------------------------------------------------------- */

static uint64_t sums[FAST_GROUP];

#define SMALL 32 /* of weights below it times 256 / SMALL the products' high bytes are enough */

static unsigned product(unsigned weight, uint8_t value)
{
    return weight > 1 && weight < SMALL ? high_byte((uint8_t)(weight * (256 / SMALL)), value) * SMALL : weight * value;
}

/* weight * value / 2^16, without the product of the low bytes, at most 2 more. */
static unsigned precise_product(unsigned weight, uint8_t high, uint8_t low)
{
    return (weight >> 8) * high + high_byte((uint8_t)(weight >> 8), low) + high_byte((uint8_t)weight, high);
}

static void add_values(void)
{
    for (unsigned i = 0; i < list[LIST_COUNT]; ++i) {
        const uint8_t *value = in_window + list[LIST_POSITION + i];
        unsigned weight = (unsigned)(list[LIST_LOW + i] | list[LIST_HIGH + i] << 8);
        for (unsigned j = 0; j < FAST_GROUP; ++j, value += FAST_POSITIONS)
            sums[j] += fast_head.precise ? precise_product(weight, value[0], value[FAST_GROUP * FAST_POSITIONS]) << 8
                                         : product(weight, value[0]);
    }
}

/* a * b / 2^16 without the product of the low bytes, at most 2 more. */
static uint16_t high_product(uint16_t a, uint16_t b)
{
    return (uint16_t)((a >> 8) * (b >> 8) + high_byte((uint8_t)a, b >> 8) + high_byte(a >> 8, (uint8_t)b));
}

static void means(int16_t *y, unsigned width)
{
    int shift = 0;
    uint16_t reciprocal, centre;

    while (shift_right(total, shift) >= 0x10000)
        ++shift;
    while (shift_right(total, shift) < 0x8000)
        --shift;
    reciprocal = (uint16_t)((0x7FFFFFFF >> 4) / shift_right(total, shift) << 4 >> (value_least - fast_head.value_exponent));
    centre = high_product((uint16_t)scaled((int64_t)counted << 7, shift + 8), reciprocal);
    for (unsigned j = 0; j < width; ++j)
        y[j] = (int16_t)(high_product((uint16_t)scaled((int64_t)sums[j], shift + 8), reciprocal) - centre);
}

void fast_attend(int16_t *y, const int16_t *q)
{
    unsigned blocks = fast_head.blocks, many = blocks > 1;
    int shift = fit(q), places;
    uint16_t table[256];
    int32_t greatest = 0, most;

    get_exponents(blocks - 1);
    key_least = exponents[fast_head.last_positions - 1] & 15;
    value_least = exponents[fast_head.last_positions - 1] >> 4;
    places = fast_head.score + key_least + 2 + shift;
    for (unsigned group = 0; group < fast_head.groups; ++group) {
        unsigned key_bytes = (fast_head.precise ? FAST_PRECISE_KEY_PLANES : FAST_KEY_PLANES) * FAST_POSITIONS;
        make_table(table, q + group * FAST_GROUP, group_width(group), shift);
        for (unsigned block = 0; block < blocks; ++block) {
            if (machine_stopped)
                return;
            reu_read(window, block_at(block) + key_bytes * group, (uint16_t)key_bytes);
            if (many && group)
                get_list(block);
            score_block(table, group, block_positions(block));
            if (group == fast_head.groups - 1U) {
                get_exponents(block);
                most = align(block_positions(block));
                if (most > greatest)
                    greatest = most;
            }
            if (many)
                put_list(block);
        }
    }
    total = counted = 0;
    for (unsigned group = 0; group < fast_head.groups; ++group) {
        unsigned value_bytes = fast_head.precise ? 16 * FAST_POSITIONS : 8 * FAST_POSITIONS;
        memset(sums, 0, sizeof sums);
        for (unsigned block = 0; block < blocks; ++block) {
            if (machine_stopped)
                return;
            if (many)
                get_list(block);
            if (group == 0) {
                get_exponents(block);
                weigh(greatest, places, block_positions(block));
                if (many && fast_head.groups > 1)
                    put_list(block);
            }
            reu_read(window, block_at(block + 1) - value_bytes * (fast_head.groups - group), (uint16_t)value_bytes);
            add_values();
        }
        means(y + group * FAST_GROUP, group_width(group));
    }
}
