/* Running other programs. */
#include "host/run.h"

#include <pinning/error.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noreturn)) static void execute(const struct pinctl_run *run, int out)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (run->no_input && null >= 0)
        dup2(null, STDIN_FILENO);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
    if (run->to_stderr)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    if (run->conf != NULL && setenv("OPENSSL_CONF", run->conf, 1) != 0)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    alarm(run->secs); /* stays set when the program is executed */
    execvp(run->argv[0], (char *const *)run->argv);
    _exit(127);
}

/* Keeps what fits, and reads the rest too, because otherwise the child would block. */
static void read_output(int from, char *output, size_t size)
{
    char bytes[4096];
    size_t used = 0;
    ssize_t got;

    while ((got = read(from, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)) {
        size_t len = got > 0 ? (size_t)got : 0;
        len = len < size - 1 - used ? len : size - 1 - used;
        memcpy(output + used, bytes, len);
        used += len;
    }
    output[used] = '\0';
}

int pinctl_run(const struct pinctl_run *run, struct pin_error *err)
{
    int ends[2] = {-1, -1};
    int status;
    pid_t child;

    if (run->output != NULL && pipe2(ends, O_CLOEXEC) != 0) {
        pin_error_set_sys(err, PIN_R_INTERNAL, errno, "cannot make a pipe");
        return -1;
    }
    child = fork();
    if (child == 0)
        execute(run, ends[1]);
    if (ends[1] >= 0)
        close(ends[1]);
    if (child > 0 && run->output != NULL)
        read_output(ends[0], run->output, run->size);
    if (ends[0] >= 0)
        close(ends[0]);
    if (child < 0) {
        pin_error_set_sys(err, PIN_R_INTERNAL, errno, "cannot start %s", run->argv[0]);
        return -1;
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            pin_error_set_sys(err, PIN_R_INTERNAL, errno, "cannot wait for %s", run->argv[0]);
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
