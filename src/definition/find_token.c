#include "find_token.h"
#include <string.h>
#include "model.h"
#include "token_entry.h"
#include "tokenizer.h"

uint16_t find_token(const char *text)
{
    uint16_t low = 0, high = model.config.vocab_size, middle, token;
    int order;

    while (low < high) {
        middle = (uint16_t)(low + high) >> 1;
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
    return NO_TOKEN;
}
