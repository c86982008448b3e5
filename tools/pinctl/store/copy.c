/* The copy of a file that an editor changes. */
#include "store/copy.h"

#include "store/files.h"

#include <pinning/limits.h>
#include <pinning/parse.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* True if path is the store or below it. */
static bool is_in_store(const char *path, const char *store)
{
    char *real = realpath(path, NULL), *real_store = realpath(store, NULL);
    size_t len = real_store != NULL ? strlen(real_store) : 0;
    bool is_in = real != NULL && len > 0 && strncmp(real, real_store, len) == 0 &&
                 (real[len] == '\0' || real[len] == '/');

    free(real);
    free(real_store);
    return is_in;
}

static const char *parent_directory(const char *store)
{
    const char *dir = secure_getenv("TMPDIR");

    return dir != NULL && dir[0] == '/' && !is_in_store(dir, store) ? dir : "/tmp";
}

static bool make_directory(struct pinctl_copy *copy, const char *store, struct pin_error *err)
{
    int len =
        snprintf(copy->dir, sizeof copy->dir, "%s/pinctl-edit-XXXXXX", parent_directory(store));
    bool ok = (size_t)len < sizeof copy->dir && mkdtemp(copy->dir) != NULL;

    if (!ok) {
        pin_error_set_sys(err, PIN_R_INTERNAL,
                          (size_t)len < sizeof copy->dir ? errno : ENAMETOOLONG,
                          "%s: cannot make a directory for the copy", copy->dir);
        copy->dir[0] = '\0';
        return false;
    }
    copy->dirfd = open(copy->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    ok = copy->dirfd >= 0 && fstat(copy->dirfd, &copy->dir_st) == 0;
    if (!ok)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "%s: cannot open it", copy->dir);
    return (copy->dir_st.st_uid == geteuid() && (copy->dir_st.st_mode & 077) == 0) ||
           pin_error_set(err, PIN_R_UNSAFE, "%s: it was replaced", copy->dir);
}

static bool make_file(struct pinctl_copy *copy, const char *name, const char *bytes, size_t len,
                      struct pin_error *err)
{
    int fd, sys;

    if ((size_t)snprintf(copy->path, sizeof copy->path, "%s/%s", copy->dir, name) >=
        sizeof copy->path)
        return pin_error_set(err, PIN_R_INTERNAL, "%s: the name is too long", name);
    fd = openat(copy->dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    sys = fd < 0 ? errno : pinctl_write_all(fd, bytes, len);
    if (fd >= 0 && close(fd) != 0 && sys == 0)
        sys = errno;
    return sys == 0 ||
           pin_error_set_sys(err, PIN_R_INTERNAL, sys, "%s: cannot write the copy", copy->path);
}

bool pinctl_copy_make(struct pinctl_copy *copy, const char *store, const char *name,
                      const char *bytes, size_t len, struct pin_error *err)
{
    *copy = (struct pinctl_copy){.dirfd = -1};
    if (make_directory(copy, store, err) && make_file(copy, name, bytes, len, err))
        return true;
    pinctl_copy_remove(copy);
    return false;
}

/* True if the path of the directory still leads to the one that was made. */
static bool is_same_directory(const struct pinctl_copy *copy, struct stat *st)
{
    return lstat(copy->dir, st) == 0 && st->st_dev == copy->dir_st.st_dev &&
           st->st_ino == copy->dir_st.st_ino;
}

static bool check_file(const struct pinctl_copy *copy, int fd, struct pin_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "nothing was written: %s", copy->path);
    if (!S_ISREG(st.st_mode))
        return pin_error_set(err, PIN_R_UNSAFE, "nothing was written: %s is not a regular file",
                             copy->path);
    if (st.st_uid != geteuid())
        return pin_error_set(err, PIN_R_UNSAFE,
                             "nothing was written: %s belongs to a different user (UID %lu)",
                             copy->path, (unsigned long)st.st_uid);
    return st.st_nlink == 1 ||
           pin_error_set(err, PIN_R_UNSAFE, "nothing was written: %s is a link to a different file",
                         copy->path);
}

static bool read_file(const struct pinctl_copy *copy, int fd, struct pin_text *out,
                      struct pin_error *err)
{
    char *bytes = malloc(PIN_FILE_MAX + 2);
    size_t len = 0;
    ssize_t got = -1;

    while (
        bytes != NULL && len <= PIN_FILE_MAX &&
        ((got = read(fd, bytes + len, PIN_FILE_MAX + 1 - len)) > 0 || (got < 0 && errno == EINTR)))
        len += got > 0 ? (size_t)got : 0;
    if (bytes == NULL || got < 0) {
        pin_error_set_sys(err, PIN_R_INTERNAL, errno, "%s: cannot read the copy", copy->path);
        free(bytes);
        return false;
    }
    bytes[len] = '\0';
    *out = (struct pin_text){bytes, len};
    return true;
}

bool pinctl_copy_read(const struct pinctl_copy *copy, struct pin_text *out, struct pin_error *err)
{
    const char *name = strrchr(copy->path, '/') + 1;
    struct stat st;
    int fd;
    bool ok;

    *out = (struct pin_text){.bytes = NULL};
    if (!is_same_directory(copy, &st) || st.st_uid != copy->dir_st.st_uid ||
        st.st_mode != copy->dir_st.st_mode)
        return pin_error_set(err, PIN_R_UNSAFE,
                             "nothing was written: the directory %s was changed or replaced",
                             copy->dir);
    /* Not blocking, because it may be a FIFO now. */
    fd = openat(copy->dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP)
        return pin_error_set(err, PIN_R_UNSAFE,
                             "nothing was written: %s is a link to a different file", copy->path);
    if (fd < 0)
        return pin_error_set_sys(err, PIN_R_UNREADABLE, errno, "nothing was written: %s",
                                 copy->path);
    ok = check_file(copy, fd, err) && read_file(copy, fd, out, err);
    close(fd);
    return ok;
}

void pinctl_copy_keep(struct pinctl_copy *copy)
{
    if (copy->dir[0] != '\0' && copy->dirfd >= 0)
        close(copy->dirfd);
    copy->dir[0] = copy->path[0] = '\0';
}

static void remove_files(struct pinctl_copy *copy)
{
    DIR *dir = fdopendir(copy->dirfd);

    if (dir == NULL)
        return;
    copy->dirfd = -1; /* closedir() closes it */
    (void)fchmod(dirfd(dir), 0700);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

void pinctl_copy_remove(struct pinctl_copy *copy)
{
    struct stat st;

    if (copy->dir[0] == '\0')
        return;
    if (copy->dirfd >= 0)
        remove_files(copy);
    if (is_same_directory(copy, &st))
        rmdir(copy->dir);
    pinctl_copy_keep(copy);
}
