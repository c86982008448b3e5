/*
 * conffile.h - the paths of openssl.cnf and the files that pinctl keeps beside it, and their lock.
 */
#ifndef PINCTL_CONFFILE_H
#define PINCTL_CONFFILE_H

#include <pinning/error.h>
#include <stdbool.h>

/* The caller frees with pinctl_conffile_clear(). */
struct pinctl_conffile {
    char *conf;    /* the real path of openssl.cnf, links followed */
    char *own;     /* pinning.cnf in the same directory: what pinctl enable adds */
    char *off;     /* where pinctl disable moves pinning.cnf */
    char *backup;  /* openssl.cnf as it was before pinctl enable */
    char *pending; /* exists until pinctl enable --confirmed */
    int lock;      /* a descriptor of the directory, which is locked; -1: none */
};

/* Fills in the paths and locks the directory, so that no other pinctl works there. False with
 * *err; *out must be cleared also then. */
bool pinctl_conffile_open(const char *conf, struct pinctl_conffile *out, struct pin_error *err);
void pinctl_conffile_clear(struct pinctl_conffile *files);

#endif
