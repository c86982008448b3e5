/*
 * chain.h - which CA keys really stand above this leaf?
 *
 * A verification of our own (RFC 5280 section 6), whatever the application did: a store that holds
 * only certificates of wanted CAs, none of the application's callbacks, signatures, dates, purpose,
 * path length, name constraints, the application's CRLs if it checks them, security level 1 or what
 * the application asks for if that is more. Anybody can append the certificate of a pinned CA to
 * what he sends (CVE-2016-2402): that alone proves nothing here. Thread-safe.
 */
#ifndef PINNING_CHAIN_H
#define PINNING_CHAIN_H

#include <pinning/error.h>
#include <pinning/ossl.h>
#include <stdbool.h>
#include <time.h>

struct pin_chain {
    X509 *leaf;
    STACK_OF(X509) * presented; /* what the peer sent, or NULL */
    X509_STORE *trust;          /* the application's trust anchors, or NULL */
    X509_VERIFY_PARAM *param;   /* the application's parameters, or NULL */
    const char *reference;      /* the host or address that the leaf must bear; NULL: none */
    bool reference_is_address;
    bool of_client; /* the leaf is a client's, not a server's */
    time_t now;
};

/* Is this CA's key one of those looked for? */
typedef bool pin_chain_is_pinned(void *arg, X509 *ca);

/* Returns a certificate with a wanted key that is proven to stand above the leaf; the caller frees
 * it with X509_free(). NULL if there is none; err then says how far it came: PIN_R_MISMATCH, or
 * PIN_R_INTERNAL where the question could not be answered. The anchor is taken from the
 * application's trust store; only if no certificate with a wanted key is there, from what the peer
 * presented. */
__attribute__((warn_unused_result)) X509 *pin_chain_validate(const struct pin_chain *chain,
                                                             pin_chain_is_pinned *wanted, void *arg,
                                                             struct pin_error *err);

#endif
