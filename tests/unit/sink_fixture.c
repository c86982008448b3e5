/* sink_fixture.c - a directory, a syslog socket and a standard error of the test's own. */
#undef _FORTIFY_SOURCE /* poll(2) and time(2) are replaced below */

#include "sink_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

struct sink_fake fake;

static char directory[64];
const char *const base = directory;
static int real_stderr;
static int syslog_fd; /* where datagrams arrive */
static char syslog_name[96];
static char datagram[8192];

ssize_t write(int fd, const void *bytes, size_t len)
{
    fake.written_to = fd;
    return syscall(SYS_write, fd, bytes, len);
}

time_t time(time_t *out)
{
    if (out != NULL)
        *out = fake.now;
    return fake.now;
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
    struct timespec none = {.tv_sec = ms / 1000};

    if (fake.poll_lies && n == 1) {
        fds->revents = POLLOUT;
        return 1;
    }
    return (int)syscall(SYS_ppoll, fds, n, ms < 0 ? NULL : &none, NULL, 0);
}

char *at(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

int listen_at(const char *path, int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

    strcpy(name.sun_path, path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    if (type == SOCK_STREAM)
        ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

void set_up(void)
{
    fake.now = 1700000000; /* Nov 14 22:13:20 */
    fake.poll_lies = false;
    strcpy(directory, "/tmp/test_sink.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chmod(base, 0755), 0);
    strcpy(syslog_name, at("log"));
    pin_sink_syslog_path = syslog_name;
    syslog_fd = listen_at(syslog_name, SOCK_DGRAM);
    real_stderr = dup(2);
    static char program[] = "prog"; /* libc points to it for the whole test */
    name_program(program);
}

void name_program(char *name)
{
    program_invocation_name = program_invocation_short_name = name;
    pin_sink_init();
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *source)
{
    (void)st;
    (void)kind;
    (void)source;
    return remove(path);
}

void restore_stderr(void)
{
    dup2(real_stderr, 2);
}

void tear_down(void)
{
    restore_stderr();
    close(real_stderr);
    close(syslog_fd);
    nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

void write_record(unsigned set, char *file, const char *text, const char *json)
{
    struct pin_sinks sinks = {.set = set, .file = file};
    sigset_t before, after, pending;
    int open_before = open_descriptors();

    sigemptyset(&before);
    sigemptyset(&after);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    alarm(600); /* ends what hangs */
    errno = 4711;
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, text, json, NULL);
    ck_assert_int_eq(errno, 4711);
    alarm(0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int sig = 1; sig < 32; sig++)
        ck_assert_int_eq(sigismember(&before, sig), sigismember(&after, sig));
    sigpending(&pending);
    ck_assert_int_eq(sigismember(&pending, SIGPIPE) + sigismember(&pending, SIGXFSZ),
                     sigismember(&before, SIGPIPE) + sigismember(&before, SIGXFSZ));
    ck_assert_int_eq(open_descriptors(), open_before);
}

size_t read_now(int fd, char *buf, size_t size)
{
    size_t len = 0;
    ssize_t got;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    while (len < size - 1 && (got = read(fd, buf + len, size - 1 - len)) > 0)
        len += (size_t)got;
    buf[len] = '\0';
    return len;
}

size_t read_file(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY);
    size_t len;

    if (fd < 0) {
        buf[0] = '\0';
        return 0;
    }
    len = read_now(fd, buf, size);
    close(fd);
    return len;
}

const char *next_datagram(void)
{
    ssize_t got = recv(syslog_fd, datagram, sizeof(datagram) - 1, MSG_DONTWAIT);

    datagram[got < 0 ? 0 : got] = '\0';
    return datagram;
}

void close_syslog(void)
{
    close(syslog_fd);
}

void reopen_syslog(void)
{
    unlink(syslog_name);
    syslog_fd = listen_at(syslog_name, SOCK_DGRAM);
    pin_sink_syslog_path = syslog_name;
}

const char *behind_name(enum behind behind)
{
    static const char *const names[] = {
        [A_PIPE] = "pipe", [A_TERMINAL] = "terminal", [A_SOCKET] = "socket", [A_FILE] = "file"};
    return names[behind];
}

int stderr_becomes(enum behind behind)
{
    int ends[2] = {-1, -1};
    struct termios raw;

    if (behind == A_PIPE) {
        ck_assert_int_eq(pipe(ends), 0);
    } else if (behind == A_SOCKET) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    } else if (behind == A_FILE) {
        ends[1] = open(at("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ends[0] = open(at("stderr"), O_RDONLY);
    } else {
        ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
        ck_assert_int_eq(grantpt(ends[0]) | unlockpt(ends[0]), 0);
        ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
        ck_assert_int_eq(tcgetattr(ends[1], &raw), 0);
        cfmakeraw(&raw);
        ck_assert_int_eq(tcsetattr(ends[1], TCSANOW, &raw), 0);
    }
    ck_assert_int_ge(ends[0], 0);
    ck_assert_int_eq(dup2(ends[1], 2), 2);
    close(ends[1]);
    return ends[0];
}

int stderr_is(enum behind behind)
{
    int fd = stderr_becomes(behind);

    pin_sink_init();
    return fd;
}
