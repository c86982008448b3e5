#include <pinning/match.h>

#include <stdio.h>
#include <string.h>

static bool digest_der(unsigned char *der, int len, enum pin_hash hash, struct pin_digest *out,
                       struct pin_error *err)
{
    const EVP_MD *md = hash == PIN_SHA256   ? EVP_sha256()
                       : hash == PIN_SHA384 ? EVP_sha384()
                                            : EVP_sha512();
    unsigned int size = 0;
    bool ok;

    *out = (struct pin_digest){.hash = hash};
    ok = der != NULL && len > 0 && EVP_Digest(der, (size_t)len, out->bytes, &size, md, NULL) == 1 &&
         size == pin_hash_size(hash);
    OPENSSL_free(der);
    return ok || pin_error_set(err, PIN_R_INTERNAL, "cannot make a %s digest of a certificate",
                               pin_hash_name(hash));
}

bool pin_match_key_digest(const struct pin_leaf *leaf, enum pin_hash hash, struct pin_digest *out,
                          struct pin_error *err)
{
    unsigned char *der = NULL;
    /* The bytes of the certificate, not of the key made from them: parameters of RSA-PSS, explicit
     * curves and algorithms OpenSSL does not know stay what they are. */
    int len = leaf->cert != NULL ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf->cert), &der)
                                 : i2d_PUBKEY(leaf->raw_key, &der);
    return digest_der(der, len, hash, out, err);
}

bool pin_match_cert_digest(X509 *cert, enum pin_hash hash, struct pin_digest *out,
                           struct pin_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    return digest_der(der, len, hash, out, err);
}

/* What one kind of pin is compared with. Each digest is made at most once. */
struct digest_cache {
    const struct pin_leaf *key; /* its key, or NULL */
    X509 *cert;                 /* the whole of it, or NULL */
    bool made[PIN_HASHES];
    struct pin_digest digest[PIN_HASHES];
};

enum equal { EQUAL, DIFFERENT, UNKNOWN };

static enum equal compare(const struct pin *pin, struct digest_cache *digest_cache,
                          struct pin_error *err)
{
    enum pin_hash hash = pin->digest.hash;

    if (digest_cache->key == NULL && digest_cache->cert == NULL)
        return DIFFERENT;
    if (!digest_cache->made[hash]) {
        bool ok =
            digest_cache->key != NULL
                ? pin_match_key_digest(digest_cache->key, hash, &digest_cache->digest[hash], err)
                : pin_match_cert_digest(digest_cache->cert, hash, &digest_cache->digest[hash], err);
        if (!ok)
            return UNKNOWN;
        digest_cache->made[hash] = true;
    }
    return pin_digest_equal(&pin->digest, &digest_cache->digest[hash]) ? EQUAL : DIFFERENT;
}

enum pin_match pin_match(const struct pin_policy *policy, pin_day today,
                         const struct pin_leaf *leaf, X509 *proven, const struct pin **hit,
                         struct pin_error *err)
{
    const struct pin_leaf ca = {.cert = proven};
    struct digest_cache by_kind[] = {
        [PIN_KIND_KEY] = {.key = leaf},
        [PIN_KIND_CERT] = {.cert = leaf->cert},
        [PIN_KIND_CA] = {.key = proven != NULL ? &ca : NULL},
    };
    bool any = false;

    for (size_t i = 0; i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->until < today)
            continue;
        any = true;
        switch (compare(pin, &by_kind[pin->kind], err)) {
        case EQUAL:
            *hit = pin;
            return PIN_MATCH_HIT;
        case UNKNOWN:
            return PIN_MATCH_ERROR;
        case DIFFERENT:
            break;
        }
    }
    return any ? PIN_MATCH_MISS : PIN_MATCH_EXPIRED;
}

bool pin_match_has_ca(const struct pin_policy *policy, pin_day today)
{
    for (size_t i = 0; i < policy->count; i++)
        if (policy->pins[i].kind == PIN_KIND_CA && policy->pins[i].until >= today)
            return true;
    return false;
}

/* Is one of the pins that hold, of any of the kinds of the set, a digest of what is shown? */
static bool any_equals(const struct pin_policy *policy, pin_day today, unsigned kinds,
                       struct digest_cache *digest_cache)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->until >= today && (kinds & (1u << pin->kind)) != 0 &&
            compare(pin, digest_cache, NULL) == EQUAL)
            return true;
    }
    return false;
}

bool pin_match_is_ca(const struct pin_policy *policy, pin_day today, X509 *cert)
{
    const struct pin_leaf ca = {.cert = cert};
    struct digest_cache digest_cache = {.key = &ca};
    return any_equals(policy, today, 1u << PIN_KIND_CA, &digest_cache);
}

void pin_match_advise(const struct pin_policy *policy, pin_day today, const struct pin_leaf *leaf,
                      STACK_OF(X509) * presented, char out[static PIN_ADVICE_MAX])
{
    const unsigned key = 1u << PIN_KIND_KEY, cert = 1u << PIN_KIND_CERT, ca = 1u << PIN_KIND_CA;
    struct digest_cache leaf_key = {.key = leaf}, leaf_cert = {.cert = leaf->cert};
    const char *advice = NULL;

    out[0] = '\0';
    if (any_equals(policy, today, key | ca, &leaf_cert))
        advice = "a pin in the file is the digest of the whole certificate: write it as cert";
    else if (any_equals(policy, today, cert | ca, &leaf_key))
        advice = "a pin in the file is the digest of the peer's own key: write it as key";
    for (int i = 0; advice == NULL && i < sk_X509_num(presented); i++) {
        const struct pin_leaf above = {.cert = sk_X509_value(presented, i)};
        struct digest_cache above_key = {.key = &above}, above_cert = {.cert = above.cert};
        /* Advice about a CA is for a CA: an impostor may append the pinned leaf itself. */
        if ((leaf->cert != NULL && X509_cmp(above.cert, leaf->cert) == 0) ||
            X509_check_ca(above.cert) == 0)
            continue;
        if (any_equals(policy, today, key | cert, &above_key))
            advice = "a pin in the file is the digest of a CA's key that was presented: a CA is "
                     "pinned as ca";
        else if (any_equals(policy, today, key | cert | ca, &above_cert))
            advice = "a pin in the file is the digest of a whole CA certificate: pin the CA's key, "
                     "as ca";
    }
    if (advice != NULL)
        snprintf(out, PIN_ADVICE_MAX, "%s", advice);
}
