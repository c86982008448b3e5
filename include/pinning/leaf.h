/*
 * leaf.h - the names that a certificate claims (a part of the identity room).
 */
#ifndef PINNING_LEAF_H
#define PINNING_LEAF_H

#include <pinning/error.h>
#include <pinning/identity.h>
#include <pinning/ossl.h>

/* Adds every DNS name and address of the subjectAltName and every common name of the subject that
 * is one, canonical; "*.x" counts as "x". What is neither host nor address is passed over. Returns
 * false with PIN_R_NAMES if there are more than PIN_NAMES_MAX, with PIN_R_INTERNAL when out of
 * memory; the caller clears *out in either case. Thread-safe. */
__attribute__((warn_unused_result)) bool pin_leaf_names(const X509 *leaf, struct pin_names *out,
                                                        struct pin_error *err);

/* The same of a client's certificate: every DNS name and mail address of the subjectAltName, and every
 * common name and emailAddress of the subject that is a host, an address or a mail address. A mail
 * address is in lower case, local@host with letters, digits and ._%+- before the '@' (no dot
 * first) and a host or address behind it, at most PIN_IDENTITY_MAX bytes in all; any other is passed
 * over. */
__attribute__((warn_unused_result)) bool pin_leaf_client_names(const X509 *leaf,
                                                               struct pin_names *out,
                                                               struct pin_error *err);

/* Does the certificate bear the name or address, as X509_check_host(3) and X509_check_ip(3) see
 * it? */
bool pin_leaf_bears(X509 *leaf, const struct pin_identity *id);

#endif
