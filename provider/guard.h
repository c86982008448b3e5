/*
 * guard.h - a TLS group that exists only while this module is loaded.
 *
 * openssl.cnf asks for it (Groups = DEFAULT:pinguard), so that without the module no SSL_CTX can be
 * made. It has no TLS version, is never sent, and no key of it can be made.
 */
#ifndef PINNING_GUARD_H
#define PINNING_GUARD_H

#include <openssl/core.h>

/* To be called at each init with the version of the OpenSSL that loads the module (its
 * "openssl-version"; NULL: unknown). Before 3.4 an unknown group in openssl.cnf has no effect, so
 * the two functions below return nothing there, which saves time: libssl calls them for every
 * SSL_CTX. An unknown version gets the group. */
void pin_guard_enable(const char *core_version);

/* OSSL_FUNC_provider_get_capabilities and OSSL_FUNC_provider_query_operation, see provider-base(7).
 */
int pin_guard_capabilities(void *arg, const char *capability,
                           int (*take)(const OSSL_PARAM *, void *), void *take_arg);
const OSSL_ALGORITHM *pin_guard_query(void *arg, int operation, int *no_cache);

#endif
