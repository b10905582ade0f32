/* Attention in fixed point. The cache of a layer's key/value head is a sequence of
 * blocks of FAST_POSITIONS positions:
 *   for each group of 8 elements the keys, as in fast.h,
 *   for each group the values,
 *   exponents [FAST_POSITIONS]: the left shifts that key (low nibble) and value
 *   (high nibble) came with
 * The exponents of a head never grow from one position to the next, so that those
 * of a story's beginning do not depend on what follows.
 *
 * Ranges. The elements of a fitted query add up to FAST_QUERY in size, and where
 * they are shifted to the right to 1 more each: with 512 elements FAST_SUM. A score
 * is at most that and 1 for each of 64 groups, rounded up: 65,087; its distance from
 * the centre, half the sum, is less than 2^15. A product of weight and value is less
 * than 2^16, a precise one less than 2^24: a block's 64 add up to less than
 * 2^30, those of 8192 positions to less than 2^37, of 5 bytes; the weights to less
 * than 2^29. Weights add up to 255/256 of a power of two but for their rounding, so
 * a mean is hardly more than the greatest value, and it saturates. */
#include "fast_attention.h"
#include <string.h>
#include "fast.h"
#include "machine.h"
#include "model.h"
#include "window.h"

#define KEY_PLANES 12
#define PRECISE_KEY_PLANES 16

static const struct fast_header *fast;
static uint8_t precise, key_planes;
static uint8_t n_kv_heads, q_per_kv;
static uint16_t head_size;
static uint8_t groups;         /* of a head */
static uint8_t together;       /* query heads */
static uint16_t key_bytes, value_bytes; /* of a group in a block */
static uint32_t block_bytes, head_bytes, keys_bytes; /* keys_bytes: of all groups in a block */
static reu_address here;       /* the cache of the head that comes next */
static uint16_t last;          /* the token's position; what follows depends on it alone */
static uint8_t blocks;         /* up to there */
static uint8_t last_positions; /* of the last of them */
static uint8_t many;           /* several blocks: the lists are kept in the REU */
static uint32_t last_block;    /* from the beginning of a head's cache on */
static uint32_t last_exponents; /* to those of the last position */
static uint8_t value_exponent; /* the least of the layer's heads */

static uint8_t exponents[FAST_POSITIONS];
static uint8_t sums[FAST_LISTS][FAST_GROUP * FAST_SUM_BYTES];

#define in_window ((uint8_t *)window)
#define sums_of(head) ((head) ? sums[1] : sums[0])

void attention_begin(const struct fast_header *header, uint8_t is_precise)
{
    uint16_t i, n_blocks = (model.config.seq_len + FAST_POSITIONS - 1U) / FAST_POSITIONS;

    fast = header;
    precise = is_precise;
    key_planes = precise ? PRECISE_KEY_PLANES : KEY_PLANES;
    head_size = model.config.head_size;
    n_kv_heads = (uint8_t)model.config.n_kv_heads;
    q_per_kv = (uint8_t)(model.config.n_heads / model.config.n_kv_heads);
    groups = (uint8_t)((head_size + FAST_GROUP - 1) / FAST_GROUP);
    together = groups <= FAST_GROUPS / 2 && q_per_kv > 1 ? 2 : 1;
    key_bytes = (uint16_t)(key_planes * FAST_POSITIONS);
    value_bytes = (uint16_t)(FAST_GROUP * FAST_POSITIONS << precise);
    block_bytes = (uint32_t)(key_bytes + value_bytes) * groups + FAST_POSITIONS;
    head_bytes = block_bytes * n_blocks;
    keys_bytes = (uint32_t)key_bytes * groups;
    for (i = 0; i < FAST_NEAR; ++i)
        fast_near_weights[i] = (uint8_t)(((fast_exp2[(i & 63) << 2] >> (i >> 6)) + 128U) >> 8);
}

void attention_rewind(uint16_t position)
{
    here = fast->cache;
    last = position;
    many = position >= FAST_POSITIONS;
    blocks = (uint8_t)(position / FAST_POSITIONS) + 1;
    last_positions = (uint8_t)(position % FAST_POSITIONS) + 1;
    last_block = block_bytes * (blocks - 1);
    last_exponents = last_block + (block_bytes - FAST_POSITIONS) + (last_positions - 1);
}

/* --- into the caches ------------------------------------------------------------ */

void remember(const int16_t *keys)
{
    const int16_t *key = keys, *value = keys + model.config.kv_dim;
    const int16_t *element;
    reu_address head_at = here, at, exponents_at;
    uint8_t head, group, key_shift, value_shift, previous, record[16];

    value_exponent = 15;
    for (head = 0; head < n_kv_heads; ++head) {
        key_shift = fast_headroom(key, head_size);
        value_shift = fast_headroom(value, head_size);
        exponents_at = head_at + last_exponents;
        if (last) {
            reu_read(&previous, last_positions > 1 ? exponents_at - 1 : exponents_at - block_bytes + (FAST_POSITIONS - 1), 1);
            if (key_shift > (previous & 15))
                key_shift = previous & 15;
            if (value_shift > previous >> 4)
                value_shift = previous >> 4;
        }
        if (value_shift < value_exponent)
            value_exponent = value_shift;
        at = head_at + last_block + (last_positions - 1);
        element = key;
        for (group = 0; group < groups; ++group) {
            fast_planes(record, element, key_shift, key_planes);
            reu_scatter(at, record, key_planes, FAST_POSITIONS);
            element += FAST_GROUP;
            at += key_bytes;
        }
        element = value;
        for (group = 0; group < groups; ++group) {
            fast_bytes(record, element, value_shift, precise);
            reu_scatter(at, record, FAST_GROUP << precise, FAST_POSITIONS);
            element += FAST_GROUP;
            at += value_bytes;
        }
        record[0] = (uint8_t)(key_shift | value_shift << 4);
        reu_write(exponents_at, record, 1);
        head_at += head_bytes;
        key += head_size;
        value += head_size;
    }
}

/* --- scores ----------------------------------------------------------------------- */

/* Of the heads that take their turn together. */
static uint8_t heads;
static int8_t places[FAST_LISTS];   /* see fast_near */
static uint16_t greatest[FAST_LISTS];
static uint16_t query_sum[FAST_LISTS];
static uint8_t key_least, value_least;

static reu_address lists; /* of a block; those of the next are FAST_LISTS * 256 bytes further */

static void get_list(uint8_t head)
{
    reu_read(fast_lists[head], head ? lists + 256 : lists, FAST_LIST_BYTES);
}

static void put_list(uint8_t head)
{
    reu_write(head ? lists + 256 : lists, fast_lists[head], FAST_LIST_BYTES);
}

static uint8_t block_positions(uint8_t block)
{
    return block < blocks - 1 ? FAST_POSITIONS : last_positions;
}

static void get_exponents(reu_address block_at)
{
    reu_read(exponents, block_at + (block_bytes - FAST_POSITIONS), FAST_POSITIONS);
}

/* All scores of the heads whose fitted queries are at `work`. */
static void score(const int16_t *work)
{
    uint8_t first, part, group, head, block, n, unlike, table;
    reu_address block_at, at;
    uint16_t most = 0;

    query_sum[0] = query_sum[1] = 0;
    greatest[0] = greatest[1] = 0;
    for (first = 0; first < groups; first += part) {
        part = groups - first < FAST_GROUPS ? groups - first : FAST_GROUPS;
        fast_query(work + first * FAST_GROUP, (uint8_t)(part * heads));
        for (head = 0; head < heads; ++head)
            query_sum[head] += fast_query_sum(head * part, part);
        block_at = here;
        lists = fast->scores;
        for (block = 0; block < blocks; ++block) {
            n = block_positions(block);
            get_exponents(block_at);
            for (unlike = 0; unlike < n && (exponents[unlike] & 15) != key_least; ++unlike)
                ;
            if (many && first)
                get_list(0);
            at = block_at;
            if (first)
                at += (uint32_t)key_bytes * first;
            for (group = 0; group < part; ++group) {
                reu_read(in_window, at, key_bytes);
                at += key_bytes;
                for (head = 0; head < heads; ++head) {
                    table = head ? part + group : group;
                    if (unlike < n)
                        most = fast_scores(head, table, key_planes, first | group, unlike, n);
                    if (unlike)
                        fast_scores(head, table, key_planes, first | group, 0, unlike);
                    if (first + group < groups - 1)
                        continue;
                    if (unlike < n && most > greatest[head])
                        greatest[head] = most;
                    if (unlike) {
                        most = fast_align(head, exponents, key_least, query_sum[head] >> 1, unlike);
                        if (most > greatest[head])
                            greatest[head] = most;
                    }
                }
            }
            if (many)
                for (head = 0; head < heads; ++head)
                    put_list(head);
            if (machine_stopped)
                return;
            block_at += block_bytes;
            lists += FAST_LISTS * 256;
        }
    }
}

/* --- softmax and values -------------------------------------------------------------- */

static void mix(int16_t *outputs)
{
    uint8_t block, head, group, width = FAST_GROUP;
    uint32_t total, logarithm[FAST_LISTS], weights[FAST_LISTS];
    reu_address block_at, values_at, at;
    int16_t mean[FAST_GROUP], *to;

    for (head = 0; head < heads; ++head) {
        total = 0;
        lists = fast->scores;
        for (block = 0; block < blocks; ++block) {
            if (many)
                get_list(head);
            total += precise ? fast_near_precise(head, greatest[head], places[head], block_positions(block))
                             : fast_near(head, greatest[head], places[head], block_positions(block));
            if (many)
                put_list(head);
            lists += FAST_LISTS * 256;
        }
        logarithm[head] = fast_log2(total);
        weights[head] = 0;
    }
    values_at = here + keys_bytes;
    for (group = 0; group < groups; ++group) {
        block_at = here;
        at = values_at;
        lists = fast->scores;
        for (block = 0; block < blocks; ++block) {
            reu_read(in_window, at, value_bytes);
            if (many && group == 0)
                get_exponents(block_at);
            for (head = 0; head < heads; ++head) {
                if (many)
                    get_list(head);
                if (group == 0) {
                    weights[head] += precise ? fast_weigh_precise(head, exponents, value_least, (uint16_t)logarithm[head], places[head])
                                             : fast_weigh(head, exponents, value_least, (uint16_t)logarithm[head]);
                    if (many && groups > 1)
                        put_list(head);
                }
                if (precise)
                    fast_values_precise(sums_of(head), head, block);
                else
                    fast_values(sums_of(head), head, block);
            }
            if (machine_stopped)
                return;
            at += block_bytes;
            block_at += block_bytes;
            lists += FAST_LISTS * 256;
        }
        if (group == groups - 1)
            width = (uint8_t)((head_size - 1) % FAST_GROUP) + 1;
        to = outputs;
        for (head = 0; head < heads; ++head) {
            fast_mean(mean, sums_of(head), weights[head],
                      (uint8_t)((logarithm[head] >> 16) + (precise ? 8 : 0) + value_least - value_exponent));
            memcpy(to, mean, width * sizeof(int16_t));
            to += head_size;
        }
        outputs += FAST_GROUP;
        values_at += value_bytes;
    }
}

int8_t attend(int16_t *outputs, const int16_t *queries, int16_t *work, int8_t score_shift, uint8_t layer)
{
    uint8_t kv_head, head, left, least;

    for (kv_head = 0; kv_head < n_kv_heads; ++kv_head) {
        reu_read(&least, here + last_exponents, 1);
        key_least = least & 15;
        value_least = least >> 4;
        for (left = q_per_kv; left; left -= heads) {
            heads = left < together ? left : together;
            machine_step(layer, STEP_ATTENTION);
            for (head = 0; head < heads; ++head) {
                places[head] = (int8_t)(score_shift + key_least + 2 + fast_fit(head ? work + groups * FAST_GROUP : work, queries, head_size));
                queries += head_size;
            }
            score(work);
            if (machine_stopped)
                return 0;
            machine_step(layer, STEP_VALUES);
            mix(outputs);
            if (machine_stopped)
                return 0;
            for (head = 0; head < heads; ++head)
                outputs += head_size;
        }
        here += head_bytes;
    }
    return (int8_t)value_exponent;
}
