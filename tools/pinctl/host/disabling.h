/*
 * disabling.h - removal of what pinctl enable added, at once or unless it is confirmed.
 */
#ifndef PINCTL_DISABLING_H
#define PINCTL_DISABLING_H

#include "opensslcnf/conffile.h"

#include <pinning/error.h>

enum pinctl_disabled { PINCTL_DISABLED, PINCTL_WAS_OFF, PINCTL_NOT_DISABLED };

/* Removes our lines from openssl.cnf and renames pinning.cnf. Other changes made to openssl.cnf
 * since pinctl enable stay; *changed says whether there are any. NOT_DISABLED with *err. */
enum pinctl_disabled pinctl_disable(const struct pinctl_conffile *files, bool *changed,
                                    struct pin_error *err);

/* Starts a process that disables after so many seconds, unless files->pending has been removed by
 * then. False with *err. */
bool pinctl_disable_later(const struct pinctl_conffile *files, unsigned secs,
                          struct pin_error *err);

#endif
