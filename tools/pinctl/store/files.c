/*
 * Locking and writing the files of a store.
 *
 * Nothing is written in place. A writer holds the lock, so a file under the one temporary name was
 * left by a pinctl that was killed.
 */
#include "store/files.h"

#include <pinning/instance.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_SECS  10
#define LOCK_STEP_MSECS 50

/* ---- the lock ---- */

/* pinctl does not write into a directory that the module would refuse. */
static bool check_directory(const char *path, struct pin_error *err)
{
    struct pin_store store;
    struct pin_store_handle handle;
    char *absolute = realpath(path, NULL);
    bool ok;

    if (absolute == NULL)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot open the pin store", path);
    ok = pin_store_init(&store, absolute, err);
    if (ok && (ok = pin_store_open(&store, &handle, err) == PIN_STORE_FOUND))
        pin_store_close(&handle);
    pin_store_clear(&store);
    free(absolute);
    return ok;
}

int pinctl_lock(const char *store, struct pin_error *err)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_MSECS * 1000 * 1000};
    int tries = LOCK_WAIT_SECS * 1000 / LOCK_STEP_MSECS;
    int dir;

    if (!check_directory(store, err))
        return -1;
    dir = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot open the pin store", store);
        return -1;
    }
    while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
        if ((errno == EWOULDBLOCK || errno == EINTR) && tries-- > 0) {
            nanosleep(&step, NULL);
            continue;
        }
        if (errno == EWOULDBLOCK)
            pin_error_set(err, PIN_R_STORE,
                          "%s: the directory has been locked for %d seconds, perhaps by another "
                          "pinctl (see lslocks); nothing was changed",
                          store, LOCK_WAIT_SECS);
        else
            pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot lock the directory", store);
        close(dir);
        return -1;
    }
    return dir;
}

void pinctl_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

/* ---- writing ---- */

static bool is_file_name(const char *name, struct pin_error *err)
{
    if (name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL)
        return true;
    return pin_error_set(err, PIN_R_INTERNAL, "\"%.64s\" cannot be the name of a file in a store",
                         name);
}

/* The name must be free or that of a regular file: a rename would replace a link, and leave the
 * file it leads to unchanged. */
static bool may_replace(int lock, const char *name, struct pin_error *err)
{
    struct stat st;

    if (fstatat(lock, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ||
               pin_error_set_sys(err, PIN_R_UNREADABLE, errno, "%s: cannot inspect the file", name);
    if (S_ISLNK(st.st_mode))
        return pin_error_set(err, PIN_R_UNREADABLE,
                             "%s is a link to a file that is kept elsewhere: change it there, or "
                             "remove the link first",
                             name);
    return S_ISREG(st.st_mode) ||
           pin_error_set(err, PIN_R_UNREADABLE, "%s is not a regular file: expected one", name);
}

int pinctl_write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno != EINTR)
            return errno;
        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
        }
    }
    return 0;
}

/* Returns 0 or an errno. */
static int fill(int fd, const char *text, size_t len)
{
    int sys = pinctl_write_all(fd, text, len);

    if (sys == 0 && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
        sys = errno;
    return sys;
}

bool pinctl_write(int lock, const char *name, const char *text, size_t len, struct pin_error *err)
{
    int fd, sys;

    if (!is_file_name(name, err) || !may_replace(lock, name, err))
        return false;
    if (unlinkat(lock, STORE_TEMPORARY, 0) != 0 && errno != ENOENT)
        return pin_error_set_sys(err, PIN_R_STORE, errno,
                                 "%s: cannot remove the old temporary file", STORE_TEMPORARY);
    fd = openat(lock, STORE_TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "cannot make a file in the store");
    sys = fill(fd, text, len);
    if (close(fd) != 0 && sys == 0)
        sys = errno;
    if (sys == 0 && renameat(lock, STORE_TEMPORARY, lock, name) != 0)
        sys = errno;
    if (sys != 0) {
        unlinkat(lock, STORE_TEMPORARY, 0);
        return pin_error_set_sys(err, PIN_R_STORE, sys, "%s could not be written and is unchanged",
                                 name);
    }
    (void)fsync(lock); /* the file is in place; some file systems cannot sync a directory */
    return true;
}

bool pinctl_remove(int lock, const char *name, struct pin_error *err)
{
    if (!is_file_name(name, err))
        return false;
    if (unlinkat(lock, name, 0) != 0)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "%s could not be removed", name);
    (void)fsync(lock);
    return true;
}
