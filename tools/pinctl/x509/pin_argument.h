/* pin_argument.h - a pin on the command line: its text, or a file with the certificate or key. */
#ifndef PINCTL_PIN_ARGUMENT_H
#define PINCTL_PIN_ARGUMENT_H

#include "x509/keys.h"

#include <pinning/error.h>
#include <pinning/policy.h>

struct pin_argument {
    struct pin_digest digest; /* of the key */
    struct pin_digest whole;  /* of the certificate, where is_cert */
    bool is_text;             /* the text of a pin: it is not known what it is the digest of */
    bool is_cert, is_ca;
    char comment[160]; /* describes it, in printable ASCII */
};

/* Reads the text of a pin ("sha256//..."), or a file (PEM or DER), from which it uses the first key
 * or certificate. False with *err. */
bool pin_argument_read(const char *text, struct pin_argument *out, struct pin_error *err);

/* Makes it from a key that has been read. False with *err. */
bool pin_argument_from_key(const struct pinctl_key *key, struct pin_argument *out,
                           struct pin_error *err);

/* Writes "KIND = PIN [until DATE] # COMMENT" and a newline. */
#define PIN_ARGUMENT_LINE 400
void pin_argument_line(const struct pin_argument *pin, enum pin_kind kind, pin_day until,
                       char out[static PIN_ARGUMENT_LINE]);

/* Parses "key", "cert" or "ca". False if it is none of them. */
bool pin_argument_kind(const char *word, enum pin_kind *out);

#endif
