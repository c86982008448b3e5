/* Checks before pinctl enable writes pinning.cnf. */
#include "opensslcnf/enabling.h"

#include <openssl/crypto.h>
#include <string.h>

/* Is it an absolute path that OpenSSL reads unchanged? In a value it expands $ and interprets \,
 * quotes and #. */
static bool is_plain(const char *value)
{
    return value[strcspn(value, "$\\\"'`#\n\r")] == '\0' && value[0] == '/';
}

/* Returns why not, or NULL. */
static const char *objection(const struct pinctl_hostconf *host, const struct pinctl_enabling *how)
{
    if (!is_plain(how->module) || !is_plain(how->pins))
        return "expected absolute paths without $, \\, # and quotes, because OpenSSL would change "
               "these when it reads them";
    if (NCONF_get_section(host->conf, ENABLING_SECTION) != NULL)
        return "it has a section [" ENABLING_SECTION "] already, which its providers do not name: "
               "remove it";
    if (how->strict && host->other_than_default_active)
        return "--strict: it activates other providers than default; write strict = by hand, see "
               "pinning-provider(7)";
    if (how->guard && host->ssl_default != NULL && OPENSSL_version_major() == 3 &&
        OPENSSL_version_minor() < 5)
        return "--guard needs OpenSSL 3.5, because in earlier versions the unknown group would "
               "undo "
               "what system_default says: use --strict";
    return NULL;
}

bool pinctl_enabling_check(const struct pinctl_hostconf *host, const struct pinctl_enabling *how,
                           struct pin_error *err)
{
    const char *wrong = objection(host, how);

    return wrong == NULL || pin_error_set(err, PIN_R_CONFIG, "%s", wrong);
}
