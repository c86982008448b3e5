/* Digests, names and dates of certificates and keys; trust anchors. */
#include "x509/keys.h"

#include <pinning/match.h>
#include <pinning/policy.h>
#include <pinning/str.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pinctl_key_digest(const struct pinctl_key *key, bool whole, enum pin_hash hash,
                       struct pin_digest *out, struct pin_error *err)
{
    const struct pin_leaf leaf = {.cert = key->cert, .raw_key = key->key};

    if (!whole)
        return pin_match_key_digest(&leaf, hash, out, err);
    if (key->cert == NULL)
        return pin_error_set(err, PIN_R_SYNTAX,
                             "a %s is not a certificate: only its key can be pinned", key->what);
    return pin_match_cert_digest(key->cert, hash, out, err);
}

bool pinctl_is_ca(const struct pinctl_key *key)
{
    return key->cert != NULL && (X509_get_extension_flags(key->cert) & EXFLAG_CA) != 0;
}

static void print_name(const X509_NAME *name, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len = 0;

    out[0] = '\0';
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        len = BIO_get_mem_data(bio, &text);
    if (len > 0)
        snprintf(out, size, "%.*s", (int)(len < (long)size ? len : (long)size), text);
    BIO_free(bio);
    pin_str_clean(out, size, out, PIN_CLEAN_LINE); /* a newline would end a comment in a pin file */
}

void pinctl_subject(const struct pinctl_key *key, char *out, size_t size)
{
    out[0] = '\0';
    if (key->cert != NULL)
        print_name(X509_get_subject_name(key->cert), out, size);
}

void pinctl_issuer(const struct pinctl_key *key, char *out, size_t size)
{
    out[0] = '\0';
    if (key->cert != NULL)
        print_name(X509_get_issuer_name(key->cert), out, size);
}

static pin_day day_of(const ASN1_TIME *time)
{
    struct tm tm;

    return ASN1_TIME_to_tm(time, &tm) == 1 ? pin_day_of(timegm(&tm)) : PIN_DAY_NEVER;
}

void pinctl_validity(X509 *cert, pin_day *first, pin_day *last)
{
    *first = day_of(X509_get0_notBefore(cert));
    *last = day_of(X509_get0_notAfter(cert));
}

X509_STORE *pinctl_trust(const struct pinctl *ctl, struct pin_error *err)
{
    const char *file =
        ctl->ca_file != NULL ? ctl->ca_file : getenv(X509_get_default_cert_file_env());
    X509_STORE *store = X509_STORE_new();
    bool ok = store != NULL;

    ERR_set_mark();
    if (ok && file != NULL && X509_STORE_load_file(store, file) != 1)
        ok = pin_error_set(err, PIN_R_UNREADABLE,
                           "%s: expected a file of trusted certificates (PEM): %s", file,
                           ERR_reason_error_string(ERR_peek_last_error()));
    if (ok && ctl->ca_file == NULL)
        ok = X509_STORE_set_default_paths(store) == 1;
    ERR_pop_to_mark();
    if (ok)
        return store;
    pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    X509_STORE_free(store);
    return NULL;
}
