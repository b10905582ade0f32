/* The definition of find_token.h under another name, beside the assembly. */
#define find_token find_token_definition
#include "../../src/definition/find_token.c"
