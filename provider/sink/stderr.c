/* stderr.c - a record on standard error. */
#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file behind descriptor 2, as pin_sink_init_stderr() found it. A program may close its
 * standard error, and the next file or connection that it opens is descriptor 2. */
static struct {
    bool open;
    dev_t dev, rdev;
    ino_t ino;
    mode_t type;
} first;

void pin_sink_init_stderr(void)
{
    struct stat st;

    first.open = fstat(STDERR_FILENO, &st) == 0;
    if (!first.open)
        return;
    first.dev = st.st_dev;
    first.rdev = st.st_rdev;
    first.ino = st.st_ino;
    first.type = st.st_mode & S_IFMT;
}

static bool is_first(int fd, struct stat *st)
{
    return first.open && fstat(fd, st) == 0 && st->st_dev == first.dev &&
           st->st_rdev == first.rdev && st->st_ino == first.ino &&
           (st->st_mode & S_IFMT) == first.type;
}

/* Opens the pipe or terminal of fd 2 again, without blocking. O_NONBLOCK on fd 2 itself would
 * affect every process that shares it; and after poll(2) another thread can fill the pipe, or a
 * terminal can have less space than the line needs. Returns -1 if it cannot be opened (no /proc, no
 * permission). */
static int reopen_stderr(void)
{
    struct stat st;
    int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0 && !is_first(fd, &st)) {
        close(fd); /* /proc is another file system, in a chroot, or fd 2 was replaced just now */
        return -1;
    }
    return fd;
}

/* A descriptor of our own cannot be replaced by another thread between the check and the call. A
 * regular file has none: closing it would release the program's locks on the file (fcntl(2)). */
static void send_to_socket(const struct pin_sink_line *line)
{
    struct stat st;
    int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    if (fd < 0)
        return;
    if (is_first(fd, &st))
        send(fd, line->bytes, line->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

void pin_sink_to_stderr(const struct pin_sink_line *line)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    struct stat st;
    int fd = -1;

    if (poll(&ready, 1, 0) != 1 || ready.revents != POLLOUT || !is_first(STDERR_FILENO, &st))
        return;
    if (S_ISSOCK(st.st_mode)) {
        send_to_socket(line);
        return;
    }
    if (S_ISFIFO(st.st_mode) || isatty(STDERR_FILENO))
        fd = reopen_stderr();
    pin_sink_write_quietly(fd >= 0 ? fd : STDERR_FILENO, line->bytes, line->len);
    if (fd >= 0)
        close(fd);
}
