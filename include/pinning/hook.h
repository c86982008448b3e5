/*
 * hook.h - which handshake, which certificates?
 *
 * The only room that knows libssl and the error queue. It puts two callbacks into every SSL_CTX
 * that is created (SSL_CTX_set_cert_verify_callback(3), SSL_CTX_set_security_callback(3)), makes a
 * peer for judge, and gives its answer back to OpenSSL.
 */
#ifndef PINNING_HOOK_H
#define PINNING_HOOK_H

#include <openssl/types.h>
#include <pinning/error.h>
#include <pinning/instance.h>

/* Has OpenSSL call us for every SSL_CTX that is made from now on under the three library contexts
 * that matter: the global default, core (the provider's own) and the thread's default. A context
 * in which that was done before is left alone, whoever did it. The module must live for ever.
 * False with PIN_R_UNHOOKED if nothing could be registered. Thread-safe. */
__attribute__((warn_unused_result)) bool
pin_hook_register(const struct pin_instance *instance, OSSL_LIB_CTX *core, struct pin_error *err);

/* Writes a record about the module itself rather than about a peer. */
void pin_hook_notice(const struct pin_instance *instance, const struct pin_error *what);

/* Writes the record that OpenSSL cannot be reached, once a day for each program. Each start of the
 * program comes here, whether it uses TLS or not, so nothing is written to standard error. */
void pin_hook_notice_unreached(const struct pin_instance *instance, const struct pin_error *what);

#endif
