/* The story on this machine: src/common over an REU in memory. */
#ifndef BACKEND_HOST_H
#define BACKEND_HOST_H

#include "backend.h"

/* Opens the image in the REU; one line in error if it can't. */
bool backend_host_open(const struct backend_request *request, char *error, size_t error_bytes);

/* Whether the prompt's tokens fit the context; after backend_host_open. Leaves
 * traces in the image's work space. */
bool backend_host_fits(const struct backend_request *request);

enum backend_result backend_host(const struct backend_request *request, char *error, size_t error_bytes);

#endif
