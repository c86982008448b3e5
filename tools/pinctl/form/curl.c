/* Reader of curl's pins: the value of --pinnedpubkey, or a .curlrc. */
#include "form/form.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

/* Reads sha256//BASE64;sha256//BASE64 up to end. */
static bool take_pins(struct imports *in, struct import_host *host, const char *at, const char *end)
{
    struct pin_digest digest;

    for (;;) {
        size_t len = strcspn(at, "; \t\r\n");
        len = len < (size_t)(end - at) ? len : (size_t)(end - at);
        if (len < 8 || strncmp(at, "sha256//", 8) != 0)
            return imports_fail(in, at, "expected sha256//BASE64");
        if (!imports_digest(in, "", at, len, &digest) ||
            !imports_add(in, host, PIN_KIND_KEY, &digest, PIN_DAY_NEVER))
            return false;
        at += len;
        at += strspn(at, blanks);
        if (at >= end)
            return true;
        if (*at != ';')
            return imports_fail(in, at, "expected ; and another pin, or the end");
        at += 1 + strspn(at + 1, blanks);
    }
}

/* Returns where the value of pinnedpubkey begins if the line at at sets that option, else NULL. */
static const char *value_in(const char *at)
{
    static const char option[] = "pinnedpubkey";

    at += strspn(at, " \t-");
    if (strncmp(at, option, strlen(option)) != 0)
        return NULL;
    at += strlen(option);
    if (*at == '\0' || strchr(" \t=:", *at) == NULL)
        return NULL;
    at += strspn(at, " \t");
    at += *at == '=' || *at == ':';
    return at + strspn(at, " \t");
}

/* Finds the first line from at on that sets the option. Returns its value, or NULL. */
static const char *next_value(const char *at)
{
    const char *value = value_in(at);

    while (value == NULL && (at = strchr(at, '\n')) != NULL)
        value = value_in(++at);
    return value;
}

/* curl knows one set of pins for an operation: the last. */
static bool read_curlrc(struct imports *in, struct import_host *host, const char *value)
{
    const bool quoted = *value == '"';
    const char *begin = value + quoted, *end = begin + strcspn(begin, quoted ? "\"\n" : " \t\r\n");
    const char *second = next_value(end);

    if (quoted && *end != '"')
        return imports_fail(in, end, "a quote is missing: expected \"");
    if (second != NULL)
        return imports_fail(in, second, "a second pinnedpubkey: expected one for --host");
    if (strncmp(begin, "sha256//", 8) != 0)
        return imports_fail(in, begin,
                            "expected sha256//BASE64; for a file with a key use pinctl pin --file");
    return take_pins(in, host, begin, end);
}

bool import_curl(struct imports *in)
{
    struct import_host *host = imports_host_option(in);
    const char *at = in->bytes + strspn(in->bytes, blanks), *value = next_value(in->bytes);

    if (host == NULL)
        return false;
    if (value != NULL)
        return read_curlrc(in, host, value);
    if (*at == '\0')
        return imports_fail(in, at, "no pin: expected sha256//BASE64");
    return take_pins(in, host, at, in->bytes + in->len);
}
