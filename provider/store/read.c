/*
 * read.c - reading one file of the store.
 *
 * Every failure is an error, and so a refusal. NONE is returned in one place, in open_file().
 */
#include "internal.h"

#include <pinning/str.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Larger than most pin files, so that one allocation is enough. */
#define TEXT_MIN 512

/* The reason codes to report for a file. */
struct error_reasons {
    enum pin_reason unreadable;
    enum pin_reason too_large;
};

void pin_text_clear(struct pin_text *text)
{
    if (text == NULL)
        return;
    free(text->bytes);
    *text = (struct pin_text){0};
}

int pin_store_openat(int dir, const char *path, int flags)
{
    int fd;

    do {
        fd = openat(dir, path, flags | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Opens a file of the store. Returns FOUND, and the caller closes *fd; NONE; or ERROR. */
static enum pin_store_status open_file(const struct pin_store_handle *handle, const char *file,
                                       enum pin_reason unreadable, int *fd, struct pin_error *err)
{
    const char *path = handle->store->path;
    struct stat st;

    /* Twice, because the file may have been created between the two calls. */
    for (int i = 0; i < 2; i++) {
        /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
        *fd = pin_store_openat(handle->dir, file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (*fd >= 0)
            return PIN_STORE_FOUND;
        if (errno == ENOENT) {
            if (fstatat(handle->dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0)
                continue;
            if (errno == ENOENT)
                return PIN_STORE_NONE;
        }
        pin_error_set_sys(err, unreadable, errno, "%s/%s: cannot open the file", path, file);
        return PIN_STORE_ERROR;
    }
    pin_error_set(err, unreadable,
                  "%s/%s is a link to a file that does not exist; remove the link if nothing is "
                  "meant to be there",
                  path, file);
    return PIN_STORE_ERROR;
}

/* Reads to the end of the file; size is its length by fstat(2). Returns 0, or an errno: EFBIG if it
 * is larger than PIN_FILE_MAX; ESTALE if it is shorter than size, because the part that is missing
 * may be the line that refuses the peer. */
static int read_all(int fd, off_t size, struct pin_text *out)
{
    size_t capacity = 0; /* without the NUL */
    size_t len = 0;

    if (size > PIN_FILE_MAX)
        return EFBIG;
    for (;;) {
        ssize_t got;

        if (len == capacity) {
            size_t more = capacity > 0      ? capacity * 2
                          : size < TEXT_MIN ? TEXT_MIN
                                            : (size_t)size + 1;
            char *bytes;

            if (more > PIN_FILE_MAX + 1)
                more = PIN_FILE_MAX + 1;
            bytes = realloc(out->bytes, more + 1);
            if (bytes == NULL)
                return ENOMEM;
            out->bytes = bytes;
            capacity = more;
        }
        got = read(fd, out->bytes + len, capacity - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        len += (size_t)got;
        if (len > PIN_FILE_MAX)
            return EFBIG;
        if ((off_t)len == size && len < capacity) /* read(2) had space for more */
            break;
    }
    if ((off_t)len < size)
        return ESTALE;
    out->bytes[len] = '\0';
    out->len = len;
    return 0;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode) ? "a directory" : S_ISFIFO(mode) ? "a FIFO" : "a device";
}

/* Checks the open descriptor, and reads it. */
static enum pin_store_status read_open(const struct pin_store_handle *handle, const char *file,
                                       int fd, struct error_reasons reasons, struct pin_text *out,
                                       struct pin_error *err)
{
    const char *path = handle->store->path;
    struct stat st;
    int sys;

    if (fstat(fd, &st) != 0) {
        pin_error_set_sys(err, reasons.unreadable, errno, "%s/%s: cannot read owner and mode", path,
                          file);
        return PIN_STORE_ERROR;
    }
    if (!S_ISREG(st.st_mode)) {
        pin_error_set(err, reasons.unreadable, "%s/%s is %s, expected a file", path, file,
                      kind_of(st.st_mode));
        return PIN_STORE_ERROR;
    }
    if (!pin_store_is_trusted(handle->store, file, fd, &st, err))
        return PIN_STORE_UNSAFE;
    sys = read_all(fd, st.st_size, out);
    if (sys == 0)
        return PIN_STORE_FOUND;
    pin_text_clear(out);
    if (sys == EFBIG)
        pin_error_set(err, reasons.too_large, "%s/%s is too large, expected at most %d bytes", path,
                      file, PIN_FILE_MAX);
    else if (sys == ESTALE)
        pin_error_set(err, reasons.unreadable,
                      "%s/%s became shorter while it was read; replace files by renaming others",
                      path, file);
    else
        pin_error_set_sys(err, sys == ENOMEM ? PIN_R_INTERNAL : reasons.unreadable, sys,
                          "%s/%s: cannot read the file", path, file);
    return PIN_STORE_ERROR;
}

static enum pin_store_status read_file(const struct pin_store_handle *handle, const char *file,
                                       struct error_reasons reasons, struct pin_text *out,
                                       struct pin_error *err)
{
    enum pin_store_status status;
    int fd;

    status = open_file(handle, file, reasons.unreadable, &fd, err);
    if (status != PIN_STORE_FOUND)
        return status;
    status = read_open(handle, file, fd, reasons, out, err);
    close(fd);
    return status;
}

enum pin_store_status pin_store_read_settings(const struct pin_store_handle *handle,
                                              struct pin_text *out, struct pin_error *err)
{
    const struct error_reasons reasons = {.unreadable = PIN_R_STORE, .too_large = PIN_R_NO_STORE};
    const char *path = handle->store->path;
    enum pin_store_status status;

    *out = (struct pin_text){0};
    status = read_file(handle, "_store", reasons, out, err);
    if (status != PIN_STORE_NONE)
        return status;
    pin_error_set(
        err, PIN_R_NO_STORE,
        "%s does not contain _store: is it the pin store, and is it mounted? If it is, create "
        "the file: touch %s/_store",
        path, path);
    return PIN_STORE_ERROR;
}

enum pin_store_status pin_store_read(const struct pin_store_handle *handle, const char *name,
                                     struct pin_text *out, struct pin_error *err)
{
    const struct error_reasons reasons = {.unreadable = PIN_R_UNREADABLE,
                                          .too_large = PIN_R_SYNTAX};
    char file[PIN_STORE_NAME_MAX + sizeof(".pins")];

    *out = (struct pin_text){0};
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        pin_error_set(err, PIN_R_INTERNAL, "\"%.64s\" is not the name of a pin file", name);
        return PIN_STORE_ERROR;
    }
    if (strlen(name) > PIN_STORE_NAME_MAX)
        return PIN_STORE_NONE;
    pin_str_join(file, sizeof file, name, ".pins");
    return read_file(handle, file, reasons, out, err);
}
