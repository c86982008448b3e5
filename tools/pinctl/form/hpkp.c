/* Reader of the HTTP header Public-Key-Pins (HPKP, RFC 7469 section 2.1). */
#include "form/hpkp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

struct hpkp {
    struct pin_digest pins[64];
    size_t count;
    unsigned long max_age;
    bool has_max_age, subdomains;
};

/* Reads a value, quoted or not. */
static bool take_value(struct imports *in, const char **at, const char **value, size_t *len)
{
    *at += strspn(*at, blanks);
    if (**at != '=')
        return imports_fail(in, *at, "expected = and a value");
    *at += 1 + strspn(*at + 1, blanks);
    bool quoted = **at == '"';
    *value = *at + quoted;
    *len = strcspn(*value, quoted ? "\"\r\n" : "; \t\r\n");
    *at = *value + *len;
    while (quoted && *len > 0 && (*value)[*len - 1] == ' ') /* an escape was here */
        --*len;
    if (quoted && **at != '"')
        return imports_fail(in, *at, "a quote is missing");
    *at += quoted;
    return true;
}

static bool take_directive(struct imports *in, const char **at, struct hpkp *hpkp)
{
    const char *name = *at, *value = NULL;
    size_t name_len = strcspn(name, "=; \t\r\n"), len = 0;
    char *end;

    *at += name_len;
    if (name_len == 17 && strncasecmp(name, "includeSubDomains", 17) == 0)
        return hpkp->subdomains = true;
    if (!take_value(in, at, &value, &len))
        return false;
    if (name_len == 10 && strncasecmp(name, "pin-sha256", 10) == 0)
        return hpkp->count < sizeof hpkp->pins / sizeof hpkp->pins[0]
                   ? imports_digest(in, "sha256//", value, len, &hpkp->pins[hpkp->count++])
                   : imports_fail(in, name, "too many pins");
    if (name_len == 10 && strncasecmp(name, "report-uri", 10) == 0)
        return true;
    if (name_len != 7 || strncasecmp(name, "max-age", 7) != 0)
        return imports_fail(in, name,
                            "unknown directive: expected pin-sha256, max-age, includeSubDomains or "
                            "report-uri");
    hpkp->max_age = strtoul(value, &end, 10);
    hpkp->has_max_age = true;
    if (len == 0 || len > 10 || end != value + len || strspn(value, "0123456789") != len)
        return imports_fail(in, value, "expected a number of seconds");
    return hpkp->max_age > 0 ||
           imports_fail(in, value, "max-age = 0 withdraws the pins: nothing to import");
}

/* Reads the directives at at, up to the NUL. */
static bool take_directives(struct imports *in, const char *at, bool report, struct hpkp *hpkp)
{
    at += strspn(at, blanks);
    while (*at != '\0') {
        if (*at != ';' && !take_directive(in, &at, hpkp))
            return false;
        at += strspn(at, blanks);
        if (*at != ';' && *at != '\0')
            return imports_fail(in, at, "expected ; and another directive, or the end");
        at += *at == ';';
        at += strspn(at, blanks);
    }
    if (hpkp->count > 0 && (hpkp->has_max_age || report))
        return true;
    return imports_fail(in, at, "%s is missing", hpkp->count == 0 ? "pin-sha256" : "max-age");
}

bool import_hpkp(struct imports *in)
{
    struct import_host *host = imports_host_option(in);
    /* The value is ended, and unescaped, in a copy with the same places. */
    struct imports copy = *in;
    char *bytes = strdup(in->bytes);
    struct hpkp hpkp = {.count = 0};
    const char *value = NULL;

    copy.bytes = bytes;
    bool ok = host != NULL &&
              (bytes != NULL || pin_error_set(in->err, PIN_R_INTERNAL, "out of memory")) &&
              hpkp_find(&copy, bytes, &value, &host->report) &&
              take_directives(&copy, value, host->report, &hpkp);
    free(bytes);
    in->notes = copy.notes;
    if (!ok)
        return false;
    host->subdomains = hpkp.subdomains;
    /* After max-age a browser accepts every key again. */
    if (hpkp.has_max_age)
        host->report_after = pin_day_of(in->now + (time_t)hpkp.max_age);
    for (size_t i = 0; i < hpkp.count; i++) {
        if (!imports_add_any(in, host, &hpkp.pins[i], PIN_DAY_NEVER))
            return false;
    }
    return true;
}
