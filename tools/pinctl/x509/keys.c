/* Reading certificates and keys from files. */
#include "x509/keys.h"

#include <pinning/error.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest file, in bytes. The certificates of all public CAs are a tenth of it. */
#define FILE_MAX_BYTES (16 * 1024 * 1024)

/* ---- one key ---- */

static void key_clear(struct pinctl_key *key)
{
    X509_free(key->cert);
    EVP_PKEY_free(key->key);
}

void pinctl_keys_clear(struct pinctl_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        key_clear(&keys->list[i]);
    free(keys->list);
    *keys = (struct pinctl_keys){NULL, 0};
}

/* Takes ownership of the key's members, also when it fails. */
static bool add(struct pinctl_keys *keys, struct pinctl_key *key, struct pin_error *err)
{
    struct pinctl_key *list = realloc(keys->list, (keys->count + 1) * sizeof *list);

    if (list == NULL) {
        key_clear(key);
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    }
    keys->list = list;
    keys->list[keys->count++] = *key;
    return true;
}

/* ---- one DER structure ---- */

static bool from_certificate(const unsigned char **at, long len, struct pinctl_key *out)
{
    return (out->cert = d2i_X509(NULL, at, len)) != NULL;
}

/* A certificate followed by OpenSSL's trust settings. */
static bool from_trusted(const unsigned char **at, long len, struct pinctl_key *out)
{
    return (out->cert = d2i_X509_AUX(NULL, at, len)) != NULL;
}

static bool from_public_key(const unsigned char **at, long len, struct pinctl_key *out)
{
    return (out->key = d2i_PUBKEY(NULL, at, len)) != NULL;
}

static bool from_rsa_public_key(const unsigned char **at, long len, struct pinctl_key *out)
{
    return (out->key = d2i_PublicKey(EVP_PKEY_RSA, NULL, at, len)) != NULL;
}

static bool from_request(const unsigned char **at, long len, struct pinctl_key *out)
{
    X509_REQ *request = d2i_X509_REQ(NULL, at, len);

    if (request != NULL)
        out->key = X509_REQ_get_pubkey(request);
    X509_REQ_free(request);
    return out->key != NULL;
}

static bool from_private_key(const unsigned char **at, long len, struct pinctl_key *out)
{
    return (out->key = d2i_AutoPrivateKey(NULL, at, len)) != NULL;
}

/* Labels of PEM blocks and parsers of their bytes. DER is tried in the same order. */
static const struct form {
    const char *label;
    const char *what;
    bool (*read)(const unsigned char **at, long len, struct pinctl_key *out);
} forms[] = {
    {"CERTIFICATE", "certificate", from_certificate},
    {"X509 CERTIFICATE", "certificate", from_certificate},
    {"TRUSTED CERTIFICATE", "certificate", from_trusted},
    {"PUBLIC KEY", "public key", from_public_key},
    {"RSA PUBLIC KEY", "public key", from_rsa_public_key},
    {"CERTIFICATE REQUEST", "certificate request", from_request},
    {"NEW CERTIFICATE REQUEST", "certificate request", from_request},
    {"PRIVATE KEY", "private key", from_private_key},
    {"RSA PRIVATE KEY", "private key", from_private_key},
    {"EC PRIVATE KEY", "private key", from_private_key},
    {"DSA PRIVATE KEY", "private key", from_private_key},
};
#define FORMS (sizeof forms / sizeof forms[0])

/* Parses the bytes in this form; fails if some are left over. */
static bool read_form(const struct form *form, const unsigned char *bytes, long len,
                      struct pinctl_key *out)
{
    const unsigned char *at = bytes;

    *out = (struct pinctl_key){.cert = NULL};
    snprintf(out->what, sizeof out->what, "%s", form->what);
    if (form->read(&at, len, out) && at == bytes + len)
        return true;
    key_clear(out);
    *out = (struct pinctl_key){.cert = NULL};
    return false;
}

/* ---- one file ---- */

static bool is_encrypted(const char *label, const char *header)
{
    return strcmp(label, "ENCRYPTED PRIVATE KEY") == 0 || strstr(header, "ENCRYPTED") != NULL;
}

/* A PEM file. Blocks of other forms (parameters, CRLs) are ignored. */
struct pem {
    const char *file;
    unsigned block; /* from 1 */
    bool encrypted; /* it contained a private key with a passphrase */
};

static bool read_block(struct pem *pem, const char *label, const char *header,
                       const unsigned char *bytes, long len, struct pinctl_keys *out,
                       struct pin_error *err)
{
    struct pinctl_key key;

    pem->block++;
    if (is_encrypted(label, header)) {
        pem->encrypted = true;
        return true;
    }
    for (size_t i = 0; i < FORMS; i++) {
        if (strcmp(label, forms[i].label) != 0)
            continue;
        if (read_form(&forms[i], bytes, len, &key))
            return add(out, &key, err);
        return pin_error_set(err, PIN_R_SYNTAX,
                             "%s: PEM block %u (%s) is damaged, or its algorithm is unknown",
                             pem->file, pem->block, label);
    }
    return true;
}

static bool read_pem(const char *file, BIO *in, struct pinctl_keys *out, struct pin_error *err)
{
    struct pem pem = {.file = file};
    char *label = NULL, *header = NULL;
    unsigned char *bytes = NULL;
    long len = 0;
    bool ok = true;

    while (ok && PEM_read_bio(in, &label, &header, &bytes, &len) == 1) {
        ok = read_block(&pem, label, header, bytes, len, out, err);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(bytes, (size_t)len);
    }
    if (!ok)
        return false;
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return pin_error_set(err, PIN_R_SYNTAX, "%s: PEM block %u is damaged: %s", file,
                             pem.block + 1, ERR_reason_error_string(ERR_peek_last_error()));
    if (out->count == 0)
        return pin_error_set(err, PIN_R_SYNTAX, "%s: expected a certificate or a key, found %s",
                             file,
                             pem.encrypted ? "only a private key with a passphrase: use its public "
                                             "key (openssl pkey -pubout)"
                                           : "no such PEM block");
    return true;
}

static bool read_der(const char *file, const unsigned char *bytes, long len,
                     struct pinctl_keys *out, struct pin_error *err)
{
    struct pinctl_key key;

    for (size_t i = 0; i < FORMS; i++)
        if (read_form(&forms[i], bytes, len, &key))
            return add(out, &key, err);
    return pin_error_set(
        err, PIN_R_SYNTAX,
        "%s is neither PEM nor DER of a certificate, a key or a certificate request", file);
}

/* Returns the whole file, *len bytes and a NUL; the caller frees. NULL with *err. */
static char *read_file(const char *file, size_t *len, struct pin_error *err)
{
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    char *bytes = NULL, *more;
    size_t capacity = 0, got = 1;

    *len = 0;
    if (in == NULL) {
        pin_error_set_sys(err, PIN_R_UNREADABLE, errno, "%s: cannot open the file", file);
        return NULL;
    }
    while (got > 0 && *len <= FILE_MAX_BYTES) {
        if (capacity - *len < 2) {
            capacity = capacity > 0 ? 2 * capacity : 16384;
            if ((more = realloc(bytes, capacity)) == NULL) {
                pin_error_set(err, PIN_R_INTERNAL, "out of memory");
                break;
            }
            bytes = more;
        }
        got = fread(bytes + *len, 1, capacity - *len - 1, in);
        *len += got;
    }
    if (ferror(in))
        pin_error_set_sys(err, PIN_R_UNREADABLE, errno, "%s: cannot read the file", file);
    else if (*len > FILE_MAX_BYTES)
        pin_error_set(err, PIN_R_UNREADABLE, "%s is too large: expected at most %d bytes", file,
                      FILE_MAX_BYTES);
    else if (bytes != NULL)
        bytes[*len] = '\0';
    if (in != stdin)
        fclose(in);
    if (err->reason == PIN_OK)
        return bytes;
    free(bytes);
    return NULL;
}

bool pinctl_keys_read(const char *file, struct pinctl_keys *out, struct pin_error *err)
{
    struct pin_error why = {.reason = PIN_OK};
    size_t len;
    char *bytes = read_file(file, &len, &why);
    BIO *in = bytes != NULL ? BIO_new_mem_buf(bytes, (int)len) : NULL;
    const char *name = strcmp(file, "-") == 0 ? "standard input" : file;
    bool ok = in != NULL;

    *out = (struct pinctl_keys){NULL, 0};
    ERR_set_mark();
    if (ok && strstr(bytes, "-----BEGIN ") != NULL)
        ok = read_pem(name, in, out, &why);
    else if (ok)
        ok = read_der(name, (const unsigned char *)bytes, (long)len, out, &why);
    else
        pin_error_set(&why, PIN_R_INTERNAL, "out of memory");
    ERR_pop_to_mark();
    BIO_free(in);
    if (bytes != NULL)
        OPENSSL_cleanse(bytes, len); /* it may be a private key */
    free(bytes);
    if (!ok) {
        pinctl_keys_clear(out);
        pin_error_set(err, why.reason, "%s", why.text);
    }
    return ok;
}
