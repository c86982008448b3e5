/* Readers of fingerprints of certificates: openssl x509 -fingerprint, and OpenVPN. */
#include "form/form.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r";

static const char *const hashes[] = {"sha256", "sha384", "sha512"};
#define HASHES (sizeof hashes / sizeof hashes[0])

/* A line without its blanks and newline. */
struct line {
    const char *at, *next;
    size_t len;
};

static struct line line_at(const char *at)
{
    struct line line = {.at = at + strspn(at, blanks)};

    line.len = strcspn(line.at, "\n");
    line.next = line.at + line.len + (line.at[line.len] == '\n');
    while (line.len > 0 && strchr(blanks, line.at[line.len - 1]) != NULL)
        line.len--;
    return line;
}

static bool begins(const struct line *line, const char *word)
{
    return line->len >= strlen(word) && strncasecmp(line->at, word, strlen(word)) == 0;
}

/* Does the line consist of hex and colons only? */
static bool is_bare(const struct line *line)
{
    return line->len > 0 && strspn(line->at, "0123456789abcdefABCDEF:") >= line->len;
}

/* Adds the certificate of a digest in hex. hash NULL: of the length that a hash has. */
static bool add_certificate(struct imports *in, struct import_host *host, const char *hash,
                            const char *at, size_t len)
{
    struct pin_digest digest;
    char prefix[16];

    if (hash == NULL)
        hash = len == 191 || len == 128 ? "sha512" : len == 143 || len == 96 ? "sha384" : "sha256";
    if (len == 59 || len == 40)
        return imports_fail(in, at,
                            "the length of SHA-1, which is too weak: expected SHA-256, as openssl "
                            "x509 -fingerprint -sha256 prints it");
    snprintf(prefix, sizeof prefix, "%s:", hash);
    return imports_digest(in, prefix, at, len, &digest) &&
           imports_add(in, host, PIN_KIND_CERT, &digest, PIN_DAY_NEVER);
}

/* Reads sha256 Fingerprint=AB:CD:..., or the hex alone. */
static bool take_fingerprint(struct imports *in, struct import_host *host, const struct line *line)
{
    static const char equals[] = " Fingerprint=";
    const size_t len = strlen("sha256");
    size_t i = 0;

    if (is_bare(line))
        return add_certificate(in, host, NULL, line->at, line->len);
    while (i < HASHES && !begins(line, hashes[i]))
        i++;
    if (i == HASHES)
        return imports_fail(in, line->at,
                            "expected sha256 Fingerprint=HEX (or sha384, sha512), as openssl x509 "
                            "-fingerprint -sha256 prints it, or the hex alone");
    if (strncasecmp(line->at + len, equals, strlen(equals)) != 0)
        return imports_fail(in, line->at + len, "expected \" Fingerprint=\"");
    const char *hex = line->at + len + strlen(equals);
    const char *end = hex + strcspn(hex, " \t\r\n");
    if (end < line->at + line->len)
        return imports_fail(in, end, "expected sha256 Fingerprint=HEX on a line of its own");
    return add_certificate(in, host, hashes[i], hex, (size_t)(end - hex));
}

/* Returns whether openssl x509 prints such a line beside the fingerprint. */
static bool is_of_certificate(const struct line *line)
{
    static const char *const words[] = {
        "subject=", "issuer=", "serial=", "notBefore=", "notAfter="};
    size_t i = 0;

    while (i < sizeof words / sizeof words[0] && !begins(line, words[i]))
        i++;
    return i < sizeof words / sizeof words[0];
}

bool import_fingerprint(struct imports *in)
{
    static const char begin[] = "-----BEGIN ", end[] = "\n-----END ";
    struct import_host *host = imports_host_option(in);

    if (host == NULL)
        return false;
    for (struct line line = line_at(in->bytes); *line.at != '\0'; line = line_at(line.next)) {
        if (begins(&line, begin)) { /* the certificate itself, which openssl prints too */
            const char *last = strstr(line.at, end);
            if (last == NULL)
                return imports_fail(in, line.at, "the end of this PEM is missing");
            line = line_at(last + 1);
        } else if (line.len > 0 && !is_of_certificate(&line) &&
                   !take_fingerprint(in, host, &line)) {
            return false;
        }
    }
    return true;
}

/* Returns the word of an option of OpenVPN if the line is that option, else NULL. */
static const char *value_of(const struct line *line, const char *option)
{
    const char *at = line->at + (begins(line, "--") ? 2 : 0);
    size_t len = strlen(option);

    return strncmp(at, option, len) == 0 && strchr(" \t", at[len]) != NULL && at[len] != '\0'
               ? at + len + strspn(at + len, " \t")
               : NULL;
}

static bool take_option(struct imports *in, struct import_host *host, const struct line *line)
{
    const char *value = value_of(line, "peer-fingerprint");

    if (value_of(line, "verify-hash") != NULL || begins(line, "<verify-hash>"))
        return imports_fail(in, line->at,
                            "verify-hash pins the certificate of a CA, and a ca pin is of its key: "
                            "use pinctl pin --file");
    if (value != NULL) {
        size_t len = strcspn(value, " \t\r\n");
        return add_certificate(in, host, "sha256", value, len);
    }
    return !is_bare(line) || strchr(line->at, ':') == NULL || line->len < 59 ||
           add_certificate(in, host, "sha256", line->at, line->len);
}

/* Reads an inline block <NAME> ... </NAME>. Returns its last line in *line; false with the error.
 */
static bool take_block(struct imports *in, struct import_host *host, struct line *line)
{
    const struct line first = *line;
    const bool pins = begins(&first, "<peer-fingerprint>");
    char last[64];

    snprintf(last, sizeof last, "</%.*s", (int)(first.len < 60 ? first.len - 1 : 60), first.at + 1);
    for (*line = line_at(line->next); *line->at != '\0'; *line = line_at(line->next)) {
        if (begins(line, last))
            return true;
        if (pins && line->len > 0 && strchr("#;", *line->at) == NULL &&
            !add_certificate(in, host, "sha256", line->at, line->len))
            return false;
    }
    return imports_fail(in, first.at, "the end of this block is missing: expected %.60s", last);
}

/* A configuration of OpenVPN, or the fingerprints of a <peer-fingerprint> block alone. */
bool import_openvpn(struct imports *in)
{
    struct import_host *host = imports_host_option(in);

    if (host == NULL)
        return false;
    for (struct line line = line_at(in->bytes); *line.at != '\0'; line = line_at(line.next)) {
        if (line.len == 0 || strchr("#;", *line.at) != NULL)
            continue;
        bool block = *line.at == '<' && line.len > 2 && line.at[1] != '/' &&
                     line.at[line.len - 1] == '>' && !begins(&line, "<verify-hash>");
        if (!(block ? take_block(in, host, &line) : take_option(in, host, &line)))
            return false;
    }
    return true;
}
