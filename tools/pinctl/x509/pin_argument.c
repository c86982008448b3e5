/* Pins on the command line. */
#include "x509/pin_argument.h"

#include "x509/keys.h"

#include <pinning/parse.h>
#include <pinning/str.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool pin_argument_from_key(const struct pinctl_key *key, struct pin_argument *out,
                           struct pin_error *err)
{
    char subject[120], day[PIN_DAY_TEXT], text[sizeof out->comment];
    pin_day first, last;

    *out = (struct pin_argument){.is_cert = key->cert != NULL, .is_ca = pinctl_is_ca(key)};
    if (!pinctl_key_digest(key, false, PIN_SHA256, &out->digest, err) ||
        (out->is_cert && !pinctl_key_digest(key, true, PIN_SHA256, &out->whole, err)))
        return false;
    if (!out->is_cert) {
        snprintf(out->comment, sizeof out->comment, "%s", key->what);
        return true;
    }
    pinctl_subject(key, subject, sizeof subject);
    pinctl_validity(key->cert, &first, &last);
    pin_day_format(last, day);
    snprintf(text, sizeof text, "%s, valid until %s", subject, day);
    /* It goes into a pin file and to terminals. */
    pin_str_clean(out->comment, sizeof out->comment, text, PIN_CLEAN_ASCII);
    return true;
}

static bool read_text(const char *text, struct pin_argument *out, struct pin_error *err)
{
    size_t at = 0;
    const char *wrong = pin_parse_digest(text, &out->digest, &at);

    out->is_text = true;
    return wrong == NULL ||
           pin_error_set(err, PIN_R_SYNTAX, "\"%.200s\" at character %zu: %s", text, at + 1, wrong);
}

bool pin_argument_read(const char *text, struct pin_argument *out, struct pin_error *err)
{
    struct pinctl_keys keys;
    bool ok;

    *out = (struct pin_argument){.is_text = false};
    if (strncmp(text, "sha", 3) == 0 && access(text, F_OK) != 0)
        return read_text(text, out, err);
    if (!pinctl_keys_read(text, &keys, err))
        return false;
    ok = pin_argument_from_key(&keys.list[0], out, err);
    pinctl_keys_clear(&keys);
    return ok;
}

void pin_argument_line(const struct pin_argument *pin, enum pin_kind kind, pin_day until,
                       char out[static PIN_ARGUMENT_LINE])
{
    char digest[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT];

    pin_digest_format(kind == PIN_KIND_CERT && pin->is_cert ? &pin->whole : &pin->digest, digest);
    pin_day_format(until, day);
    snprintf(out, PIN_ARGUMENT_LINE, "%s = %s%s%s%s%s\n", pin_kind_name(kind), digest,
             until != PIN_DAY_NEVER ? " until " : "", until != PIN_DAY_NEVER ? day : "",
             pin->comment[0] != '\0' ? " # " : "", pin->comment);
}

bool pin_argument_kind(const char *word, enum pin_kind *out)
{
    for (int kind = PIN_KIND_KEY; kind <= PIN_KIND_CA; kind++) {
        if (strcmp(word, pin_kind_name((enum pin_kind)kind)) != 0)
            continue;
        *out = (enum pin_kind)kind;
        return true;
    }
    return false;
}
