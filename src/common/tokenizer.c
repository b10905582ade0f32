/* Byte-pair encoding as llama2.c does it: begin with one token a character,
 * then merge, again and again, the neighbours whose joint piece has the highest
 * score, the leftmost of equals. llama2.c searches all neighbours anew for each
 * merge. Here the candidates wait in a heap, and a merge looks up just the two
 * pairs that it makes; a candidate whose tokens are gone is recognised when it
 * comes up.
 */
#include "tokenizer.h"
#include <string.h>
#include "heap.h"
#include "machine.h"
#include "model.h"

#define NONE 0xFFFFU

/* A token of the prompt in SECTION_SYMBOLS: a list linked both ways. A symbol
 * that was merged into the one before it has token NONE. Each symbol lies before
 * the last one, so that a few leave alone what is further down. When all is
 * merged, what remains closes up: symbol i is the prompt's token i. */
struct symbol {
    uint16_t token;
    uint16_t previous;
    uint16_t next;
    uint16_t merged; /* what it would become with the next one, or NONE */
}; /* 8 bytes */

uint8_t piece[MAX_PIECE_BYTES + 1];

static char text[2 * MAX_PIECE_BYTES + 2]; /* a piece to look for, then a NUL */
static uint16_t n_symbols;
static uint16_t cursor;       /* symbol that next_token gives */
static struct symbol current;

static reu_address symbol_address(uint16_t i)
{
    return section(SECTION_SYMBOLS) - ((uint32_t)i << 3);
}

static void get_symbol(struct symbol *symbol, uint16_t i)
{
    reu_read(symbol, symbol_address(i), sizeof *symbol);
}

static void put_symbol(uint16_t i, const struct symbol *symbol)
{
    reu_write(symbol_address(i), symbol, sizeof *symbol);
}

static void get_entry(struct token_entry *entry, uint16_t token)
{
    reu_read(entry, section(SECTION_TOKENS) + ((uint32_t)token << 3), sizeof *entry);
}

/* Copies the token's piece with its NUL to `to`; returns its length. */
static uint8_t get_piece(void *to, uint16_t token)
{
    struct token_entry entry;

    get_entry(&entry, token);
    reu_read(to, entry.piece, (uint16_t)entry.length + 1);
    return entry.length;
}

/* The token whose piece is text[], or NONE. */
static uint16_t lookup(void)
{
    uint16_t low = 0, high = model.config.vocab_size, middle, token;
    int order;

    while (low < high) {
        middle = (low + high) >> 1;
        reu_read(&token, section(SECTION_SORTED_TOKENS) + ((uint32_t)middle << 1), sizeof token);
        get_piece(piece, token);
        order = strcmp(text, (const char *)piece);
        if (order == 0)
            return token;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NONE;
}

static void append(uint16_t token)
{
    struct symbol symbol;

    symbol.token = token;
    symbol.previous = n_symbols - 1;
    symbol.next = n_symbols + 1;
    symbol.merged = NONE;
    put_symbol(n_symbols, &symbol);
    ++n_symbols;
}

/* Finds out what symbol i would become with the one after it, and makes it a
 * candidate. The key orders by rank, then from left to right. */
static void propose(uint16_t i, struct symbol *symbol)
{
    struct symbol next;
    struct token_entry entry;
    struct heap_entry candidate;

    symbol->merged = NONE;
    if (symbol->next != NONE) {
        get_symbol(&next, symbol->next);
        get_piece(text + get_piece(text, symbol->token), next.token);
        symbol->merged = lookup();
    }
    put_symbol(i, symbol);
    if (symbol->merged == NONE)
        return;
    get_entry(&entry, symbol->merged);
    if (entry.rank == NEVER_MERGED)
        return;
    candidate.key = ((uint32_t)entry.rank << 16) | i;
    candidate.value = symbol->merged;
    heap_push(&candidate);
}

static uint8_t prompt_byte(uint16_t i)
{
    uint8_t byte;

    reu_read(&byte, section(SECTION_PROMPT) + i, 1);
    return byte;
}

/* One symbol a character: a code point of up to 4 bytes of UTF-8, or one for
 * each of its bytes if the vocabulary lacks it. */
static void append_characters(uint16_t n)
{
    uint16_t i, token;
    uint8_t length = 0, j, byte, following;

    following = prompt_byte(0);
    for (i = 0; i < n && !machine_stopped;) {
        byte = following;
        ++i;
        following = i < n ? prompt_byte(i) : 0;
        if ((byte & 0xC0) != 0x80)
            length = 0;
        text[length++] = byte;
        text[length] = 0;
        if ((following & 0xC0) == 0x80 && length < 4)
            continue;
        token = lookup();
        if (token != NONE)
            append(token);
        else
            for (j = 0; j < length; ++j) {
                token = (uint8_t)text[j] + 3;
                append(token < model.config.vocab_size ? token : TOKEN_UNKNOWN);
            }
        length = 0;
    }
}

static void merge(uint16_t i, struct symbol *symbol)
{
    struct symbol other;
    uint16_t gone = symbol->next;

    get_symbol(&other, gone);
    symbol->token = symbol->merged;
    symbol->next = other.next;
    other.token = NONE;
    put_symbol(gone, &other);
    if (symbol->next != NONE) {
        get_symbol(&other, symbol->next);
        other.previous = i;
        put_symbol(symbol->next, &other);
    }
    propose(i, symbol);
    if (symbol->previous != NONE) {
        get_symbol(&other, symbol->previous);
        propose(symbol->previous, &other);
    }
}

/* A symbol moves to a place that is not before its own. */
static void close_up(void)
{
    cursor = 0;
    current.next = 0;
    do {
        get_symbol(&current, current.next);
        put_symbol(cursor++, &current);
    } while (current.next != NONE);
}

uint16_t encode(uint16_t n)
{
    struct heap_entry candidate;
    uint16_t i, token;

    n_symbols = 0;
    append(TOKEN_BOS);
    if (n) {
        strcpy(text, " ");
        token = lookup();
        append(token == NONE ? TOKEN_UNKNOWN : token);
        append_characters(n);
    }
    get_symbol(&current, n_symbols - 1);
    current.next = NONE;
    put_symbol(n_symbols - 1, &current);

    heap_clear();
    for (i = 0; i < n_symbols; ++i) {
        if (machine_stopped)
            return 0;
        get_symbol(&current, i);
        propose(i, &current);
    }
    n = n_symbols;
    while (heap_pop(&candidate)) {
        if (machine_stopped)
            return 0;
        i = (uint16_t)candidate.key;
        get_symbol(&current, i);
        if (current.token == NONE || current.merged != candidate.value)
            continue;
        merge(i, &current);
        --n;
    }
    close_up();
    return n;
}

uint16_t first_token(void)
{
    cursor = 0;
    return next_token();
}

uint16_t next_token(void)
{
    get_symbol(&current, cursor++);
    return current.token;
}

/* The value of a hexadecimal digit, or 0xFF. */
static uint8_t hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return 0xFF;
}

uint8_t decode(uint16_t previous, uint16_t token)
{
    uint8_t length = get_piece(piece, token), high, low;

    if (previous == TOKEN_BOS && piece[0] == ' ')
        memmove(piece, piece + 1, length--);

    /* A raw byte, written "<0x0A>". */
    if (memcmp(piece, "<0x", 3) == 0 && (high = hex_digit(piece[3])) != 0xFF) {
        low = hex_digit(piece[4]);
        piece[0] = low == 0xFF ? high : (uint8_t)(high << 4 | low);
        length = 1;
    }

    /* llama2.c prints a lone byte only if it is printable or white space. */
    if (length == 1 && (piece[0] < ' ' || piece[0] > '~') && (piece[0] < '\t' || piece[0] > '\r'))
        length = 0;
    return length;
}
