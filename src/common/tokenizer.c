/* From tokens to text, and the tokens that encode.c has found. */
#include "tokenizer.h"
#include <string.h>
#include "model.h"
#include "token_entry.h"

uint8_t piece[MAX_PIECE_BYTES + 1];

void get_entry(struct token_entry *entry, uint16_t token)
{
    reu_read(entry, section(SECTION_TOKENS) + ((uint32_t)token << 2) + ((uint32_t)token << 1), sizeof *entry);
}

uint8_t get_piece(void *to, uint16_t token)
{
    struct token_entry entry;

    get_entry(&entry, token);
    reu_read(to, ((uint32_t)entry.piece_high << 16) | entry.piece, (uint16_t)entry.length + 1);
    return entry.length;
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
