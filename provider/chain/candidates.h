/*
 * candidates.h - the certificates and revocation lists that a path can be built from.
 */
#ifndef PINNING_CHAIN_CANDIDATES_H
#define PINNING_CHAIN_CANDIDATES_H

#include <pinning/chain.h>

/* More certificates than any honest path has. A peer that needs more is not validated. */
#define PIN_CANDIDATES_MAX 64

/* The flags by which an application asks for a check of revocation. */
#define PIN_CRL_FLAGS                                                                              \
    (X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_EXTENDED_CRL_SUPPORT |        \
     X509_V_FLAG_USE_DELTAS)

/* The certificates a path can be built from. The stacks own references. */
struct pin_candidates {
    STACK_OF(X509) * presented;
    STACK_OF(X509) * trusted;  /* possible issuers from the application's trust store */
    bool truncated;            /* the trust store has more of those */
    X509_STORE_CTX *store_ctx; /* for lookups in the trust store; NULL: no trust store */
};

/* Collects the certificates that the peer presented, without the leaf, and their possible issuers
 * from the trust store. False when out of memory; the caller clears in either case. */
__attribute__((warn_unused_result)) bool pin_candidates_init(struct pin_candidates *candidates,
                                                             const struct pin_chain *chain);
void pin_candidates_clear(struct pin_candidates *candidates);

/* Adds the application's revocation lists for the leaf and all candidates, where the application
 * checks any, to the store. False when out of memory. */
__attribute__((warn_unused_result)) bool pin_candidates_add_crls(struct pin_candidates *candidates,
                                                                 const struct pin_chain *chain,
                                                                 X509_STORE *store);

#endif
