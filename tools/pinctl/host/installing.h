/*
 * installing.h - putting in place what pinctl enable made, or nothing of it.
 */
#ifndef PINCTL_INSTALLING_H
#define PINCTL_INSTALLING_H

#include "opensslcnf/conffile.h"

#include <pinning/store.h>

struct pinctl_install {
    const struct pinctl_conffile *files;
    const char *name; /* of openssl.cnf, as programs are told; NULL: the usual one */
    const char *module;
    const struct pin_text *stock; /* openssl.cnf without what is ours */
    bool ours;                    /* it holds something of ours */
    const char *own, *conf;       /* what is to stand in pinning.cnf and openssl.cnf */
    unsigned confirm_in_secs;     /* 0: it needs no confirmation */
};

bool pinctl_is_installed(const struct pinctl_install *in);

/* Writes the files and tries the result. False with *err: openssl.cnf says what it said before, or,
 * where the new one fails in its place, enables nothing. */
bool pinctl_install(const struct pinctl_install *in, struct pin_error *err);

#endif
