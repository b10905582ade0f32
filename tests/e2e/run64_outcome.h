/* Runs build/run64 for a test and keeps all that comes of it. */
#ifndef RUN64_OUTCOME_H
#define RUN64_OUTCOME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

struct outcome {
    int status;         /* exit code, or -1 if it was killed */
    char *out, *err;    /* NUL-terminated */
    size_t out_bytes;
    json_t *stats;      /* NULL if there are none */
    uint8_t *logits;
    size_t logits_bytes;
};

#define MAX_RUN_ARGUMENTS 40

static char *read_whole(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *bytes;

    *n = 0;
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*n + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    bytes[*n] = '\0';
    fclose(file);
    return bytes;
}

/* arguments of run64, NULL-terminated; logits: ask for them too. */
static void run64(struct outcome *outcome, int logits, const char *const *arguments)
{
    char folder[] = "/tmp/run64-test-XXXXXX", paths[4][64], program[4096];
    static const char *const names[4] = {"out", "err", "stats", "logits"};
    const char *build = getenv("BUILD");
    char *argv[MAX_RUN_ARGUMENTS + 6];
    int n = 0, status, i;
    size_t ignored;
    pid_t child;

    assert_non_null(mkdtemp(folder));
    for (i = 0; i < 4; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
    snprintf(program, sizeof program, "%s/run64", build ? build : "build");
    argv[n++] = program;
    for (; *arguments && n < MAX_RUN_ARGUMENTS; arguments++)
        argv[n++] = (char *)(uintptr_t)*arguments;
    argv[n++] = "--stats";
    argv[n++] = paths[2];
    if (logits) {
        argv[n++] = "--logits";
        argv[n++] = paths[3];
    }
    argv[n] = NULL;

    fflush(stdout);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!freopen("/dev/null", "r", stdin) || !freopen(paths[0], "w", stdout) || !freopen(paths[1], "w", stderr))
            _exit(126);
        execv(program, argv);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    memset(outcome, 0, sizeof *outcome);
    outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome->out = read_whole(paths[0], &outcome->out_bytes);
    outcome->err = read_whole(paths[1], &ignored);
    outcome->stats = json_load_file(paths[2], 0, NULL);
    outcome->logits = (uint8_t *)read_whole(paths[3], &outcome->logits_bytes);
    for (i = 0; i < 4; i++)
        unlink(paths[i]);
    assert_int_equal(rmdir(folder), 0); /* nothing else in it */
}

static void outcome_free(struct outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
    free(outcome->logits);
    json_decref(outcome->stats);
}

/* It went well and said nothing on stderr. */
static void assert_told(const struct outcome *outcome)
{
    if (outcome->status != 0 || outcome->err[0])
        fail_msg("exit code %d: %s", outcome->status, outcome->err);
    assert_non_null(outcome->stats);
}

#endif
