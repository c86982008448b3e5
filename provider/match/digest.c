/* digest.c - digests of certificates and keys. */
#include <pinning/match.h>

#include <openssl/core_dispatch.h>
#include <string.h>
#include <strings.h>

/* The functions of one digest of a provider, see provider-digest(7). */
struct implementation {
    OSSL_FUNC_digest_newctx_fn *newctx;
    OSSL_FUNC_digest_init_fn *init;
    OSSL_FUNC_digest_update_fn *update;
    OSSL_FUNC_digest_final_fn *final;
    OSSL_FUNC_digest_freectx_fn *freectx;
};

static void read_dispatch(struct implementation *out, const OSSL_DISPATCH *in)
{
    for (; in->function_id != 0; in++) {
        switch (in->function_id) {
        case OSSL_FUNC_DIGEST_NEWCTX:
            out->newctx = OSSL_FUNC_digest_newctx(in);
            break;
        case OSSL_FUNC_DIGEST_INIT:
            out->init = OSSL_FUNC_digest_init(in);
            break;
        case OSSL_FUNC_DIGEST_UPDATE:
            out->update = OSSL_FUNC_digest_update(in);
            break;
        case OSSL_FUNC_DIGEST_FINAL:
            out->final = OSSL_FUNC_digest_final(in);
            break;
        case OSSL_FUNC_DIGEST_FREECTX:
            out->freectx = OSSL_FUNC_digest_freectx(in);
            break;
        default:
            break;
        }
    }
}

/* Is wanted one of the names, with ':' between them? */
static bool has_name(const char *names, const char *wanted)
{
    size_t len = strlen(wanted);

    for (; names != NULL; names = strchr(names, ':')) {
        names += *names == ':';
        if (strncasecmp(names, wanted, len) == 0 && (names[len] == ':' || names[len] == '\0'))
            return true;
    }
    return false;
}

static bool find(const OSSL_PROVIDER *provider, const char *name, struct implementation *out)
{
    int no_cache = 0;
    const OSSL_ALGORITHM *algorithm =
        OSSL_PROVIDER_query_operation(provider, OSSL_OP_DIGEST, &no_cache);

    *out = (struct implementation){0};
    for (; algorithm != NULL && algorithm->algorithm_names != NULL; algorithm++) {
        if (!has_name(algorithm->algorithm_names, name))
            continue;
        read_dispatch(out, algorithm->implementation);
        return out->newctx != NULL && out->init != NULL && out->update != NULL &&
               out->final != NULL && out->freectx != NULL;
    }
    return false;
}

/* Makes the digest in the provider that has the key. The library context of a connection cannot be
 * asked for, and the default one may have no algorithms (a program that works in a context of its
 * own and loads the null provider into the default one). */
static bool digest_in(const struct pin_leaf *leaf, const unsigned char *bytes, size_t len,
                      enum pin_hash hash, struct pin_digest *out)
{
    EVP_PKEY *key = leaf->cert != NULL ? X509_get0_pubkey(leaf->cert) : leaf->raw_key;
    const OSSL_PROVIDER *provider = key != NULL ? EVP_PKEY_get0_provider(key) : NULL;
    struct implementation digest;
    size_t size = 0;
    bool ok;

    if (provider == NULL || !find(provider, pin_hash_name(hash), &digest))
        return false;
    void *ctx = digest.newctx(OSSL_PROVIDER_get0_provider_ctx(provider));
    ok = ctx != NULL && digest.init(ctx, NULL) == 1 && digest.update(ctx, bytes, len) == 1 &&
         digest.final(ctx, out->bytes, &size, sizeof out->bytes) == 1 &&
         size == pin_hash_size(hash);
    digest.freectx(ctx);
    return ok;
}

static const EVP_MD *md_of(enum pin_hash hash)
{
    return hash == PIN_SHA256 ? EVP_sha256() : hash == PIN_SHA384 ? EVP_sha384() : EVP_sha512();
}

/* Frees der, which may be NULL. */
static bool digest_der(unsigned char *der, int len, const struct pin_leaf *leaf, enum pin_hash hash,
                       struct pin_digest *out, struct pin_error *err)
{
    unsigned int size = 0;
    bool ok;

    *out = (struct pin_digest){.hash = hash};
    ok = der != NULL && len > 0 &&
         ((EVP_Digest(der, (size_t)len, out->bytes, &size, md_of(hash), NULL) == 1 &&
           size == pin_hash_size(hash)) ||
          digest_in(leaf, der, (size_t)len, hash, out));
    OPENSSL_free(der);
    return ok || pin_error_set(err, PIN_R_INTERNAL, "cannot make a %s digest of a certificate",
                               pin_hash_name(hash));
}

bool pin_match_key_digest(const struct pin_leaf *leaf, enum pin_hash hash, struct pin_digest *out,
                          struct pin_error *err)
{
    unsigned char *der = NULL;
    /* The bytes of the certificate, because a key that OpenSSL made from them may be encoded in
     * another way: RSA-PSS parameters, explicit curves, unknown algorithms. */
    int len = leaf->cert != NULL ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf->cert), &der)
                                 : i2d_PUBKEY(leaf->raw_key, &der);
    return digest_der(der, len, leaf, hash, out, err);
}

bool pin_match_cert_digest(X509 *cert, enum pin_hash hash, struct pin_digest *out,
                           struct pin_error *err)
{
    const struct pin_leaf leaf = {.cert = cert};
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    return digest_der(der, len, &leaf, hash, out, err);
}
