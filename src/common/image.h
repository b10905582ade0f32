/* The model image: what the REU holds. Written by mkreu, read by the C64
 * program and by the host engine; docs/image-format.md describes it.
 *
 * All numbers are little-endian, all structures are without padding, and an
 * address is an offset in the image, which is loaded at REU address 0.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>
#include "f32.h"

#define IMAGE_MAGIC "llama2.c64\0" /* 12 bytes with the two NULs */
#define IMAGE_MAGIC_BYTES 12
#define IMAGE_VERSION 4

/* Limits of the engines; mkreu refuses a checkpoint beyond them. */
#define MAX_DIM 512
#define MAX_HIDDEN_DIM 8192
#define MAX_LAYERS 255
#define MAX_VOCAB_SIZE 32768U
#define MAX_SEQ_LEN 8192
#define MAX_PIECE_BYTES 255
/* Room in SECTION_PROGRAM: for the screens, or an engine in their place; for the longer
 * engine, if there are both; and in the work space, for all that the program brings
 * with it. See src/c64/overlays.c. */
#define PROGRAM_SCREENS_BYTES 0x7400U
#define PROGRAM_ENGINE_BYTES 0x5A00U
#define PROGRAM_WAITING_BYTES 0x9400U

/* llama2.c's Config, and what follows from it. */
struct config {
    uint16_t dim;
    uint16_t hidden_dim;
    uint16_t n_layers;
    uint16_t n_heads;
    uint16_t n_kv_heads;
    uint16_t vocab_size;
    uint16_t seq_len;   /* positions that the caches of the image hold */
    uint16_t head_size; /* dim / n_heads */
    uint16_t kv_dim;    /* head_size * n_kv_heads */
};

/* Sections, in the order of the directory. A section that the image lacks has
 * address 0. Sections from SECTION_KEY_CACHE on are work space: the image file
 * holds zeros there. */
enum section_id {
    SECTION_TOKENS,          /* struct token_entry [vocab_size], by token id */
    SECTION_SORTED_TOKENS,   /* uint16_t [vocab_size]: ids in strcmp order of their pieces */
    SECTION_PIECES,          /* the pieces' bytes, each followed by a NUL */
    SECTION_ROPE,            /* f32 [seq_len][head_size/2][2]: cos, sin */
    SECTION_RMS_ATT,         /* f32 [n_layers][dim] */
    SECTION_RMS_FFN,         /* f32 [n_layers][dim] */
    SECTION_RMS_FINAL,       /* f32 [dim] */
    SECTION_EMBEDDING,       /* matrix, rows vocab_size, cols dim */
    SECTION_CLASSIFIER,      /* matrix; the same address as EMBEDDING when shared */
    SECTION_QKV,             /* matrix a layer: rows of wq, wk, wv one after the other */
    SECTION_WO,              /* matrix a layer: rows dim, cols dim */
    SECTION_GATE_UP,         /* matrix a layer: w1 in the first half of a chunk's blocks, w3 in the second */
    SECTION_DOWN,            /* matrix a layer: w2, rows dim, cols hidden_dim */
    SECTION_FAST,            /* see fast_image.h */
    SECTION_FIRST,           /* see first_position.h */
    SECTION_KEY_CACHE,       /* of the first block of positions, see network.c */
    SECTION_VALUE_CACHE,     /* the same; behind it the other blocks */
    SECTION_HEADS,           /* f32 [dim + 2*kv_dim]: q, k, v of the position */
    SECTION_HIDDEN,          /* f32 [hidden_dim] */
    SECTION_SCORES,          /* f32 [seq_len]: attention of one head */
    SECTION_LOGITS,          /* f32 [vocab_size]; for fast_sample int32 */
    SECTION_HEAP,            /* the samplers': vocab_size entries, see heap.h */
    SECTION_ENCODER,         /* struct symbol [], then a heap, see encode.c */
    SECTION_HISTORY,         /* uint16_t [seq_len]: the prompt's tokens, and those whose keys and values the caches hold */
    SECTION_PROMPT,          /* the prompt's bytes, prompt_capacity of them */
    SECTION_PRODUCTS,        /* see exact_make_products; cols: it is there for so many positions, the keys and
                              * values of the others take its place; 0: for all */
    SECTION_FAST_VECTORS,    /* of the fast engine */
    SECTION_FAST_CACHE,      /* its keys and values, see fast_attention.c */
    SECTION_PROGRAM,         /* code of the C64 program that takes turns in its memory: each engine, the screens */
    SECTION_COUNT
};

/* A matrix of the exact engine (exact.h) is cut into chunks of chunk_rows
 * output rows, each chunk complete with all its columns before the next begins:
 *     bytes of a column = blocks * block_rows * 4
 *     bytes of a chunk  = cols * bytes of a column
 * Rows beyond the last are zeros. In GATE_UP chunk_rows counts the rows of w1,
 * which are as many as those of w3. */
struct section {
    char name[8]; /* for people: "mkreu --info" */
    uint32_t address;
    uint32_t bytes;
    uint32_t layer_bytes; /* from one layer to the next; 0 if there are no layers */
    uint16_t cols;        /* the fields from here are those of a matrix, else 0 */
    uint16_t chunks;
    uint16_t chunk_rows;
    uint16_t block_rows;
    uint8_t blocks; /* of a chunk */
    uint8_t reserved[3];
}; /* 32 bytes */

#define ENGINE_EXACT 1
#define ENGINE_FAST 2

struct image_header {
    char magic[IMAGE_MAGIC_BYTES];
    uint16_t version;
    uint16_t header_bytes; /* sizeof(struct image_header); the data follow at the next multiple of 256 */
    uint32_t header_crc;   /* CRC-32 of the header with this field zero */
    uint32_t data_crc;     /* CRC-32 of the page digests of the data, see checksum.h */
    uint32_t data_bytes;   /* end of the data and of what data_crc covers; a multiple of 256 */
    uint32_t used_bytes;   /* end of the last section, work space included */
    uint16_t image_kib;    /* size of the image and least size of the REU */
    uint8_t engines;       /* bit set of ENGINE_... that the image serves */
    uint8_t shared_classifier;
    struct config config;
    uint16_t prompt_capacity;
    uint16_t max_piece_bytes;
    uint16_t trained_seq_len; /* the checkpoint's own, >= config.seq_len */
    char name[24];            /* of the model, from the checkpoint's file name, NUL-padded */
    struct section sections[SECTION_COUNT];
};

struct token_entry {
    uint16_t rank;      /* of its score: 0 is the highest, equal scores have equal rank; NEVER_MERGED */
    uint16_t piece;     /* bits 0..15 of the address of its bytes */
    uint8_t piece_high; /* bits 16..23 */
    uint8_t length;     /* of the piece in bytes */
}; /* 6 bytes */

#define NEVER_MERGED 0xFFFFU

#endif
