/* A whole file, read-only, in memory. */
#ifndef MAPPED_FILE_H
#define MAPPED_FILE_H

#include <stddef.h>
#include <stdint.h>

struct mapped_file {
    const uint8_t *bytes; /* aligned to a page */
    size_t size;          /* at least 1 */
};

/* Functions of the host library that can fail return 0 on success, else -1
 * with the cause as one line in error[], without the file's name. */
int mapped_file_open(struct mapped_file *file, const char *path, char *error, size_t error_size);
void mapped_file_close(struct mapped_file *file);

#endif
