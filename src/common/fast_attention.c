/* Attention in fixed point. The cache of a layer's key/value head is a sequence of
 * blocks of FAST_POSITIONS positions:
 *   for each group of 8 elements the keys, as in fast.h,
 *   for each group the values.
 * A layer has a byte for each position: the left shifts that keys (low nibble) and values (high
 * nibble) came with. They never grow from one position to the next, so that those of a
 * story's beginning do not depend on what follows.
 *
 * Ranges. A score is at most what a group's sizes add up to in the tables, fast_head.most, for each group: less
 * than 2^16 in all, as fast_head.most is 2^16 / groups rounded down to a power of two, less 1; its distance from
 * the centre is less than 2^15. A product of weight and value is less than 2^16, a precise one
 * less than 2^24: those of 8192 positions add up to less than 2^37, of 5 bytes; the weights to less
 * than 2^29. fast_attend has the means' range. */
#include "fast_attention.h"
#include "fast.h"
#include "machine.h"
#include "model.h"

#define LESS 2 /* places of means that values of 8 bits leave empty: as a rule wo's tables then take them as they are */

static const struct fast_header *fast;
static uint8_t n_kv_heads, q_per_kv;
static uint16_t head_size;
static uint32_t block_bytes, head_bytes;
static uint16_t layer_positions; /* with those that only fill a block */
static reu_address here;       /* the cache of the head that comes next */
static uint16_t last;          /* the token's position; what follows depends on it alone */
static uint32_t last_key;      /* of the last position, from the beginning of a head's cache on */
static uint8_t value_exponent; /* of the last position */

void attention_begin(const struct fast_header *header, uint8_t precise)
{
    uint8_t groups;                  /* of a head */
    uint16_t key_bytes, value_bytes; /* of a group in a block */
    uint16_t i;
    uint8_t n_blocks = (uint8_t)((model.config.seq_len + FAST_POSITIONS - 1U) / FAST_POSITIONS);

    fast = header;
    head_size = model.config.head_size;
    n_kv_heads = (uint8_t)model.config.n_kv_heads;
    q_per_kv = (uint8_t)(model.config.n_heads / model.config.n_kv_heads);
    groups = (uint8_t)((head_size + FAST_GROUP - 1) / FAST_GROUP);
    key_bytes = precise ? FAST_PRECISE_KEY_PLANES * FAST_POSITIONS : FAST_KEY_PLANES * FAST_POSITIONS;
    value_bytes = (uint16_t)(FAST_GROUP * FAST_POSITIONS << precise);
    block_bytes = (uint32_t)(key_bytes + value_bytes) * groups;
    layer_positions = n_blocks * (uint16_t)FAST_POSITIONS;
    head_bytes = block_bytes * n_blocks;
    fast_head.lists = header->scores;
    fast_head.block_bytes = block_bytes;
    fast_head.size = head_size;
    fast_head.groups = groups;
    fast_head.precise = precise;
    fast_head.most = 0xFFFF;
    for (i = 1; i < groups; i <<= 1)
        fast_head.most >>= 1;
    fast_head.centre = (fast_head.most >> 1) * groups;
    fast_weigh();
}

void attention_rewind(uint16_t position)
{
    here = fast->cache;
    fast_head.exponents = fast->exponents - layer_positions;
    last = position;
    fast_head.blocks = (uint8_t)(position / FAST_POSITIONS) + 1;
    fast_head.last_positions = (uint8_t)(position % FAST_POSITIONS) + 1;
    last_key = block_bytes * (fast_head.blocks - 1) + (fast_head.last_positions - 1);
}

/* --- into the caches ------------------------------------------------------------ */

uint8_t remember_limits(void)
{
    uint8_t exponents = 0xFF;

    if (last)
        reu_read(&exponents, fast_head.exponents + layer_positions + (last - 1), 1);
    return exponents;
}

/* What is shifted to the left by `shift` has so many places left: with those, 15 at most. */
static uint8_t exponent(uint8_t shift, const int16_t *x, uint8_t limit)
{
    shift += fast_headroom(x, model.config.kv_dim);
    return shift < limit ? shift : limit;
}

void remember(const int16_t *keys, uint8_t key_shift, uint8_t value_shift)
{
    const int16_t *key = keys, *value = keys + model.config.kv_dim;
    reu_address at = here + last_key;
    uint8_t head, key_exponent, exponents = remember_limits();

    key_exponent = exponent(key_shift, key, exponents & 15);
    value_exponent = exponent(value_shift, value, exponents >> 4);
    fast_head.exponents += layer_positions;
    exponents = key_exponent | value_exponent << 4;
    reu_write(fast_head.exponents + last, &exponents, 1);
    exponents -= key_shift | value_shift << 4;
    for (head = 0; head < n_kv_heads; ++head) {
        fast_remember(at, key, value, exponents);
        at += head_bytes;
        key += head_size;
        value += head_size;
    }
}

/* --- out of them ---------------------------------------------------------------- */

int8_t attend(int16_t *outputs, const int16_t *queries, int8_t score, uint8_t layer)
{
    uint8_t kv_head, head;

    fast_head.score = score;
    machine_step(layer, STEP_ATTENTION);
    fast_head.value_exponent = fast_head.precise ? value_exponent : value_exponent - LESS;
    for (kv_head = 0; kv_head < n_kv_heads; ++kv_head) {
        fast_head.cache = here;
        fast_head.fetched = 0;
        for (head = 0; head < q_per_kv; ++head) {
            fast_attend(outputs, queries);
            if (machine_stopped)
                return 0;
            outputs += head_size;
            queries += head_size;
        }
        here += head_bytes;
    }
    return fast_head.value_exponent - 1;
}
