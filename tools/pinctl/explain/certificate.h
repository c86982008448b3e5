/*
 * certificate.h - a certificate in words, for text and JSON.
 */
#ifndef PINCTL_CERTIFICATE_H
#define PINCTL_CERTIFICATE_H

#include "say/json.h"
#include "x509/keys.h"

#include <pinning/date.h>

struct certificate_text {
    char subject[1024], issuer[1024];
    bool is_self_issued;
    pin_day begins, ends;
    char first[PIN_DAY_TEXT], last[PIN_DAY_TEXT]; /* the same in words */
};

/* Fills out for a key that has a certificate. */
void certificate_describe(const struct pinctl_key *key, struct certificate_text *out);

/* Adds the members subject, issuer, not-before and not-after. */
void certificate_to_json(json_t **object, const struct certificate_text *text);

#endif
