#include "story_file.h"
#include <string.h>
#include "c64.h"
#include "f32.h"
#include "kernal.h"
#include "model.h"
#include "petscii.h"
#include "screen.h"
#include "seed.h"
#include "tokenizer.h"
#include "ui.h"
#include "window.h"

#define BLOCK 128 /* bytes that go out in one call, between two looks at RUN/STOP */
#define LONGEST_WORD 80
#define RETURN 0x0D
#define PART 250 /* bytes of the prompt that are read at a time */

static uint8_t channel, width;
static uint8_t failed;
static uint8_t filled; /* bytes of kernal_buffer */
static uint8_t column; /* of the line, without the word */
static uint8_t word_bytes;
static uint8_t word[LONGEST_WORD]; /* not yet written */

static void flush(void)
{
    uint8_t now = jiffies;

    if (filled && !failed) {
        failed = kernal_write(channel, filled);
        while (jiffies == now) /* until the keyboard has been looked at */
            ;
        if (key_get() == KEY_STOP)
            failed = STORY_FILE_STOPPED;
    }
    filled = 0;
}

static void put(uint8_t petscii)
{
    kernal_buffer[filled] = petscii;
    if (++filled == BLOCK)
        flush();
}

static void put_word(void)
{
    uint8_t i;

    if (column + word_bytes > width) {
        put(RETURN);
        column = 0;
    }
    for (i = 0; i < word_bytes; ++i)
        put(word[i]);
    column += word_bytes;
    word_bytes = 0;
}

static void put_wrapped(uint8_t petscii)
{
    if (!width) {
        put(petscii);
        return;
    }
    if (petscii != RETURN && petscii != ' ') {
        if (word_bytes == width)
            put_word();
        word[word_bytes++] = petscii;
        return;
    }
    put_word();
    if (petscii == RETURN) {
        put(RETURN);
        column = 0;
    } else if (column < width) {
        put(' ');
        ++column;
    }
}

uint8_t screen_to_petscii(uint8_t code)
{
    if (code < 0x20)
        return code + 0x40;
    if (code < 0x40)
        return code;
    return code < 0x60 ? code + 0x80 : code + 0x40;
}

static void put_bytes(const uint8_t *bytes, uint8_t n)
{
    uint8_t codes[2], count, i;

    for (; n; --n) {
        count = text_byte(*bytes++, codes);
        for (i = 0; i < count; ++i)
            put_wrapped(codes[i] == LINE_END ? RETURN : screen_to_petscii(codes[i] & 0x7F));
    }
}

static void put_text(const char *ascii)
{
    put_bytes((const uint8_t *)ascii, (uint8_t)strlen(ascii));
}

static void end_line(void)
{
    put_wrapped(RETURN);
}

static void item(const char *name)
{
    end_line();
    put_text(name);
    put_text(": ");
}

/* With up to four places after the point, at least one. */
static void put_fraction(f32 a)
{
    uint32_t parts = f32_to_int(f32_add(f32_mul(a, f32_from_uint(10000)), 0x3F000000UL)); /* 0.5 */
    char places[5];
    uint8_t i, rest;

    put_text(decimal(parts / 10000));
    memcpy(places, decimal(parts % 10000 + 10000), 5); /* the first of the digits becomes the point */
    places[0] = '.';
    for (i = 5; i > 2 && places[i - 1] == '0'; --i)
        ;
    rest = i;
    put_bytes((const uint8_t *)places, rest);
}

static void put_prompt(uint16_t bytes)
{
    reu_address from = section(SECTION_PROMPT);
    uint8_t n;

    for (; bytes; bytes -= n, from += n) {
        n = bytes < PART ? (uint8_t)bytes : PART;
        reu_read(window, from, n);
        put_bytes((const uint8_t *)window, n);
    }
}

static void put_parameters(const struct settings *settings, uint16_t prompt_bytes)
{
    char seed[SEED_DIGITS + 1];

    put_text("llama2.c64");
    item("Model");
    put_text(model_name());
    item("Prompt");
    put_prompt(prompt_bytes);
    item("Engine");
    put_text(settings->engine == ENGINE_FAST ? "fast" : "exact");
    item("Bits");
    put_text(settings->engine == ENGINE_FAST ? decimal(settings->bits) : (const char *)"float");
    item("Temperature");
    put_fraction(settings->temperature);
    item("Top-p");
    put_fraction(settings->topp);
    item("Seed");
    seed_decimal(seed, settings->seed);
    put_text(seed);
    item("Tokens");
    put_text(decimal(story.position));
    end_line();
    end_line();
}

/* Decodes the tokens of the positions that are done and the one that came last. */
static void put_story(void)
{
    reu_address history = section(SECTION_HISTORY);
    uint16_t token, next, i;

    reu_read(&token, history, sizeof token);
    for (i = 1; i <= story.position; ++i) {
        history += sizeof token;
        if (i < story.position)
            reu_read(&next, history, sizeof next);
        else
            next = story.next;
        if (next == TOKEN_BOS)
            break;
        put_bytes(piece, decode(token, next));
        token = next;
    }
    end_line();
}

uint8_t story_file_write(uint8_t to, uint8_t line_width, const struct settings *settings, uint16_t prompt_bytes)
{
    channel = to;
    width = line_width;
    failed = filled = column = word_bytes = 0;
    text_begin();
    put_parameters(settings, prompt_bytes);
    /* To the end even if it fails: a story that is continued goes on from the
     * byte of a character at which text_byte was. */
    text_begin();
    put_story();
    flush();
    return failed;
}
