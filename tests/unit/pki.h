/*
 * pki.h - keys, certificates, revocation lists and trust stores, made in memory.
 *
 * Everything that is returned belongs to pki.c until pki_clear(), which the teardown of a test
 * calls. Keys stay for the whole process, because they cost most. A failure ends the process.
 */
#ifndef PKI_H
#define PKI_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* The clock of all tests, not near the real one: 2030-01-01T12:00:00Z, and its day since 1970. */
#define PKI_NOW         ((time_t)1893499200)
#define PKI_TODAY       21915
#define PKI_DAY_IN_SECS 86400

enum pki_algorithm {
    PKI_EC,
    PKI_EC_EXPLICIT,
    PKI_P521,
    PKI_RSA,
    PKI_RSA_PSS,
    PKI_ED25519,
    PKI_ALGORITHMS
};
#define PKI_KEYS 24

/* The key with that number, always the same in one process. */
EVP_PKEY *pki_key_of(enum pki_algorithm algorithm, unsigned number);
EVP_PKEY *pki_key(unsigned number); /* EC P-256 */

/* A general name as it stands in an extension; type as GEN_DNS. */
struct pki_name {
    int type;
    const char *bytes;
    size_t len;
};

/* What a certificate is to be. Zeroed: self-signed, valid from 100 days ago to 100 days from now, a
 * version 3 end entity without extensions. */
struct pki_spec {
    const char *cn; /* NULL: an empty subject */
    size_t cn_len;  /* 0: up to the NUL */
    int cn_type;    /* 0: V_ASN1_UTF8STRING */
    const char *cn2;
    EVP_PKEY *key;

    X509 *issuer; /* NULL: itself */
    EVP_PKEY *issuer_key;

    const char *san; /* as in x509v3_config(5): "DNS:a,IP:1.2.3.4" */
    const struct pki_name *names;
    size_t name_count;
    const char *raw_san; /* the bytes of the extension's value, whatever they are */
    size_t raw_san_len;
    bool san_twice;

    int from, to; /* in days from PKI_NOW; both 0: -100, 100 */
    bool ca;
    const char *basic; /* basicConstraints in full, instead of ca */
    const char *usage; /* keyUsage */
    const char *eku, *constraints;
    const char *digest; /* of the signature; NULL: SHA256, or none for Ed25519 */
    bool no_ids;        /* no key identifiers */
    long serial;        /* 0: one of its own */
    int key_nid;        /* another algorithm identifier for the same bits of the key; 0: none */
};

X509 *pki_cert(const struct pki_spec *spec);
#define PKI_CERT(...) pki_cert(&(const struct pki_spec){__VA_ARGS__})

/* A CA with a name and a key number, self-signed or by another CA with its key number. */
X509 *pki_root(const char *cn, unsigned key);
X509 *pki_ca(const char *cn, unsigned key, X509 *issuer, unsigned issuer_key);
X509 *pki_server(const char *san, unsigned key, X509 *issuer, unsigned issuer_key);

/* A revocation list of the issuer, from yesterday to tomorrow; revoked may be NULL. */
X509_CRL *pki_crl(X509 *issuer, EVP_PKEY *issuer_key, X509 *revoked);

/* Stores and stacks of the certificates up to the first NULL. */
X509_STORE *pki_store(X509 *const *certs);
STACK_OF(X509) * pki_stack(X509 *const *certs);
#define PKI_CERTS(...) ((X509 *const[]){__VA_ARGS__, NULL})

/* A store that looks into a directory with the certificates under the names that c_rehash gives. */
X509_STORE *pki_hashed_store(const char *dir, X509 *const *certs);

X509_VERIFY_PARAM *pki_param(unsigned long flags);

/* Digests made by other ways than those of the program. The length is that of the digest. */
void pki_spki_digest(X509 *cert, const EVP_MD *md, unsigned char *out);
void pki_cert_digest(X509 *cert, const EVP_MD *md, unsigned char *out);

/* Addresses within the OpenSSL of this process, and its libssl is loaded. */
const void *pki_libcrypto(void);

/* Frees all certificates, lists, stores and parameters; and the keys, at the end of the process. */
void pki_clear(void);
void pki_free_keys(void);

#endif
