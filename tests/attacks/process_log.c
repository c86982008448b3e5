/* process_log.c - log destinations that fail. A refusal comes in spite of that, and at once (the
 * process has a time limit); after the destination works again, the next record is written. */
#include "process_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RECORD "P07"

static void log_to(struct proc *proc, const char *sink)
{
    char lines[1024];

    snprintf(lines, sizeof lines, "pins = %s\nlog = %s\n", proc_path(proc, "pins"), sink);
    char *conf = atk_conf(proc->run, "log.cnf", lines);
    ATK_NEED(conf != NULL && setenv("OPENSSL_CONF", conf, 1) == 0);
    free(conf);
}

/* Returns true if a record must have been written. */
static bool refuse_once(struct proc *proc)
{
    if (proc->run->honest)
        return false;
    proc_exchange(proc, PROC_IMPOSTOR, RECORD);
    return proc->run->module != NULL;
}

/* Fills fd until it would block or the disk is full. */
static void fill(int fd)
{
    static const char bytes[512] = "x";
    ssize_t put;

    while ((put = write(fd, bytes, sizeof bytes)) > 0 || errno == EINTR)
        continue;
    ATK_NEED(put < 0 && (errno == EAGAIN || errno == ENOSPC));
}

/* True if the bytes that can be read now contain a record. */
static bool has_record(int fd)
{
    char bytes[1 << 13];
    bool found = false;
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes - 1)) > 0) {
        bytes[got] = '\0';
        found = found || strstr(bytes, RECORD) != NULL;
    }
    return found;
}

/* ---- a file ---- */

void proc_log_mounted(struct proc *proc)
{
    char sink[300];

    proc_own_mounts(proc);
    proc_make_path(proc_path(proc, "disk"));
    proc_skip_unless(mount("tmpfs", proc_path(proc, "disk"), "tmpfs", 0, "size=64k") == 0,
                     "mount(2)");
    snprintf(sink, sizeof sink, "file:%s/log", proc_path(proc, "disk"));
    log_to(proc, sink);
}

void proc_log_full(struct proc *proc)
{
    int fd = open(proc_path(proc, "disk/rest"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ATK_NEED(fd >= 0);
    fill(fd);
    close(fd);
}

void proc_log_has_room(struct proc *proc)
{
    ATK_NEED(unlink(proc_path(proc, "disk/rest")) == 0);
    if (!refuse_once(proc))
        return;
    int fd = open(proc_path(proc, "disk/log"), O_RDONLY | O_CLOEXEC);
    ATK_NEED(fd >= 0 && has_record(fd));
    close(fd);
}

/* The default action of the signal (SIGXFSZ) would end the process. */
void proc_log_no_growth(struct proc *proc)
{
    (void)proc;
    ATK_NEED(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    ATK_NEED(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0}) == 0);
}

/* ---- syslog ---- */

static int listener = -1;
static const struct sockaddr_un syslog_address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

void proc_log_syslog(struct proc *proc)
{
    proc_own_mounts(proc);
    proc_skip_unless(mount("tmpfs", "/dev", "tmpfs", 0, "mode=0755") == 0, "mount(2)");
    listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ATK_NEED(listener >= 0 &&
             bind(listener, (const struct sockaddr *)&syslog_address, sizeof syslog_address) == 0);
    log_to(proc, "syslog");
}

/* The queue is full and not read: a blocking writer would wait for ever. */
void proc_log_syslog_hangs(struct proc *proc)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)proc;
    ATK_NEED(fd >= 0 &&
             connect(fd, (const struct sockaddr *)&syslog_address, sizeof syslog_address) == 0);
    fill(fd);
    close(fd);
}

void proc_log_syslog_read(struct proc *proc)
{
    ATK_NEED(!has_record(listener));
    if (refuse_once(proc))
        ATK_NEED(has_record(listener));
}

/* ---- standard error ---- */

static int reader = -1, old_stderr = -1;

/* Before the module is loaded: it writes to no other standard error. */
void proc_log_stderr(struct proc *proc)
{
    int fds[2];

    log_to(proc, "stderr");
    ATK_NEED(pipe2(fds, O_CLOEXEC) == 0);
    old_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    ATK_NEED(old_stderr >= 0 && dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
    close(fds[1]);
    reader = fds[0];
    ATK_NEED(fcntl(reader, F_SETFL, O_NONBLOCK) == 0);
}

void proc_log_stderr_hangs(struct proc *proc)
{
    (void)proc;
    ATK_NEED(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK) == 0);
    fill(STDERR_FILENO);
    ATK_NEED(fcntl(STDERR_FILENO, F_SETFL, 0) == 0);
}

void proc_log_stderr_read(struct proc *proc)
{
    bool before = has_record(reader);
    bool due = refuse_once(proc);
    bool after = has_record(reader);

    ATK_NEED(dup2(old_stderr, STDERR_FILENO) == STDERR_FILENO);
    ATK_NEED(!before && after == due);
}

/* ---- the steps that led to a refusal ---- */

void proc_log_trace(struct proc *proc)
{
    char sinks[300];

    snprintf(sinks, sizeof sinks, "file:%s trace", proc_path(proc, "log"));
    log_to(proc, sinks);
}

/* Each record of a refusal has its steps; a suppressed record has none, and nor has an accepted
 * peer. */
static void check_steps(struct proc *proc)
{
    unsigned records = atk_log(proc->run, RECORD, "refused");

    ATK_NEED((records > 0) == (!proc->run->honest && proc->run->module != NULL));
    ATK_NEED(atk_log_text(proc->run, "\"trace\":\"looking for " ATK_HOST "\"") == records);
    ATK_NEED(atk_log_text(proc->run, "\"trace\":\"this name is known by: sni\"") == records);
    ATK_NEED(atk_log_text(proc->run, "\"trace\":\"" ATK_HOST ".pins: found\"") == records);
    ATK_NEED(atk_log_text(proc->run, "\"trace\":\"" ATK_HOST
                                     ".pins line 1 does not match: key sha256//") == records);
    ATK_NEED(atk_log(proc->run, RECORD, "trace") == 5 * records);
    ATK_NEED(atk_log(proc->run, NULL, "trace") == 5 * records);
}

void proc_log_has_steps(struct proc *proc)
{
    check_steps(proc);
    if (!refuse_once(proc)) /* two handshakes: the fourth record is suppressed */
        return;
    check_steps(proc);
    ATK_NEED(atk_log(proc->run, RECORD, "refused") == 3);
}

void proc_log_has_no_steps(struct proc *proc)
{
    ATK_NEED(atk_log(proc->run, NULL, "trace") == 0);
}
