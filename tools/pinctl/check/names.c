/* The check of file names: files that were meant to be read and are not. */
#include "check/check.h"

#include <pinning/identity.h>
#include <pinning/store.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SUFFIX ".pins"

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), want = strlen(end);
    return len > want && strcasecmp(text + len - want, end) == 0;
}

/* Returns the colon of NAME:PORT, else NULL. */
static const char *port_of(const char *name)
{
    const char *colon = strrchr(name, ':');
    struct pin_identity id;

    if (colon == NULL || colon[1] == '\0' || colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return NULL;
    return pin_identity_parse(name, strlen(name), &id) ? NULL : colon; /* an IPv6 address */
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* Reports why no lookup uses NAME (without .pins). */
static void report_name(struct check *check, const char *file, const char *name)
{
    struct pin_identity id;
    size_t len = strlen(name);
    const char *colon = port_of(name);

    if (pin_identity_parse(name, len, &id) && strcmp(id.text, name) != 0)
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "this name is never looked up, expected %s" SUFFIX, id.text);
    else if (len > PIN_STORE_NAME_MAX)
        check_report(check, CHECK_ERROR, file, PIN_OK,

                     "a name of over %d bytes is never looked up: use the file of a parent with "
                     "subdomains = yes",
                     PIN_STORE_NAME_MAX);
    else if (name[0] == '*')
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "a wildcard is never looked up, expected %s" SUFFIX " with subdomains = yes",
                     name + (name[1] == '.' ? 2 : 1));
    else if (!is_ascii(name))
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "this name is never looked up, expected A-labels (xn--...), as in DNS");
    else if (name[0] == '[')
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "brackets are never looked up, expected the address alone: %.*s" SUFFIX,
                     (int)strcspn(name + 1, "]"), name + 1);
    else if (colon != NULL)
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "a name with a port is never looked up, expected %.*s" SUFFIX,
                     (int)(colon - name), name);
    else if (name[0] == '_')
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "this name is never looked up, expected _default" SUFFIX
                     " or _nameless" SUFFIX);
    else if (strchr(name, '@') != NULL)
        check_report(check, CHECK_ERROR, file, PIN_OK, "this name is never looked up: %s",
                     check->is_clients
                         ? "expected a mail address in lower case"
                         : "mail addresses identify clients, and this is not the store of clients");
    else
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "this name is never looked up, expected a host as in DNS or an address");
}

/* True if this was probably meant to be a pin file. Endings that people and editors add to disabled
 * files and backups do not count. */
static bool is_meant(const char *file)
{
    static const char *const near[] = {".pin", ".pins", ".pins.txt", ".pins.conf"};

    if (file[0] == '.')
        return false;
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        if (ends_in(file, near[i]))
            return true;
    return file[0] == '_'; /* _default without .pins, _Store */
}

bool check_name(struct check *check, const char *file, char name[static PINFILE_NAME])
{
    size_t len = strlen(file);
    char without[256];

    if (pinfile_is_name(file, name) && (check->is_clients || strchr(name, '@') == NULL))
        return true;
    if (len > strlen(SUFFIX) && len < sizeof without && file[0] != '.' &&
        strcmp(file + len - strlen(SUFFIX), SUFFIX) == 0) {
        snprintf(without, sizeof without, "%.*s", (int)(len - strlen(SUFFIX)), file);
        report_name(check, file, without);
    } else if (is_meant(file)) {
        check_report(check, CHECK_ERROR, file, PIN_OK,
                     "this file is never read, expected a name that ends in " SUFFIX "%s",
                     file[0] == '_' ? ", or _store" : "");
    }
    return false;
}
