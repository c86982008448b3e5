/* Readers of curl's pins and OpenSSL's fingerprints. */
#include "form/form.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

/* curl --pinnedpubkey: sha256//BASE64;sha256//BASE64 */
bool import_curl(struct imports *in)
{
    struct import_host *host = imports_host_option(in);
    const char *at = in->bytes + strspn(in->bytes, blanks);
    struct pin_digest digest;

    if (host == NULL)
        return false;
    if (*at == '\0')
        return imports_fail(in, at, "no pin: expected sha256//BASE64;sha256//BASE64");
    for (;;) {
        size_t len = strcspn(at, "; \t\r\n");
        if (!imports_starts_with(in, at, "sha256//"))
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

static const char *const hashes[] = {"sha256", "sha384", "sha512"};
#define HASHES (sizeof hashes / sizeof hashes[0])

/* openssl x509 -fingerprint -sha256: sha256 Fingerprint=AB:CD:... */
bool import_fingerprint(struct imports *in)
{
    struct import_host *host = imports_host_option(in);
    const char *at = in->bytes + strspn(in->bytes, blanks);
    struct pin_digest digest;
    char prefix[16];

    if (host == NULL)
        return false;
    do {
        size_t len = strlen("sha256"), i = 0;
        while (i < HASHES && strncasecmp(at, hashes[i], len) != 0)
            i++;
        if (i == HASHES)
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
