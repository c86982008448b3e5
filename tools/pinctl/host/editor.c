/* The user's editor, and signals while it runs. */
#include "host/editor.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
static volatile sig_atomic_t caught;
static sigset_t mask_before;

static void catch (int number)
{
    caught = number;
}

void editor_catch_signals(void)
{
    sigset_t ours;

    sigemptyset(&ours);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old, new = {.sa_handler = catch};
        sigaddset(&ours, numbers[i]);
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &new, NULL);
    }
    sigprocmask(SIG_BLOCK, &ours, &mask_before);
}

bool editor_is_interrupted(void)
{
    sigset_t blocked;

    sigprocmask(SIG_SETMASK, &mask_before, &blocked); /* pending signals arrive here */
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    return caught != 0;
}

/* Starts the shell, because $EDITOR may contain arguments. Returns 0 or an errno. */
static int start(const char *path, pid_t *pid)
{
    static const char script[] =
        "if [ -n \"$VISUAL\" ]; then exec $VISUAL \"$1\"; fi\n"
        "if [ -n \"$EDITOR\" ]; then exec $EDITOR \"$1\"; fi\n"
        "if command -v sensible-editor >/dev/null 2>&1; then exec sensible-editor \"$1\"; fi\n"
        "exec vi \"$1\"\n";
    const char *const argv[] = {"sh", "-c", script, "pinctl-edit", path, NULL};
    posix_spawnattr_t attributes;
    int sys = posix_spawnattr_init(&attributes);

    if (sys != 0)
        return sys;
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &mask_before);
    sys = posix_spawn(pid, "/bin/sh", NULL, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    return sys;
}

bool editor_run(const char *path, struct pin_error *err)
{
    int status = 0, sys;
    pid_t pid;

    if ((sys = start(path, &pid)) != 0)
        return pin_error_set_sys(err, PIN_R_INTERNAL, sys, "/bin/sh");
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "cannot wait for the editor");
    if (editor_is_interrupted() && status == 0 && (caught == SIGINT || caught == SIGQUIT))
        caught = 0;
    if (status == 0 && caught != 0)
        return pin_error_set(err, PIN_R_INTERNAL,
                             "nothing was written: interrupted by a signal (%s)",
                             strsignal(caught));
    if (WIFSIGNALED(status))
        return pin_error_set(err, PIN_R_INTERNAL,
                             "nothing was written: the editor was ended by a signal (%s)",
                             strsignal(WTERMSIG(status)));
    return status == 0 ||
           pin_error_set(err, PIN_R_INTERNAL, "nothing was written: the editor failed (status %d)",
                         WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
