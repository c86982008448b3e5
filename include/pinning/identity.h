/*
 * identity.h - under which names might this peer be pinned?
 *
 * Pure. Turns what a program, a certificate or a socket says into canonical hosts and addresses,
 * and walks from a host to its parents. What is no host name and no address never becomes one, so
 * it can never become the name of a file. Thread-safe.
 */
#ifndef PINNING_IDENTITY_H
#define PINNING_IDENTITY_H

#include <pinning/error.h>
#include <pinning/limits.h>
#include <pinning/ossl.h>
#include <stdbool.h>
#include <stddef.h>

/* A host in lower case, A-labels, without a final dot; or an address in inet_ntop(3) form. */
struct pin_identity {
    char text[PIN_IDENTITY_MAX + 1];
    bool is_address;
};

/* Reads len bytes of name (no NUL needed). One final dot is removed, upper case lowered. All forms
 * of inet_aton(3) are addresses ("127.1", "2130706433"), a zone ("%eth0") is stripped and an IPv4
 * address mapped into IPv6 is IPv4. A host is letters, digits, '-' and '_' in labels of 1 to 63
 * bytes; a single label that begins with '_' is none: such file names are the store's own. A name
 * whose last label is a number ("foo.1", "1.2.3.4.5") is an address or nothing. Returns false, *out
 * untouched, for anything else: NUL or '/' within, an empty label, two final dots, over 253 bytes,
 * non-ASCII. */
bool pin_identity_parse(const char *name, size_t len, struct pin_identity *out);

/* The same for 4 or 16 bytes of an address in network order. False for any other len. */
bool pin_identity_from_address(const unsigned char *bytes, size_t len, struct pin_identity *out);

bool pin_identity_equal(const struct pin_identity *a, const struct pin_identity *b);

/* Walks up: given the identity's text or a result of this function, returns the name one label
 * shorter, which points into id; NULL at the end, and at once for an address. A parent that is a
 * single label beginning with '_' is the end: x._default must not lead to _default.pins. */
const char *pin_identity_parent(const struct pin_identity *id, const char *name);

/* Is id a host below the host that stands behind the leading dot of suffix (".example.com")?
 * Never for an address. */
bool pin_identity_is_below(const struct pin_identity *id, const char *suffix);

/* The names of a certificate. */
#define PIN_NAMES_MAX 64 /* names that are looked up; a certificate with more is refused */

struct pin_names {
    struct pin_identity *list; /* owned, no two equal */
    size_t count;
    size_t capacity;
};

/* Adds a copy of id unless it is in the list. False when out of memory. */
__attribute__((warn_unused_result)) bool pin_names_add(struct pin_names *names,
                                                       const struct pin_identity *id);
/* Frees what it owns and zeroes it; NULL is allowed. */
void pin_names_clear(struct pin_names *names);

/* Adds every DNS name and address of the subjectAltName and every common name of the subject that
 * is one, canonical; "*.x" counts as "x". What is neither host nor address is passed over. Returns
 * false with PIN_R_NAMES if there are more than PIN_NAMES_MAX, with PIN_R_INTERNAL when out of
 * memory; the caller clears *out in either case. Thread-safe. */
__attribute__((warn_unused_result)) bool pin_presented_ids(const X509 *leaf, struct pin_names *out,
                                                           struct pin_error *err);

/* The same of a client's certificate: every DNS name and mail address of the subjectAltName, and
 * every common name and emailAddress of the subject that is a host, an address or a mail address. A
 * mail address is in lower case, local@host with letters, digits and ._%+- before the '@' (no dot
 * first) and a host or address behind it, at most PIN_IDENTITY_MAX bytes in all; any other is
 * passed over. */
__attribute__((warn_unused_result)) bool
pin_presented_client_ids(const X509 *leaf, struct pin_names *out, struct pin_error *err);

/* Does the certificate bear the name or address, as X509_check_host(3) and X509_check_ip(3) see
 * it? */
bool pin_leaf_matches(X509 *leaf, const struct pin_identity *id);

#endif
