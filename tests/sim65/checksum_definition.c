/* The definition of checksum.h under other names, beside the assembly. */
#define page_digest page_digest_definition
#define crc32 crc32_definition
#include "../../src/definition/checksum.c"
