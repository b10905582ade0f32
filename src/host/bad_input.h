/* What a program says to bad input. */
#ifndef BAD_INPUT_H
#define BAD_INPUT_H

#define EXIT_BAD_INPUT 2

/* "PROGRAM: what: cause" on stderr, without the cause if that is NULL; returns
 * EXIT_BAD_INPUT. */
int bad_input(const char *what, const char *cause);

#endif
