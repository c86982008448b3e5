/*
 * textfile.h - text files outside the store (openssl.cnf, pinning.cnf, logs), read and written
 * whole.
 */
#ifndef PINCTL_TEXTFILE_H
#define PINCTL_TEXTFILE_H

#include <pinning/error.h>
#include <stdbool.h>
#include <stddef.h>

/* The largest file that is read, in bytes. */
#define TEXTFILE_MAX (1024 * 1024)

struct pinctl_textfile {
    char *bytes; /* owned, ends with a NUL that len does not count; NULL: nothing was read */
    size_t len;
};
void pinctl_textfile_clear(struct pinctl_textfile *text);

/* Reads a file of at most TEXTFILE_MAX bytes. False with *err; err->sys is ENOENT if there is no
 * such file. *out can be cleared in both cases. */
bool pinctl_textfile_read(const char *path, struct pinctl_textfile *out, struct pin_error *err);

/* Does the file consist of exactly these bytes? False also if it cannot be read. */
bool pinctl_textfile_equals(const char *path, const char *bytes, size_t len);

/* Writes the file whole or not at all: a temporary file beside it, fsync, rename. The caller holds
 * the lock of its directory, or owns the directory. Owner, group and mode are those of the file
 * that is replaced; a new file has mode 0644. False with *err: the old file is unchanged. */
bool pinctl_textfile_write(const char *path, const char *bytes, size_t len, struct pin_error *err);

#endif
