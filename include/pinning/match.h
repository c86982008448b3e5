/*
 * match.h - comparison of a peer's keys with the pins of a policy.
 *
 * Pure and thread-safe. It makes digests with OpenSSL, of the DER as it stands in the certificate.
 */
#ifndef PINNING_MATCH_H
#define PINNING_MATCH_H

#include <pinning/error.h>
#include <pinning/ossl.h>
#include <pinning/policy.h>

/* The certificate or raw public key (RFC 7250) of the peer; the other pointer is NULL. */
struct pin_leaf {
    X509 *cert;
    EVP_PKEY *raw_key;
};

enum pin_match {
    PIN_MATCH_HIT,
    PIN_MATCH_MISS,
    PIN_MATCH_EXPIRED, /* no pin of the policy is in force, or it has none */
    PIN_MATCH_ERROR    /* a digest could not be made; see err */
};

/* Returns the result in a word, for tests. Static storage. */
const char *pin_match_name(enum pin_match match);

/* Compares the pins in force on the day with the key of the leaf, the leaf itself, and the key of
 * the validated issuer ca (NULL: none). On a hit *hit is the first pin that matches, owned by the
 * policy; otherwise *hit stays. */
enum pin_match pin_match(const struct pin_policy *policy, pin_day today,
                         const struct pin_leaf *leaf, X509 *ca, const struct pin **hit,
                         struct pin_error *err);

/* Returns whether the policy has a ca pin in force on the day; and whether cert has the key of such
 * a pin (false also when its digest cannot be made). */
bool pin_match_has_ca(const struct pin_policy *policy, pin_day today);
bool pin_match_is_ca(const struct pin_policy *policy, pin_day today, X509 *cert);

/* After a miss: writes a sentence if a pin in force is the right digest of the wrong kind,
 * otherwise an empty string. presented may be NULL. Never suggests a key that the policy does not
 * contain, because the peer may be an impostor. */
#define PIN_ADVICE_MAX 240
void pin_match_advise(const struct pin_policy *policy, pin_day today, const struct pin_leaf *leaf,
                      STACK_OF(X509) * presented, char out[static PIN_ADVICE_MAX]);

/* Make the digest of the SubjectPublicKeyInfo (RFC 5280 4.1) of a certificate or raw key, or of a
 * whole certificate. Return false with PIN_R_INTERNAL. */
bool pin_match_key_digest(const struct pin_leaf *leaf, enum pin_hash hash, struct pin_digest *out,
                          struct pin_error *err);
bool pin_match_cert_digest(X509 *cert, enum pin_hash hash, struct pin_digest *out,
                           struct pin_error *err);

#endif
