/*
 * settings.h - the settings of the module and the path of its store, from openssl.cnf.
 */
#ifndef PINCTL_SETTINGS_H
#define PINCTL_SETTINGS_H

#include "pinctl.h"

#include <pinning/instance.h>

/* Returns the path of the openssl.cnf that programs on this host read: --conf, else OPENSSL_CONF,
 * else OpenSSL's default. The caller does not free it. */
const char *pinctl_conf_file(const struct pinctl *ctl);

/* Fills *out from the provider's section of that file, as the module itself would read it. The
 * section is found by following openssl_conf and providers; --pins replaces its store. False with
 * *err if there is neither such a section nor --pins. Errors in the settings, and a --pins that
 * does not exist, are stored in out->fault. The caller zeroes *out before, and clears it in every
 * case. */
bool pinctl_settings(const struct pinctl *ctl, struct pin_instance *out, struct pin_error *err);

/* Returns the path of the store, --pins or the configured one, for commands that write. NULL with
 * *err; the caller frees. */
char *pinctl_store_path(const struct pinctl *ctl, struct pin_error *err);

#endif
