/* Text files outside the store, read and written whole. */
#include "opensslcnf/textfile.h"

#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void pinctl_textfile_clear(struct pinctl_textfile *text)
{
    free(text->bytes);
    *text = (struct pinctl_textfile){.bytes = NULL};
}

bool pinctl_textfile_read(const char *path, struct pinctl_textfile *out, struct pin_error *err)
{
    FILE *in = fopen(path, "re");
    bool ok;

    *out = (struct pinctl_textfile){.bytes = NULL};
    if (in == NULL)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s", path);
    out->bytes = malloc(TEXTFILE_MAX + 2);
    if (out->bytes != NULL)
        out->len = fread(out->bytes, 1, TEXTFILE_MAX + 1, in);
    if (out->bytes == NULL || ferror(in))
        ok = pin_error_set_sys(err, PIN_R_CONFIG, errno, "%s: cannot read it", path);
    else if (out->len > TEXTFILE_MAX)
        ok = pin_error_set(err, PIN_R_CONFIG, "%s is too large: expected at most %d bytes", path,
                           TEXTFILE_MAX);
    else
        ok = true;
    fclose(in);
    if (!ok) {
        pinctl_textfile_clear(out);
        return false;
    }
    out->bytes[out->len] = '\0';
    return true;
}

bool pinctl_textfile_equals(const char *path, const char *bytes, size_t len)
{
    struct pin_error ignored = {.reason = PIN_OK};
    struct pinctl_textfile text;
    bool same = pinctl_textfile_read(path, &text, &ignored) && text.len == len &&
                memcmp(text.bytes, bytes, len) == 0;

    pinctl_textfile_clear(&text);
    return same;
}

/* Gives the new file the mode and owner of the old one. The owner is changed only where it differs,
 * because that needs a privilege. Returns 0 or an errno. */
static int copy_attributes(int fd, const char *path)
{
    struct stat old, new;

    if (stat(path, &old) != 0)
        return errno != ENOENT || fchmod(fd, 0644) != 0 ? errno : 0;
    if (fstat(fd, &new) != 0)
        return errno;
    if ((new.st_uid != old.st_uid || new.st_gid != old.st_gid) &&
        fchown(fd, old.st_uid, old.st_gid) != 0)
        return errno;
    return fchmod(fd, old.st_mode & 07777) == 0 ? 0 : errno;
}

/* The file is complete and in place: some file systems cannot sync a directory, so a failure is
 * ignored. */
static void sync_directory(const char *path)
{
    char *copy = strdup(path);
    int dir = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (dir >= 0) {
        (void)fsync(dir);
        close(dir);
    }
    free(copy);
}

/* Returns 0 or an errno. */
static int fill(int fd, const char *path, const char *bytes, size_t len)
{
    int sys = pinctl_write_all(fd, bytes, len);

    if (sys == 0)
        sys = copy_attributes(fd, path);
    return sys != 0 || fsync(fd) == 0 ? sys : errno;
}

bool pinctl_textfile_write(const char *path, const char *bytes, size_t len, struct pin_error *err)
{
    char *temporary = NULL;
    int fd, sys;

    if (asprintf(&temporary, "%s.pinctl-tmp", path) < 0)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    /* Left by a pinctl that was killed: because of the lock, no other process writes it now. */
    unlink(temporary);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    sys = fd >= 0 ? fill(fd, path, bytes, len) : errno;
    if (fd >= 0 && close(fd) != 0 && sys == 0)
        sys = errno;
    if (sys == 0 && rename(temporary, path) != 0)
        sys = errno;
    if (fd >= 0 && sys != 0)
        unlink(temporary);
    free(temporary);
    if (sys != 0)
        return pin_error_set_sys(err, PIN_R_CONFIG, sys, "%s: cannot write it", path);
    sync_directory(path);
    return true;
}
