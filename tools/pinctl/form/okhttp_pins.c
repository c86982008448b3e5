/* The pins of OkHttp's CertificatePinner, and the hosts that they make. */
#include "form/okhttp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_pattern(struct imports *in, struct okhttp_pin *out, size_t len)
{
    const char *at = out->at;

    out->all = len > 3 && strncmp(at, "**.", 3) == 0;
    if (!out->all && len > 2 && strncmp(at, "*.", 2) == 0)
        return imports_fail(in, at,
                            "*. matches one label, which a pin file cannot express: expected a "
                            "host, or **.HOST for it and all its subdomains");
    return imports_is_host(in, at, at + (out->all ? 3 : 0), len - (out->all ? 3 : 0), &out->id);
}

static bool take_pin(struct imports *in, const char *at, size_t len, struct pin_digest *out)
{
    if (len < 7 || strncmp(at, "sha256/", 7) != 0 || at[7] == '/')
        return imports_fail(
            in, at,
            strncmp(at, "sha1/", 5) == 0
                ? "a hash weaker than sha256 is not accepted: expected sha256/BASE64"
                : "expected sha256/BASE64");
    return imports_digest(in, "sha256//", at + 7, len - 7, out);
}

bool okhttp_add(struct imports *in, struct okhttp_pins *pins, const char *pattern,
                size_t pattern_len, const char *pin, size_t pin_len)
{
    struct okhttp_pin made = {.at = pattern}, *list;

    if (!take_pattern(in, &made, pattern_len) || !take_pin(in, pin, pin_len, &made.digest))
        return false;
    list = reallocarray(pins->list, pins->count + 1, sizeof *list);
    if (list == NULL)
        return pin_error_set(in->err, PIN_R_INTERNAL, "out of memory");
    pins->list = list;
    list[pins->count++] = made;
    return true;
}

/* Does the pattern of a pin match the host of another? */
static bool matches(const struct okhttp_pin *pin, const struct pin_identity *host)
{
    char suffix[PIN_IDENTITY_MAX + 2];

    snprintf(suffix, sizeof suffix, ".%s", pin->id.text);
    return pin_identity_equal(&pin->id, host) || (pin->all && pin_identity_is_below(host, suffix));
}

/* Returns whether the hosts below this one must match other pins than the host itself: then one
 * file cannot express both. */
static bool is_split(const struct okhttp_pins *pins, const struct okhttp_pin *exact)
{
    bool has_all = false, in_all = false;

    for (size_t i = 0; i < pins->count; i++) {
        const struct okhttp_pin *other = &pins->list[i];
        if (!other->all || !matches(other, &exact->id))
            continue;
        has_all |= pin_identity_equal(&other->id, &exact->id);
        in_all |= pin_digest_equal(&other->digest, &exact->digest);
    }
    return has_all && !in_all;
}

bool okhttp_add_hosts(struct imports *in, const struct okhttp_pins *pins)
{
    for (size_t i = 0; i < pins->count; i++) {
        const struct okhttp_pin *pin = &pins->list[i];
        const char *name = pin->id.text;
        struct import_host *host = imports_host(in, pin->at, name, strlen(name));
        if (host == NULL)
            return false;
        if (!pin->all && is_split(pins, pin))
            return imports_fail(in, pin->at,
                                "%s has a pin that **.%s lacks, which one pin file cannot express: "
                                "expected the same pins for both",
                                name, name);
        host->subdomains |= pin->all;
        for (size_t k = 0; k < pins->count; k++) {
            if (matches(&pins->list[k], &pin->id) &&
                !imports_add_any(in, host, &pins->list[k].digest, PIN_DAY_NEVER))
                return false;
        }
    }
    return true;
}
