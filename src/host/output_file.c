#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int output_file_open(struct output_file *file, const char *path, char *error, size_t error_size)
{
    struct stat status;
    size_t size = strlen(path) + 32;
    int fd = -1;

    memset(file, 0, sizeof *file);
    /* A rename would put a file in the place of a device or pipe. */
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        snprintf(error, error_size, "cannot be written: is %s", S_ISDIR(status.st_mode) ? "a directory" : "not a regular file");
        return -1;
    }
    file->path = malloc(size);
    file->temporary = malloc(size);
    if (file->path != NULL && file->temporary != NULL) {
        snprintf(file->path, size, "%s", path);
        snprintf(file->temporary, size, "%s.%ld.tmp", path, (long)getpid());
        fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd >= 0)
            file->stream = fdopen(fd, "wb");
    }
    if (file->stream == NULL) {
        snprintf(error, error_size, "cannot be written: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        output_file_abandon(file);
        return -1;
    }
    return 0;
}

int output_file_commit(struct output_file *file, char *error, size_t error_size)
{
    int failed = ferror(file->stream) != 0 || fflush(file->stream) != 0;

    if (fclose(file->stream) != 0)
        failed = 1;
    file->stream = NULL;
    if (failed || rename(file->temporary, file->path) != 0) {
        snprintf(error, error_size, "cannot be written: %s", strerror(errno));
        output_file_abandon(file);
        return -1;
    }
    free(file->path);
    free(file->temporary);
    memset(file, 0, sizeof *file);
    return 0;
}

void output_file_abandon(struct output_file *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    if (file->temporary != NULL)
        unlink(file->temporary);
    free(file->path);
    free(file->temporary);
    memset(file, 0, sizeof *file);
}
