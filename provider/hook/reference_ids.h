/*
 * reference_ids.h - the reference identifiers of a connection (RFC 9525), from its SSL.
 */
#ifndef PINNING_HOOK_REFERENCE_IDS_H
#define PINNING_HOOK_REFERENCE_IDS_H

#include <pinning/judge.h>
#include <pinning/ossl.h>

/* Fills *ids with the present server name of ssl, the names in its verification parameters and the
 * peer address of its socket. The caller clears *ids in any case. False when out of memory. */
__attribute__((warn_unused_result)) bool pin_reference_ids_read(SSL *ssl,
                                                                struct pin_reference_ids *ids);

/* Fingerprint of the reference identifiers and the socket's number; it changes when they do. */
uint64_t pin_reference_ids_hash(SSL *ssl);

#endif
