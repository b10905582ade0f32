/* A file that takes its place only when it is complete: until then its bytes go
 * into a temporary file beside it, which an error or a signal leaves behind
 * without touching what stood there before. */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include <stddef.h>
#include <stdio.h>

struct output_file {
    FILE *stream;
    char *path, *temporary;
};

int output_file_open(struct output_file *file, const char *path, char *error, size_t error_size);

/* Checks that every byte arrived and renames; on failure (a full disk, say) the
 * temporary file is removed. */
int output_file_commit(struct output_file *file, char *error, size_t error_size);

void output_file_abandon(struct output_file *file);

#endif
