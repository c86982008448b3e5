/*
 * okhttp.h - pins of OkHttp's CertificatePinner and tokens of sources, for its reader only.
 */
#ifndef PINCTL_OKHTTP_H
#define PINCTL_OKHTTP_H

#include "form/form.h"

/* A pattern with a pin: HOST, or **.HOST for it and all hosts below. */
struct okhttp_pin {
    struct pin_identity id;
    const char *at; /* of the pattern */
    bool all;
    struct pin_digest digest;
};

struct okhttp_pins {
    struct okhttp_pin *list; /* owned */
    size_t count;
};

/* Parses and adds a pattern and a pin "sha256/BASE64". False with the error. */
bool okhttp_add(struct imports *in, struct okhttp_pins *pins, const char *pattern,
                size_t pattern_len, const char *pin, size_t pin_len);

/* Adds the hosts: each has the pins of all patterns that match it. False with the error. */
bool okhttp_add_hosts(struct imports *in, const struct okhttp_pins *pins);

/* A token of Java, Kotlin, Scala or Groovy. */
enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_SIGN, TOKEN_ERROR };
struct token {
    enum token_kind kind;
    const char *at, *end; /* of a text: without the quotes */
    bool plain;           /* a text without escapes, templates and newlines */
    const char *next;
};

/* Returns the token at or after at, past blanks and comments. TOKEN_ERROR with the error. */
struct token okhttp_token(struct imports *in, const char *at);

#endif
