/*
 * test_sink.c - who is told. Mostly: what a record must not do to the program that it is about.
 */
#undef _FORTIFY_SOURCE /* poll(2) and time(2) are replaced below */

#include <pinning/sink.h>

#include "child.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

/* The clock, a poll(2) that says "ready" as it might just before that ceases to be true, and where
 * the last write(2) went. */
static struct {
    time_t now;
    bool poll_lies;
    _Atomic int written_to;
} fake;

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

static char prog[] = "prog";
static char base[64];
static int real_stderr;
static int syslog_fd; /* where datagrams arrive */
static char syslog_name[96];

static char *at(const char *name)
{
    static char paths[8][256];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

static int listen_at(const char *path, int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

    strcpy(name.sun_path, path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    if (type == SOCK_STREAM)
        ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

static void set_up(void)
{
    fake.now = 1700000000; /* Nov 14 22:13:20 */
    fake.poll_lies = false;
    strcpy(base, "/tmp/test_sink.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert_int_eq(chmod(base, 0755), 0);
    strcpy(syslog_name, at("log"));
    pin_sink_syslog_path = syslog_name;
    syslog_fd = listen_at(syslog_name, SOCK_DGRAM);
    program_invocation_short_name = prog;
    real_stderr = dup(2);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *source)
{
    (void)st;
    (void)kind;
    (void)source;
    return remove(path);
}

static void restore_stderr(void)
{
    dup2(real_stderr, 2);
}

static void tear_down(void)
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

/* Writes, and sees to it that nothing of that is felt: errno, signal mask, descriptors, time. */
static void tell(unsigned set, char *file, const char *text, const char *json)
{
    struct pin_sinks sinks = {.set = set, .file = file};
    sigset_t prev_security_cb, after, pending;
    int open_before = open_descriptors();

    sigemptyset(&prev_security_cb);
    sigemptyset(&after);
    pthread_sigmask(SIG_SETMASK, NULL, &prev_security_cb);
    alarm(20);
    errno = 4711;
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, text, json);
    ck_assert_int_eq(errno, 4711);
    alarm(0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int sig = 1; sig < 32; sig++)
        ck_assert_int_eq(sigismember(&prev_security_cb, sig), sigismember(&after, sig));
    sigpending(&pending);
    ck_assert_int_eq(sigismember(&pending, SIGPIPE) + sigismember(&pending, SIGXFSZ),
                     sigismember(&prev_security_cb, SIGPIPE) +
                         sigismember(&prev_security_cb, SIGXFSZ));
    ck_assert_int_eq(open_descriptors(), open_before);
}

/* What can be read there now, NUL-terminated. Returns its length. */
static size_t drain(int fd, char *buf, size_t size)
{
    size_t len = 0;
    ssize_t got;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    while (len < size - 1 && (got = read(fd, buf + len, size - 1 - len)) > 0)
        len += (size_t)got;
    buf[len] = '\0';
    return len;
}

static size_t read_file(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY);
    size_t len;

    if (fd < 0) {
        buf[0] = '\0';
        return 0;
    }
    len = drain(fd, buf, size);
    close(fd);
    return len;
}

/* ---- syslog ---- */

static char datagram[8192];

static const char *heard(void)
{
    ssize_t got = recv(syslog_fd, datagram, sizeof(datagram) - 1, MSG_DONTWAIT);

    datagram[got < 0 ? 0 : got] = '\0';
    return datagram;
}

static const struct {
    enum pin_severity severity;
    const char *name;    /* of the program */
    const char *program; /* as it is told */
    const char *pri;
} header_cases[] = {
    {PIN_SEVERITY_ERROR, "prog", "prog", "<83>"},
    {PIN_SEVERITY_WARNING, "prog", "prog", "<84>"},
    {PIN_SEVERITY_NOTICE, "prog", "prog", "<85>"},
    {PIN_SEVERITY_ERROR, "a[1]: b", "a_1___b", "<83>"},
    {PIN_SEVERITY_ERROR, "x\ny\x7f\x1b\xc3\xa4", "x_y____", "<83>"},
    {PIN_SEVERITY_ERROR, "%s%n", "%s%n", "<83>"},
    {PIN_SEVERITY_ERROR, "", "_", "<83>"},
    {PIN_SEVERITY_ERROR, NULL, "_", "<83>"},
    {PIN_SEVERITY_ERROR, "123456789012345678901234567890123456789012345678",
     "123456789012345678901234567890123456789012345678", "<83>"},
    {PIN_SEVERITY_ERROR, "1234567890123456789012345678901234567890123456789",
     "123456789012345678901234567890123456789012345678", "<83>"},
};

START_TEST(test_syslog_header)
{
    struct pin_sinks sinks = {.set = PIN_SINK_SYSLOG};
    char expected[256];
    char name[128];

    if (header_cases[_i].name != NULL)
        strcpy(name, header_cases[_i].name);
    program_invocation_short_name = header_cases[_i].name != NULL ? name : NULL;
    pin_sink_write(&sinks, header_cases[_i].severity, "pinning[P07]: a: %s", "{}");
    program_invocation_short_name = prog;
    snprintf(expected, sizeof(expected), "%sNov 14 22:13:20 %s[%d]: pinning[P07]: a: %%s",
             header_cases[_i].pri, header_cases[_i].program, (int)getpid());
    ck_assert_str_eq(heard(), expected);
    ck_assert_str_eq(heard(), "");
}
END_TEST

static void check_time(time_t now)
{
    struct tm tm;
    char expected[64];

    fake.now = now;
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    gmtime_r(&now, &tm);
    strftime(expected, sizeof(expected), "<83>%b %e %H:%M:%S prog[", &tm);
    ck_assert_int_eq(strncmp(heard(), expected, strlen(expected)), 0);
}

START_TEST(test_syslog_time)
{
    static const time_t days[] = {0,          86399,      86400,      951782400,
                                  951868799,  951868800,  1709164800, 1709251199,
                                  1735689599, 1735689600, 2147483647};

    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        check_time(days[i]);
    for (time_t now = 0; now < 13600000000; now += 86400 * 37 + 4711) /* to the year 2400 */
        check_time(now);
    /* Leap years by all three rules. */
    check_time(4107456000);  /* 2100-02-28 */
    check_time(4107542400);  /* 2100-03-01 */
    check_time(13574563200); /* 2400-02-29 */
}
END_TEST

START_TEST(test_syslog_before_1970)
{
    fake.now = -1;
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    ck_assert_int_eq(strncmp(heard(), "<83>Jan  1 00:00:00 prog[", 25), 0);
}
END_TEST

START_TEST(test_syslog_nobody_there)
{
    char long_path[300];
    int fd;

    memset(long_path, 'x', sizeof(long_path));
    long_path[0] = '/';
    long_path[299] = '\0';
    pin_sink_syslog_path = long_path;
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    pin_sink_syslog_path = at("nowhere");
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    pin_sink_syslog_path = base;
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    fd = listen_at(at("stream"), SOCK_STREAM);
    pin_sink_syslog_path = at("stream");
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    close(fd);
    ck_assert_str_eq(heard(), "");
    pin_sink_syslog_path = syslog_name;
    close(syslog_fd); /* the name stays, nobody listens */
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    unlink(syslog_name);
    syslog_fd = listen_at(syslog_name, SOCK_DGRAM);
    tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    ck_assert_str_ne(heard(), "");
}
END_TEST

START_TEST(test_syslog_full)
{
    for (int i = 0; i < 2000; i++)
        tell(PIN_SINK_SYSLOG, NULL, "x", NULL);
    ck_assert_str_ne(heard(), "");
}
END_TEST

/* ---- standard error ---- */

enum behind { A_PIPE, A_TERMINAL, A_SOCKET, A_FILE };

/* Puts something behind fd 2; returns where what is written there can be read. */
static int stderr_is(enum behind behind)
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

static const struct {
    enum behind behind;
    unsigned set;
    const char *written;
} stderr_cases[] = {
    {A_PIPE, PIN_SINK_STDERR, "line\n"},
    {A_PIPE, PIN_SINK_TTY, ""},
    {A_PIPE, PIN_SINK_TTY | PIN_SINK_STDERR, "line\n"},
    {A_PIPE, PIN_SINK_SYSLOG | PIN_SINK_FILE, ""},
    {A_PIPE, 0, ""},
    {A_TERMINAL, PIN_SINK_STDERR, "line\n"},
    {A_TERMINAL, PIN_SINK_TTY, "line\n"},
    {A_TERMINAL, PIN_SINK_TTY | PIN_SINK_STDERR, "line\n"},
    {A_TERMINAL, PIN_SINK_SYSLOG | PIN_SINK_FILE, ""},
    {A_SOCKET, PIN_SINK_STDERR, "line\n"},
    {A_SOCKET, PIN_SINK_TTY, ""},
    {A_FILE, PIN_SINK_STDERR, "line\n"},
    {A_FILE, PIN_SINK_TTY, ""},
};

START_TEST(test_stderr)
{
    char buf[256];
    int fd = stderr_is(stderr_cases[_i].behind);
    int flags = fcntl(2, F_GETFL);

    tell(stderr_cases[_i].set, NULL, "line", "json");
    ck_assert_int_eq(fcntl(2, F_GETFL), flags);
    restore_stderr();
    drain(fd, buf, sizeof(buf));
    ck_assert_str_eq(buf, stderr_cases[_i].written);
    close(fd);
}
END_TEST

/* A file that is shared with the program, offset and all: neither may write over the other. */
START_TEST(test_stderr_shared_file)
{
    char buf[256];
    int fd = stderr_is(A_FILE);

    ck_assert_int_eq(write(2, "one\n", 4), 4);
    tell(PIN_SINK_STDERR, NULL, "two", NULL);
    ck_assert_int_eq(write(2, "three\n", 6), 6);
    restore_stderr();
    drain(fd, buf, sizeof(buf));
    ck_assert_str_eq(buf, "one\ntwo\nthree\n");
    close(fd);
}
END_TEST

/* Nobody reads: the first lines fit, no later one waits. Also where poll(2) said there was room. */
static const struct {
    enum behind behind;
    bool poll_lies;
} full_cases[] = {{A_PIPE, false},    {A_PIPE, true},    {A_TERMINAL, false},
                  {A_TERMINAL, true}, {A_SOCKET, false}, {A_SOCKET, true}};

START_TEST(test_stderr_full)
{
    char text[PIN_SINK_LINE_MAX + 1];
    char start[256];
    int fd = stderr_is(full_cases[_i].behind);

    fake.poll_lies = full_cases[_i].poll_lies;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 200; i++)
        tell(PIN_SINK_STDERR, NULL, text, NULL);
    restore_stderr();
    drain(fd, start, sizeof(start));
    ck_assert_uint_eq(strspn(start, "x"), sizeof(start) - 1);
    close(fd);
}
END_TEST

/* Where the pipe cannot be opened again (here for want of descriptors) poll(2) must do. */
static void full_without_proc(void)
{
    struct pin_sinks sinks = {.set = PIN_SINK_STDERR};
    struct rlimit none = {.rlim_cur = 3, .rlim_max = 3};

    MUST(stderr_is(A_PIPE) >= 0);
    MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
    alarm(10);
    for (int i = 0; i < 100000; i++)
        pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", NULL);
}

START_TEST(test_stderr_full_without_proc)
{
    in_child(full_without_proc);
}
END_TEST

static void without_reader(enum behind behind)
{
    int fd = stderr_is(behind);

    signal(SIGPIPE, SIG_DFL);
    close(fd);
    for (int lies = 0; lies < 2; lies++) {
        fake.poll_lies = lies;
        tell(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    }
    restore_stderr();
}

START_TEST(test_stderr_no_reader)
{
    without_reader(A_PIPE);
    without_reader(A_SOCKET);
    without_reader(A_TERMINAL);
}
END_TEST

/* Without /proc there is no second way to the pipe: then it is our own signal that must be taken. A
 * limit of descriptors keeps /proc away as well. */
static void sigpipe(bool pending)
{
    struct pin_sinks sinks = {.set = PIN_SINK_STDERR};
    struct rlimit none = {.rlim_cur = 3, .rlim_max = 3};
    int fd = stderr_is(A_PIPE);
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    if (pending) {
        MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
        MUST(raise(SIGPIPE) == 0);
    }
    close(fd);
    MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
    fake.poll_lies = true;
    errno = 4711;
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", NULL);
    MUST(errno == 4711);
    MUST(sigpending(&set) == 0);
    MUST(sigismember(&set, SIGPIPE) == pending);
}

static void sigpipe_ours(void)
{
    sigpipe(false);
}

static void sigpipe_theirs(void)
{
    sigpipe(true);
}

START_TEST(test_sigpipe)
{
    in_child(sigpipe_ours);
    in_child(sigpipe_theirs);
}
END_TEST

/* The twin: a write that nobody shields does kill. */
START_TEST(test_sigpipe_kills)
{
    int status;
    int fd = stderr_is(A_PIPE);
    pid_t child;

    close(fd);
    child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        _exit(write(2, "x", 1) == 1 ? 0 : 1);
    }
    restore_stderr();
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}
END_TEST

START_TEST(test_stderr_unusable)
{
    char buf[16];

    close(2);
    tell(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    fake.poll_lies = true;
    tell(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    fake.poll_lies = false;
    /* fd 2 is free, so the file's descriptor could become it. */
    tell(PIN_SINK_STDERR | PIN_SINK_FILE, at("file"), "line", "{}");
    read_file(at("file"), buf, sizeof(buf));
    ck_assert_str_eq(buf, "{}\n");
    ck_assert_int_gt(fake.written_to, 2);
    ck_assert_int_eq(open("/dev/null", O_RDONLY), 2);
    tell(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    restore_stderr();
}
END_TEST

/* In the background of a terminal with "stty tostop": a write stops the process. */
static int in_background(bool shielded)
{
    struct pin_sinks sinks = {.set = PIN_SINK_STDERR};
    int fd = stderr_is(A_TERMINAL);
    struct termios mode;
    int status;
    pid_t child;

    MUST(fd >= 0 && setsid() >= 0 && ioctl(2, TIOCSCTTY, 0) == 0);
    MUST(tcgetattr(2, &mode) == 0);
    mode.c_lflag |= TOSTOP;
    MUST(tcsetattr(2, TCSANOW, &mode) == 0);
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        if (shielded)
            pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", NULL);
        else
            _exit(write(2, "line\n", 5) == 5 ? 0 : 1);
        _exit(0);
    }
    MUST(waitpid(child, &status, WUNTRACED) == child);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        return WSTOPSIG(status);
    }
    MUST(WIFEXITED(status));
    return 0;
}

static void background(void)
{
    MUST(in_background(true) == 0);
}

static void background_twin(void)
{
    MUST(in_background(false) == SIGTTOU);
}

START_TEST(test_background)
{
    in_child(background);
    in_child(background_twin);
}
END_TEST

/* ---- the file ---- */

START_TEST(test_file_appended)
{
    char buf[256];
    struct stat st;

    umask(022);
    tell(PIN_SINK_FILE, at("file"), "text", "{\"a\": 1}");
    tell(PIN_SINK_FILE, at("file"), "text", "{\"b\": 2}");
    ck_assert_str_eq((read_file(at("file"), buf, sizeof(buf)), buf), "{\"a\": 1}\n{\"b\": 2}\n");
    ck_assert_int_eq(stat(at("file"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0640);
    /* Another set, or nothing to say, leaves it alone. */
    tell(PIN_SINK_SYSLOG, at("file"), "text", "{}");
    tell(PIN_SINK_FILE, at("file"), "text", NULL);
    tell(PIN_SINK_FILE, NULL, "text", "{}");
    tell(PIN_SINK_FILE | PIN_SINK_STDERR | PIN_SINK_SYSLOG, NULL, NULL, NULL);
    ck_assert_str_eq((read_file(at("file"), buf, sizeof(buf)), buf), "{\"a\": 1}\n{\"b\": 2}\n");
}
END_TEST

START_TEST(test_file_is_something_else)
{
    char buf[64];
    int fd;

    ck_assert_int_eq(mkdir(at("directory"), 0755), 0);
    tell(PIN_SINK_FILE, at("directory"), NULL, "{}");
    tell(PIN_SINK_FILE, at("missing/file"), NULL, "{}");
    tell(PIN_SINK_FILE, at("log"), NULL, "{}"); /* a socket */
    tell(PIN_SINK_FILE, (char[]){"/dev/full"}, NULL, "{}");
    ck_assert_int_eq(mkfifo(at("fifo"), 0600), 0);
    tell(PIN_SINK_FILE, at("fifo"), NULL, "{}");
    fd = open(at("fifo"), O_RDONLY | O_NONBLOCK);
    tell(PIN_SINK_FILE, at("fifo"), NULL, "{}");
    ck_assert_uint_eq(drain(fd, buf, sizeof(buf)), 0);
    close(fd);
}
END_TEST

static void not_permitted(void)
{
    struct pin_sinks sinks = {.set = PIN_SINK_FILE, .file = at("file")};
    struct rlimit few = {.rlim_cur = 3, .rlim_max = 3};
    char buf[64];

    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, NULL, "{}");
    MUST(chmod(at("file"), 0444) == 0);
    if (geteuid() == 0)
        MUST(setuid(NOBODY) == 0);
    errno = 4711;
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, NULL, "{}");
    MUST(read_file(at("file"), buf, sizeof(buf)) == 3);
    sinks.set = PIN_SINK_FILE | PIN_SINK_SYSLOG | PIN_SINK_STDERR;
    sinks.file = at("other");
    MUST(setrlimit(RLIMIT_NOFILE, &few) == 0);
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "", "{}");
    MUST(errno == 4711);
}

START_TEST(test_file_not_permitted)
{
    in_child(not_permitted);
    ck_assert_int_ne(access(at("other"), F_OK), 0);
}
END_TEST

static void without_space(void)
{
    struct pin_sinks sinks = {.set = PIN_SINK_FILE | PIN_SINK_STDERR, .file = at("file")};
    struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    char buf[64];
    sigset_t set;

    MUST(stderr_is(A_FILE) >= 0);
    signal(SIGXFSZ, SIG_DFL);
    MUST(setrlimit(RLIMIT_FSIZE, &none) == 0);
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", "{}");
    MUST(read_file(at("file"), buf, sizeof(buf)) == 0);
    MUST(read_file(at("stderr"), buf, sizeof(buf)) == 0);
    /* One that the program holds back itself stays. */
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGXFSZ) == 0);
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", "{}");
    MUST(sigpending(&set) == 0 && sigismember(&set, SIGXFSZ) == 1);
}

START_TEST(test_file_no_space)
{
    in_child(without_space);
}
END_TEST

/* ---- lines ---- */

/* Bytes of text, the last of them as given; what is expected at the end. */
static const struct {
    size_t len;
    const char *tail;
    size_t text_len; /* as written, without the newline */
    const char *text_tail;
    bool json;
} line_cases[] = {
    {0, "", 0, "", true},
    {1, "", 1, "x", true},
    {PIN_SINK_LINE_MAX - 1, "", PIN_SINK_LINE_MAX - 1, "xxx", true},
    {PIN_SINK_LINE_MAX, "", PIN_SINK_LINE_MAX, "xxx", true},
    {PIN_SINK_LINE_MAX + 1, "", PIN_SINK_LINE_MAX, "x...", false},
    {10 * PIN_SINK_LINE_MAX, "", PIN_SINK_LINE_MAX, "x...", false},
    /* The cut falls before, into and behind a character of two and of four bytes. */
    {PIN_SINK_LINE_MAX + 1, "\xc3\xa4zz", PIN_SINK_LINE_MAX, "xx...", false},
    {PIN_SINK_LINE_MAX + 1, "\xc3\xa4zzz", PIN_SINK_LINE_MAX - 1, "x...", false},
    {PIN_SINK_LINE_MAX + 1, "\xc3\xa4zzzz", PIN_SINK_LINE_MAX, "\xc3\xa4...", false},
    {PIN_SINK_LINE_MAX + 1, "\xf0\x9f\x94\x92zzz", PIN_SINK_LINE_MAX - 3, "x...", false},
};

START_TEST(test_line)
{
    char *text = malloc(line_cases[_i].len + 1);
    char buf[2 * PIN_SINK_LINE_MAX];
    size_t tail = strlen(line_cases[_i].tail);
    size_t len = line_cases[_i].text_len;
    int fd = stderr_is(A_PIPE);

    memset(text, 'x', line_cases[_i].len);
    text[line_cases[_i].len] = '\0';
    memcpy(text + line_cases[_i].len - tail, line_cases[_i].tail, tail);
    tell(PIN_SINK_STDERR | PIN_SINK_FILE, at("file"), text, text);
    restore_stderr();
    ck_assert_uint_eq(drain(fd, buf, sizeof(buf)), len + 1);
    ck_assert_int_eq(buf[len], '\n');
    buf[len] = '\0';
    tail = strlen(line_cases[_i].text_tail);
    ck_assert_str_eq(buf + len - tail, line_cases[_i].text_tail);
    ck_assert_uint_eq(read_file(at("file"), buf, sizeof(buf)),
                      line_cases[_i].json ? line_cases[_i].len + 1 : 0);
    /* The longest also fits into a datagram. */
    tell(PIN_SINK_SYSLOG, NULL, text, NULL);
    heard();
    ck_assert_uint_ge(strlen(datagram), len);
    ck_assert_str_eq(datagram + strlen(datagram) - tail, line_cases[_i].text_tail);
    close(fd);
    free(text);
}
END_TEST

START_TEST(test_control_bytes)
{
    static const char bad[] = "a\nb\rc\x1b[31m\x7f\x01\tz\xc3\xa4";
    static const char good[] = "a?b?c?[31m???z\xc3\xa4\n";
    char buf[256];
    int fd = stderr_is(A_PIPE);

    tell(PIN_SINK_STDERR | PIN_SINK_FILE | PIN_SINK_SYSLOG, at("file"), bad, bad);
    restore_stderr();
    drain(fd, buf, sizeof(buf));
    ck_assert_str_eq(buf, good);
    read_file(at("file"), buf, sizeof(buf));
    ck_assert_str_eq(buf, good);
    heard();
    ck_assert_uint_eq(strcspn(datagram, "\n\r\x1b\x7f\x01\t"), strlen(datagram));
    close(fd);
}
END_TEST

/* ---- threads ---- */

#define THREADS 8
#define LINES   100

static void *write_many(void *arg)
{
    for (int i = 0; i < LINES; i++)
        pin_sink_write(arg, PIN_SEVERITY_ERROR, "one line of text", "{\"one\": \"object\"}");
    return NULL;
}

START_TEST(test_threads)
{
    struct pin_sinks sinks = {.set = PIN_SINK_FILE | PIN_SINK_STDERR | PIN_SINK_SYSLOG,
                              .file = at("file")};
    static char buf[THREADS * LINES * 32];
    pthread_t threads[THREADS];
    size_t len;
    int fd = stderr_is(A_FILE);

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many, &sinks), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    restore_stderr();
    close(fd);
    len = read_file(at("file"), buf, sizeof(buf));
    ck_assert_uint_eq(len, THREADS * LINES * 18);
    for (size_t i = 0; i < len; i += 18)
        ck_assert_int_eq(strncmp(buf + i, "{\"one\": \"object\"}\n", 18), 0);
}
END_TEST

#define LOOP(test, cases) tcase_add_loop_test(tcase, test, 0, sizeof(cases) / sizeof((cases)[0]))

static Suite *sink_suite(void)
{
    Suite *suite = suite_create("sink");
    TCase *tcase = tcase_create("write");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    LOOP(test_syslog_header, header_cases);
    tcase_add_test(tcase, test_syslog_time);
    tcase_add_test(tcase, test_syslog_before_1970);
    tcase_add_test(tcase, test_syslog_nobody_there);
    tcase_add_test(tcase, test_syslog_full);
    LOOP(test_stderr, stderr_cases);
    tcase_add_test(tcase, test_stderr_shared_file);
    LOOP(test_stderr_full, full_cases);
    tcase_add_test(tcase, test_stderr_full_without_proc);
    tcase_add_test(tcase, test_stderr_no_reader);
    tcase_add_test(tcase, test_sigpipe);
    tcase_add_test(tcase, test_sigpipe_kills);
    tcase_add_test(tcase, test_stderr_unusable);
    tcase_add_test(tcase, test_background);
    tcase_add_test(tcase, test_file_appended);
    tcase_add_test(tcase, test_file_is_something_else);
    tcase_add_test(tcase, test_file_not_permitted);
    tcase_add_test(tcase, test_file_no_space);
    LOOP(test_line, line_cases);
    tcase_add_test(tcase, test_control_bytes);
    tcase_add_test(tcase, test_threads);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(sink_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
