/* test_sink.c - records in a file, and lines on every destination. */
#include "sink_fixture.h"

#include "child.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define UID_NOBODY 65534

START_TEST(file_appended)
{
    char buf[256];
    struct stat st;

    umask(022);
    write_record(PIN_SINK_FILE, at("file"), "text", "{\"a\": 1}");
    write_record(PIN_SINK_FILE, at("file"), "text", "{\"b\": 2}");
    ck_assert_str_eq((read_file(at("file"), buf, sizeof(buf)), buf), "{\"a\": 1}\n{\"b\": 2}\n");
    ck_assert_int_eq(stat(at("file"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0640);
    /* A different set, or no text, does not write to it. */
    write_record(PIN_SINK_SYSLOG, at("file"), "text", "{}");
    write_record(PIN_SINK_FILE, at("file"), "text", NULL);
    write_record(PIN_SINK_FILE, NULL, "text", "{}");
    write_record(PIN_SINK_FILE | PIN_SINK_STDERR | PIN_SINK_SYSLOG, NULL, NULL, NULL);
    ck_assert_str_eq((read_file(at("file"), buf, sizeof(buf)), buf), "{\"a\": 1}\n{\"b\": 2}\n");
}
END_TEST

START_TEST(file_of_other_kind_ignored)
{
    char buf[64];
    int fd;

    ck_assert_int_eq(mkdir(at("directory"), 0755), 0);
    write_record(PIN_SINK_FILE, at("directory"), NULL, "{}");
    write_record(PIN_SINK_FILE, at("missing/file"), NULL, "{}");
    write_record(PIN_SINK_FILE, at("log"), NULL, "{}"); /* a socket */
    write_record(PIN_SINK_FILE, (char[]){"/dev/full"}, NULL, "{}");
    ck_assert_int_eq(mkfifo(at("fifo"), 0600), 0);
    write_record(PIN_SINK_FILE, at("fifo"), NULL, "{}");
    fd = open(at("fifo"), O_RDONLY | O_NONBLOCK);
    write_record(PIN_SINK_FILE, at("fifo"), NULL, "{}");
    ck_assert_uint_eq(read_now(fd, buf, sizeof(buf)), 0);
    close(fd);
}
END_TEST

/* A link may be another user's. What it leads to is not written, and not made. */
START_TEST(file_link_not_followed)
{
    char buf[64];

    write_record(PIN_SINK_FILE, at("file"), NULL, "{}");
    ck_assert_int_eq(symlink(at("file"), at("link")), 0);
    ck_assert_int_eq(symlink(at("missing"), at("dangling")), 0);
    write_record(PIN_SINK_FILE, at("link"), NULL, "{\"by\": \"link\"}");
    write_record(PIN_SINK_FILE, at("dangling"), NULL, "{}");
    read_file(at("file"), buf, sizeof buf);
    expect_text("sink/file-link", "{}\n", buf);
    ck_assert_int_ne(access(at("missing"), F_OK), 0);
    /* Control: a directory on the way may be a link. */
    ck_assert_int_eq(symlink(base, at("way")), 0);
    write_record(PIN_SINK_FILE, at("way/file"), NULL, "{}");
    read_file(at("file"), buf, sizeof buf);
    expect_text("sink/file-below-link", "{}\n{}\n", buf);
}
END_TEST

static void not_permitted(void)
{
    struct pin_sinks sinks = {.set = PIN_SINK_FILE, .file = at("file")};
    struct rlimit few = {.rlim_cur = 3, .rlim_max = 3};
    char buf[64];

    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, NULL, "{}", NULL);
    MUST(chmod(at("file"), 0444) == 0);
    if (geteuid() == 0)
        MUST(setuid(UID_NOBODY) == 0);
    errno = 4711;
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, NULL, "{}", NULL);
    MUST(read_file(at("file"), buf, sizeof(buf)) == 3);
    sinks.set = PIN_SINK_FILE | PIN_SINK_SYSLOG | PIN_SINK_STDERR;
    sinks.file = at("other");
    MUST(setrlimit(RLIMIT_NOFILE, &few) == 0);
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "", "{}", NULL);
    MUST(errno == 4711);
}

START_TEST(file_not_permitted_ignored)
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
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", "{}", NULL);
    MUST(read_file(at("file"), buf, sizeof(buf)) == 0);
    MUST(read_file(at("stderr"), buf, sizeof(buf)) == 0);
    /* A signal that the program itself blocks stays pending. */
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    MUST(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGXFSZ) == 0);
    pin_sink_write(&sinks, PIN_SEVERITY_ERROR, "line", "{}", NULL);
    MUST(sigpending(&set) == 0 && sigismember(&set, SIGXFSZ) == 1);
}

START_TEST(file_without_space_ignored)
{
    in_child(without_space);
}
END_TEST

/* ---- lines ---- */

/* The length and the last bytes of a text, and of the line that is expected. */
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

START_TEST(line_cut_between_characters)
{
    char *text = malloc(line_cases[_i].len + 1);
    char buf[2 * PIN_SINK_LINE_MAX];
    size_t tail = strlen(line_cases[_i].tail);
    size_t len = line_cases[_i].text_len;
    int fd = stderr_is(A_PIPE);

    memset(text, 'x', line_cases[_i].len);
    text[line_cases[_i].len] = '\0';
    memcpy(text + line_cases[_i].len - tail, line_cases[_i].tail, tail);
    write_record(PIN_SINK_STDERR | PIN_SINK_FILE, at("file"), text, text);
    restore_stderr();
    ck_assert_uint_eq(read_now(fd, buf, sizeof(buf)), len + 1);
    ck_assert_int_eq(buf[len], '\n');
    buf[len] = '\0';
    tail = strlen(line_cases[_i].text_tail);
    ck_assert_str_eq(buf + len - tail, line_cases[_i].text_tail);
    ck_assert_uint_eq(read_file(at("file"), buf, sizeof(buf)),
                      line_cases[_i].json ? line_cases[_i].len + 1 : 0);
    /* The longest line also fits into a datagram. */
    write_record(PIN_SINK_SYSLOG, NULL, text, NULL);
    const char *datagram = next_datagram();
    ck_assert_uint_ge(strlen(datagram), len);
    ck_assert_str_eq(datagram + strlen(datagram) - tail, line_cases[_i].text_tail);
    close(fd);
    free(text);
}
END_TEST

START_TEST(control_bytes_replaced)
{
    static const char bad[] = "a\nb\rc\x1b[31m\x7f\x01\tz\xc3\xa4";
    static const char good[] = "a?b?c?[31m???z\xc3\xa4\n";
    char buf[256];
    int fd = stderr_is(A_PIPE);

    write_record(PIN_SINK_STDERR | PIN_SINK_FILE | PIN_SINK_SYSLOG, at("file"), bad, bad);
    restore_stderr();
    read_now(fd, buf, sizeof(buf));
    ck_assert_str_eq(buf, good);
    read_file(at("file"), buf, sizeof(buf));
    ck_assert_str_eq(buf, good);
    const char *datagram = next_datagram();
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
        pin_sink_write(arg, PIN_SEVERITY_ERROR, "one line of text", "{\"one\": \"object\"}", NULL);
    return NULL;
}

START_TEST(threads_write_whole_lines)
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

int main(void)
{
    Suite *suite = suite_create("sink");
    TCase *tcase = tcase_create("sink");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 900); /* ends what hangs */
    tcase_add_test(tcase, file_appended);
    tcase_add_test(tcase, file_of_other_kind_ignored);
    tcase_add_test(tcase, file_link_not_followed);
    tcase_add_test(tcase, file_not_permitted_ignored);
    tcase_add_test(tcase, file_without_space_ignored);
    SUITE_CASES(tcase, line_cut_between_characters, line_cases);
    tcase_add_test(tcase, control_bytes_replaced);
    tcase_add_test(tcase, threads_write_whole_lines);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
