/* Where the running program is, and with it what is built beside it. */
#ifndef PROGRAM_FOLDER_H
#define PROGRAM_FOLDER_H

/* The folder's path; argv0 is what main was given. */
const char *program_folder(const char *argv0);

#endif
