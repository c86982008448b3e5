/* The scheduled end of a suspension. */
#include "store/suspension.h"

#include <pinning/error.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_SECS 60
#define ARGS_MAX  16

/* The command that ends the suspension, in argv form, perhaps after that of systemd-run. */
struct command {
    char self[PATH_MAX];
    const char *argv[ARGS_MAX];
    size_t count;
};

/* Appends it to what argv already contains. */
static bool add_self(struct command *command, const char *store, const char *what,
                     struct pin_error *err)
{
    ssize_t len = readlink("/proc/self/exe", command->self, sizeof command->self - 1);
    const char *const args[] = {
        command->self, "suspend", "--end", "--due", "--pins", store, what != NULL ? "--" : "--all",
        what,          NULL};

    if (len < 0)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "cannot read /proc/self/exe");
    command->self[len] = '\0';
    for (size_t i = 0; args[i] != NULL && command->count < ARGS_MAX - 1; i++)
        command->argv[command->count++] = args[i];
    return true;
}

/* Runs the command without output; true if its exit status is 0. */
static bool run(const struct command *command)
{
    posix_spawn_file_actions_t actions;
    int status = -1;
    pid_t pid;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    for (int fd = 0; fd <= 2; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    if (posix_spawnp(&pid, command->argv[0], &actions, NULL, (char *const *)command->argv,
                     environ) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&actions);
    return status == 0;
}

static bool by_systemd(const struct pinctl *ctl, const char *store, const char *what, time_t when,
                       struct pin_error *err)
{
    char seconds[48];
    struct command command = {
        .argv = {"systemd-run", "--quiet", "--collect", seconds, "--timer-property=AccuracySec=1s"},
        .count = 5};

    if (geteuid() != 0 || access("/run/systemd/system", F_OK) != 0)
        return false;
    snprintf(seconds, sizeof seconds, "--on-active=%llds", (long long)(when - ctl->now) + 1);
    return add_self(&command, store, what, err) && run(&command);
}

/* Reads the clock every minute, because it may be set, and the machine may be suspended. */
static void wait_and_run(const struct command *command, time_t when)
{
    time_t now;

    while ((now = time(NULL)) <= when)
        sleep(when - now < STEP_SECS ? (unsigned)(when - now) + 1 : STEP_SECS);
    execv("/proc/self/exe",
          (char *const *)command->argv); /* this binary, even if pinctl has been upgraded */
    _exit(1);
}

/* Closes all descriptors but keep, and leaves the current directory. */
static void leave_terminal(int keep)
{
    int null = open("/dev/null", O_RDWR);

    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    for (int fd = 3; fd < 1024; fd++)
        if (fd != keep)
            close(fd);
    if (chdir("/") != 0)
        _exit(1);
}

/* Starts a grandchild, so that no parent has to wait for it. It sends its process id over a pipe,
 * which proves that it started. Returns the id, or 0 with *err. */
static pid_t by_child(const struct command *command, time_t when, struct pin_error *err)
{
    int pipes[2];
    pid_t child, pid = 0;

    if (pipe2(pipes, O_CLOEXEC) != 0 || (child = fork()) < 0) {
        pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                          "cannot start the process that ends the suspension");
        return 0;
    }
    if (child == 0) {
        if (setsid() < 0 || (pid = fork()) != 0)
            _exit(pid < 0);
        leave_terminal(pipes[1]);
        pid = getpid();
        if (write(pipes[1], &pid, sizeof pid) != sizeof pid)
            _exit(1);
        close(pipes[1]);
        wait_and_run(command, when);
    }
    close(pipes[1]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (read(pipes[0], &pid, sizeof pid) != sizeof pid) {
        pin_error_set(err, PIN_R_INTERNAL, "the process that ends the suspension did not start");
        pid = 0;
    }
    close(pipes[0]);
    return pid;
}

bool suspension_schedule_end(const struct pinctl *ctl, const char *store, const char *what,
                             time_t when, char *how, size_t size, struct pin_error *err)
{
    struct command command = {.count = 0};
    pid_t pid;

    if (by_systemd(ctl, store, what, when, err)) {
        snprintf(how, size, "a timer of systemd");
        return true;
    }
    if (!add_self(&command, store, what, err) || (pid = by_child(&command, when, err)) == 0)
        return false;
    snprintf(how, size, "process %ld", (long)pid);
    return true;
}
