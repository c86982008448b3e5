/* pki.c - keys, certificates, revocation lists and trust stores, made in memory. It calls OpenSSL
 * directly, not through the pointers of the components. */
#include "pki.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *keys[PKI_ALGORITHMS][PKI_KEYS];

/* What pki_clear() frees. */
struct owned {
    void (*free)(void *);
    void *it;
};
static struct owned owned[4096];
static size_t owned_count;

/* Not Check's assertions: keys are made before any test runs. */
#define NEED(call) need((call), #call)

static void need(bool good, const char *what)
{
    if (good)
        return;
    const char *why = ERR_reason_error_string(ERR_peek_error());
    fprintf(stderr, "pki: %s: %s\n", what, why != NULL ? why : "?");
    abort();
}

static void *own(void *it, void (*release)(void *))
{
    NEED(it != NULL);
    NEED(owned_count < sizeof owned / sizeof owned[0]);
    owned[owned_count++] = (struct owned){release, it};
    return it;
}

static void free_cert(void *it)
{
    X509_free(it);
}

static void free_crl(void *it)
{
    X509_CRL_free(it);
}

static void free_store(void *it)
{
    X509_STORE_free(it);
}

static void free_stack(void *it)
{
    sk_X509_free(it);
}

static void free_param(void *it)
{
    X509_VERIFY_PARAM_free(it);
}

void pki_clear(void)
{
    while (owned_count > 0) {
        struct owned *last = &owned[--owned_count];
        last->free(last->it);
    }
    ERR_clear_error();
}

static EVP_PKEY *make_key(enum pki_algorithm algorithm)
{
    static const struct {
        const char *name;
        int (*set)(EVP_PKEY_CTX *, int);
        int value;
        const char *curve;
    } ways[PKI_ALGORITHMS] = {
        [PKI_EC] = {"EC", NULL, 0, "P-256"},
        [PKI_EC_EXPLICIT] = {"EC", EVP_PKEY_CTX_set_ec_param_enc, OPENSSL_EC_EXPLICIT_CURVE,
                             "P-256"},
        [PKI_P521] = {"EC", NULL, 0, "P-521"},
        [PKI_RSA] = {"RSA", EVP_PKEY_CTX_set_rsa_keygen_bits, 1024, NULL},
        [PKI_RSA_PSS] = {"RSA-PSS", EVP_PKEY_CTX_set_rsa_keygen_bits, 1024, NULL},
        [PKI_ED25519] = {"ED25519", NULL, 0, NULL},
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, ways[algorithm].name, NULL);
    EVP_PKEY *key = NULL;

    NEED(ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0);
    if (ways[algorithm].curve != NULL)
        NEED(EVP_PKEY_CTX_set_group_name(ctx, ways[algorithm].curve) > 0);
    if (ways[algorithm].set != NULL)
        NEED(ways[algorithm].set(ctx, ways[algorithm].value) > 0);
    if (algorithm == PKI_RSA_PSS)
        NEED(EVP_PKEY_CTX_set_rsa_pss_keygen_md(ctx, EVP_sha256()) > 0);
    NEED(EVP_PKEY_generate(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

EVP_PKEY *pki_key_of(enum pki_algorithm algorithm, unsigned number)
{
    NEED(number < PKI_KEYS);
    if (keys[algorithm][number] == NULL)
        keys[algorithm][number] = make_key(algorithm);
    return keys[algorithm][number];
}

EVP_PKEY *pki_key(unsigned number)
{
    return pki_key_of(PKI_EC, number);
}

void pki_free_keys(void)
{
    for (size_t i = 0; i < PKI_ALGORITHMS; i++) {
        for (size_t k = 0; k < PKI_KEYS; k++) {
            EVP_PKEY_free(keys[i][k]);
            keys[i][k] = NULL;
        }
    }
}

static void set_subject(X509 *cert, const struct pki_spec *spec)
{
    X509_NAME *name = X509_get_subject_name(cert);
    int type = spec->cn_type != 0 ? spec->cn_type : V_ASN1_UTF8STRING;
    size_t len = spec->cn == NULL ? 0 : spec->cn_len != 0 ? spec->cn_len : strlen(spec->cn);

    if (spec->cn != NULL)
        NEED(X509_NAME_add_entry_by_NID(name, NID_commonName, type, (const unsigned char *)spec->cn,
                                        (int)len, -1, 0));
    if (spec->cn2 != NULL)
        NEED(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                        (const unsigned char *)spec->cn2, -1, -1, 0));
}

static void add_text(X509 *cert, X509 *issuer, int nid, const char *text)
{
    X509V3_CTX ctx;

    if (text == NULL)
        return;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
    need(ext != NULL, text);
    NEED(X509_add_ext(cert, ext, -1));
    X509_EXTENSION_free(ext);
}

static void add_raw(X509 *cert, int nid, const char *bytes, size_t len)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

    NEED(value != NULL && ASN1_OCTET_STRING_set(value, (const unsigned char *)bytes, (int)len));
    X509_EXTENSION *ext = X509_EXTENSION_create_by_NID(NULL, nid, 0, value);
    NEED(ext != NULL && X509_add_ext(cert, ext, -1));
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
}

static GENERAL_NAME *make_name(const struct pki_name *from)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value =
        ASN1_STRING_type_new(from->type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

    NEED(name != NULL && value != NULL && ASN1_STRING_set(value, from->bytes, (int)from->len));
    GENERAL_NAME_set0_value(name, from->type, value);
    return name;
}

static void add_names(X509 *cert, const struct pki_name *list, size_t count)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

    for (size_t i = 0; i < count; i++)
        NEED(sk_GENERAL_NAME_push(names, make_name(&list[i])) > 0);
    if (count > 0)
        NEED(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0));
    GENERAL_NAMES_free(names);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct pki_spec *spec)
{
    const char *basic = spec->ca ? "critical,CA:TRUE" : spec->basic;

    add_text(cert, issuer, NID_basic_constraints, basic);
    add_text(cert, issuer, NID_key_usage, spec->usage);
    add_text(cert, issuer, NID_ext_key_usage, spec->eku);
    add_text(cert, issuer, NID_name_constraints, spec->constraints);
    if (!spec->no_ids) {
        add_text(cert, issuer, NID_subject_key_identifier, "hash");
        add_text(cert, issuer, NID_authority_key_identifier, "keyid");
    }
    add_text(cert, issuer, NID_subject_alt_name, spec->san);
    add_names(cert, spec->names, spec->name_count);
    for (int i = 0; spec->raw_san != NULL && i < (spec->san_twice ? 2 : 1); i++)
        add_raw(cert, NID_subject_alt_name, spec->raw_san, spec->raw_san_len);
}

/* The same bits of the key under another name of the algorithm, without parameters. */
static void rename_key(X509 *cert, int nid)
{
    const unsigned char *bits;
    int len;
    X509_PUBKEY *key = X509_get_X509_PUBKEY(cert);

    NEED(X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, key));
    unsigned char *copy = OPENSSL_memdup(bits, (size_t)len);
    NEED(copy != NULL &&
         X509_PUBKEY_set0_param(key, OBJ_nid2obj(nid), V_ASN1_UNDEF, NULL, copy, len));
}

/* As a peer would send it: what was set is forgotten, what stands in the bytes counts. */
static X509 *reread(X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    const unsigned char *at = der;

    NEED(len > 0);
    X509 *fresh = d2i_X509(NULL, &at, len);
    OPENSSL_free(der);
    X509_free(cert);
    return own(fresh, free_cert);
}

X509 *pki_cert(const struct pki_spec *spec)
{
    static long serial = 1000;
    X509 *cert = X509_new();
    X509 *issuer = spec->issuer != NULL ? spec->issuer : cert;
    EVP_PKEY *key = spec->key != NULL ? spec->key : pki_key(0);
    EVP_PKEY *signer = spec->issuer_key != NULL ? spec->issuer_key : key;
    const EVP_MD *md = EVP_get_digestbyname(spec->digest != NULL ? spec->digest : "SHA256");
    bool preset = spec->from == 0 && spec->to == 0;
    long day = PKI_DAY_IN_SECS;

    NEED(cert != NULL && md != NULL && X509_set_version(cert, X509_VERSION_3));
    set_subject(cert, spec);
    NEED(X509_set_issuer_name(cert, X509_get_subject_name(issuer)));
    NEED(
        ASN1_INTEGER_set(X509_get_serialNumber(cert), spec->serial != 0 ? spec->serial : serial++));
    NEED(ASN1_TIME_adj(X509_getm_notBefore(cert), PKI_NOW, 0, (preset ? -100 : spec->from) * day));
    NEED(ASN1_TIME_adj(X509_getm_notAfter(cert), PKI_NOW, 0, (preset ? 100 : spec->to) * day));
    NEED(X509_set_pubkey(cert, key));
    add_extensions(cert, issuer, spec);
    if (spec->key_nid != 0)
        rename_key(cert, spec->key_nid);
    NEED(X509_sign(cert, signer, EVP_PKEY_is_a(signer, "ED25519") ? NULL : md) > 0);
    return reread(cert);
}

X509 *pki_root(const char *cn, unsigned key)
{
    return PKI_CERT(.cn = cn, .key = pki_key(key), .ca = true);
}

X509 *pki_ca(const char *cn, unsigned key, X509 *issuer, unsigned issuer_key)
{
    return PKI_CERT(.cn = cn, .key = pki_key(key), .ca = true, .issuer = issuer,
                    .issuer_key = pki_key(issuer_key));
}

X509 *pki_server(const char *san, unsigned key, X509 *issuer, unsigned issuer_key)
{
    return PKI_CERT(.cn = "a server", .key = pki_key(key), .san = san, .issuer = issuer,
                    .issuer_key = pki_key(issuer_key));
}

X509_CRL *pki_crl(X509 *issuer, EVP_PKEY *issuer_key, X509 *revoked)
{
    X509_CRL *crl = own(X509_CRL_new(), free_crl);
    ASN1_TIME *from = ASN1_TIME_adj(NULL, PKI_NOW, -1, 0), *to = ASN1_TIME_adj(NULL, PKI_NOW, 1, 0);

    NEED(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
    NEED(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
    NEED(X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, to));
    if (revoked != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new();
        NEED(entry != NULL && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked)));
        NEED(X509_REVOKED_set_revocationDate(entry, from) && X509_CRL_add0_revoked(crl, entry));
    }
    NEED(X509_CRL_sort(crl) && X509_CRL_sign(crl, issuer_key, EVP_sha256()));
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return crl;
}

X509_STORE *pki_store(X509 *const *certs)
{
    X509_STORE *store = own(X509_STORE_new(), free_store);

    for (; *certs != NULL; certs++)
        NEED(X509_STORE_add_cert(store, *certs));
    return store;
}

STACK_OF(X509) * pki_stack(X509 *const *certs)
{
    STACK_OF(X509) *stack = own(sk_X509_new_null(), free_stack);

    for (; *certs != NULL; certs++)
        NEED(sk_X509_push(stack, *certs) > 0);
    return stack;
}

X509_STORE *pki_hashed_store(const char *dir, X509 *const *certs)
{
    X509_STORE *store = own(X509_STORE_new(), free_store);

    for (; *certs != NULL; certs++) {
        char path[512];
        FILE *file = NULL;
        for (int i = 0; file == NULL; i++) {
            snprintf(path, sizeof path, "%s/%08lx.%d", dir, X509_subject_name_hash(*certs), i);
            file = fopen(path, "wxe");
            NEED(i < 9);
        }
        NEED(PEM_write_X509(file, *certs));
        fclose(file);
    }
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    NEED(lookup != NULL && X509_LOOKUP_add_dir(lookup, dir, X509_FILETYPE_PEM) > 0);
    return store;
}

X509_VERIFY_PARAM *pki_param(unsigned long flags)
{
    X509_VERIFY_PARAM *param = own(X509_VERIFY_PARAM_new(), free_param);

    NEED(X509_VERIFY_PARAM_set_flags(param, flags));
    return param;
}

/* Reads the tag and the length of the DER element at at. Returns its contents. */
static const unsigned char *open_element(const unsigned char *at, long *len)
{
    int tag, class;

    NEED((ASN1_get_object(&at, len, &tag, &class, 1 << 20) & 0x80) == 0);
    return at;
}

/* The seventh element of the TBSCertificate (RFC 5280 4.1), found in the DER, because OpenSSL would
 * encode the key again. */
void pki_spki_digest(X509 *cert, const EVP_MD *md, unsigned char *out)
{
    unsigned char *der = NULL;
    long len;

    NEED(i2d_X509(cert, &der) > 0);
    const unsigned char *at = open_element(open_element(der, &len), &len);
    for (int i = 0; i < 6; i++) /* version, serial, signature, issuer, validity, subject */
        at = open_element(at, &len) + len;
    const unsigned char *inside = open_element(at, &len);
    NEED(EVP_Digest(at, (size_t)(inside - at + len), out, NULL, md, NULL));
    OPENSSL_free(der);
}

void pki_cert_digest(X509 *cert, const EVP_MD *md, unsigned char *out)
{
    NEED(X509_digest(cert, md, out, NULL));
}

const void *pki_libcrypto(void)
{
    /* Refers to libssl, so that the linker keeps it. */
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    SSL_CTX_free(ctx);
    return (const void *)(size_t)&X509_new;
}
