#define _GNU_SOURCE /* prctl's PR_SET_PDEATHSIG comes with Linux only */
#include "vice.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <png.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include "output_file.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#define START_SECONDS 60   /* until the emulator must be there, on a busy machine too */
#define ANSWER_SECONDS 60  /* until it must have answered a command */
#define POLL_SECONDS 0.2   /* how late an interruption may be noticed */

/* Commands, responses and events of the binary monitor. */
#define MONITOR_STX 0x02
#define MONITOR_API 0x02
#define COMMAND_HEADER 11
#define RESPONSE_HEADER 12
#define EVENT_ID 0xFFFFFFFFu
enum {
    MONITOR_MEMORY_GET = 0x01,
    MONITOR_MEMORY_SET = 0x02,
    MONITOR_CHECKPOINT = 0x11,
    MONITOR_CHECKPOINT_SET = 0x12,
    MONITOR_CONDITION_SET = 0x22,
    MONITOR_CHECKPOINT_DELETE = 0x13,
    MONITOR_REGISTERS_SET = 0x32,
    MONITOR_JAM = 0x61,
    MONITOR_STOPPED = 0x62,
    MONITOR_RESUMED = 0x63,
    MONITOR_KEYBOARD_FEED = 0x72,
    MONITOR_PING = 0x81,
    MONITOR_BANKS = 0x82,
    MONITOR_REGISTERS = 0x83,
    MONITOR_DISPLAY_GET = 0x84,
    MONITOR_PALETTE_GET = 0x91,
    MONITOR_EXIT = 0xAA
};

#define MAX_BREAKS 8
#define SPARE 4 /* bytes of room after a message, see vice_screenshot */

struct vice {
    pid_t emulator, display; /* 0: none */
    int connection;          /* to the monitor, -1: none */
    int port_holder;         /* bound to the monitor's port, so that nobody else is given it */
    FILE *log;               /* what the emulator prints */
    char name[64];           /* of the emulator */
    char error[256];

    uint32_t request; /* id of the last command */
    uint8_t *body;    /* of the last message */
    size_t body_bytes, body_room;

    bool running;
    bool checkpoint_hit; /* since the last vice_run */
    uint16_t pc;
    uint16_t ram_bank, io_bank;
    uint8_t pc_register;
    struct {
        uint16_t address;
        uint32_t number;
    } breaks[MAX_BREAKS];
    unsigned n_breaks;
};

volatile sig_atomic_t vice_interrupted;

const char *vice_error(const struct vice *v)
{
    return v->error;
}

uint16_t vice_pc(const struct vice *v)
{
    return v->pc;
}

long vice_process(const struct vice *v)
{
    return v->emulator;
}

static bool fail(struct vice *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->error, sizeof v->error, format, arguments);
    va_end(arguments);
    return false;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint16_t get16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t get32(const uint8_t *bytes)
{
    return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

static void put16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, value & 0xFFFF);
    put16(bytes + 2, value >> 16);
}

/* --- processes ---------------------------------------------------------- */

/* The first line of the emulator's log that tells of an error which matters, else "". */
static void error_of_log(struct vice *v, char *line, size_t line_bytes)
{
    /* Devices that nobody asked for. */
    static const char *const harmless[] = {"DriveROM", "NL10", "MPS-803", "glXSwap", "lame"};
    char text[512];
    size_t i;

    line[0] = '\0';
    if (!v->log)
        return;
    rewind(v->log);
    while (!line[0] && fgets(text, sizeof text, v->log)) {
        bool matters = strstr(text, "rror") || strstr(text, "cannot open display") || strstr(text, "Unknown option");
        for (i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
            if (strstr(text, harmless[i]))
                matters = false;
        if (matters) {
            text[strcspn(text, "\r\n")] = '\0';
            snprintf(line, line_bytes, "%.*s", (int)line_bytes - 1, text);
        }
    }
}

/* Says how the emulator ended. */
static bool fail_ended(struct vice *v)
{
    int status = 0;
    char how[64] = "", cause[128];
    double until = now() + 1;

    while (v->emulator && now() < until) {
        if (waitpid(v->emulator, &status, WNOHANG) == v->emulator) {
            v->emulator = 0;
            if (WIFSIGNALED(status))
                snprintf(how, sizeof how, " by signal %d", WTERMSIG(status));
            else
                snprintf(how, sizeof how, " with exit code %d", WEXITSTATUS(status));
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    error_of_log(v, cause, sizeof cause);
    return fail(v, "%s ended unexpectedly%s%s%s", v->name, how, cause[0] ? ": " : "", cause);
}

/* Starts a program with its output in `output`, in a process group of its own
 * so that a Ctrl-C in the terminal is ours to handle, and such that it ends
 * with us even if we are killed. keep: descriptor it inherits, or -1.
 * Returns its process id, or -1 with errno. */
static pid_t spawn(char *const arguments[], int output, int keep, int death_signal, bool private_display)
{
    int report[2], error = 0;
    pid_t parent = getpid(), child;

    if (pipe(report) != 0)
        return -1;
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        sigset_t none;

        setpgid(0, 0);
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, death_signal);
#else
        (void)death_signal;
#endif
        if (getppid() != parent)
            _exit(1);
        signal(SIGPIPE, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(null, 0);
        dup2(output < 0 ? null : output, 1);
        dup2(output < 0 ? null : output, 2);
        if (keep >= 0)
            fcntl(keep, F_SETFD, 0);
        if (private_display) {
            /* Nothing of the user's desktop: no Wayland, no settings, no
             * accessibility bus, no cache of shaders in the home folder. */
            unsetenv("WAYLAND_DISPLAY");
            setenv("GDK_BACKEND", "x11", 1);
            setenv("GSETTINGS_BACKEND", "memory", 1);
            setenv("NO_AT_BRIDGE", "1", 1);
            setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
        }
        execvp(arguments[0], arguments);
        error = errno;
        if (write(report[1], &error, sizeof error) < 0)
            _exit(126);
        _exit(127);
    }
    close(report[1]);
    if (child > 0 && read(report[0], &error, sizeof error) == (ssize_t)sizeof error) {
        waitpid(child, NULL, 0);
        child = -1;
    }
    close(report[0]);
    if (error)
        errno = error;
    return child;
}

static void end_process(pid_t process, int sign)
{
    double until = now() + 5;

    if (process <= 0)
        return;
    kill(process, sign);
    while (waitpid(process, NULL, WNOHANG) == 0) {
        if (now() > until)
            kill(process, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

/* Starts an X server on a free display and sets DISPLAY for the emulator. */
static bool start_display(struct vice *v)
{
    int channel[2];
    char descriptor[16], number[16] = "", name[24];
    size_t have = 0;
    double until = now() + START_SECONDS;
    char *arguments[] = {"Xvfb", "-displayfd", descriptor, "-screen", "0", "1024x768x24", "-nolisten", "tcp",
                         "-terminate", NULL};

    if (pipe(channel) != 0)
        return fail(v, "Xvfb: %s", strerror(errno));
    fcntl(channel[0], F_SETFD, FD_CLOEXEC);
    fcntl(channel[1], F_SETFD, FD_CLOEXEC);
    snprintf(descriptor, sizeof descriptor, "%d", channel[1]);
    v->display = spawn(arguments, -1, channel[1], SIGTERM, false);
    close(channel[1]);
    if (v->display < 0) {
        int error = errno;
        v->display = 0;
        close(channel[0]);
        if (error == ENOENT)
            return fail(v, "Xvfb not found (Debian: apt-get install xvfb; \"make test\" installs it)");
        return fail(v, "Xvfb: %s", strerror(error));
    }
    while (!memchr(number, '\n', have)) {
        struct pollfd wait = {.fd = channel[0], .events = POLLIN};
        ssize_t got;

        if (vice_interrupted || now() > until || have == sizeof number - 1) {
            close(channel[0]);
            return fail(v, vice_interrupted ? "interrupted" : "Xvfb does not start");
        }
        if (poll(&wait, 1, (int)(POLL_SECONDS * 1000)) <= 0)
            continue;
        got = read(channel[0], number + have, sizeof number - 1 - have);
        if (got <= 0) {
            close(channel[0]);
            return fail(v, "Xvfb does not start");
        }
        have += (size_t)got;
    }
    close(channel[0]);
    snprintf(name, sizeof name, ":%d", atoi(number));
    setenv("DISPLAY", name, 1);
    return true;
}

/* --- the binary monitor --------------------------------------------------- */

enum received { RECEIVED, RECEIVED_NOTHING, RECEIVED_FAILURE };

/* Reads exactly n bytes until `until`. Nothing read by then is no failure,
 * half a message is. */
static enum received receive_bytes(struct vice *v, uint8_t *bytes, size_t n, double until)
{
    size_t have = 0;

    while (have < n) {
        struct pollfd wait = {.fd = v->connection, .events = POLLIN};
        double left = until - now();
        ssize_t got;

        if (vice_interrupted) {
            fail(v, "interrupted");
            return RECEIVED_FAILURE;
        }
        if (left < 0)
            left = 0;
        if (poll(&wait, 1, (int)((left < POLL_SECONDS ? left : POLL_SECONDS) * 1000 + 0.999)) <= 0) {
            if (now() < until)
                continue;
            if (have == 0)
                return RECEIVED_NOTHING;
            fail(v, "%s does not answer", v->name);
            return RECEIVED_FAILURE;
        }
        got = recv(v->connection, bytes + have, n - have, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            fail_ended(v);
            return RECEIVED_FAILURE;
        }
        have += (size_t)got;
    }
    return RECEIVED;
}

/* Receives one message into v->body and notes what an event says. */
static enum received receive(struct vice *v, double until, uint8_t *type, uint8_t *error, uint32_t *request)
{
    uint8_t header[RESPONSE_HEADER];
    enum received received = receive_bytes(v, header, sizeof header, until);

    if (received != RECEIVED)
        return received;
    v->body_bytes = get32(header + 2);
    if (header[0] != MONITOR_STX || v->body_bytes > 1u << 24) {
        fail(v, "%s does not speak the binary monitor protocol", v->name);
        return RECEIVED_FAILURE;
    }
    if (v->body_bytes + SPARE > v->body_room) {
        uint8_t *room = realloc(v->body, v->body_bytes + SPARE);
        if (!room) {
            fail(v, "out of memory");
            return RECEIVED_FAILURE;
        }
        v->body = room;
        v->body_room = v->body_bytes + SPARE;
    }
    received = receive_bytes(v, v->body, v->body_bytes, now() + ANSWER_SECONDS);
    if (received != RECEIVED) {
        if (received == RECEIVED_NOTHING)
            fail(v, "%s does not answer", v->name);
        return RECEIVED_FAILURE;
    }
    *type = header[6];
    *error = header[7];
    *request = get32(header + 8);
    if (*request == EVENT_ID) {
        if (*type == MONITOR_STOPPED || *type == MONITOR_JAM || *type == MONITOR_RESUMED) {
            if (v->body_bytes >= 2)
                v->pc = get16(v->body);
            v->running = *type == MONITOR_RESUMED;
        } else if (*type == MONITOR_CHECKPOINT && v->body_bytes > 4 && v->body[4]) {
            v->checkpoint_hit = true;
        }
    }
    return RECEIVED;
}

static bool send_bytes(struct vice *v, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(v->connection, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR && !vice_interrupted)
            continue;
        if (sent <= 0)
            return vice_interrupted ? fail(v, "interrupted") : fail_ended(v);
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Sends a command whose body is `head` and then `tail`, and waits for its
 * response, which is in v->body afterwards. */
static bool command(struct vice *v, uint8_t type, const uint8_t *head, size_t head_bytes, const void *tail, size_t tail_bytes)
{
    uint8_t header[COMMAND_HEADER] = {MONITOR_STX, MONITOR_API};
    double until = now() + ANSWER_SECONDS;

    put32(header + 2, (uint32_t)(head_bytes + tail_bytes));
    put32(header + 6, ++v->request);
    header[10] = type;
    if (!send_bytes(v, header, sizeof header) || !send_bytes(v, head, head_bytes) || !send_bytes(v, tail, tail_bytes))
        return false;
    for (;;) {
        uint8_t response, error;
        uint32_t request;

        switch (receive(v, until, &response, &error, &request)) {
        case RECEIVED_NOTHING:
            return fail(v, "%s does not answer", v->name);
        case RECEIVED_FAILURE:
            return false;
        case RECEIVED:
            break;
        }
        if (request != v->request)
            continue;
        if (error)
            return fail(v, "%s refuses monitor command $%02x with error $%02x", v->name, type, error);
        return true;
    }
}

/* Finds the id of the item called `name` in a response that lists items; the
 * name follows `offset` bytes after the item's size byte. */
static bool find_item(struct vice *v, const char *name, size_t offset, const uint8_t **item)
{
    size_t at = 2, length = strlen(name);

    while (at < v->body_bytes) {
        const uint8_t *p = v->body + at;
        size_t size = p[0];

        if (at + 1 + size > v->body_bytes)
            break;
        if (size >= offset + 1 + length && p[1 + offset] == length && memcmp(p + 2 + offset, name, length) == 0) {
            *item = p + 1;
            return true;
        }
        at += 1 + size;
    }
    return fail(v, "%s has no \"%s\": is it a C64 emulator?", v->name, name);
}

static bool connect_monitor(struct vice *v, const struct sockaddr_in *address)
{
    double until = now() + START_SECONDS;
    const uint8_t *item;
    const uint8_t main_memory = 0;
    int one = 1;

    for (;;) {
        int status;

        v->connection = socket(AF_INET, SOCK_STREAM, 0);
        if (v->connection < 0)
            return fail(v, "socket: %s", strerror(errno));
        fcntl(v->connection, F_SETFD, FD_CLOEXEC);
        if (connect(v->connection, (const struct sockaddr *)address, sizeof *address) == 0)
            break;
        close(v->connection);
        v->connection = -1;
        if (vice_interrupted)
            return fail(v, "interrupted");
        if (waitpid(v->emulator, &status, WNOHANG) == v->emulator) {
            char cause[128];
            v->emulator = 0;
            error_of_log(v, cause, sizeof cause);
            return fail(v, "%s does not start%s%s", v->name, cause[0] ? ": " : "", cause);
        }
        if (now() > until)
            return fail(v, "%s does not start: its monitor is not there after %d s", v->name, START_SECONDS);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    setsockopt(v->connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);

    if (!command(v, MONITOR_PING, NULL, 0, NULL, 0) || !command(v, MONITOR_BANKS, NULL, 0, NULL, 0))
        return false;
    if (!find_item(v, "ram", 2, &item))
        return false;
    v->ram_bank = get16(item);
    if (!find_item(v, "io", 2, &item))
        return false;
    v->io_bank = get16(item);
    if (!command(v, MONITOR_REGISTERS, &main_memory, 1, NULL, 0) || !find_item(v, "PC", 2, &item))
        return false;
    v->pc_register = item[0];
    return true;
}

/* --- start and stop --------------------------------------------------------- */

/* A free TCP port of this machine: a socket stays bound to it, which keeps the
 * kernel from giving it to others, but not the emulator from listening there,
 * for both set SO_REUSEADDR. */
static bool hold_port(struct vice *v, struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    int one = 1;

    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v->port_holder = socket(AF_INET, SOCK_STREAM, 0);
    if (v->port_holder < 0 || setsockopt(v->port_holder, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(v->port_holder, (struct sockaddr *)address, size) != 0 ||
        getsockname(v->port_holder, (struct sockaddr *)address, &size) != 0)
        return fail(v, "no port for the monitor: %s", strerror(errno));
    fcntl(v->port_holder, F_SETFD, FD_CLOEXEC);
    return true;
}

/* What VICE takes ROMs by. x128 insists on those of all languages. */
struct rom {
    const char *option, *file;
};
static const struct rom c64_roms[] = {{"-kernal", "kernal.bin"}, {"-basic", "basic.bin"}, {"-chargen", "chargen.bin"}, {NULL, NULL}};
static const struct rom c128_roms[] = {
    {"-kernal", "kernal128.bin"},    {"-kernalde", "kernal128.bin"},  {"-kernalfi", "kernal128.bin"},  {"-kernalfr", "kernal128.bin"},
    {"-kernalit", "kernal128.bin"},  {"-kernalno", "kernal128.bin"},  {"-kernalse", "kernal128.bin"},  {"-kernalch", "kernal128.bin"},
    {"-kernal64", "kernal.bin"},     {"-basic64", "basic.bin"},       {"-basiclo", "basic128.bin"},    {"-basichi", "basic128.bin"},
    {"-chargen", "chargen128.bin"},  {"-chargde", "chargen128.bin"},  {"-chargfr", "chargen128.bin"},  {"-chargse", "chargen128.bin"},
    {"-chargch", "chargen128.bin"},  {"-chargno", "chargen128.bin"},  {NULL, NULL}};
#define MOST_ROMS (sizeof c128_roms / sizeof *c128_roms)

static bool start_emulator(struct vice *v, const struct vice_options *options, const struct sockaddr_in *address)
{
    char monitor[40], reu_file[24], reu_kib[16], roms[MOST_ROMS][4096];
    const char *arguments[40 + 2 * MOST_ROMS + VICE_MAX_ARGUMENTS];
    const struct rom *rom = c64_roms;
    const char *name = strrchr(options->emulator, '/');
    FILE *reu = NULL;
    size_t n = 0;
    unsigned i;

    arguments[n++] = options->emulator;
    arguments[n++] = "-default";
    arguments[n++] = options->ntsc ? "-ntsc" : "-pal";
    if (!options->real_time)
        arguments[n++] = "-warp";
    arguments[n++] = "+sound";
    arguments[n++] = "+confirmonexit";
    arguments[n++] = "-jamaction";
    arguments[n++] = "2"; /* to the monitor */
    arguments[n++] = "-VICIIfilter";
    arguments[n++] = "0";
    if (strncmp(name ? name + 1 : options->emulator, "x128", 4) == 0)
        rom = c128_roms;
    if (options->rom_folder)
        for (i = 0; rom[i].option; i++) {
            snprintf(roms[i], sizeof roms[i], "%s/%s", options->rom_folder, rom[i].file);
            if (access(roms[i], R_OK) != 0)
                return fail(v, "%s: %s (\"make\" builds it)", roms[i], strerror(errno));
            arguments[n++] = rom[i].option;
            arguments[n++] = roms[i];
        }
    if (options->reu_kib) {
        snprintf(reu_kib, sizeof reu_kib, "%u", options->reu_kib);
        arguments[n++] = "-reu";
        arguments[n++] = "-reusize";
        arguments[n++] = reu_kib;
    }
    if (options->reu_kib && options->reu) {
        /* A file without a name, which nobody needs to remove. */
        size_t rest = (size_t)options->reu_kib * 1024 - options->reu_bytes;
        reu = tmpfile();
        if (!reu || fwrite(options->reu, 1, options->reu_bytes, reu) != options->reu_bytes ||
            (rest && (fseek(reu, (long)rest - 1, SEEK_CUR) != 0 || putc(0, reu) == EOF)) || fflush(reu) != 0) {
            fail(v, "temporary file for the REU: %s", strerror(errno));
            if (reu)
                fclose(reu);
            return false;
        }
        snprintf(reu_file, sizeof reu_file, "/dev/fd/%d", fileno(reu));
        arguments[n++] = "-reuimage";
        arguments[n++] = reu_file;
    }
    snprintf(monitor, sizeof monitor, "ip4://127.0.0.1:%u", ntohs(address->sin_port));
    arguments[n++] = "-binarymonitor";
    arguments[n++] = "-binarymonitoraddress";
    arguments[n++] = monitor;
    for (i = 0; i < VICE_MAX_ARGUMENTS && options->arguments[i]; i++)
        arguments[n++] = options->arguments[i];
    if (options->program)
        arguments[n++] = options->program; /* VICE ignores what follows it */
    arguments[n] = NULL;

    v->emulator = spawn((char *const *)(uintptr_t)arguments, fileno(v->log), reu ? fileno(reu) : -1, SIGKILL, !options->window);
    if (v->emulator < 0) {
        v->emulator = 0;
        if (errno == ENOENT)
            fail(v, "%s not found (Debian: apt-get install vice; \"make test\" installs it)", options->emulator);
        else
            fail(v, "%s: %s", options->emulator, strerror(errno));
    }
    if (reu)
        fclose(reu);
    return v->emulator != 0;
}

struct vice *vice_start(const struct vice_options *options, char *error, size_t error_bytes)
{
    struct vice *v = calloc(1, sizeof *v);
    const char *slash = strrchr(options->emulator, '/');
    struct sockaddr_in address;
    char *display = getenv("DISPLAY");
    bool started;

    if (!v) {
        snprintf(error, error_bytes, "out of memory");
        return NULL;
    }
    v->connection = v->port_holder = -1;
    snprintf(v->name, sizeof v->name, "%s", slash ? slash + 1 : options->emulator);
    v->log = tmpfile();
    if (v->log)
        fcntl(fileno(v->log), F_SETFD, FD_CLOEXEC);
    else
        fail(v, "temporary file: %s", strerror(errno));
    if (display)
        display = strdup(display);
    started = v->log && (options->window || start_display(v)) && hold_port(v, &address) &&
              start_emulator(v, options, &address) && connect_monitor(v, &address);
    if (display)
        setenv("DISPLAY", display, 1);
    else
        unsetenv("DISPLAY");
    free(display);
    if (!started) {
        snprintf(error, error_bytes, "%s", v->error);
        vice_stop(v);
        return NULL;
    }
    return v;
}

void vice_stop(struct vice *v)
{
    if (!v)
        return;
    if (v->connection >= 0)
        close(v->connection);
    if (v->port_holder >= 0)
        close(v->port_holder);
    end_process(v->emulator, SIGKILL);
    end_process(v->display, SIGTERM);
    if (v->log)
        fclose(v->log);
    free(v->body);
    free(v);
}

/* --- memory and registers ------------------------------------------------------ */

#define CPU_BANK 0 /* as the CPU sees it */
#define CHUNK 0x4000 /* bytes in one command */

static bool read_bank(struct vice *v, uint16_t bank, uint16_t address, uint8_t *bytes, size_t n)
{
    while (n > 0) {
        size_t part = n < CHUNK ? n : CHUNK;
        uint8_t body[8] = {0};

        put16(body + 1, address);
        put16(body + 3, (unsigned)(address + part - 1));
        put16(body + 6, bank);
        if (!command(v, MONITOR_MEMORY_GET, body, sizeof body, NULL, 0))
            return false;
        if (v->body_bytes < 2 + part)
            return fail(v, "%s sends too little memory", v->name);
        memcpy(bytes, v->body + 2, part);
        bytes += part;
        address = (uint16_t)(address + part);
        n -= part;
    }
    return true;
}

static bool write_bank(struct vice *v, uint16_t bank, uint16_t address, const uint8_t *bytes, size_t n, bool side_effects)
{
    while (n > 0) {
        size_t part = n < CHUNK ? n : CHUNK;
        uint8_t body[8] = {side_effects};

        put16(body + 1, address);
        put16(body + 3, (unsigned)(address + part - 1));
        put16(body + 6, bank);
        if (!command(v, MONITOR_MEMORY_SET, body, sizeof body, bytes, part))
            return false;
        bytes += part;
        address = (uint16_t)(address + part);
        n -= part;
    }
    return true;
}

bool vice_read(struct vice *v, uint16_t address, void *bytes, size_t n)
{
    return read_bank(v, v->ram_bank, address, bytes, n);
}

bool vice_write(struct vice *v, uint16_t address, const void *bytes, size_t n)
{
    return write_bank(v, v->ram_bank, address, bytes, n, false);
}

bool vice_read_io(struct vice *v, uint16_t address, void *bytes, size_t n)
{
    return read_bank(v, v->io_bank, address, bytes, n);
}

bool vice_write_io(struct vice *v, uint16_t address, const void *bytes, size_t n)
{
    return write_bank(v, v->io_bank, address, bytes, n, true);
}

bool vice_jump(struct vice *v, uint16_t address)
{
    uint8_t body[7] = {0 /* main memory */, 1, 0 /* one item */, 3 /* bytes of it */, v->pc_register};

    put16(body + 5, address);
    v->pc = address;
    return command(v, MONITOR_REGISTERS_SET, body, sizeof body, NULL, 0);
}

/* --- running ------------------------------------------------------------------ */

/* Of a machine that stands still: at an opcode that the CPU does not get over, $x2
 * but $82, $A2, $C2 and $E2? */
static bool is_jam(struct vice *v)
{
    uint8_t opcode;

    return read_bank(v, CPU_BANK, v->pc, &opcode, 1) && (opcode & 0x0F) == 0x02 && (opcode < 0x80 || (opcode & 0x10));
}

enum vice_event vice_run(struct vice *v, double seconds)
{
    double until = now() + seconds;

    if (!v->checkpoint_hit && !v->running && !command(v, MONITOR_EXIT, NULL, 0, NULL, 0))
        return vice_interrupted ? VICE_INTERRUPTED : VICE_FAILED;
    for (;;) {
        uint8_t type, error;
        uint32_t request;

        /* The stop comes after the message of what caused it. */
        if (v->checkpoint_hit && !v->running) {
            v->checkpoint_hit = false;
            return VICE_CHECKPOINT;
        }
        switch (receive(v, until, &type, &error, &request)) {
        case RECEIVED_NOTHING:
            return VICE_TIMEOUT;
        case RECEIVED_FAILURE:
            return vice_interrupted ? VICE_INTERRUPTED : VICE_FAILED;
        case RECEIVED:
            break;
        }
        if (request != EVENT_ID || (type != MONITOR_STOPPED && type != MONITOR_JAM) || v->checkpoint_hit)
            continue;
        if (type == MONITOR_JAM || is_jam(v))
            return VICE_JAM;
        /* On a busy host VICE may stop once more for a command that it has answered
         * already. */
        if (!command(v, MONITOR_EXIT, NULL, 0, NULL, 0))
            return vice_interrupted ? VICE_INTERRUPTED : VICE_FAILED;
    }
}

enum operation { OPERATION_STORE = 2, OPERATION_EXECUTE = 4 };

static bool set_checkpoint(struct vice *v, uint16_t address, uint8_t operation)
{
    uint8_t body[9] = {0, 0, 0, 0, 1 /* stop */, 1 /* enabled */, operation, 0 /* not temporary: VICE would go on at once */,
                       0 /* main memory */};

    put16(body, address);
    put16(body + 2, address);
    if (v->n_breaks == MAX_BREAKS)
        return fail(v, "too many checkpoints");
    if (!command(v, MONITOR_CHECKPOINT_SET, body, sizeof body, NULL, 0))
        return false;
    if (v->body_bytes >= 4) {
        v->breaks[v->n_breaks].address = address;
        v->breaks[v->n_breaks++].number = get32(v->body);
    }
    return true;
}

bool vice_break(struct vice *v, uint16_t address)
{
    return set_checkpoint(v, address, OPERATION_EXECUTE);
}

bool vice_watch_stores(struct vice *v, uint16_t address, const char *condition)
{
    size_t n = strlen(condition);
    uint8_t body[5 + UINT8_MAX];

    if (n > UINT8_MAX)
        return fail(v, "condition too long");
    if (!set_checkpoint(v, address, OPERATION_STORE))
        return false;
    put32(body, v->breaks[v->n_breaks - 1].number);
    body[4] = (uint8_t)n;
    memcpy(body + 5, condition, n);
    return command(v, MONITOR_CONDITION_SET, body, 5 + n, NULL, 0);
}

bool vice_clear(struct vice *v, uint16_t address)
{
    uint8_t body[4];
    unsigned i;

    for (i = 0; i < v->n_breaks; i++)
        if (v->breaks[i].address == address) {
            put32(body, v->breaks[i].number);
            v->breaks[i] = v->breaks[--v->n_breaks];
            return command(v, MONITOR_CHECKPOINT_DELETE, body, sizeof body, NULL, 0);
        }
    return fail(v, "no checkpoint at $%04x", address);
}

enum vice_event vice_run_until(struct vice *v, uint16_t address, double seconds)
{
    enum vice_event event;

    if (!vice_break(v, address))
        return vice_interrupted ? VICE_INTERRUPTED : VICE_FAILED;
    event = vice_run(v, seconds);
    if (event != VICE_INTERRUPTED && event != VICE_FAILED && !vice_clear(v, address))
        return VICE_FAILED;
    return event;
}

/* --- keyboard and screen ---------------------------------------------------------- */

bool vice_type_petscii(struct vice *v, const uint8_t *codes, size_t n)
{
    while (n > 0) {
        uint8_t part = n < 128 ? (uint8_t)n : 128;
        if (!command(v, MONITOR_KEYBOARD_FEED, &part, 1, codes, part))
            return false;
        codes += part;
        n -= part;
    }
    return true;
}

bool vice_type(struct vice *v, const char *text)
{
    size_t n = strlen(text), i;
    uint8_t *codes = malloc(n + 1);
    bool done;

    if (!codes)
        return fail(v, "out of memory");
    for (i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c >= 'a' && c <= 'z')
            c = (uint8_t)(c - 'a' + 0x41);
        else if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c - 'A' + 0xC1);
        else if (c == '\n')
            c = 13;
        codes[i] = c;
    }
    done = vice_type_petscii(v, codes, n);
    free(codes);
    return done;
}

bool vice_screen(struct vice *v, struct vice_screen *screen)
{
    uint8_t vic[0x2F], bank;
    unsigned i;

    /* $DD00 bits 1..0: the VIC-II's 16 KB bank, inverted; $D018 bits 7..4: the
     * screen's KB in it, bits 3..1: the character set, 2 and 3 in ROM. */
    if (!vice_read_io(v, 0xDD00, &bank, 1) || !vice_read_io(v, 0xD000, vic, sizeof vic) ||
        !vice_read(v, (uint16_t)((3 - (bank & 3)) * 0x4000 + (vic[0x18] >> 4) * 0x400), screen->codes, VICE_CELLS) ||
        !vice_read_io(v, 0xD800, screen->colours, VICE_CELLS))
        return false;
    for (i = 0; i < VICE_CELLS; i++)
        screen->colours[i] &= 15;
    screen->border = vic[0x20] & 15;
    screen->background = vic[0x21] & 15;
    screen->lower_case = (vic[0x18] & 2) != 0;
    return true;
}

void vice_screen_text(const struct vice_screen *screen, char *text)
{
    static const char upper[] = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[#]^_";
    unsigned row, column;

    for (row = 0; row < VICE_ROWS; row++) {
        char *line = text;
        for (column = 0; column < VICE_COLUMNS; column++) {
            uint8_t code = screen->codes[row * VICE_COLUMNS + column] & 0x7F;
            char c = '#';
            if (code >= 1 && code <= 26 && screen->lower_case)
                c = (char)('a' + code - 1);
            else if (code < 32)
                c = upper[code];
            else if (code < 64)
                c = (char)code;
            else if (code >= 65 && code <= 90 && screen->lower_case)
                c = (char)code;
            else if (code == 96)
                c = ' ';
            *text++ = c;
        }
        while (text > line && text[-1] == ' ')
            text--;
        *text++ = '\n';
    }
    *text = '\0';
}

#define LOOK_SECONDS 0.05 /* between two looks at the screen */

bool vice_expect(struct vice *v, const char *wanted, double seconds, struct vice_screen *screen, char *text)
{
    for (; seconds > 0; seconds -= LOOK_SECONDS) {
        if (!vice_screen(v, screen))
            return false;
        vice_screen_text(screen, text);
        if (strstr(text, wanted))
            return true;
        switch (vice_run(v, LOOK_SECONDS)) {
        case VICE_TIMEOUT:
            break;
        case VICE_FAILED:
            return false;
        default:
            return fail(v, "stops at $%04X, and \"%s\" is not on the screen", vice_pc(v), wanted);
        }
    }
    return fail(v, "no \"%s\" on the screen", wanted);
}

#define BORDER 32 /* pixels of it in a screenshot, on each side */

bool vice_screenshot(struct vice *v, const char *path)
{
    const uint8_t request[2] = {1 /* VIC-II */, 0 /* one byte a pixel */};
    uint8_t palette[256][3] = {{0}};
    unsigned n_colours, i;
    size_t at = 2, full_width, full_height, left, right, top, bottom, offset, missing;
    png_image image = {.version = PNG_IMAGE_VERSION};
    struct output_file file;
    char error[128];

    if (!command(v, MONITOR_PALETTE_GET, request, 1, NULL, 0))
        return false;
    n_colours = v->body_bytes >= 2 ? get16(v->body) : 0;
    for (i = 0; i < n_colours && i < 256 && at + 4 <= v->body_bytes; i++) {
        memcpy(palette[i], v->body + at + 1, 3);
        at += 1u + v->body[at];
    }
    if (!command(v, MONITOR_DISPLAY_GET, request, 2, NULL, 0))
        return false;
    if (v->body_bytes < 21)
        return fail(v, "%s sends no picture", v->name);
    /* The picture comes from a larger buffer; x, y, width and height of the
     * inner screen of 320 x 200 are given with it. */
    full_width = get16(v->body + 4);
    full_height = get16(v->body + 6);
    left = get16(v->body + 8);
    top = get16(v->body + 10);
    right = left + get16(v->body + 12) + BORDER;
    bottom = top + get16(v->body + 14) + BORDER;
    left = left > BORDER ? left - BORDER : 0;
    top = top > BORDER ? top - BORDER : 0;
    right = right < full_width ? right : full_width;
    bottom = bottom < full_height ? bottom : full_height;
    offset = get32(v->body) + 8u;
    missing = offset + full_width * full_height - v->body_bytes;
    /* VICE 3.7 miscounts and leaves out the last 4 pixels, of the border. */
    if (missing == SPARE)
        memset(v->body + v->body_bytes, v->body[v->body_bytes - 1], SPARE);
    if ((missing != 0 && missing != SPARE) || left >= right || top >= bottom || v->body[16] != 8)
        return fail(v, "%s sends a picture of unknown form", v->name);
    image.width = (png_uint_32)(right - left);
    image.height = (png_uint_32)(bottom - top);
    image.format = PNG_FORMAT_RGB_COLORMAP;
    image.colormap_entries = n_colours < 256 ? n_colours : 256;
    if (output_file_open(&file, path, error, sizeof error) != 0)
        return fail(v, "%s: %s", path, error);
    if (!png_image_write_to_stdio(&image, file.stream, 0, v->body + offset + top * full_width + left,
                                 (png_int_32)full_width, palette)) {
        output_file_abandon(&file);
        return fail(v, "%s: %s", path, image.message);
    }
    if (output_file_commit(&file, error, sizeof error) != 0)
        return fail(v, "%s: %s", path, error);
    return true;
}
