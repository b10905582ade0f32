/* pictures ROMS PRG IMAGE.reu PICTURES FRAMES: the README's pictures, from the emulator.
 * Goes through the program's screens, writes each as PICTURES/NAME.png, and those of a
 * story being told as FRAMES/NNN.png, one for each two layers of the model, with a line below
 * that says how much faster they will be shown than they came. */
#include <png.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "remote.h"
#include "vice.h"

#define FRAMES_A_SECOND 10 /* tools/pictures.sh has the same */
#define LAYERS_A_FRAME 2
#define MOST_FRAMES 999
#define LAST_FRAMES 15 /* the end stays */
#define STRIP 12       /* pixels below, for the line */
#define SCREEN_SECONDS 120 /* of the host's time */

static struct vice *v;
static const char *pictures, *frames;
static uint8_t font[4096]; /* the second half has lower case, by screen code */

static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("pictures: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    putc('\n', stderr);
    vice_stop(v);
    exit(1);
}

static uint8_t *contents(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t room = 0;

    *n = 0;
    if (!file)
        die("%s: cannot be read", path);
    do {
        room += 1 << 20;
        bytes = realloc(bytes, room);
        if (!bytes)
            die("out of memory");
        *n += fread(bytes + *n, 1, room - *n, file);
    } while (*n == room);
    fclose(file);
    return bytes;
}

static void expect(const char *wanted)
{
    static struct vice_screen screen;
    static char text[VICE_SCREEN_TEXT];

    if (!vice_expect(v, wanted, SCREEN_SECONDS, &screen, text))
        die("%s:\n%s", vice_error(v), text);
}

static void type(const char *keys)
{
    if (!vice_type(v, keys))
        die("%s", vice_error(v));
}

static void picture(const char *name)
{
    char path[4096];

    if (vice_run(v, 0.2) != VICE_TIMEOUT) /* until the screen is complete, and has been displayed */
        die("the emulator stops");
    snprintf(path, sizeof path, "%s/%s.png", pictures, name);
    if (!vice_screenshot(v, path))
        die("%s", vice_error(v));
}

static void frame_path(char *path, size_t size, unsigned n)
{
    snprintf(path, size, "%s/%03u.png", frames, n);
}

/* Of ASCII letters, digits and spaces. */
static uint8_t screen_code(char c)
{
    return (uint8_t)(c >= 'a' && c <= 'z' ? c - 'a' + 1 : c);
}

/* Adds the line to a frame. */
static void write_below(const char *path, const char *line)
{
    static uint8_t pixels[512 * 512 * 3];
    png_image image = {.version = PNG_IMAGE_VERSION};
    size_t row_bytes, i, x, y;

    if (!png_image_begin_read_from_file(&image, path))
        die("%s: %s", path, image.message);
    image.format = PNG_FORMAT_RGB;
    row_bytes = image.width * 3;
    if (row_bytes * (image.height + STRIP) > sizeof pixels || !png_image_finish_read(&image, NULL, pixels, 0, NULL))
        die("%s: %s", path, image.message);
    memset(pixels + row_bytes * image.height, 0, row_bytes * STRIP);
    for (i = 0; line[i]; i++)
        for (y = 0; y < 8; y++)
            for (x = 0; x < 8; x++)
                if (font[2048 + screen_code(line[i]) * 8 + y] & (0x80 >> x))
                    memset(pixels + row_bytes * (image.height + 1 + y) + (8 + i * 8 + x) * 3, 0xAA, 3);
    image.height += STRIP;
    if (!png_image_write_to_file(&image, path, 0, pixels, 0, NULL))
        die("%s: %s", path, image.message);
}

static enum remote_event report(struct remote *remote)
{
    if (!vice_read(v, REMOTE_BLOCK, remote, sizeof *remote))
        die("%s", vice_error(v));
    return remote->event;
}

/* Frames until the story ends; returns how many, and the seconds that they took. */
static unsigned tell(double *seconds)
{
    struct remote remote;
    char path[4096];
    unsigned n = 0;
    int layer = -1;

    if (!vice_break(v, REMOTE_REPORT))
        die("%s", vice_error(v));
    *seconds = 0;
    for (;;) {
        enum vice_event event = vice_run(v, 0.02);

        if (event != VICE_TIMEOUT && event != VICE_CHECKPOINT)
            die("the emulator stops");
        report(&remote);
        if (event == VICE_CHECKPOINT && remote.event == REMOTE_END)
            break;
        if (event == VICE_CHECKPOINT && remote.event == REMOTE_TOKEN)
            *seconds += remote.cycles / (double)PAL_HZ;
        if (n < MOST_FRAMES && remote.layer / LAYERS_A_FRAME != layer) {
            layer = remote.layer / LAYERS_A_FRAME;
            frame_path(path, sizeof path, n++);
            if (!vice_screenshot(v, path))
                die("%s", vice_error(v));
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    struct vice_options options = {.emulator = "x64", .arguments = {"-autostartprgmode", "1"}};
    char error[256] = "", path[4096], line[64];
    size_t n;
    uint8_t *bytes;
    unsigned i, n_frames;
    double seconds;

    if (argc != 6) {
        fprintf(stderr, "usage: pictures ROMS PRG IMAGE.reu PICTURES FRAMES\n");
        return 2;
    }
    pictures = argv[4];
    frames = argv[5];
    snprintf(path, sizeof path, "%s/chargen.bin", argv[1]);
    bytes = contents(path, &n);
    memcpy(font, bytes, n < sizeof font ? n : sizeof font);
    free(bytes);
    options.rom_folder = argv[1];
    options.program = argv[2];
    bytes = contents(argv[3], &n);
    options.reu = bytes;
    options.reu_bytes = n;
    for (options.reu_kib = 128; options.reu_kib < n / 1024; options.reu_kib *= 2)
        ;
    v = vice_start(&options, error, sizeof error);
    if (!v)
        die("%s", error);

    expect("The image is intact.");
    expect("Takes about");
    picture("parameters");
    type("h");
    expect("Press a key");
    picture("help");
    type("\n");
    expect("Takes about");
    type("t0o60\n");
    expect("How does the story begin?");
    type("Zoo");
    expect("3 of");
    picture("prompt");
    type("\n");
    expect("Token  2/"); /* the first takes no time: its keys and values are in the image */
    n_frames = tell(&seconds);
    if (!vice_clear(v, REMOTE_REPORT))
        die("%s", vice_error(v));
    expect("Quit");
    picture("menu");
    for (i = 0; i < LAST_FRAMES && n_frames < MOST_FRAMES; i++) {
        frame_path(path, sizeof path, n_frames++);
        if (!vice_screenshot(v, path))
            die("%s", vice_error(v));
    }
    vice_stop(v);
    v = NULL;
    snprintf(line, sizeof line, "shown %.0f times as fast as it is", seconds / ((double)(n_frames - LAST_FRAMES) / FRAMES_A_SECOND));
    for (i = 0; i < n_frames; i++) {
        frame_path(path, sizeof path, i);
        write_below(path, line);
    }
    printf("%u frames, %.0f seconds, %s\n", n_frames, seconds, line);
    free(bytes);
    return 0;
}
