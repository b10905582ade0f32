/* VICE, driven from outside: starts an emulated C64 (headless on a private
 * Xvfb, or in a window), and controls it through VICE's binary monitor
 * (VICE manual, chapter 13).
 *
 * The emulated machine stands still from vice_start on and after every call
 * but vice_run; vice_run lets it go on. Calls that return bool return false on
 * failure, and vice_error says why; the emulator is then of no further use.
 */
#ifndef VICE_H
#define VICE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VICE_MAX_ARGUMENTS 24
#define PAL_HZ 985248 /* clock cycles a second of a PAL C64 */
#define NTSC_HZ 1022727

struct vice_options {
    const char *emulator;   /* name to be found in PATH, or a path: "x64", "x64sc", "x128" (in C64 mode) */
    const char *rom_folder; /* holds kernal.bin, basic.bin, chargen.bin, the same with 128 for x128; NULL: VICE's own */
    const uint8_t *reu;     /* contents of the REU; NULL: without an image */
    size_t reu_bytes;
    unsigned reu_kib;       /* 128..16384; 0: no REU */
    bool window;            /* on the user's display instead of a private Xvfb */
    bool real_time;         /* 1 MHz instead of as fast as possible */
    bool ntsc;
    const char *arguments[VICE_MAX_ARGUMENTS]; /* further ones for VICE, NULL-terminated if fewer */
    const char *program;    /* PRG that VICE loads and starts by itself (autostart), or NULL */
};

struct vice;

/* When this becomes non-zero, whoever waits for the emulator returns at once
 * with VICE_INTERRUPTED or a failure; for signal handlers. */
extern volatile sig_atomic_t vice_interrupted;

/* Starts the emulator and connects to its monitor. On failure returns NULL and
 * puts one line into error. */
struct vice *vice_start(const struct vice_options *options, char *error, size_t error_bytes);

/* Ends emulator and Xvfb, waits until they are gone, frees v; NULL is ignored. */
void vice_stop(struct vice *v);

/* One line; what went wrong in the last call that failed. */
const char *vice_error(const struct vice *v);

enum vice_event {
    VICE_CHECKPOINT,  /* reached a checkpoint: vice_pc */
    VICE_TIMEOUT,     /* the time is over; the machine goes on until the next call */
    VICE_JAM,         /* the CPU executed an opcode that stops it: vice_pc */
    VICE_INTERRUPTED, /* vice_interrupted */
    VICE_FAILED       /* the emulator has ended or does not answer: vice_error */
};

/* Lets the machine run until an event, for at most `seconds` of the host's time. */
enum vice_event vice_run(struct vice *v, double seconds);

/* Address of the instruction that the CPU was at when the machine last stopped. */
uint16_t vice_pc(const struct vice *v);

/* Stops vice_run whenever the CPU is about to execute at address, until
 * vice_clear. */
bool vice_break(struct vice *v, uint16_t address);
bool vice_clear(struct vice *v, uint16_t address);

/* Stops vice_run whenever the CPU has stored to address while the condition holds, in
 * the monitor's words ("PC > $0800"), until vice_clear. */
bool vice_watch_stores(struct vice *v, uint16_t address, const char *condition);

/* Lets the machine run until the CPU is about to execute at address. */
enum vice_event vice_run_until(struct vice *v, uint16_t address, double seconds);

/* Memory as the RAM holds it, whatever $01 says, without side effects; the
 * range lies below 0x10000, n >= 1. */
bool vice_read(struct vice *v, uint16_t address, void *bytes, size_t n);
bool vice_write(struct vice *v, uint16_t address, const void *bytes, size_t n);

/* The same for $D000..$DFFF as I/O: VIC-II, SID, colour RAM, CIAs. */
bool vice_read_io(struct vice *v, uint16_t address, void *bytes, size_t n);
bool vice_write_io(struct vice *v, uint16_t address, const void *bytes, size_t n);

/* The CPU goes on at address, interrupts disabled or not as they were. */
bool vice_jump(struct vice *v, uint16_t address);

/* Types text, ASCII with \n as RETURN, through the KERNAL's keyboard buffer
 * ($0277, $C6); VICE feeds it as fast as it is emptied, while the machine runs. */
bool vice_type(struct vice *v, const char *text);
/* The same for PETSCII codes, cursor and function keys among them. */
bool vice_type_petscii(struct vice *v, const uint8_t *codes, size_t n);

#define VICE_COLUMNS 40
#define VICE_ROWS 25
#define VICE_CELLS (VICE_COLUMNS * VICE_ROWS)

struct vice_screen {
    uint8_t codes[VICE_CELLS];  /* screen codes, from where the VIC-II reads them */
    uint8_t colours[VICE_CELLS];
    uint8_t border, background;
    bool lower_case; /* the character set with lower and upper case */
};
bool vice_screen(struct vice *v, struct vice_screen *screen);

/* The screen in ASCII: VICE_ROWS lines, each without its spaces at the end and
 * with \n; a reversed character as the plain one, a graphic as '#'.
 * text has room for VICE_ROWS * (VICE_COLUMNS + 1) + 1 characters. */
#define VICE_SCREEN_TEXT (VICE_ROWS * (VICE_COLUMNS + 1) + 1)
void vice_screen_text(const struct vice_screen *screen, char *text);

/* Lets the machine run until `wanted` is on the screen, for at most `seconds` of the host's
 * time; screen and text are those that it looked at last. */
bool vice_expect(struct vice *v, const char *wanted, double seconds, struct vice_screen *screen, char *text);

/* Writes the picture with its border as a PNG file. */
bool vice_screenshot(struct vice *v, const char *path);

/* The emulator's process, for tests. */
long vice_process(const struct vice *v);

#endif
