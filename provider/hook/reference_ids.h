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

/* Writes the address of the peer's socket, for records, and its port. An empty text means that it
 * cannot be seen; *port is then unchanged. */
void pin_reference_ids_read_peer(SSL *ssl, char *text, size_t size, unsigned *port);

/* Fingerprint of the reference identifiers and the socket's number; it changes when they do. */
uint64_t pin_reference_ids_hash(SSL *ssl);

#endif
