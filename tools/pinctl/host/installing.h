/*
 * installing.h - installation of the files of pinctl enable, all of them or none.
 */
#ifndef PINCTL_INSTALLING_H
#define PINCTL_INSTALLING_H

#include "opensslcnf/conffile.h"
#include "opensslcnf/textfile.h"

struct pinctl_install {
    const struct pinctl_conffile *files;
    const char *name; /* OPENSSL_CONF of the programs in the self-test; NULL: unchanged */
    const char *module;
    const struct pinctl_textfile *stock; /* openssl.cnf without our lines */
    bool enabled_before;                 /* openssl.cnf contained our lines already */
    const char *own, *conf;              /* the new pinning.cnf and openssl.cnf */
    unsigned confirm_in_secs;            /* 0: no confirmation is needed */
    bool incomplete; /* set by pinctl_install(): it failed, and reverting failed too */
};

/* Do both files have their new content already? */
bool pinctl_is_installed(const struct pinctl_install *in);

/* Writes the files and runs the self-test. False with *err: if a file could not be written,
 * openssl.cnf is unchanged; if the self-test failed, pinning is disabled again. If even that
 * failed, *err says so and in->incomplete is set. */
bool pinctl_install(struct pinctl_install *in, struct pin_error *err);

#endif
