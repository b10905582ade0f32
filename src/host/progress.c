#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"

#define STEP_SECONDS 0.2 /* least time between two drawings that a step asks for */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_time(char *text, size_t text_size, double seconds)
{
    unsigned long s = (unsigned long)(seconds + 0.5);

    if (s < 3600)
        snprintf(text, text_size, "%lu:%02lu", s / 60, s % 60);
    else
        snprintf(text, text_size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

/* The terminal is told to save the cursor, write one line further down and come
 * back. Where the story ends in the last column this can't be done, since there
 * a terminal's cursor stands on the character, not behind it. */
static void draw(struct progress *p, const char *line)
{
    if (!p->shown)
        return;
    if (p->below) {
        if (p->column > 0 && p->column % p->width == 0)
            return;
        /* ESC D makes room below if this is the last line. */
        fprintf(stderr, "\033D\033[A\0337\033[B\r\033[2K%.*s\0338", (int)p->width - 1, line);
    } else {
        fprintf(stderr, "\r\033[2K%.*s", (int)p->width - 1, line);
    }
    fflush(stderr);
    p->drawn = line[0] != '\0';
    p->last = now();
}

void progress_open(struct progress *p, unsigned steps)
{
    struct winsize size;

    memset(p, 0, sizeof *p);
    p->shown = isatty(STDERR_FILENO);
    p->below = p->shown && isatty(STDOUT_FILENO);
    p->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
    p->steps = steps;
    draw(p, "starting");
}

/* Without stdio: what it does with the rest when stdout takes a part, as one that does not block may, is not known. */
static bool write_all(const uint8_t *bytes, size_t n)
{
    struct pollfd stdout_ready = {.fd = STDOUT_FILENO, .events = POLLOUT};

    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, n);

        if (written >= 0) {
            bytes += written;
            n -= (size_t)written;
        } else if (errno == EAGAIN) {
            poll(&stdout_ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
        if (n > 0 && machine_stopped)
            return false;
    }
    return true;
}

bool progress_text(struct progress *p, const uint8_t *text, size_t n)
{
    size_t i;

    if (n == 0)
        return true;
    if (p->below && p->drawn)
        draw(p, "");
    for (i = 0; i < n; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            p->column = 0;
        else if (text[i] >= 0x20 && (text[i] & 0xC0) != 0x80) /* one column a UTF-8 character */
            p->column = p->column % p->width + 1;
    }
    return write_all(text, n);
}

void progress_token(struct progress *p, unsigned position, double c64_seconds)
{
    char on_c64[64] = "", left[48] = "", time[32];

    if (!p->shown)
        return;
    if (c64_seconds > 0) {
        progress_time(time, sizeof time, c64_seconds);
        snprintf(on_c64, sizeof on_c64, ", %s a token on the C64", time);
    }
    if (p->begin > 0) {
        progress_time(time, sizeof time, (now() - p->begin) / (position + 1) * (p->steps - position - 1));
        snprintf(left, sizeof left, ", %s left", time);
    }
    snprintf(p->line, sizeof p->line, "token %u of %u%s%s", position + 1, p->steps, on_c64, left);
    draw(p, p->line);
}

void progress_step(struct progress *p, unsigned position, unsigned layer, const char *step)
{
    char line[sizeof p->line + 64];

    if (p->begin == 0)
        p->begin = now();
    if (!p->shown || now() - p->last < STEP_SECONDS)
        return;
    if (p->line[0])
        snprintf(line, sizeof line, "%s (layer %u, %s)", p->line, layer, step);
    else
        snprintf(line, sizeof line, "token %u of %u (layer %u, %s)", position + 1, p->steps, layer, step);
    draw(p, line);
}

void progress_close(struct progress *p)
{
    if (p->drawn)
        draw(p, "");
    p->shown = false;
}
