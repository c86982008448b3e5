/*
 * probe.h - what live servers present.
 */
#ifndef PINCTL_PROBE_H
#define PINCTL_PROBE_H

#include "pinctl.h"

#include <openssl/x509.h>
#include <pinning/error.h>
#include <pinning/identity.h>

/* HOST, HOST:PORT, [V6]:PORT or a V6 address; port 443 if there is none. Host is canonical
 * (pin_identity_parse). False with *err. */
struct pinctl_target {
    struct pin_identity host;
    unsigned port;
    char starttls[32];       /* "" for none */
    struct pin_identity sni; /* the server name to send; empty: host, if it is no address */
};
bool pinctl_target_parse(const char *text, struct pinctl_target *out, struct pin_error *err);

/* Sets starttls to what is asked for (NULL: none). False with *err: it is no name of a protocol. */
bool pinctl_target_starttls(struct pinctl_target *target, const char *protocol,
                            struct pin_error *err);

/* What a server presented, leaf first, got by running "openssl s_client" with an empty
 * configuration: many targets at once (at most parallel), each within timeout_in_secs. done is
 * called once for each, in the order in which they end; chain is NULL on failure and err says why
 * (the last line of s_client that says something). Chain and key belong to the callee's caller only
 * for the call. */
typedef void pinctl_probe_done(void *arg, size_t index, STACK_OF(X509) * chain,
                               const struct pin_error *err);
bool pinctl_probe(const struct pinctl_target *targets, size_t count, unsigned parallel,
                  unsigned timeout_in_secs, pinctl_probe_done *done, void *arg,
                  struct pin_error *err);

/* One target: the chain, which the caller frees with sk_X509_pop_free(); NULL with *err. */
STACK_OF(X509) * pinctl_probe_one(const struct pinctl_target *target, struct pin_error *err);

#endif
