/* openssl.cnf and what belongs to it, read and written whole. */
#include "opensslcnf/conffile.h"

#include <pinning/store.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool name_all(struct pinctl_conffile *files)
{
    char *copy = strdup(files->conf);
    bool ok = copy != NULL && asprintf(&files->own, "%s/pinning.cnf", dirname(copy)) > 0 &&
              asprintf(&files->off, "%s.disabled", files->own) > 0 &&
              asprintf(&files->pending, "%s.unconfirmed", files->own) > 0 &&
              asprintf(&files->backup, "%s.before-pinning", files->conf) > 0;

    free(copy);
    return ok;
}

static bool lock_directory(struct pinctl_conffile *files, struct pin_error *err)
{
    char *copy = strdup(files->conf);

    files->lock = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(copy);
    if (files->lock < 0)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s: cannot open its directory",
                                 files->conf);
    if (flock(files->lock, LOCK_EX | LOCK_NB) != 0)
        return pin_error_set(err, PIN_R_CONFIG, "%s: another pinctl is at work there", files->conf);
    return true;
}

bool pinctl_conffile_open(const char *conf, struct pinctl_conffile *out, struct pin_error *err)
{
    *out = (struct pinctl_conffile){.conf = realpath(conf, NULL), .lock = -1};
    if (out->conf == NULL)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s", conf);
    if (!name_all(out))
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    return lock_directory(out, err);
}

void pinctl_conffile_clear(struct pinctl_conffile *files)
{
    free(files->conf);
    free(files->own);
    free(files->off);
    free(files->backup);
    free(files->pending);
    if (files->lock >= 0)
        close(files->lock);
    *files = (struct pinctl_conffile){.lock = -1};
}

bool pinctl_conffile_read(const char *path, struct pin_text *out, struct pin_error *err)
{
    FILE *in = fopen(path, "re");
    bool ok;

    *out = (struct pin_text){.bytes = NULL};
    if (in == NULL)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s", path);
    out->bytes = malloc(PIN_FILE_MAX + 2);
    if (out->bytes != NULL)
        out->len = fread(out->bytes, 1, PIN_FILE_MAX + 1, in);
    if (out->bytes == NULL || ferror(in))
        ok = pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s: cannot read it", path);
    else if (out->len > PIN_FILE_MAX)
        ok = pin_error_set(err, PIN_R_CONFIG, "%s is too large, expected at most %d bytes", path,
                           PIN_FILE_MAX);
    else
        ok = true;
    fclose(in);
    if (!ok) {
        free(out->bytes);
        *out = (struct pin_text){.bytes = NULL};
        return false;
    }
    out->bytes[out->len] = '\0';
    return true;
}

static bool put(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

/* As the file that is to be replaced; its owner only where that is not ours already. */
static bool dress(int fd, const char *path)
{
    struct stat st, mine;

    if (stat(path, &st) != 0)
        return errno == ENOENT && fchmod(fd, 0644) == 0;
    if (fstat(fd, &mine) != 0)
        return false;
    if ((mine.st_uid != st.st_uid || mine.st_gid != st.st_gid) &&
        fchown(fd, st.st_uid, st.st_gid) != 0)
        return false;
    return fchmod(fd, st.st_mode & 07777) == 0;
}

static void sync_directory(const char *path)
{
    char *copy = strdup(path);
    int dir = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
    free(copy);
}

bool pinctl_conffile_write(const char *path, const char *bytes, size_t len, struct pin_error *err)
{
    char *temporary = NULL;
    int fd = -1, sys;

    if (asprintf(&temporary, "%s.pinctl-tmp", path) < 0)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    unlink(temporary); /* of a call that was killed; the lock says that nobody else writes it */
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && put(fd, bytes, len) && dress(fd, path) && fsync(fd) == 0 &&
        rename(temporary, path) == 0) {
        close(fd);
        free(temporary);
        sync_directory(path);
        return true;
    }
    sys = errno;
    if (fd >= 0) {
        close(fd);
        unlink(temporary);
    }
    free(temporary);
    return pin_error_set_sys(err, PIN_R_CONFIG, sys, "%s: cannot write it", path);
}
