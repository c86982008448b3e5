/*
 * copy.h - the copy of a file that an editor changes.
 *
 * The copy is in a directory of its own (mode 0700) in $TMPDIR or /tmp, because a file in a
 * directory of all users can be replaced by them while the editor runs.
 */
#ifndef PINCTL_COPY_H
#define PINCTL_COPY_H

#include <pinning/store.h>

#include <stdbool.h>
#include <sys/stat.h>

struct pinctl_copy {
    char dir[512]; /* "": there is none */
    char path[800];
    int dirfd;          /* owned */
    struct stat dir_st; /* as it was made */
};

/* Makes the directory, not below store, and in it the file name with these bytes (mode 0600). False
 * with *err: nothing is left of it. The caller calls pinctl_copy_remove() either way. */
bool pinctl_copy_make(struct pinctl_copy *copy, const char *store, const char *name,
                      const char *bytes, size_t len, struct pin_error *err);

/* Reads what an editor left, which may be a new file of that name. False with *err unless the
 * directory is still the one that was made, and the file is a regular file of this user without
 * other links. Reads one byte more than PIN_FILE_MAX, so that parse refuses a file that is too
 * long. The caller clears *out. */
bool pinctl_copy_read(const struct pinctl_copy *copy, struct pin_text *out, struct pin_error *err);

/* Removes the directory with all files in it, backup files of editors too. Does nothing to a zeroed
 * *copy. */
void pinctl_copy_remove(struct pinctl_copy *copy);

/* Closes the directory, and leaves it to the user. */
void pinctl_copy_keep(struct pinctl_copy *copy);

#endif
