/* test_sink_stderr.c - records on standard error: pipes, terminals, sockets, files. */
#include "sink_fixture.h"

#include "child.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

START_TEST(stderr_by_kind_and_set)
{
    char buf[256], name[64];
    int fd = stderr_is(stderr_cases[_i].behind);
    int flags = fcntl(2, F_GETFL);

    write_record(stderr_cases[_i].set, NULL, "line", "json");
    ck_assert_int_eq(fcntl(2, F_GETFL), flags);
    restore_stderr();
    read_now(fd, buf, sizeof(buf));
    snprintf(name, sizeof name, "sink/stderr-%s, set %u", behind_name(stderr_cases[_i].behind),
             stderr_cases[_i].set);
    expect_text(name, stderr_cases[_i].written, buf);
    close(fd);
}
END_TEST

/* A file that is shared with the program, with its offset: neither may overwrite the other. */
START_TEST(stderr_shared_file_appended)
{
    char buf[256];
    int fd = stderr_is(A_FILE);

    ck_assert_int_eq(write(2, "one\n", 4), 4);
    write_record(PIN_SINK_STDERR, NULL, "two", NULL);
    ck_assert_int_eq(write(2, "three\n", 6), 6);
    restore_stderr();
    read_now(fd, buf, sizeof(buf));
    ck_assert_str_eq(buf, "one\ntwo\nthree\n");
    close(fd);
}
END_TEST

/* Without a reader the first lines fit and no later line blocks, also if poll(2) returned "ready".
 */
static const struct {
    enum behind behind;
    bool poll_lies;
} full_cases[] = {{A_PIPE, false},    {A_PIPE, true},    {A_TERMINAL, false},
                  {A_TERMINAL, true}, {A_SOCKET, false}, {A_SOCKET, true}};

START_TEST(stderr_full_does_not_block)
{
    char text[PIN_SINK_LINE_MAX + 1];
    char start[256];
    int fd = stderr_is(full_cases[_i].behind);

    fake.poll_lies = full_cases[_i].poll_lies;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 200; i++)
        write_record(PIN_SINK_STDERR, NULL, text, NULL);
    restore_stderr();
    read_now(fd, start, sizeof(start));
    ck_assert_uint_eq(strspn(start, "x"), sizeof(start) - 1);
    close(fd);
}
END_TEST

/* If the pipe cannot be opened again (here because no descriptor is left), poll(2) must be enough.
 */
static void full_without_proc(void)
{
    struct pin_sinks sinks = {.set = PIN_SINK_STDERR};
    struct rlimit none = {.rlim_cur = 3, .rlim_max = 3};

    MUST(stderr_is(A_PIPE) >= 0);
    MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
    alarm(600); /* ends what hangs */
    for (int i = 0; i < 100000; i++)
        pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", NULL, NULL);
}

START_TEST(stderr_full_without_proc_does_not_block)
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
        write_record(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    }
    restore_stderr();
}

START_TEST(stderr_without_reader_ignored)
{
    without_reader(A_PIPE);
    without_reader(A_SOCKET);
    without_reader(A_TERMINAL);
}
END_TEST

/* Without /proc the pipe cannot be opened again, and our own signal must be taken back. A limit of
 * descriptors has the same effect. */
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
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", NULL, NULL);
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

START_TEST(sigpipe_taken_back)
{
    in_child(sigpipe_ours);
    in_child(sigpipe_theirs);
}
END_TEST

/* Control: a plain write(2) ends the process. */
START_TEST(sigpipe_control_ends_process)
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

START_TEST(stderr_closed_ignored)
{
    char buf[16];

    close(2);
    write_record(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    fake.poll_lies = true;
    write_record(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    fake.poll_lies = false;
    /* fd 2 is free, so the file's descriptor could become it. */
    write_record(PIN_SINK_STDERR | PIN_SINK_FILE, at("file"), "line", "{}");
    read_file(at("file"), buf, sizeof(buf));
    ck_assert_str_eq(buf, "{}\n");
    ck_assert_int_gt(fake.written_to, 2);
    ck_assert_int_eq(open("/dev/null", O_RDONLY), 2);
    write_record(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    restore_stderr();
}
END_TEST

/* ---- a descriptor 2 that is not what it was when the module was loaded ---- */

/* What is there from the start and what the program puts there: nothing is written. */
static const struct {
    enum behind before, after;
} replaced_cases[] = {
    {A_FILE, A_FILE},     {A_FILE, A_SOCKET},   {A_FILE, A_PIPE},       {A_FILE, A_TERMINAL},
    {A_PIPE, A_FILE},     {A_PIPE, A_SOCKET},   {A_PIPE, A_PIPE},       {A_PIPE, A_TERMINAL},
    {A_SOCKET, A_FILE},   {A_SOCKET, A_SOCKET}, {A_SOCKET, A_PIPE},     {A_SOCKET, A_TERMINAL},
    {A_TERMINAL, A_FILE}, {A_TERMINAL, A_PIPE}, {A_TERMINAL, A_SOCKET}, {A_TERMINAL, A_TERMINAL},
};

static void expect_unwritten(const char *name, int fd)
{
    char buf[256];

    write_record(PIN_SINK_STDERR | PIN_SINK_TTY, NULL, "line", NULL);
    ck_assert_int_eq(write(2, "x", 1), 1); /* control: it can be written */
    restore_stderr();
    read_now(fd, buf, sizeof buf);
    expect_text(name, "x", buf);
    close(fd);
}

START_TEST(stderr_replaced_not_written)
{
    char name[64];
    int before = stderr_is(replaced_cases[_i].before);
    int kept = dup(2); /* another inode for what comes, as in a program that keeps a copy */

    /* The file has to be a different one than before. */
    if (replaced_cases[_i].before == A_FILE)
        ck_assert_int_eq(rename(at("stderr"), at("old")), 0);
    snprintf(name, sizeof name, "sink/stderr-%s became %s", behind_name(replaced_cases[_i].before),
             behind_name(replaced_cases[_i].after));
    expect_unwritten(name, stderr_becomes(replaced_cases[_i].after));
    close(kept);
    close(before);
}
END_TEST

static const enum behind kinds[] = {A_PIPE, A_TERMINAL, A_SOCKET, A_FILE};

START_TEST(stderr_closed_at_first_not_written)
{
    char name[64];

    close(2);
    pin_sink_init();
    restore_stderr(); /* so that no other descriptor of the test becomes 2 */
    snprintf(name, sizeof name, "sink/stderr-closed became %s", behind_name(kinds[_i]));
    expect_unwritten(name, stderr_becomes(kinds[_i]));
}
END_TEST

/* Control: closed and opened again, it is the same. */
START_TEST(stderr_same_again_written)
{
    char name[64], buf[256];
    int fd = stderr_is(kinds[_i]);
    int copy = dup(2);

    close(2);
    write_record(PIN_SINK_STDERR, NULL, "lost", NULL);
    if (kinds[_i] == A_TERMINAL)
        ck_assert_int_eq(open(ptsname(fd), O_RDWR | O_NOCTTY), 2);
    else if (kinds[_i] == A_FILE)
        ck_assert_int_eq(open(at("stderr"), O_WRONLY | O_APPEND), 2);
    else
        ck_assert_int_eq(dup2(copy, 2), 2);
    write_record(PIN_SINK_STDERR, NULL, "line", NULL);
    restore_stderr();
    read_now(fd, buf, sizeof buf);
    snprintf(name, sizeof name, "sink/stderr-%s again", behind_name(kinds[_i]));
    expect_text(name, "line\n", buf);
    close(copy);
    close(fd);
}
END_TEST

/* A lock of the program on its log file is not released. */
START_TEST(stderr_lock_kept)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = stderr_is(A_FILE);
    int status;
    pid_t child;

    ck_assert_int_eq(fcntl(2, F_SETLK, &lock), 0);
    write_record(PIN_SINK_STDERR, NULL, "line", NULL);
    child = fork();
    if (child == 0)
        _exit(fcntl(2, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    expect_number("sink/stderr-lock", 0, status);
    restore_stderr();
    close(fd);
}
END_TEST

/* In the background of a terminal with "stty tostop": a write stops the process. */
static int in_background(bool by_sink)
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
        if (by_sink)
            pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", NULL, NULL);
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

static void background_control(void)
{
    MUST(in_background(false) == SIGTTOU);
}

START_TEST(background_not_stopped)
{
    in_child(background);
    in_child(background_control);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink_stderr");
    TCase *tcase = tcase_create("sink_stderr");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 900); /* ends what hangs */
    tcase_add_test(tcase, stderr_full_without_proc_does_not_block);
    tcase_add_test(tcase, stderr_shared_file_appended);
    tcase_add_test(tcase, stderr_without_reader_ignored);
    tcase_add_test(tcase, stderr_closed_ignored);
    tcase_add_test(tcase, sigpipe_control_ends_process);
    tcase_add_test(tcase, sigpipe_taken_back);
    tcase_add_test(tcase, background_not_stopped);
    SUITE_CASES(tcase, stderr_full_does_not_block, full_cases);
    tcase_add_test(tcase, stderr_lock_kept);
    SUITE_CASES(tcase, stderr_replaced_not_written, replaced_cases);
    SUITE_CASES(tcase, stderr_closed_at_first_not_written, kinds);
    SUITE_CASES(tcase, stderr_same_again_written, kinds);
    SUITE_CASES(tcase, stderr_by_kind_and_set, stderr_cases);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
