/* Names of pin files. */
#include "store/pinfile.h"

#include <pinning/identity.h>
#include <string.h>

#define MAIL_LOCAL "abcdefghijklmnopqrstuvwxyz0123456789._%+-"

static bool is_mail(const char *typed)
{
    const char *at = strchr(typed, '@');
    struct pin_identity host;

    return at != NULL && at != typed && typed[0] != '.' &&
           strspn(typed, MAIL_LOCAL) == (size_t)(at - typed) &&
           pin_identity_parse(at + 1, strlen(at + 1), &host) && strcmp(host.text, at + 1) == 0;
}

bool pinfile_name(const char *typed, char out[static PINFILE_NAME], struct pin_error *err)
{
    struct pin_identity id;
    const char *name = typed;

    if (strcmp(typed, "_default") != 0 && strcmp(typed, "_nameless") != 0 && !is_mail(typed)) {
        if (!pin_identity_parse(typed, strlen(typed), &id))
            return pin_error_set(err, PIN_R_CONFIG,
                                 "\"%.100s\" is not a host: expected a name as in DNS (A-labels, "
                                 "without a port), an address, _default or _nameless",
                                 typed);
        name = id.text;
    }
    if (strlen(name) > PIN_STORE_NAME_MAX)
        return pin_error_set(
            err, PIN_R_CONFIG,
            "\"%.40s...\" has %zu bytes: a name of more than %d bytes can have no file", name,
            strlen(name), PIN_STORE_NAME_MAX);
    memcpy(out, name, strlen(name) + 1);
    return true;
}

bool pinfile_is_name(const char *file, char out[static PINFILE_NAME])
{
    size_t len = strlen(file);
    char typed[PINFILE_NAME];

    if (len <= strlen(PINFILE_SUFFIX) || len - strlen(PINFILE_SUFFIX) > PIN_STORE_NAME_MAX ||
        strcmp(file + len - strlen(PINFILE_SUFFIX), PINFILE_SUFFIX) != 0)
        return false;
    memcpy(typed, file, len - strlen(PINFILE_SUFFIX));
    typed[len - strlen(PINFILE_SUFFIX)] = '\0';
    return pinfile_name(typed, out, NULL) && strcmp(typed, out) == 0;
}
