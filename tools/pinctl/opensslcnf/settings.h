/*
 * settings.h - what openssl.cnf configures: the provider's section and the store.
 */
#ifndef PINCTL_SETTINGS_H
#define PINCTL_SETTINGS_H

#include "pinctl.h"

#include <pinning/instance.h>

/* The file that programs here read: --conf, else OPENSSL_CONF, else OpenSSL's own. Static or argv's
 * storage. */
const char *pinctl_conf_file(const struct pinctl *ctl);

/* Fills *out with what the provider's section of that file says (found by following openssl_conf
 * and providers to the section with our module), as the module itself would read it; --pins
 * overrides. If --pins is not there, that is the module's fault. Without such a section and without
 * --pins: false, and *err says what was looked for where. *out must be static, or otherwise live
 * and stay where it is to the end of the process: it is never closed. */
bool pinctl_settings(const struct pinctl *ctl, struct pin_instance *out, struct pin_error *err);

/* Only the path of the store, for the commands that write: --pins or the configured one. NULL with
 * *err. The caller frees. */
char *pinctl_store_path(const struct pinctl *ctl, struct pin_error *err);

#endif
