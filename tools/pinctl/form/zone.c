/* Reader of TLSA records (RFC 6698) in a zone file, which ldns parses. */
/* ldns.h declares functions with types that OpenSSL deprecates. */
#undef OPENSSL_NO_DEPRECATED
#include <ldns/ldns.h>

#include "form/form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The origin of a file that names none: a relative owner shows by it. */
#define NO_ORIGIN "no-origin.pinctl.invalid."

struct zone {
    struct imports *in;
    FILE *file;
    uint32_t ttl;
    ldns_rdf *origin, *previous; /* owned */
    const char *at;              /* the record in in->bytes */
};

/* Returns the next word of the text at at, past blanks, comments, newlines and parentheses. */
static const char *word_at(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n()");
        if (*at != ';')
            return at;
        at += strcspn(at, "\n");
    }
}

static const char *after_word(const char *at)
{
    return word_at(at + strcspn(at, " \t\r\n();"));
}

/* Returns the place of a field of the record: 0 is the first after TLSA. */
static const char *field(const struct zone *zone, unsigned number)
{
    const char *at = word_at(zone->at);

    while (*at != '\0' && strncasecmp(at, "TLSA", 4) != 0 && strncasecmp(at, "TYPE52", 6) != 0)
        at = after_word(at);
    for (unsigned i = 0; i <= number && *at != '\0'; i++)
        at = after_word(at);
    return *at != '\0' ? at : word_at(zone->at);
}

/* Finds the host in _443._tcp.HOST or *._tcp.HOST. */
static struct import_host *owner(struct zone *zone, const char *name)
{
    const char *at = word_at(zone->at), *protocol = strchr(name, '.');
    const char *host = protocol != NULL ? strchr(protocol + 1, '.') : NULL;
    size_t len = strlen(name), none = strlen(NO_ORIGIN);

    if (len >= none && strcmp(name + len - none, NO_ORIGIN) == 0)
        imports_fail(zone->in, at,
                     "a relative name without $ORIGIN: give --origin ZONE, or write the whole name "
                     "with a dot at its end");
    else if (host == NULL || (name[0] != '_' && strncmp(name, "*.", 2) != 0) || protocol[1] != '_')
        imports_fail(zone->in, at,
                     "expected _PORT._PROTOCOL.HOST or *._PROTOCOL.HOST as the record's name");
    else
        return imports_host(zone->in, at, host + 1, strlen(host + 1));
    return NULL;
}

/* Chooses the kind of pin for usage and selector. The module always requires the validation that
 * usages 0 and 1 ask for. Returns NULL, or why there is none. */
static const char *kind_of(unsigned usage, unsigned selector, enum pin_kind *out)
{
    const bool ca = usage == 0 || usage == 2;

    *out = ca ? PIN_KIND_CA : selector == 1 ? PIN_KIND_KEY : PIN_KIND_CERT;
    return ca && selector == 0
               ? "selector 0 pins the whole certificate of a CA, but a ca pin is of "
                 "its key: write 2 1"
               : NULL;
}

static bool number(struct zone *zone, ldns_rr *record, unsigned index, unsigned most, unsigned *out)
{
    *out = ldns_rdf_data(ldns_rr_rdf(record, index))[0];
    return *out <= most ||
           imports_fail(zone->in, field(zone, index), "expected a number of 0 to %u", most);
}

static bool take_data(struct zone *zone, struct import_host *host, ldns_rr *record)
{
    static const char *const hashes[] = {[1] = "sha256:", [2] = "sha512:"}; /* by matching type */
    unsigned usage, selector, matching;
    struct pin_digest digest;
    enum pin_kind kind;
    char hex[2 * PIN_DIGEST_MAX + 3] = "";

    if (!number(zone, record, 0, 3, &usage) || !number(zone, record, 1, 1, &selector) ||
        !number(zone, record, 2, 2, &matching))
        return false;
    const char *why = kind_of(usage, selector, &kind);
    if (why != NULL)
        return imports_fail(zone->in, field(zone, 0), "%s", why);
    if (matching == 0)
        return imports_fail(
            zone->in, field(zone, 2),
            "matching 0 contains the data itself, but a pin is a digest: write 1 or 2");
    const ldns_rdf *data = ldns_rr_rdf(record, 3);
    for (size_t i = 0; i < ldns_rdf_size(data) && i <= PIN_DIGEST_MAX; i++)
        snprintf(hex + 2 * i, 3, "%02x", ldns_rdf_data(data)[i]);
    const char *at = field(zone, 3);
    /* A digest may consist of several words: its errors are reported at the first. */
    if (!imports_digest_text(zone->in, hashes[matching], hex, strlen(hex), at, &digest))
        return false;
    return imports_add(zone->in, host, kind, &digest, PIN_DAY_NEVER);
}

static bool take_record(struct zone *zone, ldns_rr *record)
{
    if (ldns_rr_get_type(record) != LDNS_RR_TYPE_TLSA)
        return true;
    char *name = ldns_rdf2str(ldns_rr_owner(record));
    struct import_host *host = NULL;

    if (name == NULL)
        pin_error_set(zone->in->err, PIN_R_INTERNAL, "out of memory");
    else
        host = owner(zone, name);
    free(name);
    return host != NULL && take_data(zone, host, record);
}

/* ldns accepts a ( without its ), also where a file was cut. */
static bool has_pairs(struct zone *zone)
{
    const char *end = zone->in->bytes + ftell(zone->file), *open = NULL;
    bool quoted = false;

    for (const char *at = zone->at; at < end; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && *at == ';')
            at += strcspn(at, "\n") - 1;
        else if (!quoted && *at == '(')
            open = at;
        else if (!quoted && *at == ')')
            open = NULL;
    }
    return open == NULL || imports_fail(zone->in, open, "( without )");
}

/* ldns reads a relative origin as if it ended with a dot. */
static bool has_whole_origin(struct zone *zone, const char *at)
{
    const char *name = after_word(at);
    size_t len = strcspn(name, " \t\r\n;");

    return (len > 0 && name[len - 1] == '.') ||
           imports_fail(zone->in, name, "a relative origin: expected a name with a dot at its end");
}

/* Reads a record, or a line that is none. */
static bool take_next(struct zone *zone)
{
    ldns_rr *record = NULL;
    ldns_status status;

    zone->at = zone->in->bytes + ftell(zone->file);
    status =
        ldns_rr_new_frm_fp_l(&record, zone->file, &zone->ttl, &zone->origin, &zone->previous, NULL);
    const char *at = word_at(zone->at);
    if (status == LDNS_STATUS_OK) {
        bool ok = has_pairs(zone) && take_record(zone, record);
        ldns_rr_free(record);
        return ok;
    }
    if (status == LDNS_STATUS_SYNTAX_ORIGIN)
        return has_whole_origin(zone, at);
    if (status == LDNS_STATUS_SYNTAX_INCLUDE)
        return imports_fail(zone->in, at, "$INCLUDE is not followed: import that file as well");
    /* ldns reports the end of a file without a newline as an error. */
    return *at == '\0' || status == LDNS_STATUS_SYNTAX_TTL || status == LDNS_STATUS_SYNTAX_EMPTY ||
           imports_fail(zone->in, at, "not a record of a zone file: %s",
                        ldns_get_errorstr_by_id(status));
}

bool import_tlsa(struct imports *in)
{
    struct zone zone = {.in = in, .ttl = 3600};
    const char *origin = in->origin != NULL ? in->origin : NO_ORIGIN;
    bool ok = true;

    if (in->len == 0)
        return true;
    zone.file = fmemopen((char *)(uintptr_t)in->bytes, in->len, "r");
    if (zone.file == NULL || ldns_str2rdf_dname(&zone.origin, origin) != LDNS_STATUS_OK ||
        ldns_str2rdf_dname(&zone.previous, NO_ORIGIN) != LDNS_STATUS_OK)
        ok = pin_error_set(in->err, PIN_R_CONFIG, "--origin %s: not a name of DNS", origin);
    while (ok && !feof(zone.file) && (size_t)ftell(zone.file) < in->len)
        ok = take_next(&zone);
    ldns_rdf_deep_free(zone.origin);
    ldns_rdf_deep_free(zone.previous);
    if (zone.file != NULL)
        fclose(zone.file);
    return ok;
}
