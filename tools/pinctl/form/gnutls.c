/*
 * Reader of GnuTLS's known_hosts: |g0|host|service|expiration|base64 and
 * |c0|host|service|expiration|hash|hex
 */
#include "form/form.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 7
struct fields {
    const char *at[FIELDS_MAX];
    size_t len[FIELDS_MAX];
    size_t count;
};

/* The field contains the whole SubjectPublicKeyInfo, of which the digest is made here. */
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
    /* by GnuTLS's numbers */
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
        return imports_fail(in, f->at[1], "a key for every host: expected one host");
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
