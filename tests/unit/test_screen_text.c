/* The portable parts of the C64's screens: characters, word wrap, seeds. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "petscii.h"
#include "screen.h"
#include "seed.h"
#include "text_window.h"

uint8_t screen_codes[COLUMNS * ROWS];
uint8_t screen_colours[COLUMNS * ROWS];

static void test_keys_type_ascii(void **state)
{
    unsigned seen[128] = {0}, key, ascii;

    (void)state;
    assert_int_equal(petscii_to_ascii(0x41), 'a');
    assert_int_equal(petscii_to_ascii(0xC1), 'A');
    assert_int_equal(petscii_to_ascii(0x61), 'A');
    assert_int_equal(petscii_to_ascii(0x5B), '[');
    for (key = 0; key < 256; ++key) {
        ascii = petscii_to_ascii((uint8_t)key);
        assert_true(ascii < 128);
        seen[ascii] = 1;
        if (ascii)
            assert_in_range(ascii, 0x20, 0x7E);
    }
    for (ascii = 0x20; ascii < 0x7F; ++ascii)
        if (!seen[ascii])
            fail_msg("no key types %c", ascii);
    /* cursor keys, RETURN, DEL, HOME, RUN/STOP, function keys */
    for (key = 0; key < 0x20; ++key) {
        assert_int_equal(petscii_to_ascii((uint8_t)key), 0);
        assert_int_equal(petscii_to_ascii((uint8_t)(key + 0x80)), 0);
    }
}

static void test_ascii_is_distinct_on_the_screen(void **state)
{
    int of_code[256];
    unsigned c;

    (void)state;
    memset(of_code, 0, sizeof of_code);
    for (c = 0x20; c < 0x7F; ++c) {
        uint8_t code = ascii_to_screen((uint8_t)c);
        if (of_code[code])
            fail_msg("%c looks like %c", c, of_code[code]);
        of_code[code] = (int)c;
        assert_int_not_equal(code, STAND_IN);
    }
    assert_int_equal(ascii_to_screen('@'), 0);
    assert_int_equal(ascii_to_screen('a'), 1);
    assert_int_equal(ascii_to_screen('A'), 0x41);
    assert_int_equal(ascii_to_screen('!'), '!');
    assert_int_equal(ascii_to_screen(0x80), STAND_IN);
    assert_int_equal(ascii_to_screen(0x1F), STAND_IN);
}

/* The screen codes of a text, LINE_END among them. */
static size_t codes_of(const char *text, uint8_t *codes)
{
    size_t n = 0;

    text_begin();
    while (*text)
        n += text_byte((uint8_t)*text++, codes + n);
    return n;
}

static void test_utf8(void **state)
{
    uint8_t codes[64];

    (void)state;
    assert_int_equal(codes_of("\xE2\x80\x9CHi\xE2\x80\x9D", codes), 4);
    assert_memory_equal(codes, "\"H\x09\"", 4);
    assert_int_equal(codes_of("\xC3\xA9", codes), 1); /* e acute */
    assert_int_equal(codes[0], STAND_IN);
    assert_int_equal(codes_of("\xF0\x9F\x98\x80!", codes), 2); /* an emoji */
    assert_int_equal(codes[0], STAND_IN);
    assert_int_equal(codes[1], '!');
    assert_int_equal(codes_of("\xE2\x80" "a", codes), 2); /* cut short */
    assert_int_equal(codes[0], STAND_IN);
    assert_int_equal(codes[1], 1);
    assert_int_equal(codes_of("\xE2\xC3\xA9", codes), 2);
    assert_int_equal(codes_of("\x80\xFF", codes), 2); /* no sequence at all */
    assert_int_equal(codes[0], STAND_IN);
    assert_int_equal(codes[1], STAND_IN);
    assert_int_equal(codes_of("\xC2\xA3", codes), 1);
    assert_int_equal(codes[0], 0x1C);
    assert_int_equal(codes_of("a\n\tb\r\x01", codes), 4);
    assert_int_equal(codes[1], LINE_END);
    assert_int_equal(codes[2], ' ');
}

#define LEFT 3
#define TOP 5
#define WIDTH 10
#define HEIGHT 3

static void row_is(unsigned row, const char *expected)
{
    char found[WIDTH + 1], padded[WIDTH + 1];
    unsigned i;

    for (i = 0; i < WIDTH; ++i) {
        uint8_t code = screen_codes[(TOP + row) * COLUMNS + LEFT + i];
        found[i] = (char)(code >= 1 && code <= 26 ? code + 0x60 : code);
    }
    found[WIDTH] = '\0';
    snprintf(padded, sizeof padded, "%-*s", WIDTH, expected);
    assert_string_equal(found, padded);
}

static void rows_are(const char *first, const char *second, const char *third)
{
    unsigned i, inside;

    row_is(0, first);
    row_is(1, second);
    row_is(2, third);
    for (i = 0; i < COLUMNS * ROWS; ++i) { /* nothing else was touched */
        inside = i / COLUMNS >= TOP && i / COLUMNS < TOP + HEIGHT && i % COLUMNS >= LEFT && i % COLUMNS < LEFT + WIDTH;
        if (!inside)
            assert_int_equal(screen_codes[i], '#');
    }
}

static void show(const char *text)
{
    memset(screen_codes, '#', sizeof screen_codes);
    screen_colour = 1;
    text_window_open(LEFT, TOP, WIDTH, HEIGHT);
    text_window_text(text);
}

static void test_word_wrap(void **state)
{
    (void)state;
    show("");
    rows_are("", "", "");
    show("one two three");
    rows_are("one two", "three", "");
    assert_int_equal(text_window_rows(), 2);
    show("exactly 10 fit");
    rows_are("exactly 10", "fit", "");
    show("exactly 100 fit");
    rows_are("exactly", "100 fit", "");
    show("abcdefghij klm");
    rows_are("abcdefghij", "klm", "");
    show("abcdefghijklmno p");
    rows_are("abcdefghij", "klmno p", "");
    show("a\nb\n\nc");
    rows_are("b", "", "c");
    show("abcdefghij\nk");
    rows_are("abcdefghij", "k", "");
}

static void test_scrolling(void **state)
{
    (void)state;
    show("first second third fourth");
    rows_are("second", "third", "fourth");
    assert_int_equal(text_window_rows(), HEIGHT);
    text_window_text(" fi");
    rows_are("second", "third", "fourth fi");
    text_window_text("ve");
    rows_are("third", "fourth", "five");
}

static void test_words_come_in_pieces(void **state)
{
    const char *text = "Once upon a time there was a little llama.";
    char whole[HEIGHT * WIDTH];
    unsigned i;

    (void)state;
    show(text);
    for (i = 0; i < HEIGHT * WIDTH; ++i)
        whole[i] = (char)screen_codes[(TOP + i / WIDTH) * COLUMNS + LEFT + i % WIDTH];
    show("");
    for (i = 0; text[i]; ++i)
        text_window_write((const uint8_t *)text + i, 1);
    for (i = 0; i < HEIGHT * WIDTH; ++i)
        assert_int_equal(whole[i], screen_codes[(TOP + i / WIDTH) * COLUMNS + LEFT + i % WIDTH]);
}

static void test_a_moved_word_keeps_its_colours(void **state)
{
    const uint8_t *second = screen_colours + (TOP + 1) * COLUMNS + LEFT;

    (void)state;
    show("12345 7");
    screen_colour = 2;
    text_window_text("8901");
    row_is(1, "78901");
    assert_int_equal(second[0], 1);
    assert_int_equal(second[1], 2);
    assert_int_equal(second[4], 2);
}

static uint64_t value_of(const uint8_t *seed)
{
    uint64_t v = 0;
    int i;

    for (i = SEED_BYTES - 1; i >= 0; --i)
        v = v << 8 | seed[i];
    return v;
}

static void type_seed(uint8_t *seed, const char *digits)
{
    memset(seed, 0, SEED_BYTES);
    while (*digits)
        seed_append(seed, (uint8_t)(*digits++ - '0'));
}

static void test_seeds(void **state)
{
    static const char *const numbers[] = {"1", "9", "10", "255", "256", "65535", "65536", "4294967296", "9999999999999999999",
                                          "12345678901234567890", "18446744073709551615"};
    uint8_t seed[SEED_BYTES];
    char decimal_text[SEED_DIGITS + 1];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
        type_seed(seed, numbers[i]);
        assert_true(value_of(seed) == strtoull(numbers[i], NULL, 10));
        seed_decimal(decimal_text, seed);
        assert_string_equal(decimal_text, numbers[i]);
        assert_int_equal(seed_divide(seed), numbers[i][strlen(numbers[i]) - 1] - '0');
        assert_true(value_of(seed) == strtoull(numbers[i], NULL, 10) / 10);
    }
    type_seed(seed, "18446744073709551616"); /* the last digit does not fit */
    assert_true(value_of(seed) == 1844674407370955161u);
    type_seed(seed, "0");
    assert_true(seed_is_zero(seed));
    seed_decimal(decimal_text, seed);
    assert_string_equal(decimal_text, "0");
    seed_add(seed, -1);
    assert_true(value_of(seed) == UINT64_MAX);
    seed_add(seed, 1);
    assert_true(value_of(seed) == 0);
    type_seed(seed, "65535");
    seed_add(seed, 1);
    assert_true(value_of(seed) == 65536);
    seed_add(seed, -1);
    assert_true(value_of(seed) == 65535);
}

static void test_numbers(void **state)
{
    (void)state;
    memset(screen_codes, '#', sizeof screen_codes);
    screen_at(0, 0);
    screen_number(4294967295u);
    screen_right(7, 3);
    screen_duration(3600 * 100 + 61, 7);
    assert_memory_equal(screen_codes, "4294967295  7100:01:01#", 23);
    assert_int_equal(screen_column(), 22);
    assert_string_equal(decimal(0), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_type_ascii),
        cmocka_unit_test(test_ascii_is_distinct_on_the_screen),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_word_wrap),
        cmocka_unit_test(test_scrolling),
        cmocka_unit_test(test_words_come_in_pieces),
        cmocka_unit_test(test_a_moved_word_keeps_its_colours),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
