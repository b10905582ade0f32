/* Builds the model image of image.h, and reads it back for people. */
#ifndef IMAGE_WRITER_H
#define IMAGE_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "checkpoint.h"
#include "image.h"
#include "tokenizer_file.h"

#define IMAGE_MAX_KIB 16384
#define IMAGE_MIN_POSITIONS 64 /* a context is not shortened below this */

struct image {
    struct image_header *header; /* the first bytes of the image */
    uint8_t *bytes;              /* image_kib * 1024 of them */
    size_t size;
};

/* Makes the image of a model in memory. `name` is the model's, see
 * image_model_name. When the context doesn't fit, config.seq_len comes out
 * smaller than trained_seq_len. `bits` are the fast
 * engine's bit planes of a weight, 4 to 16; `most_kib` is the size of the largest
 * REU that it may need, IMAGE_MAX_KIB or less; 0: any, but the smallest that does, even
 * if the image must be compact for that (fast_writer.h). An error is one of the checkpoint. */
int image_build(const struct checkpoint *checkpoint, const struct tokenizer_file *tokenizer, const char *name, uint8_t engines, unsigned bits,
                unsigned most_kib, struct image *image, char *error, size_t error_size);

/* Reads an image file and checks all that it promises. */
int image_load(struct image *image, const char *path, char *error, size_t error_size);

/* Writes the image to a new file, which appears when it is complete. */
int image_save(const struct image *image, const char *path, char *error, size_t error_size);

void image_free(struct image *image);

/* A text for people: the model's figures, the sections, the free space. */
void image_describe(const struct image *image, FILE *out);

/* The file name without folder and ".bin", in ASCII, cut to what the header holds. */
void image_model_name(char name[24], const char *path);

#endif
