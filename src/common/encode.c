/* Byte-pair encoding as llama2.c does it: begin with one token a character,
 * then merge, again and again, the neighbours whose joint piece has the highest
 * score, the leftmost of equals. llama2.c searches all neighbours anew for each
 * merge. Here the candidates wait in a heap, and a merge looks up just the two
 * pairs that it makes; a candidate whose tokens are gone is recognised when it
 * comes up.
 */
#include "tokenizer.h"
#include <string.h>
#include "find_token.h"
#include "heap.h"
#include "machine.h"
#include "model.h"
#include "token_entry.h"
#include "window.h"

#define NONE NO_TOKEN

/* A token of the prompt in SECTION_ENCODER: a list linked both ways. A symbol
 * that was merged into the one before it has token NONE. */
struct symbol {
    uint16_t token;
    uint16_t previous;
    uint16_t next;
    uint16_t merged; /* what it would become with the next one, or NONE */
}; /* 8 bytes */

#define text ((char *)window) /* a piece to look for, of up to two tokens, then a NUL */
static uint16_t n_symbols;

static reu_address symbol_address(uint16_t i)
{
    return section(SECTION_ENCODER) + ((uint32_t)i << 3);
}

static void get_symbol(struct symbol *symbol, uint16_t i)
{
    reu_read(symbol, symbol_address(i), sizeof *symbol);
}

static void put_symbol(uint16_t i, const struct symbol *symbol)
{
    reu_write(symbol_address(i), symbol, sizeof *symbol);
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
        symbol->merged = find_token(text);
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
        token = find_token(text);
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

static reu_address encoded_address(uint16_t i)
{
    return section(SECTION_ENCODER) + ((uint32_t)i << 1);
}

/* When all is merged, the tokens that remain take the place of the symbols. */
static void close_up(void)
{
    struct symbol symbol;
    uint16_t i = 0;

    symbol.next = 0;
    do {
        get_symbol(&symbol, symbol.next);
        reu_write(encoded_address(i++), &symbol.token, sizeof symbol.token);
    } while (symbol.next != NONE);
}

uint16_t encoded(uint16_t i)
{
    uint16_t token;

    reu_read(&token, encoded_address(i), sizeof token);
    return token;
}

uint16_t encode(uint16_t n)
{
    struct symbol symbol;
    struct heap_entry candidate;
    uint16_t i, token;

    n_symbols = 0;
    append(TOKEN_BOS);
    if (n) {
        strcpy(text, " ");
        token = find_token(text);
        append(token == NONE ? TOKEN_UNKNOWN : token);
        append_characters(n);
    }
    get_symbol(&symbol, n_symbols - 1);
    symbol.next = NONE;
    put_symbol(n_symbols - 1, &symbol);

    heap_begin(symbol_address(n_symbols));
    for (i = 0; i < n_symbols; ++i) {
        if (machine_stopped)
            return 0;
        get_symbol(&symbol, i);
        propose(i, &symbol);
    }
    n = n_symbols;
    while (heap_pop(&candidate)) {
        if (machine_stopped)
            return 0;
        i = (uint16_t)candidate.key;
        get_symbol(&symbol, i);
        if (symbol.token == NONE || symbol.merged != candidate.value)
            continue;
        merge(i, &symbol);
        --n;
    }
    close_up();
    return n;
}
