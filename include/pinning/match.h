/*
 * match.h - does this peer hold a pinned key?
 *
 * Pure: a policy, what the peer showed and the CA that was proven above it, to hit or miss.
 * Thread-safe.
 */
#ifndef PINNING_MATCH_H
#define PINNING_MATCH_H

#include <pinning/error.h>
#include <pinning/ossl.h>
#include <pinning/policy.h>

/* What the peer proved to own: a certificate or a raw public key (RFC 7250); the other is NULL. */
struct pin_leaf {
    X509 *cert;
    EVP_PKEY *raw_key;
};

enum pin_match {
    PIN_MATCH_HIT,
    PIN_MATCH_MISS,
    PIN_MATCH_EXPIRED, /* a policy none of whose pins holds any more */
    PIN_MATCH_ERROR    /* a digest could not be made; err says why */
};

/* Compares the pins that hold on the day with the leaf's key, the leaf, and the key of proven
 * (NULL: none). On a hit *hit is the pin, owned by the policy. */
enum pin_match pin_match(const struct pin_policy *policy, pin_day today,
                         const struct pin_leaf *leaf, X509 *proven, const struct pin **hit,
                         struct pin_error *err);

/* Does the policy have a ca pin that holds on the day? And is this the certificate of such a CA? */
bool pin_match_has_ca(const struct pin_policy *policy, pin_day today);
bool pin_match_is_ca(const struct pin_policy *policy, pin_day today, X509 *cert);

/* After a miss: is one of the pins the right digest of the wrong kind? Writes a sentence that says
 * what would have hit, or an empty string. presented may be NULL. Never suggests a key that the
 * policy does not hold already. */
#define PIN_ADVICE_MAX 240
void pin_match_advise(const struct pin_policy *policy, pin_day today, const struct pin_leaf *leaf,
                      STACK_OF(X509) * presented, char out[static PIN_ADVICE_MAX]);

/* The digest of a certificate's or key's SubjectPublicKeyInfo as it stands in the certificate, and
 * of a whole certificate. False with PIN_R_INTERNAL. */
bool pin_match_key_digest(const struct pin_leaf *leaf, enum pin_hash hash, struct pin_digest *out,
                          struct pin_error *err);
bool pin_match_cert_digest(X509 *cert, enum pin_hash hash, struct pin_digest *out,
                           struct pin_error *err);

#endif
