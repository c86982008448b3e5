/*
 * enabling.h - what pinctl enable adds to an openssl.cnf.
 *
 * It adds a file of its own, pinning.cnf, and two lines at the end of openssl.cnf: a comment and an
 * .include. That is enough for every file that OpenSSL can read, because a section that is opened a
 * second time is continued.
 */
#ifndef PINCTL_ENABLING_H
#define PINCTL_ENABLING_H

#include "opensslcnf/hostconf.h"
#include "opensslcnf/textfile.h"

/* The section of the module in pinning.cnf. */
#define ENABLING_SECTION "pinning_sect"

struct pinctl_enabling {
    const char *module; /* absolute path of the module */
    const char *pins;   /* absolute path of the store */
    bool guard;
    bool strict;
};

/* Can pinning.cnf be written for this openssl.cnf, and would it do no harm? False with *err. */
bool pinctl_enabling_check(const struct pinctl_hostconf *host, const struct pinctl_enabling *how,
                           struct pin_error *err);

/* Returns the text of pinning.cnf, to be included at the end of the file from which host was read.
 * NULL with *err, also if pinctl_enabling_check() fails. The caller frees. */
char *pinctl_enabling_text(const struct pinctl_hostconf *host, const struct pinctl_enabling *how,
                           struct pin_error *err);

/* Returns text with the lines added that an administrator wrote into the module's section of old, a
 * former pinning.cnf. NULL when out of memory; the caller frees. */
char *pinctl_enabling_keep(const char *text, const char *old);

/* Returns the text of openssl.cnf with the lines added that include the file own. NULL when out of
 * memory; the caller frees. */
char *pinctl_enabling_add(const struct pinctl_textfile *stock, const char *own);

/* Removes these lines, wherever they are, so that the rest is byte for byte what it was. False if
 * there are none. */
bool pinctl_enabling_remove(struct pinctl_textfile *stock);

#endif
