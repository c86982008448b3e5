/*
 * chain.h - validation of a path from the leaf to a CA with a pinned key.
 *
 * A verification of our own (RFC 5280 section 6), because the result of the application proves
 * nothing: anyone can append the certificate of a pinned CA to a chain (CVE-2016-2402), and a
 * callback of the application can reset an error without a trace. The trust anchors are a store of
 * our own; none of the application's callbacks is called. Checked are signatures, dates, purpose,
 * path length, name constraints, the name of the leaf, the application's CRLs if it checks them,
 * and security level 1 or the application's if that is higher. Thread-safe.
 */
#ifndef PINNING_CHAIN_H
#define PINNING_CHAIN_H

#include <pinning/error.h>
#include <pinning/ossl.h>
#include <stdbool.h>
#include <time.h>

/* The input. All pointers are borrowed, and nothing behind them is changed. */
struct pin_chain {
    X509 *leaf;                 /* NULL for a raw public key */
    STACK_OF(X509) * presented; /* sent by the peer, or NULL */
    X509_STORE *trust;          /* the application's trust anchors, or NULL */
    X509_VERIFY_PARAM *param;   /* the application's parameters, or NULL */
    const char *reference;      /* the host or address that the leaf must match; NULL: none */
    bool reference_is_address;
    bool of_client; /* the leaf is a client's, not a server's */
    time_t now;     /* unless param has a time of its own */
};

/* Returns whether the key of the CA is pinned. */
typedef bool pin_chain_is_pinned(void *arg, X509 *ca);

/* Returns a certificate with a pinned key that is an issuer in a validated path of the leaf; the
 * caller frees it with X509_free(). Returns NULL if there is none: err is then PIN_R_MISMATCH with
 * the reason, or PIN_R_INTERNAL if the validation could not be made. Trust anchors come from the
 * application's trust store; a presented certificate is an anchor only if the trust store has none
 * with a pinned key. See X509_verify_cert(3). */
__attribute__((warn_unused_result)) X509 *pin_chain_validate(const struct pin_chain *chain,
                                                             pin_chain_is_pinned *is_pinned,
                                                             void *arg, struct pin_error *err);

#endif
