#include "mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int mapped_file_open(struct mapped_file *file, const char *path, char *error, size_t error_size)
{
    struct stat status;
    void *bytes;
    int fd = open(path, O_RDONLY | O_NONBLOCK); /* a pipe without a writer doesn't make us wait */

    if (fd < 0) {
        snprintf(error, error_size, "%s", strerror(errno));
        return -1;
    }
    if (fstat(fd, &status) != 0) {
        snprintf(error, error_size, "%s", strerror(errno));
        close(fd);
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(error, error_size, "is %s", S_ISDIR(status.st_mode) ? "a directory" : "not a regular file");
        close(fd);
        return -1;
    }
    if (status.st_size == 0) {
        snprintf(error, error_size, "is empty");
        close(fd);
        return -1;
    }
    if ((uintmax_t)status.st_size > SIZE_MAX) {
        snprintf(error, error_size, "is too large for this machine");
        close(fd);
        return -1;
    }
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        snprintf(error, error_size, "%s", strerror(errno));
        close(fd);
        return -1;
    }
    close(fd);
    file->bytes = bytes;
    file->size = (size_t)status.st_size;
    return 0;
}

void mapped_file_close(struct mapped_file *file)
{
    if (file->bytes != NULL)
        munmap((void *)file->bytes, file->size);
    file->bytes = NULL;
    file->size = 0;
}
