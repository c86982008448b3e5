/*
 * evaluate.h - from an SSL and its peer to a judgement.
 */
#ifndef PINNING_HOOK_EVALUATE_H
#define PINNING_HOOK_EVALUATE_H

#include "conn.h"

/* What OpenSSL knows of the peer by now: before the handshake the leaf of the session about to be
 * offered, later that of this handshake. Nothing of it is owned. */
struct pin_leaf pin_hook_leaf_of(const SSL *ssl);

/* The peer outside of a verification. Nothing of it is owned. */
struct pin_peer pin_hook_peer_of(SSL *ssl, struct pin_leaf leaf);

/* Judges a peer under the names of the connection; records nothing. */
void pin_hook_evaluate(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer,
                       struct pin_judgement *out);

/* The same, and reports it; on a refusal the error queue is left as OpenSSL's callers expect it.
 * Returns false if the handshake must end. */
__attribute__((warn_unused_result)) bool
pin_hook_enforce(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer);

#endif
