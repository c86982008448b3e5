/*
 * probe.h - probing live servers for the certificates that they present.
 */
#ifndef PINCTL_PROBE_H
#define PINCTL_PROBE_H

#include "pinctl.h"

#include <openssl/x509.h>
#include <pinning/error.h>
#include <pinning/identity.h>

/* A server. Parsed from HOST, HOST:PORT, [V6]:PORT or a V6 address; the default port is 443. The
 * host is canonical (pin_identity_parse). False with *err. */
struct pinctl_target {
    struct pin_identity host;
    unsigned port;
    char starttls[32];       /* "" for none */
    struct pin_identity sni; /* the server name to send; empty: host, unless it is an address */
};
bool pinctl_target_parse(const char *text, struct pinctl_target *out, struct pin_error *err);

/* Sets starttls (NULL: none). False with *err if it cannot be the name of a protocol. */
bool pinctl_target_starttls(struct pinctl_target *target, const char *protocol,
                            struct pin_error *err);

/* Connects to many targets, at most parallel of them at once, each for at most timeout_in_secs, by
 * running "openssl s_client" with an empty configuration. Calls done() once for each target, in the
 * order in which they finish, with the chain that it presented, leaf first; on failure chain is
 * NULL and err says why. done() must not keep chain and err. False with *err if s_client cannot be
 * run. */
typedef void pinctl_probe_done(void *arg, size_t index, STACK_OF(X509) * chain,
                               const struct pin_error *err);
bool pinctl_probe(const struct pinctl_target *targets, size_t count, unsigned parallel,
                  unsigned timeout_in_secs, pinctl_probe_done *done, void *arg,
                  struct pin_error *err);

/* Returns the chain of one target; the caller frees it with sk_X509_pop_free(). NULL with *err. */
STACK_OF(X509) * pinctl_probe_one(const struct pinctl_target *target, struct pin_error *err);

#endif
