/* Files through the KERNAL, which is brought in for each of these calls with its
 * own zero page: drives, printers. What the program keeps, interrupts, timers and
 * the screen among it, is afterwards as it was. */
#ifndef KERNAL_H
#define KERNAL_H

#include <stdint.h>

extern uint8_t kernal_buffer[256]; /* names, and what is written and read */

/* Errors: the KERNAL's 1 to 9, or KERNAL_FAILED: what it says of the device. */
#define KERNAL_NO_DEVICE 5
#define KERNAL_FAILED 0xFF
extern uint8_t kernal_status; /* the KERNAL's variable after the last kernal_read or kernal_write */
#define KERNAL_END_OF_FILE 0x40

/* The device that the program came from, if it was loaded by the KERNAL. */
uint8_t kernal_last_device(void);

/* All return 0 or an error. The file's number is that of the channel, 1..15;
 * its name are the first name_bytes bytes of kernal_buffer. */
uint8_t kernal_open(uint8_t device, uint8_t channel, uint8_t name_bytes);
/* The first n bytes of kernal_buffer; n >= 1. */
uint8_t kernal_write(uint8_t channel, uint8_t n);
/* Up to n bytes to kernal_buffer, as many as kernal_bytes says; n >= 1. Fewer at
 * the end of the file. */
uint8_t kernal_read(uint8_t channel, uint8_t n);
extern uint8_t kernal_bytes;
void kernal_close(uint8_t channel);

#endif
