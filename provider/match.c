/* match.c - digests of a peer and their comparison with pins. */
#include <pinning/match.h>

#include <stdio.h>
#include <string.h>

const char *pin_match_name(enum pin_match match)
{
    static const char *const names[] = {[PIN_MATCH_HIT] = "hit",
                                        [PIN_MATCH_MISS] = "miss",
                                        [PIN_MATCH_EXPIRED] = "expired",
                                        [PIN_MATCH_ERROR] = "error"};
    return names[match];
}

/* Frees der, which may be NULL. */
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
    /* The bytes of the certificate, because a key that OpenSSL made from them may be encoded in
     * another way: RSA-PSS parameters, explicit curves, unknown algorithms. */
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

/* The object that one kind of pin is compared with. Each digest is made at most once. */
struct digest_cache {
    const struct pin_leaf *key; /* of which the key counts, or NULL */
    X509 *cert;                 /* of which the whole counts, or NULL */
    bool made[PIN_HASHES];
    struct pin_digest digest[PIN_HASHES];
};

enum equal { EQUAL, DIFFERENT, UNKNOWN };

static enum equal compare(const struct pin *pin, struct digest_cache *cache, struct pin_error *err)
{
    enum pin_hash hash = pin->digest.hash;

    if (cache->key == NULL && cache->cert == NULL)
        return DIFFERENT;
    if (!cache->made[hash]) {
        bool ok = cache->key != NULL
                      ? pin_match_key_digest(cache->key, hash, &cache->digest[hash], err)
                      : pin_match_cert_digest(cache->cert, hash, &cache->digest[hash], err);
        if (!ok)
            return UNKNOWN;
        cache->made[hash] = true;
    }
    return pin_digest_equal(&pin->digest, &cache->digest[hash]) ? EQUAL : DIFFERENT;
}

enum pin_match pin_match(const struct pin_policy *policy, pin_day today,
                         const struct pin_leaf *leaf, X509 *ca, const struct pin **hit,
                         struct pin_error *err)
{
    const struct pin_leaf issuer = {.cert = ca};
    struct digest_cache by_kind[] = {
        [PIN_KIND_KEY] = {.key = leaf},
        [PIN_KIND_CERT] = {.cert = leaf->cert},
        [PIN_KIND_CA] = {.key = ca != NULL ? &issuer : NULL},
    };
    bool any_in_force = false;

    for (size_t i = 0; i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->until < today)
            continue;
        any_in_force = true;
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
    return any_in_force ? PIN_MATCH_MISS : PIN_MATCH_EXPIRED;
}

bool pin_match_has_ca(const struct pin_policy *policy, pin_day today)
{
    for (size_t i = 0; i < policy->count; i++)
        if (policy->pins[i].kind == PIN_KIND_CA && policy->pins[i].until >= today)
            return true;
    return false;
}

/* Returns whether a pin in force, of a kind in the set, is a digest of the object. */
static bool any_equals(const struct pin_policy *policy, pin_day today, unsigned kinds,
                       struct digest_cache *cache)
{
    for (size_t i = 0; i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->until >= today && (kinds & (1u << pin->kind)) != 0 &&
            compare(pin, cache, NULL) == EQUAL)
            return true;
    }
    return false;
}

bool pin_match_is_ca(const struct pin_policy *policy, pin_day today, X509 *cert)
{
    const struct pin_leaf ca = {.cert = cert};
    struct digest_cache cache = {.key = &ca};
    return any_equals(policy, today, 1u << PIN_KIND_CA, &cache);
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
        const struct pin_leaf issuer = {.cert = sk_X509_value(presented, i)};
        struct digest_cache issuer_key = {.key = &issuer}, issuer_cert = {.cert = issuer.cert};
        /* Only a CA can be pinned as ca, and an impostor may append the pinned leaf. */
        if ((leaf->cert != NULL && X509_cmp(issuer.cert, leaf->cert) == 0) ||
            X509_check_ca(issuer.cert) == 0)
            continue;
        if (any_equals(policy, today, key | cert, &issuer_key))
            advice = "a pin in the file is the digest of a CA's key that was presented: a CA is "
                     "pinned as ca";
        else if (any_equals(policy, today, key | cert | ca, &issuer_cert))
            advice = "a pin in the file is the digest of a whole CA certificate: pin the CA's key, "
                     "as ca";
    }
    if (advice != NULL)
        snprintf(out, PIN_ADVICE_MAX, "%s", advice);
}
