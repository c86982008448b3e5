/* given.h - a pin as an administrator gives it: as text, or as a file with what has the key. */
#ifndef PINCTL_PIN_ARGUMENT_H
#define PINCTL_PIN_ARGUMENT_H

#include "x509/keys.h"

#include <pinning/error.h>
#include <pinning/policy.h>

struct pin_argument {
    struct pin_digest digest; /* of the key */
    struct pin_digest whole;  /* of the certificate, where is_cert */
    bool is_text;             /* it was a pin: what it is the digest of is not known */
    bool is_cert, is_ca;
    char comment[160]; /* what it is, printable ASCII */
};

/* Reads "sha256//..." or a file (PEM or DER) of which the first key or certificate counts. False
 * with *err. */
bool pin_argument_read(const char *text, struct pin_argument *out, struct pin_error *err);

/* The same of one that is at hand. */
bool pin_argument_from_key(const struct pinctl_key *key, struct pin_argument *out,
                           struct pin_error *err);

/* Writes "KIND = PIN [until DATE] # COMMENT" and a newline. */
#define PIN_ARGUMENT_LINE 400
void pin_argument_line(const struct pin_argument *given, enum pin_kind kind, pin_day until,
                       char out[static PIN_ARGUMENT_LINE]);

/* Reads key, cert or ca. */
bool pin_argument_kind(const char *word, enum pin_kind *out);

#endif
