/* Packs a file for src/c64/unpack.s:  pack FILE > PACKED
 * On stderr, "margin N": unpacked over itself, the packed form must end at
 * least N bytes behind the end of what comes out.
 *
 * The format is ZX0's (Einar Saukas), whose parse into blocks is optimal. LZ4
 * leaves a fifth more, and the program no longer fit below $D000.
 * A file is blocks, in which bits, taken from whole bytes with the highest bit
 * first, are mixed with bytes:
 *   literals     n, n bytes
 *   repeat       n: copy n bytes from the last match's offset
 *   match        h, byte b, n - 1: copy n bytes from offset (h - 1) * 128 + b / 2 + 1;
 *                the first bit of n - 1 is bit 0 of b
 * Numbers are interlaced Elias gamma: value 1, then while a bit 0 comes, shift
 * another bit in; a bit 1 ends it. The first block are literals; then a bit
 * tells: after literals 0 repeat, 1 match; else 0 literals, 1 match. A match with
 * h = 256 is the end. Before the first match the last offset is 1. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES 65536
#define MAX_OFFSET (255 * 128)

/* A way to code everything up to and with the byte `last`, that ends with a
 * block of offset `offset` (0: literals) after `before`. */
struct block {
    struct block *before;
    int last, offset;
    long bits;
};

static uint8_t in[MAX_BYTES];
static int n_in;
static uint8_t out[2 * MAX_BYTES];
static int n_out, bit_at;
static unsigned bit_mask;
static int reuse_bit; /* the next bit goes into bit 0 of the last byte */

static struct block *new_block(struct block *before, int last, int offset, long bits)
{
    static struct block *pool;
    static int left;

    if (left == 0) {
        left = 1 << 16;
        pool = malloc((size_t)left * sizeof *pool);
        if (!pool) {
            fprintf(stderr, "pack: out of memory\n");
            exit(2);
        }
    }
    left--;
    *pool = (struct block){before, last, offset, bits};
    return pool++;
}

static uint8_t gamma_bits[MAX_BYTES + 1]; /* of a number */

/* What is coded by `before` and a block of `offset` on top, up to and with `last`,
 * becomes best[last] if it is shorter. */
static void improve(struct block **best, struct block *before, int last, int offset, long bits)
{
    if (!best[last] || best[last]->bits > bits)
        best[last] = new_block(before, last, offset, bits);
}

/* The shortest way to code all of `in`. For each offset: `match` is the best way
 * that ends with a match of that offset, `literals` the same with the literals
 * between the last two matches on top. */
static struct block *parse(void)
{
    static struct block *literals[MAX_OFFSET + 1], *match[MAX_OFFSET + 1], *best_of[MAX_BYTES + 1];
    static int run[MAX_OFFSET + 1], best_length[MAX_BYTES + 1];
    struct block **best = best_of + 1; /* best[-1]: nothing coded yet */

    gamma_bits[1] = 1;
    for (int i = 2; i <= MAX_BYTES; i++)
        gamma_bits[i] = (uint8_t)(gamma_bits[i / 2] + 2);
    best[-1] = new_block(NULL, -1, 1, -1); /* no bit says that the first block are literals */
    match[1] = best[-1];
    best_length[2] = 2;
    for (int at = 0; at < n_in; at++) {
        int lengths = 2; /* best_length is valid up to here */

        for (int offset = 1; offset <= MAX_OFFSET && (offset <= at || offset == 1); offset++) {
            if (offset > at || in[at] != in[at - offset]) {
                run[offset] = 0;
                if (match[offset]) {
                    int n = at - match[offset]->last;
                    improve(best, match[offset], at, 0, match[offset]->bits + 1 + gamma_bits[n] + 8L * n);
                }
                continue;
            }
            if (run[offset] == 0 && match[offset] && match[offset]->last < at - 1) {
                int n = at - 1 - match[offset]->last;
                literals[offset] = new_block(match[offset], at - 1, 0, match[offset]->bits + 1 + gamma_bits[n] + 8L * n);
            }
            if (literals[offset]) {
                int n = at - literals[offset]->last;
                match[offset] = new_block(literals[offset], at, offset, literals[offset]->bits + 1 + gamma_bits[n]);
                if (!best[at] || best[at]->bits > match[offset]->bits)
                    best[at] = match[offset];
            }
            if (++run[offset] < 2)
                continue;
            while (lengths < run[offset]) {
                long with_last = best[at - best_length[lengths]]->bits + gamma_bits[best_length[lengths] - 1];
                lengths++;
                best_length[lengths] =
                    best[at - lengths]->bits + gamma_bits[lengths - 1] <= with_last ? lengths : best_length[lengths - 1];
            }
            /* Which block: 1 bit; the offset: h and 8 bits, one of which is the length's. */
            int n = best_length[run[offset]];
            long bits = best[at - n]->bits + 1 + gamma_bits[(offset - 1) / 128 + 1] + 7 + gamma_bits[n - 1];
            if (!match[offset] || match[offset]->last != at || match[offset]->bits > bits) {
                match[offset] = new_block(best[at - n], at, offset, bits);
                if (!best[at] || best[at]->bits > bits)
                    best[at] = match[offset];
            }
        }
    }
    return best[n_in - 1];
}

static void put_byte(int byte)
{
    out[n_out++] = (uint8_t)byte;
}

static void put_bit(int bit)
{
    if (reuse_bit) {
        out[n_out - 1] |= (uint8_t)bit;
        reuse_bit = 0;
        return;
    }
    if (!bit_mask) {
        bit_mask = 128;
        bit_at = n_out;
        put_byte(0);
    }
    if (bit)
        out[bit_at] |= (uint8_t)bit_mask;
    bit_mask >>= 1;
}

static void put_number(int value)
{
    int top = 1;

    while (top * 2 <= value)
        top *= 2;
    while (top > 1) {
        top /= 2;
        put_bit(0);
        put_bit((value & top) != 0);
    }
    put_bit(1);
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    struct block *chain, *next = NULL;
    int at = 0, last_offset = 1, ahead = 0, first = 1;

    if (!file) {
        fprintf(stderr, "usage: pack FILE > PACKED\n");
        return 2;
    }
    n_in = (int)fread(in, 1, sizeof in, file);
    fclose(file);
    if (n_in == 0) {
        fprintf(stderr, "pack: %s: empty\n", argv[1]);
        return 2;
    }
    for (chain = parse(); chain; ) { /* the other way round */
        struct block *before = chain->before;
        chain->before = next;
        next = chain;
        chain = before;
    }
    for (chain = next->before; chain; chain = chain->before) {
        int n = chain->last + 1 - at;

        if (chain->offset == 0) {
            if (!first)
                put_bit(0);
            put_number(n);
            for (int i = 0; i < n; i++)
                put_byte(in[at + i]);
        } else if (chain->offset == last_offset && !first && next->offset == 0) {
            put_bit(0);
            put_number(n);
        } else {
            put_bit(1);
            put_number((chain->offset - 1) / 128 + 1);
            put_byte((chain->offset - 1) % 128 * 2);
            reuse_bit = 1;
            put_number(n - 1);
            last_offset = chain->offset;
        }
        first = 0;
        next = chain;
        at += n;
        if (at - n_out > ahead)
            ahead = at - n_out;
    }
    put_bit(1);
    put_number(256);
    fwrite(out, 1, (size_t)n_out, stdout);
    fprintf(stderr, "margin %d\n", ahead + n_out - n_in > 0 ? ahead + n_out - n_in : 0);
    return fflush(stdout) != 0;
}
