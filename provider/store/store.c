/* store.c - the directory of the store: opened and closed, also in a chroot. */
#include <pinning/store.h>

#include "internal.h"

#include <pinning/proc.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* Above the numbers that programs expect to get, below FD_SETSIZE of select(2). */
#define MOUNT_FD_MIN 500

static struct pin_file_id file_id_of(const struct stat *st)
{
    return (struct pin_file_id){.dev = st->st_dev, .ino = st->st_ino};
}

static bool same_file_id(const struct pin_file_id *a, const struct pin_file_id *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}

/* Is the descriptor still ours? Programs close descriptors that they did not open, and the numbers
 * are then used again. */
static bool mount_is_ours(const struct pin_store *store)
{
    struct stat st;
    struct pin_file_id file_id;

    if (store->mount < 0 || fstat(store->mount, &st) != 0)
        return false;
    file_id = file_id_of(&st);
    return same_file_id(&file_id, &store->mount_id);
}

static int open_tree_clone(const char *path)
{
#ifdef SYS_open_tree
    /* Recursive, because files may be mounted into the store, and below such a mount there may be
     * an empty _store. */
    return (int)syscall(SYS_open_tree, AT_FDCWD, path,
                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
#else
    (void)path;
    return -1;
#endif
}

static int move_up(int fd)
{
    struct rlimit limit;
    int min = MOUNT_FD_MIN;
    int up;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= MOUNT_FD_MIN)
        min = (int)(limit.rlim_cur - limit.rlim_cur / 4);
    up = fcntl(fd, F_DUPFD_CLOEXEC, min);
    close(fd);
    return up;
}

/* Keeps a detached mount of the directory for use in a chroot. Failures are ignored, because the
 * same path inside the chroot is used instead. A process with a seccomp filter does not try: the
 * filter may kill it for open_tree(2), which is not in systemd's @system-service. */
static void take_mount(struct pin_store *store)
{
    struct stat st;
    int fd;

    if (geteuid() != 0 || pin_proc_has_seccomp())
        return;
    fd = open_tree_clone(store->path);
    if (fd >= 0)
        fd = move_up(fd);
    if (fd < 0)
        return;
    if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) {
        close(fd);
        return;
    }
    store->mount = fd;
    store->mount_id = file_id_of(&st);
}

bool pin_store_init(struct pin_store *out, const char *path, struct pin_error *err)
{
    struct stat st;

    *out = (struct pin_store){.mount = -1};
    if (path == NULL || path[0] != '/')
        return pin_error_set(err, PIN_R_CONFIG, "expected an absolute path, not \"%s\"",
                             path != NULL ? path : "");
    out->path = strdup(path);
    if (out->path == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, ENOMEM, "%s", path);
    out->set_id = getauxval(AT_SECURE) != 0;
    if (stat("/", &st) == 0) {
        out->root_known = true;
        out->root = file_id_of(&st);
    }
    take_mount(out);
    return true;
}

void pin_store_clear(struct pin_store *store)
{
    if (store == NULL)
        return;
    if (store->path != NULL && mount_is_ours(store)) /* a zeroed store has no descriptor 0 */
        close(store->mount);
    free(store->path);
    *store = (struct pin_store){.mount = -1};
}

/* Opens the directory. Returns a descriptor, or -1 with the error set. */
static int open_dir(const struct pin_store *store, struct pin_error *err)
{
    struct stat st;
    struct pin_file_id root;
    bool in_chroot;
    int fd;

    if (stat("/", &st) != 0) {
        pin_error_set_sys(err, PIN_R_STORE, errno,
                          "%s: cannot tell whether this process is in a chroot", store->path);
        return -1;
    }
    root = file_id_of(&st);
    in_chroot = store->root_known && !same_file_id(&root, &store->root);
    if (in_chroot && mount_is_ours(store))
        fd = pin_store_openat(store->mount, ".", O_PATH | O_DIRECTORY);
    else
        fd = pin_store_openat(AT_FDCWD, store->path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot open the pin store%s", store->path,
                          in_chroot ? " (this process is in a chroot: is there a copy in it?)"
                                    : "");
    return fd;
}

enum pin_store_status pin_store_open(const struct pin_store *store, struct pin_store_handle *handle,
                                     struct pin_error *err)
{
    struct stat st;

    *handle = (struct pin_store_handle){.store = store, .dir = -1};
    handle->dir = open_dir(store, err);
    if (handle->dir < 0)
        return PIN_STORE_ERROR;
    if (fstat(handle->dir, &st) != 0) {
        pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot read owner and mode", store->path);
        pin_store_close(handle);
        return PIN_STORE_ERROR;
    }
    if (!pin_store_is_trusted(store, NULL, handle->dir, &st, err)) {
        pin_store_close(handle);
        return PIN_STORE_UNSAFE;
    }
    return PIN_STORE_FOUND;
}

void pin_store_close(struct pin_store_handle *handle)
{
    if (handle->dir >= 0)
        close(handle->dir);
    handle->dir = -1;
}
