/*
 * keys.h - certificates and keys: reading, digests, names, trust anchors.
 */
#ifndef PINCTL_KEYS_H
#define PINCTL_KEYS_H

#include "pinctl.h"

#include <pinning/error.h>
#include <pinning/policy.h>
#include <openssl/x509.h>
#include <pinning/match.h>

/* One thing that has a public key. */
struct pinctl_key {
    X509 *cert;    /* owned, or NULL */
    EVP_PKEY *key; /* owned; of a public key, a private key or a certificate request; else NULL */
    char what[32]; /* "certificate", "public key", "certificate request", "private key" */
};
struct pinctl_keys {
    struct pinctl_key *list; /* owned */
    size_t count;
};

/* Reads every certificate, public key, private key (no passphrase is asked for) and certificate
 * request of a PEM file, or the one of a DER file; "-" is standard input. False with *err: nothing
 * usable, or a PEM block that is damaged. */
bool pinctl_keys_read(const char *file, struct pinctl_keys *out, struct pin_error *err);
void pinctl_keys_clear(struct pinctl_keys *keys);

/* The pin of one: of its key, or (whole) of the certificate. False with *err. */
bool pinctl_key_digest(const struct pinctl_key *key, bool whole, enum pin_hash hash,
                       struct pin_digest *out, struct pin_error *err);

/* Is it a CA (basicConstraints)? And its subject (RFC 2253, as it is: not yet fit for a terminal).
 */
bool pinctl_is_ca(const struct pinctl_key *key);
void pinctl_subject(const struct pinctl_key *key, char *out, size_t size);
void pinctl_issuer(const struct pinctl_key *key, char *out, size_t size);

/* The days, UTC, in which a certificate's validity begins and ends. */
void pinctl_validity(X509 *cert, pin_day *first, pin_day *last);

/* The trust anchors: --ca-file, else SSL_CERT_FILE and OpenSSL's default places. NULL with *err;
 * the caller frees. */
X509_STORE *pinctl_trust(const struct pinctl *ctl, struct pin_error *err);

#endif
