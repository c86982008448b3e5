/*
 * trial.h - does a new openssl.cnf work? Tried out before it is installed: a mistake in that file
 * locks people out of ssh.
 */
#ifndef PINCTL_SELFTEST_H
#define PINCTL_SELFTEST_H

#include "opensslcnf/enabling.h"

#include <pinning/store.h>

/* Programs are run with stock and, included, own; in a temporary directory. With guard or strict
 * also without the module, to see that they bite. False with *err, which says what failed and how.
 */
bool pinctl_selftest(const struct pin_text *stock, const char *own,
                     const struct pinctl_enabling *how, struct pin_error *err);

/* A configuration that stands there already. */
bool pinctl_selftest_of(const char *conf, const char *module, struct pin_error *err);

#endif
