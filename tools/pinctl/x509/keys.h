/*
 * keys.h - certificates and keys: reading, digests, names, dates; trust anchors.
 */
#ifndef PINCTL_KEYS_H
#define PINCTL_KEYS_H

#include "pinctl.h"

#include <pinning/error.h>
#include <pinning/policy.h>
#include <openssl/x509.h>
#include <pinning/match.h>

/* A certificate, or something else with a public key. */
struct pinctl_key {
    X509 *cert;    /* owned, or NULL */
    EVP_PKEY *key; /* owned; of a key or certificate request; else NULL */
    char what[32]; /* "certificate", "public key", "certificate request", "private key" */
};
struct pinctl_keys {
    struct pinctl_key *list; /* owned */
    size_t count;
};

/* Reads all certificates, keys (without a passphrase) and certificate requests of a PEM file, or
 * the one in a DER file; "-" is standard input. False with *err if there is none, or a PEM block is
 * damaged. */
bool pinctl_keys_read(const char *file, struct pinctl_keys *out, struct pin_error *err);
void pinctl_keys_clear(struct pinctl_keys *keys);

/* Makes the digest of its public key, or (whole) of the certificate. False with *err. */
bool pinctl_key_digest(const struct pinctl_key *key, bool whole, enum pin_hash hash,
                       struct pin_digest *out, struct pin_error *err);

/* Is it the certificate of a CA (basicConstraints)? */
bool pinctl_is_ca(const struct pinctl_key *key);

/* Writes the name (RFC 2253), "" for a key. It is not escaped for a terminal. */
void pinctl_subject(const struct pinctl_key *key, char *out, size_t size);
void pinctl_issuer(const struct pinctl_key *key, char *out, size_t size);

/* Returns the first and last day, UTC, of a certificate's validity. */
void pinctl_validity(X509 *cert, pin_day *first, pin_day *last);

/* Returns the trust anchors: --ca-file, else SSL_CERT_FILE and OpenSSL's defaults. NULL with *err;
 * the caller frees. */
X509_STORE *pinctl_trust(const struct pinctl *ctl, struct pin_error *err);

#endif
