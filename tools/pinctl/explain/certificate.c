/* A certificate in words, for text and JSON. */
#include "explain/certificate.h"

#include <string.h>

void certificate_describe(const struct pinctl_key *key, struct certificate_text *out)
{
    pinctl_subject(key, out->subject, sizeof out->subject);
    pinctl_issuer(key, out->issuer, sizeof out->issuer);
    out->is_self_issued = strcmp(out->subject, out->issuer) == 0;
    pinctl_validity(key->cert, &out->begins, &out->ends);
    pin_day_format(out->begins, out->first);
    pin_day_format(out->ends, out->last);
}

void certificate_to_json(json_t **object, const struct certificate_text *text)
{
    pinctl_json_set(object, "subject", pinctl_json_text(text->subject));
    pinctl_json_set(object, "issuer", pinctl_json_text(text->issuer));
    pinctl_json_set(object, "not-before", json_string(text->first));
    pinctl_json_set(object, "not-after", json_string(text->last));
}
