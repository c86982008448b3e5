/* quiet.c - a write without a signal. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

void pin_sink_write_quietly(int fd, const char *bytes, size_t len)
{
    static const struct timespec at_once = {0};
    sigset_t quiet;
    sigset_t pending;
    sigset_t old;

    sigemptyset(&quiet);
    sigaddset(&quiet, SIGPIPE);
    sigaddset(&quiet, SIGXFSZ);
    sigaddset(&quiet, SIGTTOU);
    if (pthread_sigmask(SIG_BLOCK, &quiet, &old) != 0)
        return;
    sigemptyset(&pending);
    sigpending(&pending);
    if (write(fd, bytes, len) != (ssize_t)len) {
        /* A signal that was pending before is the program's own. */
        sigdelset(&quiet, SIGTTOU);
        if (sigismember(&pending, SIGPIPE) == 1)
            sigdelset(&quiet, SIGPIPE);
        if (sigismember(&pending, SIGXFSZ) == 1)
            sigdelset(&quiet, SIGXFSZ);
        for (int i = 0; i < 4 && (sigtimedwait(&quiet, NULL, &at_once) > 0 || errno == EINTR); i++)
            continue;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}
