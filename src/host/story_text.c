#include "story_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int utf8_length(const char *at, size_t bytes)
{
    const unsigned char *c = (const unsigned char *)at;
    int length = c[0] < 0x80 ? 1 : c[0] >= 0xC2 && c[0] < 0xE0 ? 2 : (c[0] & 0xF0) == 0xE0 ? 3 : c[0] >= 0xF0 && c[0] < 0xF5 ? 4 : 0, i;

    if (length == 0 || (size_t)length > bytes)
        return 0;
    for (i = 1; i < length; i++)
        if ((c[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int check_text(const char *text, size_t bytes, char *error, size_t error_size)
{
    size_t at = 0;

    while (at < bytes) {
        int length = text[at] == '\0' ? 0 : utf8_length(text + at, bytes - at);

        if (length == 0) {
            snprintf(error, error_size, "is not a text: byte 0x%02X at offset %zu is not UTF-8", (unsigned char)text[at], at);
            return -1;
        }
        at += (size_t)length;
    }
    return 0;
}

static int add_story(struct story_text *text, const char *from, const char *to, size_t *room)
{
    while (from < to && is_space(*from))
        from++;
    while (from < to && is_space(to[-1]))
        to--;
    if (from == to)
        return 0;
    if (text->n_stories == *room) {
        size_t more = *room == 0 ? 1024 : 2 * *room;
        struct story_span *stories = realloc(text->stories, more * sizeof *stories);

        if (stories == NULL)
            return -1;
        text->stories = stories;
        *room = more;
    }
    text->stories[text->n_stories].text = from;
    text->stories[text->n_stories].bytes = (size_t)(to - from);
    text->n_stories++;
    return 0;
}

/* Whether the line is one that ends stories. */
static bool is_end(const char *line, size_t bytes, bool marked)
{
    while (bytes > 0 && is_space(line[bytes - 1]))
        bytes--;
    if (!marked)
        return bytes == 0;
    return bytes == strlen(STORY_END) && memcmp(line, STORY_END, bytes) == 0;
}

/* One pass over the lines: counts the ends, or cuts the text at them. */
static int walk(struct story_text *text, bool marked, size_t *ends, size_t *room)
{
    const char *line = (const char *)text->file.bytes, *end = line + text->file.size, *story = line;

    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline == NULL ? end : newline + 1;

        if (is_end(line, (size_t)(next - line), marked)) {
            ++*ends;
            if (room != NULL && add_story(text, story, line, room) != 0)
                return -1;
            story = next;
        }
        line = next;
    }
    return room != NULL ? add_story(text, story, end, room) : 0;
}

int story_text_open(struct story_text *text, const char *path, char *error, size_t error_size)
{
    size_t ends = 0, ignored = 0, room = 0;

    memset(text, 0, sizeof *text);
    if (mapped_file_open(&text->file, path, error, error_size) != 0)
        return -1;
    if (check_text((const char *)text->file.bytes, text->file.size, error, error_size) != 0) {
        story_text_close(text);
        return -1;
    }
    walk(text, true, &ends, NULL);
    if (walk(text, ends > 0, &ignored, &room) != 0) {
        snprintf(error, error_size, "no memory");
        story_text_close(text);
        return -1;
    }
    if (text->n_stories == 0) {
        snprintf(error, error_size, "has no stories, only white space");
        story_text_close(text);
        return -1;
    }
    return 0;
}

void story_text_close(struct story_text *text)
{
    mapped_file_close(&text->file);
    free(text->stories);
    memset(text, 0, sizeof *text);
}

void story_text_write(FILE *out, const struct tokenizer_file *tokenizer, const uint16_t *tokens, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        const char *text = tokenizer->pieces[tokens[i]].text;
        unsigned char byte;

        if (i == 0 && *text == ' ')
            text++;
        if (sscanf(text, "<0x%02hhX>", &byte) == 1)
            fputc(byte, out);
        else
            fputs(text, out);
    }
    fputs("\n" STORY_END "\n", out);
}
