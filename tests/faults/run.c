/*
 * run.c - the process of one line: it prepares a connection, and forks a child for each call that
 * is to fail. The first, the second, … call fails, until a child ends without a failure, so that no
 * call is left out.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/conf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEM(name, errno_, for_ever, when)                                                       \
    {                                                                                              \
        name, {FAULT_SYSTEM, 0, for_ever, errno_, FAULT_FAILS}, when                               \
    }
#define TWICE(name, kind, once, for_ever)                                                          \
    {name, {kind, 0, false, ENOMEM, FAULT_FAILS}, once},                                           \
    {                                                                                              \
        name ", and all after it", {kind, 0, true, ENOMEM, FAULT_FAILS}, for_ever                  \
    }

/* Not "ENOENT, and all after it": that cannot be told from a host without pins. Not "EINTR, and all
 * after it": no system behaves so. */
const struct series all_series[] = {
    SYSTEM("EACCES", EACCES, false, NOT_BRIEF),
    SYSTEM("EINTR", EINTR, false, NOT_BRIEF),
    SYSTEM("ENOENT", ENOENT, false, NOT_BRIEF),
    SYSTEM("EMFILE", EMFILE, false, IN_FULL),
    SYSTEM("ENFILE", ENFILE, false, IN_FULL),
    SYSTEM("ENOMEM", ENOMEM, false, IN_FULL),
    SYSTEM("EIO", EIO, false, IN_FULL),
    SYSTEM("EPERM", EPERM, false, IN_FULL),
    SYSTEM("EMFILE, and all after it", EMFILE, true, ALWAYS),
    SYSTEM("EACCES, and all after it", EACCES, true, IN_FULL),
    SYSTEM("EIO, and all after it", EIO, true, IN_FULL),
    SYSTEM("ENOMEM, and all after it", ENOMEM, true, IN_FULL),
    {"one byte read", {FAULT_READ, 0, false, 0, FAULT_ONE_BYTE}, NOT_BRIEF},
    {"one byte read each time", {FAULT_READ, 0, true, 0, FAULT_ONE_BYTE}, NOT_BRIEF},
    {"nothing more to read", {FAULT_READ, 0, false, 0, FAULT_ENDS}, NOT_BRIEF},
    TWICE("memory", FAULT_MEMORY, ALWAYS, NOT_BRIEF),
    TWICE("the loader", FAULT_LOADER, IN_FULL, IN_FULL),
    TWICE("OpenSSL", FAULT_OPENSSL, ALWAYS, NOT_BRIEF),
    TWICE("OpenSSL's memory", FAULT_OPENSSL_MEMORY, NOT_BRIEF, NOT_BRIEF),
};
const size_t series_count = sizeof all_series / sizeof all_series[0];

/* ---- the fixture ---- */

static char *configure(struct atk_run *run, const char *key)
{
    char lines[1024];

    int used = snprintf(lines, sizeof lines, "pins = %s/pins\nlog = syslog stderr file:%s/log\n",
                        run->dir, run->dir);
    if (key != NULL && strcmp(key, "clients") == 0)
        snprintf(lines + used, sizeof lines - (size_t)used, "clients = %s/clients\n", run->dir);
    if (key != NULL && strcmp(key, "strict") == 0)
        snprintf(lines + used, sizeof lines - (size_t)used, "strict = yes\n");
    return atk_conf(run, "faults.cnf", lines);
}

/* Loads the module. */
static void load(struct fixture *s, const struct peer *peer, const char *conf)
{
    if ((peer->how & OWN_CONTEXT) != 0)
        ATK_NEED((s->libctx = OSSL_LIB_CTX_new()) != NULL);
    ATK_NEED(OSSL_LIB_CTX_load_config(s->libctx, conf));
    if ((peer->how & MADE_DEFAULT) != 0)
        ATK_NEED(OSSL_LIB_CTX_set0_default(s->libctx) != NULL);
    peer->open(s);
}

static void between(struct fixture *s, const struct peer *peer)
{
    if (peer->between != NULL)
        peer->between(s);
}

/* ---- what it writes to standard error ---- */

static int others_end = -1; /* the reading end of a pipe or socket */

static bool open_stderr(const struct peer *peer, const char *dir)
{
    char output[300];
    int fds[2] = {-1, -1};

    snprintf(output, sizeof output, "%s/output", dir);
    if ((peer->how & BY_PIPE) != 0 && pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0)
        others_end = fds[0];
    else if ((peer->how & BY_SOCKET) != 0 &&
             socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0)
        others_end = fds[0];
    else
        fds[1] = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return fds[1] >= 0 && dup2(fds[1], STDERR_FILENO) >= 0;
}

/* Drops what the previous connection wrote. */
static void forget_stderr(void)
{
    char buffer[4096];

    (void)!ftruncate(STDERR_FILENO, 0);
    while (others_end >= 0 && read(others_end, buffer, sizeof buffer) > 0)
        continue;
}

/* ---- one connection ---- */

static _Noreturn void try_one(const struct line *line, const struct fault_plan *plan,
                              struct fixture *s, const char *conf, struct report *report)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(ATK_EXIT_BROKEN);
    alarm(600); /* ends what hangs */
    if (line->loading) {
        fault_arm(plan);
        load(s, line->peer, conf);
        fault_disarm();
        between(s, line->peer);
    } else {
        fault_arm(plan);
    }
    line->peer->exchange(s);
    fault_disarm();
    outcome_check(line, plan, s, report);
    _exit(0);
}

static void reset(struct report *report, const struct fault_plan *plan, const char *dir)
{
    char log[300];

    report->seen.fired = 0;
    report->seen.name[0] = report->seen.last_logged[0] = '\0';
    report->seen.unhooked = false;
    memset(report->seen.now, 0, sizeof report->seen.now);
    forget_stderr();
    report->log_may_fail = plan->at > 0 && (plan->kind == FAULT_SYSTEM || plan->kind == FAULT_READ);
    snprintf(log, sizeof log, "%s/log", dir);
    (void)unlink(log);
}

/* Adds series and call to the description of what is wrong. */
static void locate(struct report *report, const struct series *series, unsigned at)
{
    char what[sizeof report->wrong];

    snprintf(what, sizeof what, "%s", report->wrong);
    snprintf(report->wrong, sizeof report->wrong, "%.120s, call %u (%s): %.200s", series->name, at,
             report->seen.name[0] != '\0' ? report->seen.name : "none", what);
}

/* Returns false if no call failed any more, or something is wrong. */
static bool try_call(const struct line *line, const struct series *series, unsigned at,
                     struct fixture *s, const char *conf, struct report *report)
{
    struct fault_plan plan = series->plan;
    int status;

    plan.at = at;
    reset(report, &plan, s->run->dir);
    pid_t pid = fork();
    if (pid == 0)
        try_one(line, &plan, s, conf, report);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        snprintf(report->wrong, sizeof report->wrong, "no process can be made");
    else if (WIFSIGNALED(status))
        snprintf(report->wrong, sizeof report->wrong, "%s",
                 WTERMSIG(status) == SIGALRM ? "it hangs" : strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        snprintf(report->wrong, sizeof report->wrong, "cannot be tried: status %d",
                 WEXITSTATUS(status));
    report->runs++;
    report->fired += report->seen.fired > 0;
    if (report->wrong[0] != '\0')
        locate(report, series, at);
    return report->wrong[0] == '\0' && report->seen.fired > 0;
}

static void try_all(const struct line *line, struct fixture *s, const char *conf, bool brief,
                    struct report *report)
{
    static const struct series nothing = {"nothing fails", {.kind = FAULT_SAFE}, ALWAYS};
    bool in_full = line->peer == &peers[0] && line->version == ATK_TLS13 && !brief;

    (void)try_call(line, &nothing, 0, s, conf, report);
    for (size_t i = 0; i < series_count && report->wrong[0] == '\0'; i++) {
        if ((all_series[i].when == IN_FULL && !in_full) ||
            (all_series[i].when == NOT_BRIEF && brief) ||
            (all_series[i].plan.how == FAULT_ENDS && (line->peer->how & MAY_BE_EMPTY) != 0))
            continue;
        for (unsigned at = 1; try_call(line, &all_series[i], at, s, conf, report); at++)
            if (at > 20000)
                snprintf(report->wrong, sizeof report->wrong, "%s: no end", all_series[i].name);
    }
}

_Noreturn void run_line(const struct line *line, struct report *report, const char *module,
                        const char *dir, bool brief)
{
    struct atk_case test_case = {.name = line->peer->name};
    struct atk_run run = {.test_case = &test_case,
                          .version = line->version,
                          .verify = line->verify,
                          .honest = line->honest,
                          .module = module,
                          .dir = dir};
    struct fixture s = {.run = &run};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || !open_stderr(line->peer, dir))
        _exit(ATK_EXIT_BROKEN);
    fault_seen = &report->seen;
    atk_begin(&run);
    ATK_NEED(setenv("OPENSSL_CONF", "/dev/null", 1) == 0);
    ATK_NEED(fault_lists_are_complete() && fault_hook_allocator());
    ATK_NEED(module == NULL || fault_install(module));
    char *conf = configure(&run, line->peer->lines);
    line->peer->prepare(&s);
    if (!line->loading) {
        load(&s, line->peer, conf);
        between(&s, line->peer);
    }
    try_all(line, &s, conf, brief, report);
    _exit(report->wrong[0] == '\0' ? 0 : ATK_EXIT_FAILED);
}
