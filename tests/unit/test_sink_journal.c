/* test_sink_journal.c - records as datagrams to systemd-journald. */
#include "sink_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int journal_fd;
static char journal_name[96];

static void set_up_journal(void)
{
    set_up();
    strcpy(journal_name, at("journal"));
    pin_sink_journal_path = journal_name;
    journal_fd = listen_at(journal_name, SOCK_DGRAM);
}

static void tear_down_journal(void)
{
    close(journal_fd);
    tear_down();
}

static const char *next_entry(void)
{
    static char entry[2 * PIN_SINK_LINE_MAX];
    ssize_t got = recv(journal_fd, entry, sizeof entry - 1, MSG_DONTWAIT);

    entry[got < 0 ? 0 : got] = '\0';
    return entry;
}

static void write_fields(unsigned set, const char *text, const char *fields)
{
    struct pin_sinks sinks = {.set = set};

    errno = 4711;
    pin_sink_write(&sinks, PIN_SEVERITY_WARNING, text, "{}", fields);
    ck_assert_int_eq(errno, 4711);
}

static const struct {
    const char *program, *text, *fields, *entry;
} entry_cases[] = {
    {"prog", "pinning[P07]: a: %s", "PINNING_REASON=P07\nPINNING_HOST=a\n",
     "MESSAGE=pinning[P07]: a: %s\nPRIORITY=4\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=prog\n"
     "PINNING_REASON=P07\nPINNING_HOST=a\n"},
    {"prog", "x", NULL, "MESSAGE=x\nPRIORITY=4\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=prog\n"},
    {"a\nPRIORITY=0", "x", NULL,
     "MESSAGE=x\nPRIORITY=4\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=a_PRIORITY=0\n"},
    {"prog", "x\nPRIORITY=0", NULL,
     "MESSAGE=x?PRIORITY=0\nPRIORITY=4\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=prog\n"},
};

START_TEST(entry_has_fields)
{
    char name[32];

    strcpy(name, entry_cases[_i].program);
    name_program(name);
    write_fields(PIN_SINK_JOURNAL, entry_cases[_i].text, entry_cases[_i].fields);
    expect_text("sink/journal", entry_cases[_i].entry, next_entry());
    expect_text("sink/journal, once", "", next_entry());
    expect_text("sink/journal, not to syslog", "", next_datagram());
}
END_TEST

START_TEST(long_entry_is_whole)
{
    static char text[3 * PIN_SINK_LINE_MAX], fields[PIN_SINK_FIELDS_MAX + 2];

    memset(text, 'x', sizeof text - 1);
    memset(fields, 'F', PIN_SINK_FIELDS_MAX);
    memcpy(fields, "A=", 2);
    fields[PIN_SINK_FIELDS_MAX - 1] = '\n';
    write_fields(PIN_SINK_JOURNAL, text, fields);
    const char *entry = next_entry();
    ck_assert_ptr_nonnull(strstr(entry, "xxx...\nPRIORITY=4\n"));
    expect_text("sink/journal-long", fields, entry + strlen(entry) - strlen(fields));
    /* Fields that are too long are left out, and the rest is written. */
    strcpy(fields + PIN_SINK_FIELDS_MAX - 1, "F\n");
    write_fields(PIN_SINK_JOURNAL, "x", fields);
    ck_assert_ptr_nonnull(strstr(next_entry(), "SYSLOG_IDENTIFIER=prog\n"));
}
END_TEST

static void expect_syslog(const char *name, unsigned set)
{
    write_fields(set, "x", "A=b\n");
    const char *datagram = next_datagram();
    ck_assert_msg(strncmp(datagram, "<84>", 4) == 0 && strstr(datagram, ": x") != NULL,
                  "%s: expected the record in syslog, got \"%s\"", name, datagram);
    expect_text(name, "", next_datagram());
}

START_TEST(syslog_if_journal_fails)
{
    pin_sink_journal_path = at("nowhere");
    expect_syslog("sink/journal-missing", PIN_SINK_JOURNAL);
    expect_syslog("sink/journal-missing, with syslog", PIN_SINK_JOURNAL | PIN_SINK_SYSLOG);
    pin_sink_journal_path = base;
    expect_syslog("sink/journal-directory", PIN_SINK_JOURNAL);
    int fd = listen_at(at("stream"), SOCK_STREAM);
    pin_sink_journal_path = at("stream");
    expect_syslog("sink/journal-stream", PIN_SINK_JOURNAL);
    close(fd);
    pin_sink_journal_path = journal_name;
    close(journal_fd);
    expect_syslog("sink/journal-closed", PIN_SINK_JOURNAL);
    unlink(journal_name);
    journal_fd = listen_at(journal_name, SOCK_DGRAM);
    expect_syslog("sink/journal, with syslog", PIN_SINK_JOURNAL | PIN_SINK_SYSLOG);
    ck_assert_str_ne(next_entry(), "");
}
END_TEST

START_TEST(full_journal_does_not_block)
{
    unsigned in_syslog = 0;

    for (int i = 0; i < 2000; i++) {
        write_fields(PIN_SINK_JOURNAL, "x", NULL);
        in_syslog += next_datagram()[0] != '\0';
    }
    ck_assert_str_ne(next_entry(), "");
    ck_assert_uint_gt(in_syslog, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink_journal");
    TCase *tcase = tcase_create("sink_journal");

    tcase_add_checked_fixture(tcase, set_up_journal, tear_down_journal);
    tcase_set_timeout(tcase, 900); /* ends what hangs */
    SUITE_CASES(tcase, entry_has_fields, entry_cases);
    tcase_add_test(tcase, long_entry_is_whole);
    tcase_add_test(tcase, syslog_if_journal_fails);
    tcase_add_test(tcase, full_journal_does_not_block);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
