/* Checksums of the image: made by mkreu, tested by the C64.
 *
 * A page digest condenses 256 bytes to one, cheaply enough for 1 MB at 1 MHz:
 * beginning with a = 0, for each byte b in order
 *     a = a + b modulo 256, rotated left by one bit
 * which is adc, asl, adc #0 (the last leaves the carry clear), and the digest is
 * the last a. For a given b each step maps different a to different a, so a
 * change to one byte of a page always changes its digest.
 * The digests of all pages, in order, go into one CRC-32.
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stdint.h>

/* The digest of the 256 bytes at page. */
uint8_t page_digest(const uint8_t *page);

/* CRC-32 (polynomial 0xEDB88320, as in zip and PNG) of n more bytes.
 * Begin with 0; the result is the CRC so far. */
uint32_t crc32(uint32_t crc, const uint8_t *bytes, uint16_t n);

#endif
