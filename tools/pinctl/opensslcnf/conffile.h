/*
 * conffile.h - openssl.cnf and what belongs to it, read and written whole.
 */
#ifndef PINCTL_CONFFILE_H
#define PINCTL_CONFFILE_H

#include <pinning/error.h>
#include <pinning/store.h>
#include <stdbool.h>

/* The files of one openssl.cnf; the caller frees with pinctl_conffile_clear(). */
struct pinctl_conffile {
    char *conf;    /* its real path, links followed */
    char *own;     /* pinning.cnf in the same directory: what pinctl enable adds */
    char *off;     /* the same after pinctl disable */
    char *backup;  /* conf before pinctl enable */
    char *pending; /* stands there until pinctl enable --confirmed */
    int lock;      /* on the directory */
};

/* Names them and locks out other pinctl. False with *err. */
bool pinctl_conffile_open(const char *conf, struct pinctl_conffile *out, struct pin_error *err);
void pinctl_conffile_clear(struct pinctl_conffile *files);

/* Reads a file of at most PIN_FILE_MAX bytes. False with *err; err->sys is ENOENT if there is
 * none. */
bool pinctl_conffile_read(const char *path, struct pin_text *out, struct pin_error *err);

/* Writes it whole or not at all: a temporary file beside it (under the lock, or in a directory of
 * one's own), fsync, rename. Owner, group and mode
 * are those of the file that stands there, else of root's making and 0644. False with *err. */
bool pinctl_conffile_write(const char *path, const char *bytes, size_t len, struct pin_error *err);

#endif
