/*
 * A check with the rights of another user (pinctl check --as USER).
 *
 * A child process with that user's rights opens the store, as USER's programs would. They need not
 * be able to list the directory, so the parent sends the names of files.
 */
#include "check/as.h"
#include "say/say.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include <pinning/error.h>
#include <stdio.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false; /* the child has ended: its exit status says why */
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

/* The buffer of names for the child, each with its NUL; an empty name ends a walk. */
struct sender {
    int fd;
    size_t len;
    char bytes[16384];
};

static bool send_name(void *arg, const char *name)
{
    struct sender *sender = arg;
    size_t len = strlen(name) + 1;

    if (sender->len + len > sizeof sender->bytes) {
        if (!write_all(sender->fd, sender->bytes, sender->len))
            return false;
        sender->len = 0;
    }
    memcpy(sender->bytes + sender->len, name, len);
    sender->len += len;
    return true;
}

static bool send_walks(int fd, const char *store, int walks, struct pin_error *err)
{
    struct sender sender = {.fd = fd};
    bool ok = true;

    for (int i = 0; i < walks; i++)
        ok = pinctl_walk(store, false, send_name, &sender, err) && send_name(&sender, "") && ok;
    (void)write_all(fd, sender.bytes, sender.len); /* as in send_name() */
    return ok;
}

bool check_walk(struct check *check, pinctl_each_file *each, void *arg, struct pin_error *err)
{
    static FILE *in;
    char *name = NULL;
    size_t size = 0;
    bool goes_on = true;

    if (check->names < 0)
        return pinctl_walk(check->store->path, false, each, arg, err);
    if (in == NULL && (in = fdopen(check->names, "r")) == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                                 "cannot read the names of files from the parent process");
    while (getdelim(&name, &size, '\0', in) > 0 && name[0] != '\0')
        goes_on = goes_on && each(arg, name);
    free(name);
    return true;
}

static bool take_rights_of(const struct passwd *user, struct pin_error *err)
{
    if ((geteuid() == user->pw_uid && getegid() == user->pw_gid && geteuid() != 0) ||
        (initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
         setuid(user->pw_uid) == 0))
        return true;
    return pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                             "--as %s: cannot take that user's rights; run it as root",
                             user->pw_name);
}

int check_as(struct check *check, check_run *run, int argc, char **argv)
{
    struct pin_error err = {.reason = PIN_OK};
    const struct passwd *user = getpwnam(check->user);
    int fds[2] = {-1, -1}, status = 0;
    char *store = user != NULL ? pinctl_store_path(check->ctl, &err) : NULL;
    pid_t child = -1;

    if (user == NULL)
        return pinctl_fail(check->ctl, "--as %s: there is no such user", check->user);
    if (store == NULL)
        return pinctl_fail(check->ctl, "%s", err.text);
    if (pipe(fds) != 0 || (child = fork()) < 0) {
        free(store);
        return pinctl_fail(check->ctl, "cannot start a process: %s", strerror(errno));
    }
    if (child == 0) {
        close(fds[1]);
        free(store);
        check->names = fds[0];
        status = take_rights_of(user, &err) ? run(check, argc, argv)
                                            : pinctl_fail(check->ctl, "%s", err.text);
        fflush(stdout);
        _exit(status);
    }
    close(fds[0]);
    bool ok = argc > 0 || send_walks(fds[1], store, check->is_live ? 2 : 1, &err);
    close(fds[1]);
    free(store);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    status = WIFEXITED(status) ? WEXITSTATUS(status) : PINCTL_CANNOT_SAY;
    return ok || status != PINCTL_FINE ? status : pinctl_fail(check->ctl, "%s", err.text);
}
