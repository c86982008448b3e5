/* source.h - where "pinctl pin" takes a chain from, and which of its keys is meant. */
#ifndef PINCTL_CHAIN_SOURCE_H
#define PINCTL_CHAIN_SOURCE_H

#include "x509/pin_argument.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/error.h>
#include <pinning/policy.h>

/* Which key of a chain. */
enum chain_pick { PICK_LEAF, PICK_ISSUER, PICK_ROOT };

struct chain_source {
    STACK_OF(X509) * presented;  /* owned; leaf first; NULL: a file with keys only */
    STACK_OF(X509) * verified;   /* owned; leaf to anchor; NULL: taken from a file, on its word */
    X509_STORE *trust;           /* owned, or NULL */
    struct pinctl_target target; /* where it was got; host empty: from a file */
    struct pinctl_key key;       /* owned; what a file without certificates begins with */
};
void chain_source_clear(struct chain_source *source);

/* Asks a server and verifies what it presents: trust anchors, dates, and the name of the file
 * (name; of one that is for no host in particular, the server's). False with *err, which says which
 * of them failed. */
bool chain_source_connect(const struct pinctl *ctl, const char *from, const char *name,
                          bool subdomains, struct chain_source *out, struct pin_error *err);

/* Reads a file; nothing is verified. */
bool chain_source_read(const char *file, struct chain_source *out, struct pin_error *err);

/* The key that is meant. False with *err: the chain has none such. */
bool chain_source_pick(const struct chain_source *source, enum chain_pick pick,
                       struct pin_argument *out, struct pin_error *err);

/* Would the module let this very server in with the policy? Otherwise *err says what judge says. */
bool chain_source_is_allowed(const struct chain_source *source, const struct pin_policy *policy,
                             const char *name, time_t now, struct pin_error *err);

/* Tells on standard error what speaks against pinning that key, and what else could be done. */
void chain_source_warn(const struct chain_source *source, enum chain_pick pick, bool of_ca);

#endif
