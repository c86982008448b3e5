/*
 * binding.h - what ties an SSL_CTX to its instance: one entry for each ex_data table.
 */
#ifndef PINNING_HOOK_BINDING_H
#define PINNING_HOOK_BINDING_H

#include <pinning/instance.h>
#include <pinning/ossl.h>

typedef int pin_security_cb_fn(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
                               void *other, void *ex);

/* An entry never moves and is never reused: its address is the SSL_CTX's ex_data tag and the
 * argument of its verify callback. */
struct pin_binding {
    const struct pin_instance *instance;
    int ctx_index, ssl_index;             /* of ex_data, in the table of SSL_CTX and of SSL */
    pin_security_cb_fn *security_cb;      /* ours */
    pin_security_cb_fn *prev_security_cb; /* the callback that ours replaced; called first */
};

/* Returns the entry equal to *wanted, added if there is none; NULL when out of memory. Thread-safe;
 * takes a lock only to add, so that a child forked while another thread holds it can still create
 * an SSL_CTX of a known kind. */
const struct pin_binding *pin_binding_add(const struct pin_binding *wanted);

/* The binding of an SSL_CTX (of that of ssl if ctx is NULL) that has one of our callbacks; NULL if
 * it has no tag of ours. While the process has a single binding, every context that has our
 * callback belongs to it. */
extern _Atomic(const struct pin_binding *) pin_single_binding;
const struct pin_binding *pin_binding_find(const SSL *ssl, const SSL_CTX *ctx);

static inline const struct pin_binding *pin_binding_of(const SSL *ssl, const SSL_CTX *ctx)
{
    const struct pin_binding *single = pin_single_binding;
    return single != NULL ? single : pin_binding_find(ssl, ctx);
}

#endif
