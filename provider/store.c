/*
 * store.c - what is written for that name? Here: the way into the directory, also from a chroot.
 */
#include <pinning/store.h>

#include "store_inside.h"

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

/* Above what programs count on getting (the first few numbers), below what select(2) can take. */
#define CLONE_MIN 500

static struct pin_place place_of(const struct stat *st)
{
    return (struct pin_place){.dev = st->st_dev, .ino = st->st_ino};
}

static bool same_place(const struct pin_place *a, const struct pin_place *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}

/* Programs close descriptors they did not open and get the numbers again for other things. */
static bool clone_is_ours(const struct pin_store *store)
{
    struct stat st;
    struct pin_place place;

    if (store->clone < 0 || fstat(store->clone, &st) != 0)
        return false;
    place = place_of(&st);
    return same_place(&place, &store->clone_place);
}

static int open_tree_clone(const char *path)
{
#ifdef SYS_open_tree
    /* Recursive: files and directories mounted onto those of the store belong to it, and what lies
     * below such a mount may be an empty _store. */
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
    int min = CLONE_MIN;
    int up;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= CLONE_MIN)
        min = (int)(limit.rlim_cur - limit.rlim_cur / 4);
    up = fcntl(fd, F_DUPFD_CLOEXEC, min);
    close(fd);
    return up;
}

/* Without a clone the same path inside the chroot has to do, so no failure here is one. A seccomp
 * filter may kill the process for the attempt (systemd's SystemCallFilter= does, and
 * @system-service lacks open_tree): a process that has one is not put to the test. */
static void take_clone(struct pin_store *store)
{
    struct stat st;
    int fd;

    if (geteuid() != 0 || pin_store_filtered())
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
    store->clone = fd;
    store->clone_place = place_of(&st);
}

bool pin_store_init(struct pin_store *out, const char *path, struct pin_error *err)
{
    struct stat st;

    *out = (struct pin_store){.clone = -1};
    if (path == NULL || path[0] != '/')
        return pin_error_set(err, PIN_R_CONFIG, "expected an absolute path, not \"%s\"",
                             path != NULL ? path : "");
    out->path = strdup(path);
    if (out->path == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, ENOMEM, "%s", path);
    out->set_id = getauxval(AT_SECURE) != 0;
    if (stat("/", &st) == 0) {
        out->root_known = true;
        out->root = place_of(&st);
    }
    take_clone(out);
    return true;
}

void pin_store_clear(struct pin_store *store)
{
    if (store == NULL)
        return;
    if (clone_is_ours(store))
        close(store->clone);
    free(store->path);
    *store = (struct pin_store){.clone = -1};
}

/* Returns a descriptor of the directory, or -1 with the error set. */
static int open_dir(const struct pin_store *store, struct pin_error *err)
{
    struct stat st;
    struct pin_place root;
    bool moved;
    int fd;

    if (stat("/", &st) != 0) {
        pin_error_set_sys(err, PIN_R_STORE, errno,
                          "%s: cannot tell whether this process is in a chroot", store->path);
        return -1;
    }
    root = place_of(&st);
    moved = store->root_known && !same_place(&root, &store->root);
    if (moved && clone_is_ours(store))
        fd = pin_store_open(store->clone, ".", O_PATH | O_DIRECTORY);
    else
        fd = pin_store_open(AT_FDCWD, store->path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot open the pin store%s", store->path,
                          moved ? " (this process is in a chroot: is there a copy in it?)" : "");
    return fd;
}

enum pin_answer pin_store_enter(const struct pin_store *store, struct pin_visit *visit,
                                struct pin_error *err)
{
    struct stat st;

    *visit = (struct pin_visit){.store = store, .dir = -1};
    visit->dir = open_dir(store, err);
    if (visit->dir < 0)
        return PIN_STORE_ERROR;
    if (fstat(visit->dir, &st) != 0) {
        pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot read owner and mode", store->path);
        pin_store_leave(visit);
        return PIN_STORE_ERROR;
    }
    if (!pin_store_safe(store, NULL, visit->dir, &st, err)) {
        pin_store_leave(visit);
        return PIN_STORE_UNSAFE;
    }
    return PIN_STORE_FOUND;
}

void pin_store_leave(struct pin_visit *visit)
{
    if (visit->dir >= 0)
        close(visit->dir);
    visit->dir = -1;
}
