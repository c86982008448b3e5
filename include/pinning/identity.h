/*
 * identity.h - canonical hosts, addresses and mail addresses, and the names of a certificate.
 *
 * Pure, thread-safe. Whatever is neither a host name nor an address is refused, so that it can
 * never become the name of a file.
 */
#ifndef PINNING_IDENTITY_H
#define PINNING_IDENTITY_H

#include <pinning/error.h>
#include <pinning/limits.h>
#include <pinning/ossl.h>
#include <pinning/str_set.h>
#include <stdbool.h>
#include <stddef.h>

/* A host in lower case, A-labels, without a final dot; or an address in inet_ntop(3) form. */
struct pin_identity {
    char text[PIN_IDENTITY_MAX + 1];
    bool is_address;
};

/* Parses len bytes of name (no NUL needed). One final dot is removed, upper case lowered. All forms
 * of inet_aton(3) are addresses ("127.1", "2130706433"), a zone ("%eth0") is stripped and an IPv4
 * address mapped into IPv6 is IPv4. A host is letters, digits, '-' and '_' in labels of 1 to 63
 * bytes, but not a single label that begins with '_': such file names are reserved for the store. A
 * name whose last label is a number ("foo.1", "1.2.3.4.5") is an address or refused. Returns false,
 * *out untouched, for anything else: NUL or '/' within, an empty label, two final dots, over 253
 * bytes, non-ASCII. */
bool pin_identity_parse(const char *name, size_t len, struct pin_identity *out);

/* Parses a name that a program gave to OpenSSL. In addition to pin_identity_parse(), it accepts an
 * IPv6 address in brackets, and UTF-8, which it converts to A-labels (RFC 5891) if the result does
 * not depend on the version of IDNA: some programs connect to the A-labels and pass on the name as
 * it was written. Returns false, *out untouched, for anything else. */
bool pin_identity_read_name(const char *name, struct pin_identity *out);

/* Makes an identity of the 4 or 16 bytes of an address in network order. Returns false for any
 * other len. */
bool pin_identity_from_address(const unsigned char *bytes, size_t len, struct pin_identity *out);

/* Returns whether two identities are the same host, or the same address. */
bool pin_identity_equal(const struct pin_identity *a, const struct pin_identity *b);

/* Returns the parent of name, which is the identity's text or a result of this function: the name
 * one label shorter, pointing into id. Returns NULL if there is none, and for an address or a mail
 * address, because only hosts have subdomains. A single label that begins with '_' is not a parent:
 * x._default must not lead to _default.pins. */
const char *pin_identity_parent(const struct pin_identity *id, const char *name);

/* Returns whether id is a host below the host of suffix, which begins with a dot (".example.com").
 * False for an address. */
bool pin_identity_is_below(const struct pin_identity *id, const char *suffix);

/* A list of names without duplicates. Zeroed it is empty. */
struct pin_names {
    struct pin_identity *list; /* owned, no two equal */
    size_t count;
    size_t capacity;
    struct pin_str_set texts; /* of the list */
};

/* Adds a copy of id unless it is in the list already, in constant time. Returns false when out of
 * memory. */
__attribute__((warn_unused_result)) bool pin_names_add(struct pin_names *names,
                                                       const struct pin_identity *id);
/* Frees the list and zeroes *names; NULL is allowed. */
void pin_names_clear(struct pin_names *names);

/* Adds the presented identifiers (RFC 9525) of a server's certificate, canonical: every DNS name
 * and address of the subjectAltName, and every common name of the subject that is a host or
 * address.
 * "*.x" counts as "x"; anything that is neither host nor address is ignored. OpenSSL limits their
 * number by the size of a Certificate message (SSL_CTX_set_max_cert_list(3)). Returns false with
 * PIN_R_NAMES if the extension is malformed, with PIN_R_INTERNAL when out of memory. The caller
 * clears *out in either case. */
__attribute__((warn_unused_result)) bool pin_presented_ids(const X509 *leaf, struct pin_names *out,
                                                           struct pin_error *err);

/* As pin_presented_ids(), for a client's certificate: every DNS name and mail address of the
 * subjectAltName, and every common name and emailAddress of the subject that is a host, an address
 * or a mail address. A mail address is in lower case, local@host with letters, digits and ._%+-
 * before the '@' (no dot first) and a host or address behind it, at most PIN_IDENTITY_MAX bytes in
 * all; any other is ignored. */
__attribute__((warn_unused_result)) bool
pin_presented_client_ids(const X509 *leaf, struct pin_names *out, struct pin_error *err);

/* Returns whether the certificate matches the host or address, as X509_check_host(3) and
 * X509_check_ip_asc(3) decide. */
bool pin_leaf_matches(X509 *leaf, const struct pin_identity *id);

#endif
