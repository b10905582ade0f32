/* The story on stdout: all of it, also where stdout does not block. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "progress.h"

#define PARTS 300
#define PART_BYTES 1000 /* together more than a pipe holds */

static uint8_t part[PART_BYTES];

/* A process that writes the parts to a pipe which does not block; returns the pipe's other end. */
static int start(pid_t *writer)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    *writer = fork();
    assert_true(*writer >= 0);
    if (*writer == 0) {
        struct progress progress;
        int i;

        signal(SIGPIPE, SIG_IGN);
        close(ends[0]);
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
        dup2(ends[1], STDOUT_FILENO);
        progress_open(&progress, PARTS);
        for (i = 0; i < PARTS; i++) {
            memset(part, 'a' + i % 26, sizeof part);
            if (!progress_text(&progress, part, sizeof part))
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

static int exit_code(pid_t writer)
{
    int status;

    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void writes_all(void **state)
{
    const struct timespec moment = {.tv_nsec = 100000000};
    pid_t writer;
    int from = start(&writer);
    size_t n = 0;
    uint8_t byte;

    (void)state;
    nanosleep(&moment, NULL); /* until the pipe is full */
    while (read(from, &byte, 1) == 1) {
        assert_int_equal(byte, 'a' + n / PART_BYTES % 26);
        n++;
    }
    assert_int_equal(n, PARTS * PART_BYTES);
    assert_int_equal(exit_code(writer), 0);
    close(from);
}

static void notices_that_nobody_reads(void **state)
{
    const struct timespec moment = {.tv_nsec = 100000000};
    pid_t writer;
    int from = start(&writer);

    (void)state;
    nanosleep(&moment, NULL);
    close(from);
    assert_int_equal(exit_code(writer), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_all),
        cmocka_unit_test(notices_that_nobody_reads),
    };

    return cmocka_run_group_tests_name("test_progress", tests, NULL, NULL);
}
