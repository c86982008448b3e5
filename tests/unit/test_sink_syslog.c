/* test_sink_syslog.c - records as datagrams to syslog. */
#include "sink_fixture.h"

#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
    enum pin_severity severity;
    const char *name;    /* of the program */
    const char *program; /* as it is logged */
    const char *pri;
} header_cases[] = {
    {PIN_SEVERITY_ERROR, "prog", "prog", "<83>"},
    {PIN_SEVERITY_WARNING, "prog", "prog", "<84>"},
    {PIN_SEVERITY_NOTICE, "prog", "prog", "<85>"},
    {PIN_SEVERITY_ERROR, "a[1]: b", "a_1___b", "<83>"},
    {PIN_SEVERITY_ERROR, "x\ny\x7f\x1b\xc3\xa4", "x_y____", "<83>"},
    {PIN_SEVERITY_ERROR, "%s%n", "%s%n", "<83>"},
    {PIN_SEVERITY_ERROR, "", "_", "<83>"},
    {PIN_SEVERITY_ERROR, NULL, "test_sink_syslog", "<83>"},
    {PIN_SEVERITY_ERROR, "123456789012345678901234567890123456789012345678",
     "123456789012345678901234567890123456789012345678", "<83>"},
    {PIN_SEVERITY_ERROR, "1234567890123456789012345678901234567890123456789",
     "123456789012345678901234567890123456789012345678", "<83>"},
};

START_TEST(syslog_header_cleaned)
{
    struct pin_sinks sinks = {.set = PIN_SINK_SYSLOG};
    char expected[256];
    char name[128];

    if (header_cases[_i].name != NULL)
        strcpy(name, header_cases[_i].name);
    name_program(header_cases[_i].name != NULL ? name : NULL);
    program_invocation_name = program_invocation_short_name = (char[]){"later"};
    pin_sink_write(&sinks, header_cases[_i].severity, "pinning[P07]: a: %s", "{}", NULL);
    snprintf(expected, sizeof(expected), "%sNov 14 22:13:20 %s[%d]: pinning[P07]: a: %%s",
             header_cases[_i].pri, header_cases[_i].program, (int)getpid());
    expect_text("sink/syslog-header", expected, next_datagram());
    expect_text("sink/syslog-header, once", "", next_datagram());
}
END_TEST

static void check_time(time_t now)
{
    struct tm tm;
    char expected[64];

    fake.now = now;
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    gmtime_r(&now, &tm);
    strftime(expected, sizeof(expected), "<83>%b %e %H:%M:%S prog[", &tm);
    ck_assert_int_eq(strncmp(next_datagram(), expected, strlen(expected)), 0);
}

START_TEST(syslog_time_in_utc)
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

START_TEST(syslog_time_before_1970_is_1970)
{
    fake.now = -1;
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    ck_assert_int_eq(strncmp(next_datagram(), "<83>Jan  1 00:00:00 prog[", 25), 0);
}
END_TEST

START_TEST(syslog_without_listener_ignored)
{
    char long_path[300];
    int fd;

    memset(long_path, 'x', sizeof(long_path));
    long_path[0] = '/';
    long_path[299] = '\0';
    pin_sink_syslog_path = long_path;
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    pin_sink_syslog_path = at("nowhere");
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    pin_sink_syslog_path = base;
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    fd = listen_at(at("stream"), SOCK_STREAM);
    pin_sink_syslog_path = at("stream");
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    close(fd);
    ck_assert_str_eq(next_datagram(), "");
    reopen_syslog();
    close_syslog(); /* its name stays */
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    reopen_syslog();
    write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    ck_assert_str_ne(next_datagram(), "");
}
END_TEST

START_TEST(syslog_full_does_not_block)
{
    for (int i = 0; i < 2000; i++)
        write_record(PIN_SINK_SYSLOG, NULL, "x", NULL);
    ck_assert_str_ne(next_datagram(), "");
}
END_TEST

/* The two names of libc, as they are when the module is loaded. */
static const struct {
    const char *name;
    size_t short_at; /* where the short name begins */
    const char *program;
} title_cases[] = {
    {"/usr/sbin/nginx", 10, "nginx"},
    {"nginx", 0, "nginx"},
    {"./nginx", 2, "nginx"},
    {"a b: c", 0, "a b: c"},
    /* Titles that were written over a path. */
    {"nginx: worker process", 10, "test_sink_syslog"},
    {"sendmail: x client EHLO", 20, "test_sink_syslog"},
    {"x: /etc/x /", 3, "test_sink_syslog"},
};

START_TEST(program_is_what_was_executed)
{
    char name[64];

    strcpy(name, title_cases[_i].name);
    program_invocation_name = name;
    program_invocation_short_name = name + title_cases[_i].short_at;
    pin_sink_init();
    strcpy(name, "a title that was written later");
    expect_text(title_cases[_i].name, title_cases[_i].program, pin_sink_program());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink_syslog");
    TCase *tcase = tcase_create("sink_syslog");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 900); /* ends what hangs */
    SUITE_CASES(tcase, syslog_header_cleaned, header_cases);
    SUITE_CASES(tcase, program_is_what_was_executed, title_cases);
    tcase_add_test(tcase, syslog_time_in_utc);
    tcase_add_test(tcase, syslog_time_before_1970_is_1970);
    tcase_add_test(tcase, syslog_without_listener_ignored);
    tcase_add_test(tcase, syslog_full_does_not_block);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
