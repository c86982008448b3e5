/*
 * disabling.h - taking back what pinctl enable did, now or when nobody confirms it.
 */
#ifndef PINCTL_DISABLING_H
#define PINCTL_DISABLING_H

#include "opensslcnf/conffile.h"

#include <pinning/error.h>

enum pinctl_disabled { PINCTL_DISABLED, PINCTL_WAS_OFF, PINCTL_NOT_DISABLED };

/* Takes our lines out of openssl.cnf, then our file out of the way. What else was changed in
 * openssl.cnf since stays; *changed says whether anything was. */
enum pinctl_disabled pinctl_disable(const struct pinctl_conffile *files, bool *changed,
                                    struct pin_error *err);

/* Starts a process that disables after so many seconds unless files->pending is gone. False with
 * *err. */
bool pinctl_disable_later(const struct pinctl_conffile *files, unsigned secs,
                          struct pin_error *err);

#endif
