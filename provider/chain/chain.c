/* chain.c - validation of a path to a pinned CA. */
#include <pinning/chain.h>

#include "candidates.h"

static bool out_of_memory(struct pin_error *err)
{
    return pin_error_set(err, PIN_R_INTERNAL, "cannot validate the chain: out of memory");
}

/* Sets the requirements on the path: ours, and those of the application that make it stricter. */
static bool set_requirements(X509_STORE_CTX *ctx, const struct pin_chain *chain)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST;
    time_t when = chain->now;
    int level = 1;

    if (chain->param != NULL) {
        unsigned long application = X509_VERIFY_PARAM_get_flags(chain->param);
        flags |= application & (PIN_CRL_FLAGS | X509_V_FLAG_X509_STRICT);
        if ((application & X509_V_FLAG_USE_CHECK_TIME) != 0)
            when = X509_VERIFY_PARAM_get_time(chain->param);
        if (X509_VERIFY_PARAM_get_auth_level(chain->param) > level)
            level = X509_VERIFY_PARAM_get_auth_level(chain->param);
    }
    X509_VERIFY_PARAM_set_auth_level(param, level);
    X509_VERIFY_PARAM_set_time(param, when);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    /* Trust as well as purpose: a root stored as TRUSTED CERTIFICATE says for what it is trusted,
     * or rejected (openssl-x509(1), -addtrust and -addreject). */
    if (!X509_VERIFY_PARAM_set_flags(param, flags) ||
        !X509_VERIFY_PARAM_set_purpose(param, chain->of_client ? X509_PURPOSE_SSL_CLIENT
                                                               : X509_PURPOSE_SSL_SERVER) ||
        !X509_VERIFY_PARAM_set_trust(param, chain->of_client ? X509_TRUST_SSL_CLIENT
                                                             : X509_TRUST_SSL_SERVER))
        return false;
    if (chain->reference == NULL)
        return true;
    return chain->reference_is_address
               ? X509_VERIFY_PARAM_set1_ip_asc(param, chain->reference) == 1
               : X509_VERIFY_PARAM_set1_host(param, chain->reference, 0) == 1;
}

/* Returns the first issuer with a pinned key in the validated path, or NULL. */
static X509 *pinned_in_path(X509_STORE_CTX *ctx, pin_chain_is_pinned *is_pinned, void *arg)
{
    STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);

    for (int i = 1; i < sk_X509_num(path); i++) {
        X509 *ca = sk_X509_value(path, i);
        if (is_pinned(arg, ca))
            return X509_up_ref(ca) ? ca : NULL;
    }
    return NULL;
}

/* Adds the stack as certificates that may stand between leaf and anchor. A self-signed one is left
 * out: it cannot be in the middle of a path, and OpenSSL does not go back after it took one. */
static bool add_others(STACK_OF(X509) * others, STACK_OF(X509) * stack)
{
    bool ok = true;

    for (int i = 0; ok && i < sk_X509_num(stack); i++) {
        X509 *cert = sk_X509_value(stack, i);
        ok = X509_self_signed(cert, 0) == 1 || sk_X509_push(others, cert) > 0;
    }
    return ok;
}

/* Verifies the leaf against a store of the anchors alone. Returns NULL without an error if the path
 * is valid and has no pinned key. */
static X509 *verify(const struct pin_chain *chain, struct pin_candidates *candidates,
                    STACK_OF(X509) * anchors, pin_chain_is_pinned *is_pinned, void *arg,
                    struct pin_error *err)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    X509 *found = NULL;
    bool ok = store != NULL && ctx != NULL && others != NULL;

    for (int i = 0; ok && i < sk_X509_num(anchors); i++)
        ok = X509_STORE_add_cert(store, sk_X509_value(anchors, i)) == 1;
    /* The trust store's variant of an intermediate first: the peer may present one that expired. */
    ok = ok && add_others(others, candidates->trusted) &&
         add_others(others, candidates->presented) &&
         pin_candidates_add_crls(candidates, chain, store) &&
         X509_STORE_CTX_init(ctx, store, chain->leaf, others) && set_requirements(ctx, chain);
    if (!ok)
        out_of_memory(err);
    else if (X509_verify_cert(ctx) == 1)
        found = pinned_in_path(ctx, is_pinned, arg);
    else
        pin_error_set(err, PIN_R_MISMATCH,
                      "a pinned CA is not a validated issuer of this certificate: %s",
                      X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_free(others);
    return found;
}

/* Returns the certificates of the stack whose key is pinned, or is not, without the leaf, as
 * borrowed references; NULL when out of memory. */
static STACK_OF(X509) * select_by_key(STACK_OF(X509) * stack, bool pinned, X509 *leaf,
                                      pin_chain_is_pinned *is_pinned, void *arg)
{
    STACK_OF(X509) *out = sk_X509_new_null();

    for (int i = 0; out != NULL && i < sk_X509_num(stack); i++) {
        X509 *cert = sk_X509_value(stack, i);
        if (X509_cmp(cert, leaf) == 0 || is_pinned(arg, cert) != pinned)
            continue;
        if (sk_X509_push(out, cert) <= 0) {
            sk_X509_free(out);
            out = NULL;
        }
    }
    return out;
}

static X509 *validate(const struct pin_chain *chain, struct pin_candidates *candidates,
                      pin_chain_is_pinned *is_pinned, void *arg, struct pin_error *err)
{
    X509 *leaf = chain->leaf, *found = NULL;
    STACK_OF(X509) *trusted = select_by_key(candidates->trusted, true, leaf, is_pinned, arg);
    STACK_OF(X509) *unpinned_anchors =
        select_by_key(candidates->trusted, false, leaf, is_pinned, arg);
    STACK_OF(X509) *presented = select_by_key(candidates->presented, true, leaf, is_pinned, arg);
    bool ok = trusted != NULL && unpinned_anchors != NULL && presented != NULL;

    if (!ok)
        out_of_memory(err);
    if (sk_X509_num(trusted) > 0)
        found = verify(chain, candidates, trusted, is_pinned, arg, err);
    /* Through other anchors: a cross-signed certificate may vouch for the pinned key after the
     * trusted one has expired. For a CA that was only presented, this path is stricter than the one
     * tried last, and covers the revocation lists up to the anchor. */
    if (found == NULL && sk_X509_num(unpinned_anchors) > 0 &&
        (sk_X509_num(trusted) > 0 || sk_X509_num(presented) > 0))
        found = verify(chain, candidates, unpinned_anchors, is_pinned, arg, err);
    /* Do not accept a presented anchor when the candidate limit was hit: otherwise a peer could
     * flood us with names of issuers to hide the trusted certificate of that key. */
    if (found == NULL && ok && sk_X509_num(trusted) == 0 && sk_X509_num(presented) > 0) {
        if (candidates->truncated)
            pin_error_set(err, PIN_R_MISMATCH,
                          "more than %d certificates could be issuers of this one",
                          PIN_CANDIDATES_MAX);
        else
            found = verify(chain, candidates, presented, is_pinned, arg, err);
    }
    sk_X509_free(trusted);
    sk_X509_free(unpinned_anchors);
    sk_X509_free(presented);
    return found;
}

X509 *pin_chain_validate(const struct pin_chain *chain, pin_chain_is_pinned *is_pinned, void *arg,
                         struct pin_error *err)
{
    struct pin_candidates candidates = {0};
    struct pin_error why = {0};
    X509 *found = NULL;

    if (chain->leaf == NULL)
        pin_error_set(&why, PIN_R_MISMATCH, "a raw public key has no CA");
    else if (pin_candidates_init(&candidates, chain))
        found = validate(chain, &candidates, is_pinned, arg, &why);
    else
        out_of_memory(&why);
    pin_candidates_clear(&candidates);
    if (found == NULL && why.reason == PIN_OK)
        pin_error_set(&why, PIN_R_MISMATCH, "no pinned CA is an issuer of this certificate");
    if (found == NULL)
        pin_error_set(err, why.reason, "%s", why.text);
    return found;
}
