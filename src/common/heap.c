#include "heap.h"

static reu_address begin;
static uint16_t size;

static reu_address address(uint16_t i)
{
    return begin + (((uint32_t)i << 2) + ((uint32_t)i << 1));
}

static void get(struct heap_entry *entry, uint16_t i)
{
    reu_read(entry, address(i), HEAP_ENTRY_BYTES);
}

static void put(uint16_t i, const struct heap_entry *entry)
{
    reu_write(address(i), entry, HEAP_ENTRY_BYTES);
}

static uint8_t before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->key < b->key || (a->key == b->key && a->value < b->value);
}

void heap_begin(reu_address at)
{
    begin = at;
    size = 0;
}

void heap_push(const struct heap_entry *entry)
{
    struct heap_entry parent;
    uint16_t i, up;

    for (i = size++; i; i = up) {
        up = (i - 1) >> 1;
        get(&parent, up);
        if (!before(entry, &parent))
            break;
        put(i, &parent);
    }
    put(i, entry);
}

uint8_t heap_pop(struct heap_entry *entry)
{
    struct heap_entry last, child, other;
    uint16_t i, down;

    if (size == 0)
        return 0;
    get(entry, 0);
    --size;
    get(&last, size);
    i = 0;
    for (;;) {
        down = (i << 1) + 1;
        if (down >= size || down < i)
            break;
        get(&child, down);
        if (down + 1 < size) {
            get(&other, down + 1);
            if (before(&other, &child)) {
                child = other;
                ++down;
            }
        }
        if (!before(&child, &last))
            break;
        put(i, &child);
        i = down;
    }
    put(i, &last);
    put(size, entry);
    return 1;
}

void heap_popped(struct heap_entry *entry, uint16_t i)
{
    get(entry, size + i);
}
