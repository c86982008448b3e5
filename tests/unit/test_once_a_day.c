/* test_once_a_day.c - records that a program writes once a day. */
#include "child.h"
#include "confine.h"
#include "expect.h"
#include "suite.h"

#include <pinning/sink.h>
#include <pinning/str.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char name[32];
static struct pin_sinks sinks = {.set = PIN_SINK_SYSLOG};

static void set_name(const char *text)
{
    snprintf(name, sizeof name, "%s", text);
    program_invocation_name = program_invocation_short_name = name;
    pin_sink_init();
}

static long find_key(const char *what)
{
    char description[128];
    uint64_t log = pin_hash64_bytes(PIN_HASH64_START, &sinks.set, sizeof sinks.set);

    log = pin_hash64_str(log, sinks.file);
    snprintf(description, sizeof description, "pinning:%s:%016" PRIx64 ":%s", what, log, name);
    return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", description, 0);
}

static void forget(const char *what)
{
    long key = find_key(what);

    if (key >= 0)
        syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
}

/* True if a key can be made here: not in most containers. */
static bool has_keyring(void)
{
    long key = syscall(SYS_add_key, "user", "pinning:test", "1", 1, KEY_SPEC_USER_KEYRING);

    if (key < 0) {
        fprintf(stderr, "skipped, add_key(2): %s\n", strerror(errno));
        return false;
    }
    syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
    return true;
}

static void set_up(void)
{
    char text[32];

    snprintf(text, sizeof text, "day %d", (int)getpid());
    set_name(text);
}

static void tear_down(void)
{
    forget("P14");
    forget("P15");
}

static void second_process(void)
{
    MUST(!pin_sink_admit_once_a_day(&sinks, "P14"));
}

/* Another session keyring, as that of another login. */
static void other_session(void)
{
    MUST(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0);
    MUST(!pin_sink_admit_once_a_day(&sinks, "P14"));
}

START_TEST(second_time_not_admitted)
{
    if (!has_keyring())
        return;
    name[3] = '_'; /* as it is in the key */
    errno = 4711;
    expect_bool("sink/day, first", true, pin_sink_admit_once_a_day(&sinks, "P14"));
    expect_bool("sink/day, second", false, pin_sink_admit_once_a_day(&sinks, "P14"));
    ck_assert_int_eq(errno, 4711);
    in_child(second_process);
    in_child(other_session);
    expect_bool("sink/day, a different record", true, pin_sink_admit_once_a_day(&sinks, "P15"));
    char *end = strchr(name, '\0');
    strcpy(end, "x");
    pin_sink_init();
    expect_bool("sink/day, a different program", true, pin_sink_admit_once_a_day(&sinks, "P14"));
    forget("P14");
    *end = '\0';
}
END_TEST

/* A different log, and a log that does not have the record any more. */
START_TEST(by_log)
{
    char path[] = "/tmp/test_once_a_day.XXXXXX";
    int fd = mkstemp(path);

    if (!has_keyring())
        return;
    name[3] = '_';
    sinks = (struct pin_sinks){PIN_SINK_SYSLOG, NULL};
    expect_bool("sink/day, syslog", true, pin_sink_admit_once_a_day(&sinks, "P14"));
    sinks = (struct pin_sinks){PIN_SINK_FILE, path};
    expect_bool("sink/day, file", true, pin_sink_admit_once_a_day(&sinks, "P14"));
    expect_bool("sink/day, file still empty", true, pin_sink_admit_once_a_day(&sinks, "P14"));
    ck_assert_int_eq(write(fd, "{}\n", 3), 3);
    expect_bool("sink/day, file not empty", false, pin_sink_admit_once_a_day(&sinks, "P14"));
    ck_assert_int_eq(unlink(path), 0);
    expect_bool("sink/day, file rotated", true, pin_sink_admit_once_a_day(&sinks, "P14"));
    forget("P14");
    sinks = (struct pin_sinks){PIN_SINK_SYSLOG, NULL};
    expect_bool("sink/day, syslog again", false, pin_sink_admit_once_a_day(&sinks, "P14"));
    close(fd);
}
END_TEST

/* The remaining life of the key in seconds, as /proc/keys shows it: "23h", "4m", "10s"; -1: perm.
 */
static bool lives_a_day(long key)
{
    char line[512], state[64];
    FILE *file = fopen("/proc/keys", "r");
    bool found = false;

    ck_assert_ptr_nonnull(file);
    while (!found && fgets(line, sizeof line, file) != NULL) {
        unsigned id;
        if (sscanf(line, "%x %*s %*s %63s", &id, state) == 2 && id == (unsigned)key)
            found = true;
    }
    fclose(file);
    return found && (strcmp(state, "1d") == 0 || strcmp(state, "23h") == 0);
}

START_TEST(after_a_day_admitted)
{
    if (!has_keyring())
        return;
    name[3] = '_';
    for (int i = 0; i < 2; i++) {
        expect_bool("sink/day", true, pin_sink_admit_once_a_day(&sinks, "P14"));
        long key = find_key("P14");
        ck_assert_int_ge(key, 0);
        expect_bool("sink/day, the key expires after a day", true, lives_a_day(key));
        ck_assert_int_eq(syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key, 1), 0);
        sleep(2);
    }
}
END_TEST

/* A filter may end the process at a call that the program never makes. */
static void filtered(unsigned action)
{
    static const int calls[] = {SYS_add_key, SYS_keyctl, SYS_request_key};

    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    MUST(confine_calls(calls, COUNT_OF(calls), action, 0) == 0);
    MUST(pin_sink_admit_once_a_day(&sinks, "P14"));
    MUST(pin_sink_admit_once_a_day(&sinks, "P14"));
}

static void killed(void)
{
    filtered(SECCOMP_RET_KILL_PROCESS);
}

static void killed_control(void)
{
    static const int calls[] = {SYS_keyctl};
    int status;
    pid_t child = fork();

    if (child == 0) {
        MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
        MUST(confine_calls(calls, 1, SECCOMP_RET_KILL_PROCESS, 0) == 0);
        find_key("P14");
        _exit(0);
    }
    MUST(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

START_TEST(filter_means_admitted)
{
    in_child(killed);
    in_child(killed_control);
}
END_TEST

/* Without space in the keyring the record is written each time. */
static void without_quota(void)
{
    char description[32];

    MUST(geteuid() != 0 || setuid(64000) == 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(description, sizeof description, "pinning:test:%d", i);
        if (syscall(SYS_add_key, "user", description, "1", 1, KEY_SPEC_USER_KEYRING) < 0)
            break;
    }
    MUST(pin_sink_admit_once_a_day(&sinks, "P14"));
    MUST(pin_sink_admit_once_a_day(&sinks, "P14"));
    syscall(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_USER_KEYRING);
}

START_TEST(full_keyring_means_admitted)
{
    if (geteuid() == 0) /* for a user of its own */
        in_child(without_quota);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("once_a_day");
    TCase *tcase = tcase_create("once_a_day");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, second_time_not_admitted);
    tcase_add_test(tcase, by_log);
    tcase_add_test(tcase, after_a_day_admitted);
    tcase_add_test(tcase, filter_means_admitted);
    tcase_add_test(tcase, full_keyring_means_admitted);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
