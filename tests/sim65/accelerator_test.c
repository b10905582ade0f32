/* accelerator.s with RAM in the place of the registers: what it looks for, writes and
 * leaves behind, and what becomes of transfers. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "../../src/c64/accelerator.h"
#include "tap.h"

void call_begin(void);
void call_end(void);
void call_transfers(void);
extern uint8_t transfers[7], kept[3];

#define IO(address) (*(volatile uint8_t *)(address))
#define REU_COMMAND IO(reu_command)

static uint16_t reu_command = 0xDF01; /* a variable, or accelerate would find these accesses too */
static const uint8_t plain[7] = {0x8D ^ 0xFF, 0x01, 0xDF, 0x8C ^ 0xFF, 0x01, 0xDF, 0x60};
/* The registers as a C64 has them, but those that are written to are RAM. */
static void fresh(void)
{
    memset((void *)0xD000, 0xFF, 0x100);
    memcpy(transfers, plain, sizeof plain);
    transfers[0] ^= 0xFF; /* nor may it find them there */
    transfers[3] ^= 0xFF;
    accelerator = ACCELERATOR_NONE;
}

/* The two transfers happen, and leave registers and carry alone; the speed is `fast` again. */
static uint8_t transfers_work(uint16_t at, uint8_t fast)
{
    if (transfers[0] != 0x20 || transfers[3] != 0x20 || transfers[6] != 0x60)
        return 0;
    IO(at) = 0x77;
    REU_COMMAND = 0;
    call_transfers();
    return REU_COMMAND == 0x90 && IO(at) == fast && kept[0] == 1 && kept[1] == 0x5A && kept[2] == 0x90;
}

static void supercpu(void)
{
    fresh();
    IO(0xD0BC) = 0;
    IO(0xD0B4) = 0x80;
    IO(0xD0B8) = 0x80; /* 1 MHz */
    IO(0xD077) = IO(0xD07E) = IO(0xD07F) = 0;
    call_begin();
    result(accelerator == ACCELERATOR_SUPERCPU && IO(0xD07B) == 1, "SuperCPU: found, fast");
    result(IO(0xD077) != 0 && IO(0xD07E) != 0 && IO(0xD07F) != 0, "SuperCPU: all writes go to the C64's memory");
    IO(0xD07A) = 0x33;
    result(transfers_work(0xD07B, 1) && IO(0xD07A) != 0x33, "SuperCPU: transfers");
    IO(0xD0B4) = 0;
    IO(0xD07A) = 0x33;
    call_end();
    result(IO(0xD0B4) == 0x80 && IO(0xD07A) != 0x33, "SuperCPU: as it was");
}

static void ultimate(void)
{
    fresh();
    IO(0xD031) = 0x03;
    call_begin();
    result(accelerator == ACCELERATOR_ULTIMATE && IO(0xD031) == 0x8F && IO(0xD030) == 1, "Ultimate 64: found, fast");
    result(transfers_work(0xD031, 0x8F), "Ultimate 64: transfers");
    accelerator_slow();
    result(IO(0xD031) == 0, "Ultimate 64: slow");
    accelerator_fast();
    result(IO(0xD031) == 0x8F, "Ultimate 64: fast again");
    call_end();
    result(IO(0xD031) == 0x03, "Ultimate 64: as it was");
}

static void chameleon(void)
{
    fresh();
    IO(0xD0F3) = 0x8C;
    call_begin();
    result(accelerator == ACCELERATOR_CHAMELEON && IO(0xD0FE) == 0x2A && IO(0xD0F3) == 0x80, "Turbo Chameleon: found, fast");
    result(transfers_work(0xD0F3, 0x80), "Turbo Chameleon: transfers");
    call_end();
    result(IO(0xD0F3) == 0x8C && IO(0xD0FE) == 0xFF, "Turbo Chameleon: as it was");
}

static void again(void)
{
    call_begin();
    result(accelerator == ACCELERATOR_CHAMELEON && IO(0xD0F3) == 0x80 && transfers_work(0xD0F3, 0x80), "started again");
}

int main(void)
{
    supercpu();
    ultimate();
    chameleon();
    again();
    printf("1..%u\n", tests);
    return failures != 0;
}
