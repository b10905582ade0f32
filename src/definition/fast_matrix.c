/* Definitions of the fast engine (fast.h): matrix times vector. Integers only, so
 * that a 6502 gives the same bytes. */
#include "fast.h"
#include "window.h"
#include "fixed.h"
#include <stdlib.h>
#include <string.h>

static uint16_t fast_table[FAST_GROUPS][256];
static uint8_t groups, planes, low;

void fast_forget(void)
{
}

void fast_select(uint8_t new_groups, uint8_t new_planes, uint8_t new_low)
{
    groups = new_groups;
    planes = new_planes;
    low = new_low;
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
    bias = (uint16_t)((((uint32_t)128 << low) - 128) * (groups + 1) >> planes);
    if (planes <= 8)
        bias -= groups >> 1;
    return (uint16_t)((sum >> 1) - (uint16_t)((uint32_t)sum >> (planes + 1)) - bias);
}

/* Of more than 8 planes: sums of 16 bits. */
static uint16_t sum_of_many(uint32_t accumulator, const uint8_t (*row)[FAST_GROUPS])
{
    accumulator <<= 8;
    for (unsigned p = low; p < planes; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += fast_table[g][row[p][g]];
        /* Rounded in the end; the halvings before lose a half on average. */
        accumulator = (accumulator + (p == planes - 1U)) >> 1;
    }
    return (uint16_t)accumulator;
}

/* Of up to 8 planes: the high bytes' sum, with what halving shifts out as low byte,
 * and the low bytes' sum of each group. A bit shifted out there counts for the next
 * sum as if it were a whole: half a unit a group too many on average. */
static uint16_t sum_of_few(uint32_t accumulator, const uint8_t (*row)[FAST_GROUPS])
{
    accumulator <<= 8;
    for (unsigned p = low; p < planes; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += fast_table[g][row[p][g]] & 0xFF00;
        accumulator >>= 1;
    }
    for (unsigned g = 0; g < groups; ++g) {
        unsigned sum = 0;
        for (unsigned p = low; p < planes; ++p)
            sum = (sum >> 1) + (sum & 1) + (fast_table[g][row[p][g]] & 0xFF);
        accumulator += (sum >> 1) + (sum & 1);
    }
    return (uint16_t)accumulator;
}

static uint16_t row_accumulator(const uint8_t (*row)[FAST_GROUPS])
{
    uint32_t accumulator = 0;

    for (unsigned p = 0; p < low; ++p) {
        for (unsigned g = 0; g < groups; ++g)
            accumulator += fast_table[g][row[p][g]] >> 8;
        accumulator >>= 1;
    }
    return planes > 8 ? sum_of_many(accumulator, row) : sum_of_few(accumulator, row);
}

void fast_rows(int16_t *d, reu_address rows, uint16_t stride, uint16_t centre, uint8_t lower, uint8_t add, uint8_t n)
{
    for (unsigned i = 0; i < n; ++i, rows += stride) {
        uint8_t bytes[FAST_MAX_PLANES * FAST_GROUPS], row[FAST_MAX_PLANES][FAST_GROUPS];

        reu_read(bytes, rows, (uint16_t)(planes * groups));
        for (unsigned p = 0; p < planes; ++p)
            memcpy(row[planes - 1 - p], bytes + p * groups, groups);
        d[i] = (int16_t)((add ? d[i] : 0) + shift_right((int16_t)(row_accumulator(row) - centre), lower));
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
