/* Taking back what pinctl enable did. */
#include "host/disabling.h"

#include "opensslcnf/enabling.h"

#include <pinning/store.h>
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

#define PATIENCE_SECS 600

static bool differs(const char *path, const struct pin_text *text)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pin_text other;
    bool same = pinctl_conffile_read(path, &other, &err) && other.len == text->len &&
                memcmp(other.bytes, text->bytes, text->len) == 0;

    pin_text_clear(&other);
    return !same;
}

enum pinctl_disabled pinctl_disable(const struct pinctl_conffile *files, bool *changed,
                                    struct pin_error *err)
{
    struct pin_text text;

    *changed = false;
    if (!pinctl_conffile_read(files->conf, &text, err))
        return PINCTL_NOT_DISABLED;
    if (!pinctl_enabling_remove(&text)) {
        pin_text_clear(&text);
        return PINCTL_WAS_OFF;
    }
    *changed = differs(files->backup, &text);
    bool ok = pinctl_conffile_write(files->conf, text.bytes, text.len, err);
    pin_text_clear(&text);
    if (!ok)
        return PINCTL_NOT_DISABLED;
    /* Programs that have just read the old openssl.cnf may look for it still: they find nothing and
     * are not held, which is what was asked for. */
    if (rename(files->own, files->off) != 0 && errno != ENOENT) {
        pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s: cannot rename it", files->own);
        return PINCTL_NOT_DISABLED;
    }
    if (!*changed)
        unlink(files->backup);
    unlink(files->pending);
    return PINCTL_DISABLED;
}

/* Two calls of enable --confirm are told apart by what stands in the file. */
static bool is_pending(const char *path, const char *token)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pin_text text;
    bool same = pinctl_conffile_read(path, &text, &err) && strcmp(text.bytes, token) == 0;

    pin_text_clear(&text);
    return same;
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
    /* Another pinctl that is at work there is waited for. */
    for (end = seconds() + PATIENCE_SECS; !pinctl_conffile_open(files->conf, &again, &err);) {
        pinctl_conffile_clear(&again);
        if (seconds() >= end)
            break;
        nanosleep(&pause, NULL);
        err = (struct pin_error){.reason = PIN_OK};
    }
    if (err.reason == PIN_OK && !is_pending(again.pending, token))
        _exit(0); /* confirmed in the last moment */
    if (err.reason != PIN_OK || pinctl_disable(&again, &changed, &err) != PINCTL_DISABLED) {
        syslog(LOG_ERR, "pinctl enable was not confirmed, and %s could not be taken back: %s",
               files->conf, err.text);
        _exit(2);
    }
    syslog(LOG_WARNING, "pinctl enable was not confirmed: %s is as it was before", files->conf);
    _exit(0);
}

/* Away from the terminal and its signals: it must live when the ssh connection breaks. */
static void leave(const struct pinctl_conffile *files, const char *token, unsigned secs)
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
    if (!pinctl_conffile_write(files->pending, token, strlen(token), err))
        return false;
    fflush(NULL);
    child = fork();
    if (child == 0)
        leave(files, token, secs);
    if (child < 0)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "cannot start the process that waits");
    waitpid(child, NULL, 0);
    return true;
}
