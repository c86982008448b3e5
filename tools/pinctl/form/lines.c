/* Readers of short formats: curl's, OpenSSL's fingerprints, HPKP's header, GnuTLS's known_hosts. */
#include "form/form.h"

#include <openssl/x509.h>
#include <pinning/policy.h>
#include <stdio.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

/* curl --pinnedpubkey: sha256//BASE64;sha256//BASE64 */
bool import_curl(struct imports *in)
{
    struct import_host *host = imports_given_host(in);
    const char *at = in->bytes + strspn(in->bytes, blanks);
    struct pin_digest digest;

    if (host == NULL)
        return false;
    if (*at == '\0')
        return imports_fail(in, at, "no pin: expected sha256//BASE64;sha256//BASE64");
    for (;;) {
        size_t len = strcspn(at, "; \t\r\n");
        if (!imports_is_at(in, at, "sha256//"))
            return imports_fail(in, at, "expected sha256//BASE64");
        if (!imports_digest(in, "", at, len, &digest) ||
            !imports_add(in, host, PIN_KIND_KEY, &digest, PIN_DAY_NEVER))
            return false;
        at += len;
        at += strspn(at, blanks);
        if (*at == '\0')
            return true;
        if (*at != ';')
            return imports_fail(in, at, "expected ; and another pin, or the end");
        at += 1 + strspn(at + 1, blanks);
    }
}

/* openssl x509 -fingerprint -sha256: sha256 Fingerprint=AB:CD:... */
bool import_fingerprint(struct imports *in)
{
    static const char *const hashes[] = {"sha256", "sha384", "sha512"};
    struct import_host *host = imports_given_host(in);
    const char *at = in->bytes + strspn(in->bytes, blanks);
    struct pin_digest digest;
    char prefix[16];

    if (host == NULL)
        return false;
    do {
        size_t len = strlen("sha256"), i = 0;
        while (i < PIN_HASHES && strncasecmp(at, hashes[i], len) != 0)
            i++;
        if (i == PIN_HASHES)
            return imports_fail(
                in, at,
                "expected sha256 Fingerprint=HEX (or sha384, sha512), as openssl x509 "
                "-fingerprint -sha256 prints it");
        at += len;
        if (strncasecmp(at, " Fingerprint=", strlen(" Fingerprint=")) != 0)
            return imports_fail(in, at, "expected \" Fingerprint=\"");
        at += strlen(" Fingerprint=");
        len = strcspn(at, blanks);
        snprintf(prefix, sizeof prefix, "%s:", hashes[i]);
        if (!imports_digest(in, prefix, at, len, &digest) ||
            !imports_add(in, host, PIN_KIND_CERT, &digest, PIN_DAY_NEVER))
            return false;
        at += len + strspn(at + len, blanks);
    } while (*at != '\0');
    return true;
}

/* ---- HPKP, RFC 7469 section 2.1 ---- */

struct hpkp {
    struct pin_digest pins[64];
    size_t count;
    unsigned long max_age;
    bool has_max_age, subdomains;
};

/* Takes a value, quoted or not. */
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
           imports_fail(in, value, "max-age = 0 takes the pins back: nothing to import");
}

bool import_hpkp(struct imports *in)
{
    static const char header[] = "Public-Key-Pins", only[] = "-Report-Only";
    struct import_host *host = imports_given_host(in);
    const char *at = in->bytes + strspn(in->bytes, blanks);
    struct hpkp hpkp = {.count = 0};

    if (host == NULL)
        return false;
    if (strncasecmp(at, header, strlen(header)) == 0) {
        at += strlen(header);
        host->report = strncasecmp(at, only, strlen(only)) == 0;
        at += host->report ? strlen(only) : 0;
        if (*at != ':')
            return imports_fail(in, at, "expected : after the name of the header");
        at += 1 + strspn(at + 1, blanks);
    }
    while (*at != '\0') {
        if (*at != ';' && !take_directive(in, &at, &hpkp))
            return false;
        at += strspn(at, blanks);
        if (*at != ';' && *at != '\0')
            return imports_fail(in, at, "expected ; and another directive, or the end");
        at += *at == ';';
        at += strspn(at, blanks);
    }
    if (hpkp.count == 0 || (!hpkp.has_max_age && !host->report))
        return imports_fail(in, at, "%s is missing", hpkp.count == 0 ? "pin-sha256" : "max-age");
    host->subdomains = hpkp.subdomains;
    pin_day until = hpkp.has_max_age ? pin_day_of(in->now + (time_t)hpkp.max_age) : PIN_DAY_NEVER;
    for (size_t i = 0; i < hpkp.count; i++) {
        if (!imports_add_any(in, host, &hpkp.pins[i], until))
            return false;
    }
    return true;
}

/* ---- GnuTLS: |g0|host|service|expiration|base64 and |c0|host|service|expiration|hash|hex ---- */

#define FIELDS_MAX 7
struct fields {
    const char *at[FIELDS_MAX];
    size_t len[FIELDS_MAX];
    size_t count;
};

/* The whole SubjectPublicKeyInfo stands there, and its digest is made here. */
static bool digest_of_key(struct imports *in, const char *at, size_t len, struct pin_digest *out)
{
    unsigned char *der = malloc(len / 4 * 3 + 4);
    const unsigned char *end = der;
    int got = der != NULL && len % 4 == 0 && len < 65536
                  ? EVP_DecodeBlock(der, (const unsigned char *)at, (int)len)
                  : -1;
    EVP_PKEY *key = NULL;
    bool ok = false;

    if (got > 0) {
        got -= (at[len - 1] == '=') + (len > 1 && at[len - 2] == '=');
        key = d2i_PUBKEY(NULL, &end, got);
    }
    if (key != NULL && end == der + got) {
        *out = (struct pin_digest){.hash = PIN_SHA256};
        ok = EVP_Digest(der, (size_t)got, out->bytes, NULL, EVP_sha256(), NULL) == 1;
    }
    EVP_PKEY_free(key);
    free(der);
    return ok ||
           imports_fail(in, at, "not a public key: expected base64 of one (SubjectPublicKeyInfo)");
}

static bool digest_of_commitment(struct imports *in, const struct fields *f, struct pin_digest *out)
{
    /* GnuTLS's numbers of hashes */
    static const char *const prefixes[] = {[6] = "sha256:", [7] = "sha384:", [8] = "sha512:"};
    unsigned long algorithm = strtoul(f->at[4], NULL, 10);

    if (algorithm < 6 || algorithm > 8)
        return imports_fail(
            in, f->at[4],
            "a commitment with a hash weaker than sha256, or an unknown one: expected 6 "
            "(sha256), 7 or 8");
    return imports_digest(in, prefixes[algorithm], f->at[5], f->len[5], out);
}

static bool read_known_host(struct imports *in, const struct fields *f)
{
    bool commitment = strncmp(f->at[0], "c0", 2) == 0;
    struct import_host *host;
    struct pin_digest digest;
    unsigned long end;

    if (f->len[0] != 2 || (!commitment && strncmp(f->at[0], "g0", 2) != 0))
        return imports_fail(in, f->at[0], "expected |g0| or |c0|");
    if (f->count != (commitment ? 6 : 5))
        return imports_fail(in, f->at[f->count - 1], "expected %s",
                            commitment ? "|c0|host|service|expiration|hash|hex"
                                       : "|g0|host|service|expiration|base64");
    if (f->len[1] == 1 && f->at[1][0] == '*')
        return imports_fail(in, f->at[1], "a key for every host: expected one");
    if (f->len[3] == 0 || strspn(f->at[3], "0123456789") != f->len[3] || f->len[3] > 11)
        return imports_fail(in, f->at[3],
                            "expected the seconds since 1970 at which it expires, or 0");
    end = strtoul(f->at[3], NULL, 10);
    host = imports_host(in, f->at[1], f->at[1], f->len[1]);
    return host != NULL &&
           (commitment ? digest_of_commitment(in, f, &digest)
                       : digest_of_key(in, f->at[4], f->len[4], &digest)) &&
           imports_add(in, host, PIN_KIND_KEY, &digest,
                       end == 0 ? PIN_DAY_NEVER : pin_day_of((time_t)end));
}

bool import_gnutls(struct imports *in)
{
    for (const char *at = in->bytes; *at != '\0';) {
        const char *end = at + strcspn(at, "\n");
        struct fields f = {.count = 0};
        if (end > at && *at != '|')
            return imports_fail(in, at, "expected |g0| or |c0|");
        while (at < end && f.count < FIELDS_MAX) {
            f.at[f.count] = ++at;
            f.len[f.count] = strcspn(at, "|\n");
            at += f.len[f.count++];
        }
        if (f.count > 0 && (at < end || !read_known_host(in, &f)))
            return at < end ? imports_fail(in, at, "too many fields") : false;
        at = end + (*end == '\n');
    }
    return true;
}
