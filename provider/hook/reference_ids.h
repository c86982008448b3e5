/*
 * reference_ids.h - the reference identifiers of a connection (RFC 9525), from its SSL.
 */
#ifndef PINNING_HOOK_REFERENCE_IDS_H
#define PINNING_HOOK_REFERENCE_IDS_H

#include <pinning/judge.h>
#include <pinning/ossl.h>

/* Fills *ids with the names in the verification parameters of ssl, the peer address of its socket
 * and a copy of sni (NULL: none). The caller clears *ids in any case. False when out of memory. */
__attribute__((warn_unused_result)) bool pin_reference_ids_read(SSL *ssl, const char *sni,
                                                                struct pin_reference_ids *ids);

/* Fingerprint of the reference identifiers and the socket's number; it changes when they do. */
uint64_t pin_reference_ids_hash(SSL *ssl);

#endif
