/* Warnings about the choice of a key to pin. */
#include "say/say.h"

#include "x509/chain_source.h"
#include "x509/keys.h"

#include <stdio.h>
#include <string.h>

/* Certificates that are valid for fewer days are assumed to be renewed automatically. */
#define SHORT_LIFE_IN_DAYS 100

/* Is the certificate renewed automatically, usually with a new key? Writes the evidence into why.
 */
static bool is_renewed(const struct chain_source *source, char *why, size_t size)
{
    static const char *const automated[] = {"Let's Encrypt", "Google Trust Services", "ZeroSSL",
                                            "Amazon"};
    const struct pinctl_key key = {.cert = chain_source_leaf(source)};
    char issuer[256];
    pin_day first, last;

    if (key.cert == NULL)
        return false;
    pinctl_issuer(&key, issuer, sizeof issuer);
    pinctl_validity(key.cert, &first, &last);
    for (size_t i = 0; i < sizeof automated / sizeof automated[0]; i++) {
        if (strcasestr(issuer, automated[i]) == NULL)
            continue;
        snprintf(why, size, "it comes from %s", automated[i]);
        return true;
    }
    snprintf(why, size, "it is valid for %d days only", last - first);
    return last != PIN_DAY_NEVER && first != PIN_DAY_NEVER && last - first < SHORT_LIFE_IN_DAYS;
}

void chain_source_warn(const struct chain_source *source, enum chain_pick pick, bool of_ca)
{
    const char *loud = pinctl_colour(stderr, PINCTL_WARN),
               *plain = pinctl_colour(stderr, PINCTL_PLAIN);
    char why[80];

    if (pick == PICK_LEAF && is_renewed(source, why, sizeof why))
        fprintf(
            stderr,
            "%sThis certificate is renewed automatically (%s), usually with a new key.%s After\n"
            "that, this pin refuses the server. Alternatives, and what they cost:\n"
            "  --ca          pins its CA: survives renewals; but every certificate that this CA\n"
            "                issues for the name matches too\n"
            "  keep the key  (certbot --reuse-key), if you run the server; a stolen key stays\n"
            "                useful for longer\n"
            "  --backup KEY  pins the next key, made beforehand; you must rotate at each "
            "renewal\n\n",
            loud, why, plain);
    if (pick == PICK_LEAF && of_ca)
        fprintf(
            stderr,
            "%sThis is the certificate of a CA.%s As key it matches only a server that presents "
            "it as\n"
            "its own (self-signed). To pin the servers below it, use --ca.\n\n",
            loud, plain);
    if (pick == PICK_ISSUER)
        fputs(
            "Intermediate CAs are replaced without notice; the root lasts longer (--ca=root).\n\n",
            stderr);
}
