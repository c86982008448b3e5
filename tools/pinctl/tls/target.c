/* Targets: host, port and STARTTLS protocol. */
#include "tls/probe.h"

#include <pinning/identity.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED "expected HOST, HOST:PORT, [IPv6]:PORT or an address"

static bool parse_port(const char *digits, unsigned *out)
{
    size_t len = strspn(digits, "0123456789");

    if (len == 0 || len > 5 || digits[len] != '\0' || digits[0] == '0')
        return false;
    *out = (unsigned)strtoul(digits, NULL, 10);
    return *out <= 65535;
}

bool pinctl_target_parse(const char *text, struct pinctl_target *out, struct pin_error *err)
{
    struct pinctl_target target = {.port = 443};
    const char *host = text, *last = strrchr(text, ':'), *port = NULL;
    size_t len = strlen(text);

    if (text[0] == '[') {
        const char *end = strchr(text, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':') ||
            memchr(text, ':', (size_t)(end - text)) == NULL)
            return pin_error_set(err, PIN_R_SYNTAX,
                                 "\"%.200s\": brackets are for an IPv6 address: " EXPECTED, text);
        host = text + 1;
        len = (size_t)(end - host);
        port = end[1] == ':' ? end + 2 : NULL;
    } else if (last != NULL && strchr(text, ':') == last) { /* several colons: an IPv6 address */
        len = (size_t)(last - text);
        port = last + 1;
    }
    if (strstr(text, "://") != NULL)
        return pin_error_set(err, PIN_R_SYNTAX, "\"%.200s\" is a URL: " EXPECTED, text);
    if (port != NULL && !parse_port(port, &target.port))
        return pin_error_set(err, PIN_R_SYNTAX,
                             "\"%.200s\": the port is not a number of 1 to 65535: " EXPECTED, text);
    if (!pin_identity_parse(host, len, &target.host))
        return pin_error_set(err, PIN_R_SYNTAX,
                             "\"%.200s\" is neither a host nor an address: " EXPECTED
                             " (a name that is not ASCII as A-labels, xn--...)",
                             text);
    *out = target;
    return true;
}

bool pinctl_target_starttls(struct pinctl_target *target, const char *protocol,
                            struct pin_error *err)
{
    const char *name = protocol != NULL ? protocol : "";

    /* openssl s_client knows the protocols. Here it is only checked that the name cannot be an
     * option, and is not empty, as an unset shell variable would make it. */
    if (strlen(name) >= sizeof target->starttls || name[0] == '-' ||
        (protocol != NULL && name[0] == '\0') ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
        return pin_error_set(
            err, PIN_R_SYNTAX,
            "\"%.60s\" is not a protocol: expected one that openssl s_client -starttls "
            "takes, such as smtp, imap, postgres",
            name);
    snprintf(target->starttls, sizeof target->starttls, "%s", name);
    return true;
}
