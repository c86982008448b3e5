/*
 * trust.c - owner and mode of the store and its files.
 *
 * If the kernel does not give the facts (no /proc, an error), the file is not trusted.
 */
#include "internal.h"

#include <pinning/proc.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The uid that stands for every uid that a user namespace does not map. A sysctl can change the
 * number; such stores are then refused. */
#define OVERFLOW_UID 65534

/* Does the user namespace of this process map the uid? True also if that cannot be determined. */
static bool uid_is_mapped(unsigned long uid)
{
    char map[12 * 1024]; /* the kernel's maximum: 340 lines of three numbers */
    char *line;
    char *next;

    if (!pin_proc_read("/proc/self/uid_map", map, sizeof(map)))
        return true;
    for (line = map; *line != '\0'; line = next) {
        unsigned long first;
        unsigned long count;

        next = line + strcspn(line, "\n");
        if (*next != '\0')
            *next++ = '\0';
        if (sscanf(line, "%lu %*u %lu", &first, &count) != 2)
            return true;
        if (uid >= first && uid - first < count)
            return true;
    }
    return false;
}

static bool on_read_only_mount(int fd)
{
    struct statvfs fs;

    return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

static bool report_writable(const char *path, mode_t mode, struct pin_error *err)
{
    bool group = (mode & S_IWGRP) != 0;
    bool other = (mode & S_IWOTH) != 0;
    const char *users = group && other ? "group and others" : group ? "group" : "others";
    const char *fix = group && other ? "go-w" : group ? "g-w" : "o-w";

    return pin_error_set(err, PIN_R_UNSAFE,
                         "%s is writable by %s (mode %04o), expected only by its owner: "
                         "chmod %s %s",
                         path, users, (unsigned)(mode & 07777), fix, path);
}

static bool report_owner(const char *path, uid_t owner, bool set_id, struct pin_error *err)
{
    if (set_id)
        return pin_error_set(err, PIN_R_UNSAFE,
                             "%s belongs to uid %lu, expected root because this program has more "
                             "rights than its caller: chown root %s",
                             path, (unsigned long)owner, path);
    return pin_error_set(err, PIN_R_UNSAFE,
                         "%s belongs to uid %lu, expected root or uid %lu of this program: "
                         "chown root %s",
                         path, (unsigned long)owner, (unsigned long)geteuid(), path);
}

bool pin_store_is_trusted(const struct pin_store *store, const char *file, int fd,
                          const struct stat *st, struct pin_error *err)
{
    bool writable = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    bool foreign = st->st_uid != 0 && (store->set_id || st->st_uid != geteuid());
    char path[sizeof(err->text)];

    /* Kubernetes mounts ConfigMaps as 0777, but read-only, so that no user can write them. */
    if ((!writable && !foreign) || on_read_only_mount(fd))
        return true;
    if (foreign && st->st_uid == OVERFLOW_UID && !uid_is_mapped(OVERFLOW_UID))
        foreign = false;
    if (!writable && !foreign)
        return true;
    snprintf(path, sizeof(path), "%s%s%s", store->path, file != NULL ? "/" : "",
             file != NULL ? file : "");
    return writable ? report_writable(path, st->st_mode, err)
                    : report_owner(path, st->st_uid, store->set_id, err);
}
