/* What exact_vectors.c writes and exact_test.c reads: 16-bit words, lowest byte
 * first, and arrays as they are. A case begins with one of these words:
 *   CASE_PRODUCT  blocks, block_rows, rows, cols; name[40]; batches of
 *                 { n, x[n], n columns }, ended by n = 0; the rows' results
 *   CASE_PLANES   n, x[n], 4*n bytes of planes
 *   CASE_FETCH    as CASE_PRODUCT
 *   CASE_END */
#define CASE_END 0
#define CASE_PRODUCT 1
#define CASE_PLANES 2
#define CASE_FETCH 3

#define BATCH_BYTES 8192U
#define BATCH_COLUMNS 64
