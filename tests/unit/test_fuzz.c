/* Broken checkpoints, tokenizers and images in great number: each is taken or
 * refused with one line, and no byte outside of it is touched. The bytes end
 * at a page that can't be read, so a read beyond them ends the test. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "image_writer.h"
#include "model_files.h"

#define ROUNDS 20000

static const struct checkpoint_config shapes[] = {{8, 5, 2, 2, 1, 300, 6, false}, {4, 3, 1, 1, 1, 270, 2, true}};
#define SHAPES 2

/* Bytes before an unreadable page. */
struct guarded {
    uint8_t *map;
    size_t map_bytes; /* readable */
};

static void guard(struct guarded *g, size_t most)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    g->map_bytes = (most + page - 1) / page * page;
    g->map = mmap(NULL, g->map_bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g->map != MAP_FAILED);
    assert_int_equal(mprotect(g->map + g->map_bytes, page, PROT_NONE), 0);
}

static void unguard(struct guarded *g)
{
    munmap(g->map, g->map_bytes + (size_t)sysconf(_SC_PAGESIZE));
}

/* xorshift: which inputs are tried is the same in every run. */
static uint32_t random_below(uint32_t n)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % n;
}

static int32_t interesting(void)
{
    static const int32_t values[] = {0,   1,   -1,  2,     3,     4,         5,         6,         8,         16,        255,           256,
                                     257, 512, -300, 32767, 32768, 65535, 65536, INT32_MAX, INT32_MIN, INT32_MIN + 1, 0x40000000, 0x7F800000};

    return values[random_below(sizeof values / sizeof *values)];
}

/* Changes bytes[0..size-1], of which the first `header` are numbers of 4 bytes;
 * returns the size to use, at most `most`. */
static size_t mutate(uint8_t *bytes, size_t size, size_t most, size_t header)
{
    uint32_t changes = 1 + random_below(4);

    while (changes-- > 0) {
        int32_t value = interesting();

        switch (random_below(6)) {
        case 0:
            bytes[random_below((uint32_t)size)] ^= 1 << random_below(8);
            break;
        case 1:
            bytes[random_below((uint32_t)header)] = (uint8_t)random_below(256);
            break;
        case 2:
        case 3:
            memcpy(bytes + random_below((uint32_t)header / 4) * 4, &value, 4);
            break;
        case 4:
            memcpy(bytes + random_below((uint32_t)size - 3), &value, 4);
            break;
        default:
            switch (random_below(4)) {
            case 0:
                return random_below((uint32_t)size);
            case 1:
                return size - 1 - random_below(8);
            case 2:
                return random_below(40);
            default:
                return size + random_below((uint32_t)(most - size) + 1);
            }
        }
    }
    return size;
}

static void assert_one_line(const char *error)
{
    assert_true(strlen(error) > 0 && strlen(error) < 255);
    assert_null(strchr(error, '\n'));
}

static void checkpoints(void **state)
{
    struct tokenizer_piece piece = {"a", 1, 0};
    struct tokenizer_file tokenizer = {1, &piece, NULL};
    int shape, taken = 0, built = 0;

    (void)state;
    for (shape = 0; shape < SHAPES; shape++) {
        struct model_files files;
        struct guarded g;
        size_t size, most;
        uint8_t *bytes;
        int round;

        make_model(&files, &shapes[shape], 1);
        bytes = read_file(files.checkpoint, &size);
        remove_model(&files);
        most = size + 64;
        guard(&g, most);
        for (round = 0; round < ROUNDS; round++) {
            uint8_t *work = malloc(most), *at;
            struct checkpoint checkpoint;
            struct image image;
            char error[256] = "";
            size_t n;

            memcpy(work, bytes, size);
            memset(work + size, 0, most - size);
            n = mutate(work, size, most, CHECKPOINT_HEADER_BYTES);
            at = g.map + g.map_bytes - n;
            memcpy(at, work, n);
            free(work);
            if (checkpoint_parse(&checkpoint, at, n, error, sizeof error) != 0) {
                assert_one_line(error);
                continue;
            }
            taken++;
            if (image_build(&checkpoint, &tokenizer, "fuzz", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &image, error, sizeof error) != 0) {
                assert_one_line(error);
                continue;
            }
            built++;
            image_free(&image);
        }
        unguard(&g);
        free(bytes);
    }
    /* The mutations reach all three outcomes. */
    assert_in_range(taken, ROUNDS / 20, 2 * ROUNDS - ROUNDS / 20);
    assert_in_range(built, 1, taken - 1);
}

static void tokenizers(void **state)
{
    int shape, taken = 0;

    (void)state;
    for (shape = 0; shape < SHAPES; shape++) {
        struct model_files files;
        struct guarded g;
        size_t size, most;
        uint8_t *bytes;
        int round;

        make_model(&files, &shapes[shape], 1);
        bytes = read_file(files.tokenizer, &size);
        remove_model(&files);
        most = size + 64;
        guard(&g, most);
        for (round = 0; round < ROUNDS; round++) {
            uint8_t *work = malloc(most), *at;
            struct tokenizer_file tokenizer;
            char error[256] = "";
            size_t n;
            uint32_t id;

            memcpy(work, bytes, size);
            memset(work + size, 0, most - size);
            n = mutate(work, size, most, 64);
            at = g.map + g.map_bytes - n;
            memcpy(at, work, n);
            free(work);
            if (tokenizer_file_parse(&tokenizer, at, n, (uint32_t)shapes[shape].vocab_size, error, sizeof error) != 0) {
                assert_one_line(error);
                continue;
            }
            taken++;
            for (id = 0; id < tokenizer.vocab_size; id++)
                assert_int_equal(strlen(tokenizer.pieces[id].text), tokenizer.pieces[id].length);
            tokenizer_file_close(&tokenizer);
        }
        unguard(&g);
        free(bytes);
    }
    assert_in_range(taken, ROUNDS / 20, 2 * ROUNDS - ROUNDS / 20);
}

/* Images are read from files, so there are fewer of them. */
static void images(void **state)
{
    struct model_files files;
    struct checkpoint checkpoint;
    struct tokenizer_file tokenizer;
    struct image image, loaded;
    char error[256];
    size_t size;
    uint8_t *bytes;
    int round;

    (void)state;
    make_model(&files, &shapes[1], 1);
    assert_int_equal(checkpoint_open(&checkpoint, files.checkpoint, error, sizeof error), 0);
    assert_int_equal(tokenizer_file_open(&tokenizer, files.tokenizer, 270, error, sizeof error), 0);
    assert_int_equal(image_build(&checkpoint, &tokenizer, "fuzz", ENGINE_EXACT, 0, IMAGE_MAX_KIB, &image, error, sizeof error), 0);
    assert_int_equal(image_save(&image, files.image, error, sizeof error), 0);
    bytes = read_file(files.image, &size);
    for (round = 0; round < 1000; round++) {
        uint8_t *work = malloc(size + 64);
        size_t n;
        FILE *file;

        memcpy(work, bytes, size);
        memset(work + size, 0, 64);
        n = mutate(work, size, size + 64, sizeof(struct image_header));
        file = fopen(files.image, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(work, 1, n, file), n);
        fclose(file);
        error[0] = '\0';
        if (image_load(&loaded, files.image, error, sizeof error) != 0) {
            assert_one_line(error);
        } else { /* changed in the work space at most */
            assert_int_equal(loaded.size, size);
            assert_memory_equal(loaded.bytes, bytes, sizeof(struct image_header));
            assert_memory_equal(loaded.bytes + 1024, bytes + 1024, image.header->data_bytes - 1024);
            image_free(&loaded);
        }
        free(work);
    }
    free(bytes);
    image_free(&image);
    tokenizer_file_close(&tokenizer);
    checkpoint_close(&checkpoint);
    remove_model(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoints),
        cmocka_unit_test(tokenizers),
        cmocka_unit_test(images),
    };

    return cmocka_run_group_tests_name("broken files", tests, NULL, NULL);
}
