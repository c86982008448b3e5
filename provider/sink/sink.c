/*
 * sink.c - log destinations.
 *
 * Logging runs in someone else's process: it may lose records but must have no side effects. So no
 * path may block (localtime_r(3) takes a lock that a fork can leave locked), end the process, or
 * change errno.
 */
#include <pinning/sink.h>

#include <pinning/date.h>
#include <pinning/str.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define PROGRAM_MAX 48

const char *pin_sink_syslog_path = "/dev/log";

/* A line ready to be written: without control characters, cut. */
struct line {
    char bytes[PIN_SINK_LINE_MAX + 1]; /* one for a newline or a NUL */
    size_t len;
};

static void make_line(struct line *line, const char *text)
{
    line->len = pin_str_clean(line->bytes, sizeof line->bytes, text, PIN_CLEAN_LINE);
}

static void end_line(struct line *line)
{
    line->bytes[line->len++] = '\n';
}

/* "Mmm dd hh:mm:ss" of RFC 3164, in UTC, because the functions that know the time zone take locks.
 */
#define STAMP_SIZE 32
static void make_stamp(time_t now, char out[static STAMP_SIZE])
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct pin_time time = pin_time_of(now);

    snprintf(out, STAMP_SIZE, "%s %2d %02d:%02d:%02d", months[time.month - 1], time.day, time.hour,
             time.minute, time.second);
}

/* The program's name, cleaned for the header of a datagram, because the caller chooses it. */
static void make_program(char out[static PROGRAM_MAX + 1])
{
    const char *name = program_invocation_short_name;
    size_t len = 0;

    for (; name != NULL && len < PROGRAM_MAX && name[len] != '\0'; len++) {
        char c = name[len];
        out[len] = c <= ' ' || c > '~' || strchr("[]:", c) != NULL ? '_' : c;
    }
    if (len == 0)
        out[len++] = '_';
    out[len] = '\0';
}

static void to_syslog(enum pin_severity severity, const struct line *line)
{
    char stamp[STAMP_SIZE];
    char program[PROGRAM_MAX + 1];
    char datagram[PIN_SINK_LINE_MAX + PROGRAM_MAX + 64];
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int len;
    int fd;

    if (strlen(pin_sink_syslog_path) >= sizeof(to.sun_path))
        return;
    strcpy(to.sun_path, pin_sink_syslog_path);
    make_stamp(time(NULL), stamp);
    make_program(program);
    len = snprintf(datagram, sizeof(datagram), "<%d>%s %s[%ld]: %.*s",
                   LOG_AUTHPRIV | LOG_PRI((int)severity), stamp, program, (long)getpid(),
                   (int)line->len, line->bytes);
    if (len < 0 || (size_t)len >= sizeof(datagram))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    sendto(fd, datagram, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
           sizeof(to));
    close(fd);
}

/* Calls write(2) once, and takes back the signal that it sends the program: SIGPIPE or SIGXFSZ.
 * SIGTTOU, for a program in the background of its terminal, is not sent while it is blocked. */
static void write_quietly(int fd, const char *bytes, size_t len)
{
    static const struct timespec at_once = {0};
    sigset_t quiet;
    sigset_t pending;
    sigset_t old;

    sigemptyset(&quiet);
    sigaddset(&quiet, SIGPIPE);
    sigaddset(&quiet, SIGXFSZ);
    sigaddset(&quiet, SIGTTOU);
    if (pthread_sigmask(SIG_BLOCK, &quiet, &old) != 0)
        return;
    sigemptyset(&pending);
    sigpending(&pending);
    if (write(fd, bytes, len) != (ssize_t)len) {
        /* A signal that was pending before is the program's own. */
        sigdelset(&quiet, SIGTTOU);
        if (sigismember(&pending, SIGPIPE) == 1)
            sigdelset(&quiet, SIGPIPE);
        if (sigismember(&pending, SIGXFSZ) == 1)
            sigdelset(&quiet, SIGXFSZ);
        for (int i = 0; i < 4 && (sigtimedwait(&quiet, NULL, &at_once) > 0 || errno == EINTR); i++)
            continue;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Opens the pipe or terminal of fd 2 again, without blocking. O_NONBLOCK on fd 2 itself would
 * affect every process that shares it; and after poll(2) another thread can fill the pipe, or a
 * terminal can have less space than the line needs. Returns -1 if it cannot be opened (no /proc, no
 * permission). */
static int reopen_stderr(const struct stat *st)
{
    struct stat again;
    int fd;

    if (!S_ISFIFO(st->st_mode) && !isatty(STDERR_FILENO))
        return -1;
    fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &again) != 0 || again.st_dev != st->st_dev ||
                    again.st_ino != st->st_ino || again.st_rdev != st->st_rdev)) {
        close(fd); /* /proc is another file system, in a chroot */
        return -1;
    }
    return fd;
}

static void to_stderr(const struct line *line)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    struct stat st;
    int fd;

    if (poll(&ready, 1, 0) != 1 || ready.revents != POLLOUT || fstat(STDERR_FILENO, &st) != 0)
        return;
    if (S_ISSOCK(st.st_mode)) {
        send(STDERR_FILENO, line->bytes, line->len, MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    fd = reopen_stderr(&st);
    write_quietly(fd >= 0 ? fd : STDERR_FILENO, line->bytes, line->len);
    if (fd >= 0)
        close(fd);
}

static void to_file(const char *path, const struct line *line)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);

    if (fd >= 0 && fd <= STDERR_FILENO) {
        /* The program closed its standard error, and what it writes there must not get into our
         * file. */
        int up = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(fd);
        fd = up;
    }
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        write_quietly(fd, line->bytes, line->len);
    close(fd);
}

void pin_sink_write(const struct pin_sinks *sinks, enum pin_severity severity, const char *text,
                    const char *json)
{
    int saved = errno;
    struct line line;

    if (text != NULL) {
        make_line(&line, text);
        if ((sinks->set & PIN_SINK_SYSLOG) != 0)
            to_syslog(severity, &line);
        end_line(&line);
        if ((sinks->set & PIN_SINK_STDERR) != 0 ||
            ((sinks->set & PIN_SINK_TTY) != 0 && isatty(STDERR_FILENO)))
            to_stderr(&line);
    }
    if ((sinks->set & PIN_SINK_FILE) != 0 && sinks->file != NULL && json != NULL &&
        strnlen(json, PIN_SINK_LINE_MAX + 1) <= PIN_SINK_LINE_MAX) {
        make_line(&line, json);
        end_line(&line);
        to_file(sinks->file, &line);
    }
    errno = saved;
}
