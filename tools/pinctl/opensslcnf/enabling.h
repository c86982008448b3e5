/*
 * enabling.h - what pinctl enable adds to an openssl.cnf.
 *
 * A file of its own, and two lines at the end of the stock file: a remark and an .include. Since
 * sections that are opened again grow, that is enough for every file that OpenSSL can read.
 */
#ifndef PINCTL_ENABLING_H
#define PINCTL_ENABLING_H

#include "opensslcnf/hostconf.h"

#include <pinning/store.h>

struct pinctl_enabling {
    const char *module; /* absolute path of pinning.so */
    const char *pins;   /* absolute path of the store */
    bool guard;
    bool strict;
};

/* The text of the own file, to be included at the end of what host was read from. NULL with *err if
 * it cannot be said in a file of its own; the caller frees. */
char *pinctl_enabling_text(const struct pinctl_hostconf *host, const struct pinctl_enabling *how,
                           struct pin_error *err);

/* The text, and what somebody wrote into [pinning_sect] of the old one beside our own lines. NULL
 * when out of memory; the caller frees. */
char *pinctl_enabling_keep(const char *text, const char *old);

/* The stock file with the lines that include own. NULL when out of memory; the caller frees. */
char *pinctl_enabling_add(const struct pin_text *stock, const char *own);

/* Takes the lines away, wherever they stand. False if there are none. */
bool pinctl_enabling_remove(struct pin_text *stock);

#endif
