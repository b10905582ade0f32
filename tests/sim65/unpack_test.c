/* unpack.s on the 6502:  unpack_test PACKED BYTES MARGIN > UNPACKED
 * unpacks over the packed form, which ends MARGIN bytes behind the result. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../src/c64/unpack.h"

#define ROOM 45000U

static unsigned char memory[ROOM];

int main(int argc, char **argv)
{
    unsigned bytes, end, n;
    int file;

    if (argc != 4)
        return 2;
    bytes = (unsigned)atol(argv[2]);
    end = bytes + (unsigned)atol(argv[3]);
    file = open(argv[1], O_RDONLY);
    if (file < 0 || end > ROOM)
        return 2;
    n = (unsigned)read(file, memory, ROOM);
    close(file);
    memmove(memory + end - n, memory, n);
    unpack(memory, memory + end - n);
    return write(1, memory, bytes) != (int)bytes;
}
