/* One page about everything. */
#include "ui.h"
#include "screen.h"

static const struct {
    uint8_t row;
    const char *term, *text;
} lines[] = {
    {2, "Engine", "exact: llama2.c, bit for bit."},
    {3, "", "fast: fixed point, much sooner."},
    {4, "Bits", "of the fast engine's weights:"},
    {5, "", "8 are as good as 16, 4 rough."},
    {6, "Temp.", "0: always the likeliest token."},
    {7, "", "1: as it learned. More: wild."},
    {8, "Top-p", "draws from the likeliest only."},
    {9, "Output", "tokens, the prompt's included;"},
    {10, "", "a token is about half a word."},
    {11, "Seed", "the same seed and parameters"},
    {12, "", "tell the same story again."},
    {13, "Click", "a sound for each token."},
    {14, "Dark", "no screen, and faster."},
    {15, "", "A key shows it."},
    {17, "RUN/STOP", "ends a story, or goes back."},
    {18, "RETURN", "accepts."},
    {19, "Cursor", "keys choose and change."},
    {20, "", "Letters choose, + - change."},
    {21, "DEL", "deletes a digit. R: any seed."},
};

#define TEXT_COLUMN 9

void help_screen(void)
{
    uint8_t i;

    title_bar("llama2.c64: help");
    for (i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
        screen_at(0, lines[i].row);
        screen_colour = YELLOW;
        screen_text(lines[i].term);
        screen_at(TEXT_COLUMN, lines[i].row);
        screen_colour = LIGHT_GREY;
        screen_text(lines[i].text);
    }
    hint(24, "Press a key");
    key_wait();
}
