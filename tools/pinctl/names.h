/*
 * names.h - names that pinctl and the module must agree on.
 *
 * To be replaced by include/pinning/names.h once the module takes its names from there.
 */
#ifndef PINCTL_NAMES_H
#define PINCTL_NAMES_H

/* What the module answers for OSSL_PROV_PARAM_NAME, whatever its section is called. */
#define PIN_NAME_PROVIDER "Certificate pinning provider"

/* The module's file. */
#define PIN_NAME_MODULE "pinning.so"

/* The group that exists only while the module is loaded (provider/guard.c). */
#define PIN_NAME_GUARD_GROUP "pinguard"

#endif
