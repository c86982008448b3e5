/*
 * files.c - the store's files: whole or not at all.
 *
 * Nothing is ever written in place. Whoever writes holds the lock, so the one temporary name is
 * his: what stands under it was left by somebody who was killed.
 */
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <pinning/parse.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY          ".pinctl.tmp"
#define LOCK_PATIENCE_SECS 10
#define LOCK_STEP_MSECS    50

static bool is_ours(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "_store") == 0 ||
           strcmp(name, TEMPORARY) == 0;
}

/* ---- the walk ---- */

struct names {
    char **list;
    size_t count, capacity;
};

static bool keep_name(void *arg, const char *name)
{
    struct names *names = arg;

    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
        char **list = realloc(names->list, capacity * sizeof *list);
        if (list == NULL)
            return false;
        names->list = list;
        names->capacity = capacity;
    }
    names->list[names->count] = strdup(name);
    return names->list[names->count] != NULL && ++names->count > 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* *ended: each() has said so. */
static bool walk_as_it_is(const char *store, pinctl_each_file *each, void *arg, bool *ended,
                          struct pin_error *err)
{
    DIR *dir = opendir(store);
    const struct dirent *entry = NULL;
    bool ok = true;

    if (dir == NULL)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot open the pin store", store);
    while (!*ended && (errno = 0, entry = readdir(dir)) != NULL)
        *ended = !is_ours(entry->d_name) && !each(arg, entry->d_name);
    if (!*ended && errno != 0)
        ok = pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot read the directory", store);
    closedir(dir);
    return ok;
}

bool pinctl_walk(const char *store, bool sorted, pinctl_each_file *each, void *arg,
                 struct pin_error *err)
{
    struct names names = {0};
    bool ended = false;
    bool ok;

    if (!sorted)
        return walk_as_it_is(store, each, arg, &ended, err);
    ok = walk_as_it_is(store, keep_name, &names, &ended, err);
    if (ok && ended)
        ok = pin_error_set_sys(err, PIN_R_INTERNAL, ENOMEM, "%s", store);
    if (ok && names.count > 0)
        qsort(names.list, names.count, sizeof *names.list, by_bytes);
    for (size_t i = 0; ok && i < names.count && each(arg, names.list[i]);)
        i++;
    for (size_t i = 0; i < names.count; i++)
        free(names.list[i]);
    free(names.list);
    return ok;
}

/* ---- the lock ---- */

/* What the module would not believe, nobody should be writing into either. */
static bool judge_directory(const char *path, struct pin_error *err)
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
    int tries = LOCK_PATIENCE_SECS * 1000 / LOCK_STEP_MSECS;
    int dir;

    if (!judge_directory(store, err))
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
                          "%s: somebody has held the lock for %d seconds, another pinctl perhaps "
                          "(lslocks shows who); nothing was changed",
                          store, LOCK_PATIENCE_SECS);
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
    return pin_error_set(err, PIN_R_INTERNAL, "\"%.64s\" is no name of a file in a store", name);
}

/* What stands there now must be a file of its own, or nothing: a rename would put a file where a
 * link was, and leave what it leads to as it is. */
static bool may_replace(int lock, const char *name, struct pin_error *err)
{
    struct stat st;

    if (fstatat(lock, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ||
               pin_error_set_sys(err, PIN_R_UNREADABLE, errno, "%s: cannot look at the file", name);
    if (S_ISLNK(st.st_mode))
        return pin_error_set(err, PIN_R_UNREADABLE,
                             "%s is a link, and whoever made it keeps the file elsewhere: change "
                             "it there, or remove the link first",
                             name);
    return S_ISREG(st.st_mode) ||
           pin_error_set(err, PIN_R_UNREADABLE, "%s is no regular file, expected one", name);
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
    if (unlinkat(lock, TEMPORARY, 0) != 0 && errno != ENOENT)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "%s: cannot remove what was left there",
                                 TEMPORARY);
    fd = openat(lock, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return pin_error_set_sys(err, PIN_R_STORE, errno, "cannot make a file in the store");
    sys = fill(fd, text, len);
    if (close(fd) != 0 && sys == 0)
        sys = errno;
    if (sys == 0 && renameat(lock, TEMPORARY, lock, name) != 0)
        sys = errno;
    if (sys != 0) {
        unlinkat(lock, TEMPORARY, 0);
        return pin_error_set_sys(err, PIN_R_STORE, sys,
                                 "%s could not be written and stands as it was", name);
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

/* ---- reading ---- */

static bool can_look(const struct pin_instance *module, struct pin_error *err)
{
    return module->fault.reason == PIN_OK ||
           pin_error_set(err, module->fault.reason, "%s", module->fault.text);
}

/* NAME.pins as it stands, or _store for NULL. */
static enum pin_store_status read_text(const struct pin_instance *module, const char *name,
                                       struct pin_text *text, struct pin_error *err)
{
    struct pin_store_handle handle;
    enum pin_store_status answer;

    *text = (struct pin_text){0};
    if (!can_look(module, err))
        return PIN_STORE_ERROR;
    answer = pin_store_open(&module->pins, &handle, err);
    if (answer != PIN_STORE_FOUND)
        return answer;
    answer = name != NULL ? pin_store_read(&handle, name, text, err)
                          : pin_store_read_settings(&handle, text, err);
    pin_store_close(&handle);
    return answer;
}

enum pin_store_status pinctl_read(const struct pin_instance *module, const char *name,
                                  struct pin_policy *policy, struct pin_text *text,
                                  struct pin_error *err)
{
    enum pin_store_status answer = read_text(module, name, text, err);
    char file[512];

    *policy = (struct pin_policy){0};
    if (answer != PIN_STORE_FOUND)
        return answer;
    snprintf(file, sizeof file, "%s/%s.pins", module->pins.path, name);
    return pin_parse_policy(text->bytes, text->len, file, policy, err)
               ? PIN_STORE_FOUND
               : PIN_STORE_ERROR; /* with the text, for whoever mends it */
}

enum pin_store_status pinctl_read_store_settings(const struct pin_instance *module,
                                                 struct pin_store_settings *settings,
                                                 struct pin_text *text, struct pin_error *err)
{
    enum pin_store_status answer = read_text(module, NULL, text, err);
    char file[512];

    *settings = (struct pin_store_settings){.mode = PIN_MODE_ENFORCE};
    if (answer != PIN_STORE_FOUND)
        return answer;
    snprintf(file, sizeof file, "%s/_store", module->pins.path);
    return pin_parse_settings(text->bytes, text->len, file, settings, err) ? PIN_STORE_FOUND
                                                                           : PIN_STORE_ERROR;
}
