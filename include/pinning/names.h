/*
 * names.h - names by which the module is recognised from outside. Data only.
 *
 * Written into openssl.cnf, or compared by pinctl with what a process has loaded: do not change.
 */
#ifndef PINNING_NAMES_H
#define PINNING_NAMES_H

#define PIN_NAME_PROVIDER    "Certificate pinning provider" /* OSSL_PROV_PARAM_NAME */
#define PIN_NAME_MODULE      "pinning" /* the module in openssl.cnf, and the library of its errors */
#define PIN_NAME_MODULE_FILE "pinning.so"
#define PIN_NAME_GUARD_GROUP "pinguard" /* the TLS group of the guard, see provider/guard.h */

#endif
