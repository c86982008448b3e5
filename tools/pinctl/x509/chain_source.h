/* chain_source.h - the chain that "pinctl pin" takes keys from: a server's, or that in a file. */
#ifndef PINCTL_CHAIN_SOURCE_H
#define PINCTL_CHAIN_SOURCE_H

#include "x509/pin_argument.h"
#include "x509/keys.h"
#include "tls/probe.h"

#include <openssl/x509.h>
#include <pinning/error.h>
#include <pinning/policy.h>

/* Which key of the chain. */
enum chain_pick { PICK_LEAF, PICK_ISSUER, PICK_ROOT };

struct chain_source {
    STACK_OF(X509) * presented;  /* owned; leaf first; NULL: the file contains only keys */
    STACK_OF(X509) * verified;   /* owned; leaf to anchor; NULL: from a file, not verified */
    X509_STORE *trust;           /* owned, or NULL */
    struct pinctl_target target; /* the server; host empty: from a file */
    struct pinctl_key key;       /* owned; the first key of a file without certificates */
};
void chain_source_clear(struct chain_source *source);

/* Connects to a server and verifies the chain that it presents: trust anchors, dates, and the name
 * of the pin file (name; the server's if the file is not for a host). False with *err, which says
 * which check failed. */
bool chain_source_connect(const struct pinctl *ctl, const char *from, const char *name,
                          bool subdomains, struct chain_source *out, struct pin_error *err);

/* Reads the chain from a file, without verifying it. False with *err. */
bool chain_source_read(const char *file, struct chain_source *out, struct pin_error *err);

/* Fills *out with the chosen key. False with *err if the chain does not contain it. */
bool chain_source_pick(const struct chain_source *source, enum chain_pick pick,
                       struct pin_argument *out, struct pin_error *err);

/* Would the module accept this server if the policy were enforced? False with *err: the reason. */
bool chain_source_is_allowed(const struct chain_source *source, const struct pin_policy *policy,
                             const char *name, time_t now, struct pin_error *err);

/* Returns the certificate of the server, which the caller does not free; NULL if there is none. */
X509 *chain_source_leaf(const struct chain_source *source);

/* Prints on standard error why pinning that key may be unwise, and the alternatives. */
void chain_source_warn(const struct chain_source *source, enum chain_pick pick, bool of_ca);

#endif
