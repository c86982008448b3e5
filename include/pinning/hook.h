/*
 * hook.h - the callbacks in every SSL_CTX.
 *
 * The only component that knows libssl and the error queue. It puts two callbacks into every
 * SSL_CTX that is created (SSL_CTX_set_cert_verify_callback(3), SSL_CTX_set_security_callback(3)),
 * makes a peer for judge, and gives its answer back to OpenSSL.
 */
#ifndef PINNING_HOOK_H
#define PINNING_HOOK_H

#include <openssl/types.h>
#include <pinning/error.h>
#include <pinning/instance.h>

/* Registers a constructor that gives our callbacks to every SSL_CTX made from now on under three
 * library contexts: the global default, core (the provider's own) and the thread's default. A
 * context that has our constructor already is left alone. The instance must live for ever. False
 * with PIN_R_UNHOOKED if nothing could be registered. Thread-safe. */
__attribute__((warn_unused_result)) bool
pin_hook_register(const struct pin_instance *instance, OSSL_LIB_CTX *core, struct pin_error *err);

/* Writes a record about the module itself rather than about a peer. */
void pin_hook_notice(const struct pin_instance *instance, const struct pin_error *what);

/* Writes the record that OpenSSL cannot be reached, once a day for each program. Each start of the
 * program comes here, whether it uses TLS or not, so nothing is written to standard error. */
void pin_hook_notice_unreached(const struct pin_instance *instance, const struct pin_error *what);

#endif
