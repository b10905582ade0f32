/* find_token.s on the 6502 against its definition compiled by cc65, in vocabularies of
 * random pieces. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "find_token.h"
#include "model.h"
#include "reu.h"
#include "tap.h"
#include "token_entry.h"

uint16_t find_token_definition(const char *text);

#define SORTED_AT 512
#define TOKENS_AT 1100
#define PIECES_AT 3000
#define MOST_TOKENS 250

struct image_header model;
uint8_t piece[MAX_PIECE_BYTES + 1];
extern uint8_t fast_memory[8192]; /* the stub's REU */

static uint16_t ids[MOST_TOKENS];

void __fastcall__ reu_read(void *to, reu_address from, uint16_t n)
{
    memcpy(to, fast_memory + (uint16_t)from, n);
}

static struct token_entry *entry(uint16_t token)
{
    return (struct token_entry *)(fast_memory + TOKENS_AT) + token;
}

static const char *piece_of(uint16_t token)
{
    return (const char *)fast_memory + entry(token)->piece;
}

reu_address section(uint8_t id)
{
    return model.sections[id].address;
}

uint8_t get_piece(void *to, uint16_t token)
{
    strcpy(to, piece_of(token));
    return entry(token)->length;
}

/* Up to `most` bytes of an alphabet of three, on both sides of 0x80. */
static uint8_t make_text(char *to, uint8_t most)
{
    static const char letters[3] = {'a', 'b', (char)0xC3};
    uint8_t i, n = (uint8_t)(rand() % (most + 1U));

    for (i = 0; i < n; ++i)
        to[i] = letters[rand() % 3];
    to[n] = 0;
    return n;
}

static void make_vocabulary(uint16_t n, uint8_t longest)
{
    uint16_t i, j, at = PIECES_AT;

    model.config.vocab_size = n;
    model.sections[SECTION_TOKENS].address = TOKENS_AT;
    model.sections[SECTION_SORTED_TOKENS].address = SORTED_AT;
    for (i = 0; i < n; ++i) {
        entry(i)->rank = 0xABCD;
        entry(i)->piece = at;
        entry(i)->piece_high = 0;
        entry(i)->length = make_text((char *)fast_memory + at, longest);
        if (i == 0 && longest == MAX_PIECE_BYTES) {
            memset(fast_memory + at, 'b', MAX_PIECE_BYTES);
            fast_memory[at + MAX_PIECE_BYTES] = 0;
            entry(i)->length = MAX_PIECE_BYTES;
        }
        at += entry(i)->length + 1;
        for (j = i; j && strcmp(piece_of(ids[j - 1]), piece_of(i)) > 0; --j)
            ids[j] = ids[j - 1];
        ids[j] = i;
    }
    memcpy(fast_memory + SORTED_AT, ids, n * sizeof ids[0]);
}

static uint8_t agree(uint16_t n, uint8_t longest)
{
    static char text[2 * MAX_PIECE_BYTES + 1];
    uint16_t i, token;

    make_vocabulary(n, longest);
    for (i = 0; i < n; ++i) {
        strcpy(text, piece_of(i));
        token = find_token(text);
        if (token != find_token_definition(text) || token >= n || strcmp(piece_of(token), text) != 0)
            return 0;
        strcat(text, "b");
        if (find_token(text) != find_token_definition(text))
            return 0;
        make_text(text, longest);
        if (find_token(text) != find_token_definition(text))
            return 0;
    }
    memset(text, 'b', 2 * MAX_PIECE_BYTES);
    return find_token(text) == NO_TOKEN;
}

int main(void)
{
    uint8_t round;

    srand(1);
    result(agree(1, 1), "find_token in a vocabulary of one");
    result(agree(12, MAX_PIECE_BYTES), "find_token among the longest pieces");
    for (round = 0; round < 4; ++round)
        result(agree((uint16_t)(MOST_TOKENS - round), (uint8_t)(2 + 3 * round)), "find_token equals its definition");
    printf("1..%u\n", tests);
    return failures != 0;
}
