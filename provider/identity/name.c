/* name.c - names as programs write them. */
#include <pinning/identity.h>

#include "a_label.h"

#include <string.h>

/* "[2001:db8::1]", as in a URL (RFC 3986 3.2.2). */
static bool parse_bracketed(const char *name, size_t len, struct pin_identity *out)
{
    return len > 2 && name[0] == '[' && name[len - 1] == ']' && memchr(name, ':', len) != NULL &&
           pin_identity_parse(name + 1, len - 2, out);
}

static bool is_ascii(const char *name)
{
    for (; *name != '\0'; name++)
        if ((unsigned char)*name >= 0x80)
            return false;
    return true;
}

bool pin_identity_read_name(const char *name, struct pin_identity *out)
{
    const size_t len = strlen(name);
    char a_labels[PIN_IDENTITY_MAX + 1];

    if (pin_identity_parse(name, len, out) || parse_bracketed(name, len, out))
        return true;
    return !is_ascii(name) && pin_a_label_name(name, len, a_labels) &&
           pin_identity_parse(a_labels, strlen(a_labels), out);
}
