/*
 * Reader of OkHttp's CertificatePinner: .add("HOST", "sha256/BASE64", ...), or lines
 * HOST sha256/BASE64 ...
 */
#include "form/form.h"

#include <pinning/policy.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

/* Skips blanks and comments. */
static const char *skip(const char *at)
{
    for (;;) {
        at += strspn(at, blanks);
        if (strncmp(at, "//", 2) != 0 && *at != '#')
            return at;
        at += strcspn(at, "\n");
    }
}

/* **.HOST means HOST and its subdomains, as subdomains = yes does. */
static struct import_host *take_host(struct imports *in, const char *at, size_t len)
{
    bool all = len > 3 && strncmp(at, "**.", 3) == 0;
    struct import_host *host;

    if (!all && len > 2 && strncmp(at, "*.", 2) == 0) {
        imports_fail(in, at,
                     "*. matches one label, which a pin file cannot express: expected a host, or "
                     "**.HOST for it and all its subdomains");
        return NULL;
    }
    host = imports_host(in, at, at + (all ? 3 : 0), len - (all ? 3 : 0));
    if (host != NULL)
        host->subdomains |= all;
    return host;
}

static bool take_pin(struct imports *in, struct import_host *host, const char *at, size_t len)
{
    struct pin_digest digest;

    if (len < 7 || strncmp(at, "sha256/", 7) != 0 || at[7] == '/')
        return imports_fail(
            in, at,
            strncmp(at, "sha1/", 5) == 0
                ? "a hash weaker than sha256 is not accepted: expected sha256/BASE64"
                : "expected sha256/BASE64");
    return imports_digest(in, "sha256//", at + 7, len - 7, &digest) &&
           imports_add_any(in, host, &digest, PIN_DAY_NEVER);
}

/* Reads a quoted text. Returns the place after it and blanks; NULL with the error. */
static const char *take_quoted(struct imports *in, const char *at, const char **text, size_t *len)
{
    if (*at != '"') {
        imports_fail(in, at, "expected a text in double quotes");
        return NULL;
    }
    *text = at + 1;
    *len = strcspn(*text, "\"\\\n");
    if ((*text)[*len] != '"') {
        imports_fail(in, *text + *len, "expected a closing quote, and no \\");
        return NULL;
    }
    return skip(*text + *len + 1);
}

/* Reads what follows .add( */
static const char *take_add(struct imports *in, const char *at)
{
    struct import_host *host;
    const char *text;
    size_t len;

    at = take_quoted(in, skip(at), &text, &len);
    host = at != NULL ? take_host(in, text, len) : NULL;
    if (host == NULL)
        return NULL;
    if (*at != ',') {
        imports_fail(in, at, "expected , and a pin");
        return NULL;
    }
    while (*at == ',') {
        at = skip(at + 1);
        if (*at == ')') /* Kotlin allows a trailing comma */
            break;
        at = take_quoted(in, at, &text, &len);
        if (at == NULL || !take_pin(in, host, text, len))
            return NULL;
    }
    if (*at == ')')
        return at + 1;
    imports_fail(in, at, "expected , and another pin, or )");
    return NULL;
}

/* Reads HOST sha256/BASE64 ... up to the end of the line. */
static const char *take_line(struct imports *in, const char *at)
{
    size_t len = strcspn(at, blanks);
    struct import_host *host = take_host(in, at, len);

    if (host == NULL)
        return NULL;
    at += len + strspn(at + len, " \t");
    do {
        len = strcspn(at, blanks);
        if (!take_pin(in, host, at, len))
            return NULL;
        at += len + strspn(at + len, " \t\r");
    } while (*at != '\n' && *at != '\0' && *at != '#');
    return at;
}

/* Skips "... = new CertificatePinner.Builder()", whatever precedes it in the line. NULL if it is
 * not there. */
static const char *after_builder(const char *at)
{
    static const char builder[] = "CertificatePinner.Builder()";
    size_t line = strcspn(at, "\n");
    const char *found = memmem(at, line, builder, strlen(builder));

    return found != NULL ? found + strlen(builder) : NULL;
}

bool import_okhttp(struct imports *in)
{
    const char *builder;

    for (const char *at = skip(in->bytes); *at != '\0'; at = skip(at)) {
        if (imports_starts_with(in, at, ".add("))
            at = take_add(in, at + strlen(".add("));
        else if (imports_starts_with(in, at, ".build()"))
            at += strlen(".build()");
        else if (*at == ';')
            at++;
        else if ((builder = after_builder(at)) != NULL)
            at = builder;
        else
            at = take_line(in, at);
        if (at == NULL)
            return false;
    }
    return true;
}
