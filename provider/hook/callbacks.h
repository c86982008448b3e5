/*
 * callbacks.h - the two callbacks that every SSL_CTX is given.
 */
#ifndef PINNING_HOOK_CALLBACKS_H
#define PINNING_HOOK_CALLBACKS_H

#include "binding.h"

/* SSL_CTX_set_cert_verify_callback(3); the argument is the binding, or NULL if there is none. */
int pin_hook_verify_cb(X509_STORE_CTX *ctx, void *binding);

/* SSL_CTX_set_security_callback(3). */
pin_security_cb_fn pin_hook_security_cb;

#endif
