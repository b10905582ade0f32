/* Definitions of the fast engine (fast.h): attention. */
#include "fast.h"
#include "fast_tables.h"
#include "fixed.h"
#include "window.h"

uint16_t fast_exp2[256];
uint8_t fast_near_weights[FAST_NEAR];
uint8_t fast_lists[FAST_LISTS][256];

#define in_window ((const uint8_t *)window)

uint8_t fast_headroom(const int16_t *x, uint16_t n)
{
    uint16_t bits = 0;
    uint8_t shift = 0;

    for (unsigned i = 0; i < n; ++i)
        bits |= (uint16_t)(x[i] < 0 ? ~x[i] : x[i]);
    if (!bits)
        return 15;
    for (; !(bits & 0x4000); bits <<= 1)
        ++shift;
    return shift;
}

uint32_t fast_extent_16(const int16_t *x, uint8_t n)
{
    uint32_t sum = 0, bits = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t size = (uint32_t)(x[i] < 0 ? -x[i] : x[i]);
        sum += size;
        bits |= size;
    }
    return 2 * bits > sum ? 2 * bits : sum;
}

void fast_shift_16(int16_t *y, const int16_t *x, int8_t shift, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)scaled(x[i], -shift);
}

int8_t fast_fit(int16_t *y, const int16_t *x, uint16_t n)
{
    uint32_t sum = 0, bits = 0;
    int8_t shift = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t size = (uint32_t)(x[i] < 0 ? -x[i] : x[i]);
        sum += size;
        bits |= size;
    }
    if (2 * bits > sum)
        sum = 2 * bits;
    for (; sum > FAST_QUERY; sum >>= 1)
        --shift;
    for (; shift >= 0 && shift < 14 && 2 * sum <= FAST_QUERY; sum <<= 1)
        ++shift;
    for (unsigned i = 0; i < n; ++i)
        y[i] = (int16_t)shift_right(x[i], -shift);
    for (; n % FAST_GROUP; ++n)
        y[n] = 0;
    return shift;
}

uint16_t fast_query_sum(uint8_t table, uint8_t groups)
{
    uint16_t sum = 0;

    for (; groups; --groups, ++table)
        sum += fast_table[table][0] + fast_table[table][255];
    return sum;
}

/* --- into the caches ----------------------------------------------------------- */

void fast_planes(uint8_t *to, const int16_t *x, uint8_t shift, uint8_t n_planes)
{
    for (unsigned p = 0; p < n_planes; ++p) {
        to[p] = 0;
        for (unsigned j = 0; j < FAST_GROUP; ++j) {
            uint16_t u = (uint16_t)((uint16_t)x[j] << shift ^ 0x8000);
            to[p] |= (uint8_t)((u >> (16 - n_planes + p) & 1) << j);
        }
    }
}

void fast_bytes(uint8_t *to, const int16_t *x, uint8_t shift, uint8_t wide)
{
    for (unsigned j = 0; j < FAST_GROUP; ++j) {
        int16_t value = (int16_t)((uint16_t)x[j] << shift);
        if (wide) {
            to[j] = (uint8_t)((uint16_t)value >> 8 ^ 0x80);
            to[FAST_GROUP + j] = (uint8_t)value;
        } else {
            int byte = (value + 128) >> 8;
            to[j] = (uint8_t)((byte > 127 ? 127 : byte < -127 ? -127 : byte) + 128);
        }
    }
}

/* --- scores ---------------------------------------------------------------------- */

static uint16_t greatest_score(const uint8_t *scores, uint8_t first, uint8_t n)
{
    uint16_t greatest = 0;

    for (unsigned i = first; i < n; ++i) {
        uint16_t score = (uint16_t)(scores[FAST_LOW + i] | scores[FAST_HIGH + i] << 8);
        if (score > greatest)
            greatest = score;
    }
    return greatest;
}

uint16_t fast_scores(uint8_t head, uint8_t table, uint8_t n_planes, uint8_t add, uint8_t first, uint8_t n)
{
    uint8_t *scores = fast_lists[head];

    for (unsigned i = first; i < n; ++i) {
        unsigned sum = 0, carry = 0;
        for (unsigned p = 0; p < n_planes; ++p) {
            uint16_t entry = fast_table[table][in_window[FAST_POSITIONS * p + i]];
            if (p == FAST_LOW_PLANES) {
                sum = sum << 8 | carry << 7;
                carry = 0;
            }
            sum += (p < FAST_LOW_PLANES ? entry >> 8 : entry) + carry;
            carry = sum & 1;
            sum >>= 1;
        }
        if (add)
            sum += (unsigned)(scores[FAST_LOW + i] | scores[FAST_HIGH + i] << 8);
        scores[FAST_LOW + i] = (uint8_t)sum;
        scores[FAST_HIGH + i] = (uint8_t)(sum >> 8);
    }
    return greatest_score(scores, first, n);
}

uint16_t fast_align(uint8_t head, const uint8_t *exponents, uint8_t least, uint16_t centre, uint8_t n)
{
    uint8_t *scores = fast_lists[head];

    for (unsigned i = 0; i < n; ++i) {
        int32_t score = (scores[FAST_LOW + i] | scores[FAST_HIGH + i] << 8) - centre;
        score = (score >> ((exponents[i] & 15) - least)) + centre;
        scores[FAST_LOW + i] = (uint8_t)score;
        scores[FAST_HIGH + i] = (uint8_t)(score >> 8);
    }
    return greatest_score(scores, 0, n);
}

/* --- softmax --------------------------------------------------------------------- */

uint32_t fast_near(uint8_t head, uint16_t greatest, int8_t places, uint8_t n)
{
    uint8_t *list = fast_lists[head], count = 0;
    uint32_t total = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint32_t below = (uint32_t)(greatest - (list[FAST_LOW + i] | list[FAST_HIGH + i] << 8));
        below = (uint32_t)scaled(below, places);
        if (below < FAST_NEAR) {
            total += fast_near_weights[below];
            list[FAST_POSITION + count] = (uint8_t)i;
            list[FAST_LOW + count] = (uint8_t)below;
            list[FAST_HIGH + count] = (uint8_t)(below >> 8);
            ++count;
        }
    }
    list[FAST_COUNT] = count;
    return total << 8;
}

/* 65280 * 2^-(below / 2^16), 0 from 16 on. */
static uint16_t precise_weight(uint32_t below)
{
    unsigned i = below >> 8 & 255, next = i < 255 ? fast_exp2[i + 1] : fast_exp2[0] / 2;

    if (below >> 20)
        return 0;
    return (uint16_t)((fast_exp2[i] - ((fast_exp2[i] - next) * (below & 255) >> 8)) >> (below >> 16));
}

uint32_t fast_near_precise(uint8_t head, uint16_t greatest, int8_t places, uint8_t n)
{
    uint8_t *list = fast_lists[head], count = 0;
    uint32_t total = 0;

    for (unsigned i = 0; i < n; ++i) {
        uint16_t below = (uint16_t)(greatest - (list[FAST_LOW + i] | list[FAST_HIGH + i] << 8));
        uint64_t octaves = (uint64_t)shift_right(below, places - 10);
        if (octaves < 0x100000) {
            total += precise_weight((uint32_t)octaves);
            list[FAST_POSITION + count] = (uint8_t)i;
            list[FAST_LOW + count] = (uint8_t)below;
            list[FAST_HIGH + count] = (uint8_t)(below >> 8);
            ++count;
        }
    }
    list[FAST_COUNT] = count;
    return total;
}

uint32_t fast_log2(uint32_t total)
{
    unsigned whole = 0, i = 0, fraction, step;

    for (; total > fast_exp2[0]; total >>= 1)
        ++whole;
    for (unsigned bit = 128; bit; bit >>= 1)
        if (fast_exp2[i + bit] >= total)
            i += bit;
    step = fast_exp2[i] - (i < 255 ? fast_exp2[i + 1] : fast_exp2[0] / 2U);
    fraction = ((fast_exp2[i] - total) << 8) / step;
    return ((uint32_t)whole << 16) - (i << 8) - (fraction > 255 ? 255 : fraction);
}

static uint16_t lowered(uint32_t weight, unsigned places)
{
    return (uint16_t)((weight + (1U << places >> 1)) >> places);
}

uint32_t fast_weigh(uint8_t head, const uint8_t *exponents, uint8_t least, uint16_t lower)
{
    uint8_t *list = fast_lists[head], count = 0;
    unsigned carried = 128;
    uint32_t sum = 0;

    for (unsigned i = 0; i < list[FAST_COUNT]; ++i) {
        uint8_t position = list[FAST_POSITION + i];
        unsigned below = (unsigned)(list[FAST_LOW + i] | list[FAST_HIGH + i] << 8), weight;
        carried = (carried & 255) + (lower >> 2 & 255);
        below += (lower >> 10) + (carried >> 8);
        weight = below < FAST_NEAR ? lowered(fast_near_weights[below], (exponents[position] >> 4) - least) : 0;
        if (weight) {
            sum += weight;
            list[FAST_POSITION + count] = position;
            list[FAST_LOW + count] = (uint8_t)weight;
            ++count;
        }
    }
    list[FAST_COUNT] = count;
    return sum;
}

uint32_t fast_weigh_precise(uint8_t head, const uint8_t *exponents, uint8_t least, uint16_t lower, int8_t places)
{
    uint8_t *list = fast_lists[head];
    uint32_t sum = 0;

    for (unsigned i = 0; i < list[FAST_COUNT]; ++i) {
        uint32_t below = (uint32_t)shift_right(list[FAST_LOW + i] | list[FAST_HIGH + i] << 8, places - 10) + lower;
        uint16_t weight = lowered(precise_weight(below), (exponents[list[FAST_POSITION + i]] >> 4) - least);
        sum += weight;
        list[FAST_LOW + i] = (uint8_t)weight;
        list[FAST_HIGH + i] = (uint8_t)(weight >> 8);
    }
    return sum;
}

/* --- values ----------------------------------------------------------------------- */

static uint64_t get_sum(const uint8_t *sum)
{
    uint64_t value = 0;

    for (unsigned i = FAST_SUM_BYTES; i > 0; --i)
        value = value << 8 | sum[i - 1];
    return value;
}

static void put_sum(uint8_t *sum, uint64_t value)
{
    for (unsigned i = 0; i < FAST_SUM_BYTES; ++i, value >>= 8)
        sum[i] = (uint8_t)value;
}

void fast_values(uint8_t *sums, uint8_t head, uint8_t add)
{
    const uint8_t *list = fast_lists[head];

    for (unsigned j = 0; j < FAST_GROUP; ++j, sums += FAST_SUM_BYTES) {
        uint64_t sum = add ? get_sum(sums) : 0;
        for (unsigned i = 0; i < list[FAST_COUNT]; ++i)
            sum += (unsigned)(list[FAST_LOW + i] * in_window[FAST_POSITIONS * j + list[FAST_POSITION + i]]);
        put_sum(sums, sum);
    }
}

void fast_values_precise(uint8_t *sums, uint8_t head, uint8_t add)
{
    const uint8_t *list = fast_lists[head];

    for (unsigned j = 0; j < FAST_GROUP; ++j, sums += FAST_SUM_BYTES) {
        uint64_t sum = add ? get_sum(sums) : 0;
        for (unsigned i = 0; i < list[FAST_COUNT]; ++i) {
            uint8_t position = list[FAST_POSITION + i];
            unsigned high = in_window[FAST_POSITIONS * j + position], low = in_window[FAST_POSITIONS * (FAST_GROUP + j) + position];
            unsigned weight_low = list[FAST_LOW + i], weight_high = list[FAST_HIGH + i];
            sum += (weight_high * high << 8) + weight_high * low + weight_low * high;
        }
        put_sum(sums, sum);
    }
}

void fast_mean(int16_t *y, const uint8_t *sums, uint32_t weights, uint8_t shift)
{
    for (unsigned j = 0; j < FAST_GROUP; ++j, sums += FAST_SUM_BYTES) {
        int16_t mean = saturated(scaled((int64_t)get_sum(sums) - ((int64_t)weights << 7), shift));
        y[j] = saturated(mean + (mean >> 8));
    }
}
