/* Definitions of the fast engine (fast.h): matrix times vector. Integers only, so
 * that a 6502 gives the same bytes. */
#include "fast.h"
#include "window.h"
#include "fixed.h"
#include "fast_row.h"
#include <stdlib.h>
#include <string.h>

static uint16_t fast_table[FAST_GROUPS][256];
static uint8_t groups, planes, low;

#define EXACT_PLANES 3 /* the most significant of more than 8 */

void fast_forget(void)
{
}

void fast_select(uint8_t new_groups, uint8_t new_planes, uint8_t new_low)
{
    groups = new_groups;
    planes = new_planes;
    low = new_low;
}

/* What the low planes' low bytes, and the bits that halving loses, make on average, times 2^places of the planes above. */
static unsigned lost(unsigned places)
{
    unsigned all = 128U * (groups + 1);

    return (unsigned)scaled(all - (all >> low), (int)places);
}

/* What the accumulator of more than 8 planes lacks on average, in eighths: what the low planes lose; the bits that the exact
 * planes lose, 7/16; less 1/16 that each group gains; and of the centre, half of its last bit if the sum of K is odd, as it is
 * with an odd number of groups, and what sum / 2^17 is, as a rule 1/4 and more. The 3 lower bits are added as carries into the
 * exact planes. */
static int eighths(void)
{
    return (int)lost(7) + ((8 - groups) >> 1) - 4 * (groups & 1) + 2 * (planes == 16);
}

uint16_t fast_tables(const int16_t *x)
{
    uint16_t sum = 0, bias;

    for (unsigned g = 0; g < groups; ++g, x += FAST_GROUP) {
        uint16_t size = 0, both;
        int32_t all = 0;
        for (unsigned j = 0; j < FAST_GROUP; ++j) {
            size += (uint16_t)abs(x[j]);
            all += x[j];
        }
        both = (uint16_t)((size + 2) | 0xFF);
        sum += both;
        for (unsigned b = 0; b < 128; ++b) {
            fast_table[g][b] = (uint16_t)((both - all) / 2);
            for (unsigned j = 0; j < FAST_GROUP; ++j)
                if (b >> j & 1)
                    fast_table[g][b] += x[j];
            fast_table[g][255 - b] = both - fast_table[g][b];
        }
    }
    /* Half of all that the planes can add up to, less what the planes of high
     * bytes lose on average, and more by what the sums of low bytes gain. */
    if (planes > 8)
        bias = (uint16_t)(eighths() >> 3);
    else
        bias = (uint16_t)(lost(planes - low) - (groups >> 1));
    return (uint16_t)((sum >> 1) - (uint16_t)scaled(sum, planes + 1) - bias);
}

/* The sum of the tables' high bytes of planes from..to-1, with what halving shifts out as low
 * byte, and the low bytes' sum of each group. A bit shifted out there counts for the next
 * sum as if it were a whole: half a unit a group too many on average. */
static uint32_t sum_of_chains(uint32_t accumulator, const uint8_t (*row)[FAST_GROUPS], unsigned to)
{
    accumulator <<= 8;
    for (unsigned p = low; p < to; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += fast_table[g][row[p][g]] & 0xFF00;
        accumulator >>= 1;
    }
    for (unsigned g = 0; g < groups; ++g) {
        unsigned sum = 0;
        for (unsigned p = low; p < to; ++p)
            sum = (sum >> 1) + (sum & 1) + (fast_table[g][row[p][g]] & 0xFF);
        accumulator += (sum >> 1) + (sum & 1);
    }
    return accumulator;
}

static uint16_t row_accumulator(const uint8_t (*row)[FAST_GROUPS])
{
    uint32_t accumulator = 0;
    unsigned chains = planes > 8 ? planes - EXACT_PLANES : planes;

    for (unsigned p = 0; p < low; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += fast_table[g][row[p][g]] >> 8;
        accumulator >>= 1;
    }
    if (low == planes)
        return (uint16_t)(accumulator << 7);
    accumulator = sum_of_chains(accumulator, row, chains);
    for (unsigned p = chains; p < planes; ++p) {
        accumulator += (unsigned)eighths() >> (p - chains) & 1;
        for (unsigned g = 0; g < groups; ++g)
            accumulator += fast_table[g][row[p][g]];
        accumulator >>= 1;
    }
    return (uint16_t)accumulator;
}

uint8_t fast_above[FAST_BLOCK];

static int32_t sum_at(const int16_t *d, const uint8_t *above, unsigned i)
{
    return (int8_t)above[i] * 65536 + (uint16_t)d[i];
}

uint8_t fast_excess(const int16_t *d, uint16_t n)
{
    unsigned most = 0;
    uint8_t places = 0;

    for (unsigned i = 0; i < n; ++i) {
        int32_t sum = sum_at(d, fast_above, i);
        most |= (uint32_t)(sum < 0 ? ~sum : sum) >> 8;
    }
    for (++most; most > 127; most >>= 1)
        ++places;
    return places;
}

void fast_lower(int16_t *d, uint8_t places, uint16_t n)
{
    for (unsigned i = 0; i < n; ++i)
        d[i] = (int16_t)scaled(sum_at(d, fast_above, i), places);
}

static uint16_t last_centre;

int16_t fast_row(reu_address at)
{
    uint8_t bytes[FAST_MAX_PLANES * FAST_GROUPS], row[FAST_MAX_PLANES][FAST_GROUPS];

    reu_read(bytes, at, (uint16_t)(planes * groups));
    for (unsigned p = 0; p < planes; ++p)
        memcpy(row[planes - 1 - p], bytes + p * groups, groups);
    return (int16_t)(row_accumulator(row) - last_centre);
}

void fast_rows(int16_t *d, uint8_t *above, reu_address rows, uint16_t stride, uint16_t centre, uint8_t sum, uint8_t n)
{
    last_centre = centre;
    for (unsigned i = 0; i < n; ++i, rows += stride) {
        int32_t all = fast_row(rows) + (sum == FAST_NEXT ? sum_at(d, above, i) : 0);
        d[i] = (int16_t)all;
        if (sum != FAST_ONLY)
            above[i] = (uint8_t)((uint32_t)all >> 16);
    }
}

void fast_gather(int16_t *y, uint8_t groups, uint8_t planes)
{
    const uint8_t *record = (const uint8_t *)window;

    for (unsigned i = 0; i < groups * 8U; ++i) {
        unsigned u = planes < 16 ? 0x8000U >> planes : 0;
        for (unsigned p = 0; p < planes; ++p)
            u |= (record[p * groups + i / 8] >> i % 8 & 1U) << (15 - p);
        y[i] = (int16_t)(u ^ 0x8000);
    }
}
