/* candidates.c - the certificates and revocation lists that a path can be built from. */
#include "candidates.h"

static bool contains(STACK_OF(X509) * stack, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(stack); i++)
        if (X509_cmp(sk_X509_value(stack, i), cert) == 0)
            return true;
    return false;
}

static bool push(STACK_OF(X509) * stack, X509 *cert)
{
    if (!X509_up_ref(cert))
        return false;
    if (sk_X509_push(stack, cert) > 0)
        return true;
    X509_free(cert);
    return false;
}

static void free_stack(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}

/* Adds the certificates from the trust store that could have issued cert. */
static bool add_issuers(struct pin_candidates *candidates, X509 *cert)
{
    STACK_OF(X509) *found =
        X509_STORE_CTX_get1_certs(candidates->store_ctx, X509_get_issuer_name(cert));
    bool ok = true;

    for (int i = 0; ok && i < sk_X509_num(found); i++) {
        X509 *issuer = sk_X509_value(found, i);
        if (contains(candidates->trusted, issuer))
            continue;
        if (sk_X509_num(candidates->trusted) < PIN_CANDIDATES_MAX)
            ok = push(candidates->trusted, issuer);
        else
            candidates->truncated = true;
    }
    free_stack(found);
    return ok;
}

/* Collects the possible issuers of the leaf, of the presented certificates and of those issuers.
 * The trust store may be a directory, and OpenSSL reads from that only what is looked up by name.
 */
static bool collect_trusted(struct pin_candidates *candidates, const struct pin_chain *chain)
{
    bool ok = true;

    if (chain->trust == NULL)
        return true;
    if ((candidates->store_ctx = X509_STORE_CTX_new()) == NULL ||
        !X509_STORE_CTX_init(candidates->store_ctx, chain->trust, chain->leaf,
                             candidates->presented))
        return false;
    ok = add_issuers(candidates, chain->leaf);
    for (int i = 0; ok && i < sk_X509_num(candidates->presented); i++)
        ok = add_issuers(candidates, sk_X509_value(candidates->presented, i));
    for (int i = 0; ok && i < sk_X509_num(candidates->trusted); i++)
        ok = add_issuers(candidates, sk_X509_value(candidates->trusted, i));
    return ok;
}

bool pin_candidates_init(struct pin_candidates *candidates, const struct pin_chain *chain)
{
    candidates->presented = sk_X509_new_null();
    candidates->trusted = sk_X509_new_null();
    if (candidates->presented == NULL || candidates->trusted == NULL)
        return false;
    for (int i = 0; i < sk_X509_num(chain->presented) && i < PIN_CANDIDATES_MAX; i++) {
        X509 *cert = sk_X509_value(chain->presented, i);
        if (X509_cmp(cert, chain->leaf) != 0 && !push(candidates->presented, cert))
            return false;
    }
    return collect_trusted(candidates, chain);
}

void pin_candidates_clear(struct pin_candidates *candidates)
{
    X509_STORE_CTX_free(candidates->store_ctx);
    free_stack(candidates->presented);
    free_stack(candidates->trusted);
}

/* The application's revocation lists of the issuer of cert. */
static bool add_crls_for(X509_STORE *store, struct pin_candidates *candidates, X509 *cert)
{
    STACK_OF(X509_CRL) *crls =
        candidates->store_ctx != NULL
            ? X509_STORE_CTX_get1_crls(candidates->store_ctx, X509_get_issuer_name(cert))
            : NULL;
    bool ok = true;

    for (int i = 0; ok && i < sk_X509_CRL_num(crls); i++)
        ok = X509_STORE_add_crl(store, sk_X509_CRL_value(crls, i)) == 1;
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
    return ok;
}

static bool add_crls(X509_STORE *store, struct pin_candidates *candidates, STACK_OF(X509) * stack)
{
    bool ok = true;

    for (int i = 0; ok && i < sk_X509_num(stack); i++)
        ok = add_crls_for(store, candidates, sk_X509_value(stack, i));
    return ok;
}

bool pin_candidates_add_crls(struct pin_candidates *candidates, const struct pin_chain *chain,
                             X509_STORE *store)
{
    if (chain->param == NULL || (X509_VERIFY_PARAM_get_flags(chain->param) & PIN_CRL_FLAGS) == 0)
        return true;
    return add_crls_for(store, candidates, chain->leaf) &&
           add_crls(store, candidates, candidates->presented) &&
           add_crls(store, candidates, candidates->trusted);
}
