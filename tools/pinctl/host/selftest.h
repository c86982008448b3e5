/*
 * selftest.h - the test of a new openssl.cnf before it is installed, because a mistake in that file
 * locks administrators out of ssh.
 */
#ifndef PINCTL_SELFTEST_H
#define PINCTL_SELFTEST_H

#include "opensslcnf/enabling.h"

/* Runs programs with stock, to which an .include of own is added, in a temporary directory. With
 * guard or strict it runs them also without the module, to check that they fail as intended. False
 * with *err: what failed and how. */
bool pinctl_selftest(const struct pinctl_textfile *stock, const char *own,
                     const struct pinctl_enabling *how, struct pin_error *err);

/* The same programs with an installed configuration. */
bool pinctl_selftest_of(const char *conf, const char *module, struct pin_error *err);

#endif
