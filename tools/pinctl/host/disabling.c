/* Removal of what pinctl enable added. */
#include "host/disabling.h"

#include "opensslcnf/enabling.h"
#include "opensslcnf/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_SECS 600

enum pinctl_disabled pinctl_disable(const struct pinctl_conffile *files, bool *changed,
                                    struct pin_error *err)
{
    struct pinctl_textfile text;

    *changed = false;
    if (!pinctl_textfile_read(files->conf, &text, err))
        return PINCTL_NOT_DISABLED;
    if (!pinctl_enabling_remove(&text)) {
        pinctl_textfile_clear(&text);
        return PINCTL_WAS_OFF;
    }
    *changed = !pinctl_textfile_equals(files->backup, text.bytes, text.len);
    bool ok = pinctl_textfile_write(files->conf, text.bytes, text.len, err);
    pinctl_textfile_clear(&text);
    if (!ok)
        return PINCTL_NOT_DISABLED;
    /* A program that has just read the old openssl.cnf may not find pinning.cnf any more. Then
     * pinning is not enforced for it, as intended. */
    if (rename(files->own, files->off) != 0 && errno != ENOENT) {
        pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s: cannot rename it", files->own);
        return PINCTL_NOT_DISABLED;
    }
    if (!*changed)
        unlink(files->backup);
    unlink(files->pending);
    return PINCTL_DISABLED;
}

/* The content of the file tells two calls of enable --confirm apart. */
static bool is_pending(const char *path, const char *token)
{
    return pinctl_textfile_equals(path, token, strlen(token));
}

static long long seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

__attribute__((noreturn)) static void wait_and_disable(const struct pinctl_conffile *files,
                                                       const char *token, unsigned secs)
{
    const struct timespec pause = {0, 200 * 1000 * 1000};
    long long end = seconds() + secs;
    struct pin_error err = {.reason = PIN_OK};
    struct pinctl_conffile again;
    bool changed;

    while (seconds() < end) {
        nanosleep(&pause, NULL);
        if (!is_pending(files->pending, token))
            _exit(0);
    }
    openlog("pinctl", LOG_PID, LOG_AUTHPRIV);
    /* Another pinctl may hold the lock. */
    for (end = seconds() + LOCK_WAIT_SECS; !pinctl_conffile_open(files->conf, &again, &err);) {
        pinctl_conffile_clear(&again);
        if (seconds() >= end)
            break;
        nanosleep(&pause, NULL);
        err = (struct pin_error){.reason = PIN_OK};
    }
    if (err.reason == PIN_OK && !is_pending(again.pending, token))
        _exit(0); /* confirmed while we waited for the lock */
    if (err.reason != PIN_OK || pinctl_disable(&again, &changed, &err) != PINCTL_DISABLED) {
        syslog(LOG_ERR, "pinctl enable was not confirmed, and %s could not be restored: %s",
               files->conf, err.text);
        _exit(2);
    }
    syslog(LOG_WARNING, "pinctl enable was not confirmed: %s was restored", files->conf);
    _exit(0);
}

/* Detaches from the terminal and its signals, because the process must survive the end of the ssh
 * connection. */
static void detach(const struct pinctl_conffile *files, const char *token, unsigned secs)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    if (fork() != 0)
        _exit(0);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        dup2(null, fd);
    close(files->lock);
    if (chdir("/") != 0)
        _exit(2);
    wait_and_disable(files, token, secs);
}

bool pinctl_disable_later(const struct pinctl_conffile *files, unsigned secs, struct pin_error *err)
{
    char token[96];
    pid_t child;

    snprintf(token, sizeof token, "until %lld, process %ld\n", (long long)time(NULL) + secs,
             (long)getpid());
    if (!pinctl_textfile_write(files->pending, token, strlen(token), err))
        return false;
    fflush(NULL);
    child = fork();
    if (child == 0)
        detach(files, token, secs);
    if (child < 0)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                                 "cannot start the process that waits for the confirmation");
    waitpid(child, NULL, 0);
    return true;
}
