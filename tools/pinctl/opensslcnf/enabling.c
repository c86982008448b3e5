/* What pinctl enable adds to an openssl.cnf. */
#include "opensslcnf/enabling.h"

#include <pinning/names.h>
#include <pinning/store.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] =
    "# Added by pinctl enable, with the next line; pinctl disable removes both.\n";
/* A last line without its end: it is given one, and loses it again. */
static const char mark_unended[] =
    "\n# Added by pinctl enable, with the line end before; pinctl disable removes them.\n";

char *pinctl_enabling_add(const struct pin_text *stock, const char *own)
{
    bool ended = stock->len == 0 || stock->bytes[stock->len - 1] == '\n';
    char *text = NULL;

    return asprintf(&text, "%s%s.include %s\n", stock->bytes, ended ? mark : mark_unended, own) > 0
               ? text
               : NULL;
}

static bool cut(struct pin_text *stock, const char *what)
{
    char *at = strstr(stock->bytes, what);
    size_t gone = strlen(what);

    if (at == NULL || (at != stock->bytes && *at != '\n' && at[-1] != '\n'))
        return false;
    if (strncmp(at + gone, ".include ", strlen(".include ")) == 0) {
        gone += strcspn(at + gone, "\n");
        gone += at[gone] == '\n';
    }
    memmove(at, at + gone, strlen(at + gone) + 1);
    stock->len -= gone;
    return true;
}

bool pinctl_enabling_remove(struct pin_text *stock)
{
    return cut(stock, mark_unended) || cut(stock, mark);
}

/* Would OpenSSL read the value as it stands? It expands $, and takes \, quotes and # apart. */
static bool is_plain(const char *value)
{
    return value[strcspn(value, "$\\\"'`#\n\r")] == '\0' && value[0] == '/';
}

static void put_groups(FILE *out, const struct pinctl_hostconf *host)
{
    const char *groups = NULL;

    if (host->ssl == NULL)
        fputs("[pinning_ssl]\nsystem_default = pinning_system_default\n\n", out);
    else if (host->ssl_default == NULL)
        fprintf(out, "[%s]\nsystem_default = pinning_system_default\n\n", host->ssl);
    if (host->ssl_default != NULL) {
        groups = NCONF_get_string(host->conf, host->ssl_default, "Groups");
        if (groups == NULL)
            groups = NCONF_get_string(host->conf, host->ssl_default, "Curves");
    }
    fputs("# Without the module the last group is unknown, and no TLS connection can be made.\n",
          out);
    fprintf(out, "[%s]\nGroups = %s:" PIN_NAME_GUARD_GROUP "\n\n",
            host->ssl_default != NULL ? host->ssl_default : "pinning_system_default",
            groups != NULL ? groups : "DEFAULT");
}

static void put_providers(FILE *out, const struct pinctl_hostconf *host,
                          const struct pinctl_enabling *how)
{
    const char *def = host->def != NULL ? host->def : "pinning_default_sect";

    fprintf(out, "[%s]\n", host->providers != NULL ? host->providers : "pinning_providers");
    if (how->strict && host->def != NULL)
        fputs("default = pinning_unused_sect\n", out);
    if (!how->strict && host->def == NULL && !host->others_active)
        fprintf(out, "default = %s\n", def);
    fputs("pinning = pinning_sect\n\n", out);
    if (how->strict && host->def != NULL)
        fputs("# The module loads default, so that without the module there is none.\n"
              "[pinning_unused_sect]\n\n",
              out);
    if (!how->strict && !host->others_active)
        fprintf(out,
                "# Without this every program loses its cryptography, ssh and sshd included.\n"
                "[%s]\nactivate = 1\n\n",
                def);
    fprintf(out, "[pinning_sect]\nmodule = %s\nactivate = 1\npins = %s\n%s", how->module, how->pins,
            how->strict ? "strict = yes\n" : "");
}

static void put_all(FILE *out, const struct pinctl_hostconf *host,
                    const struct pinctl_enabling *how)
{
    const char *init = host->init != NULL ? host->init : "pinning_init";
    const char *providers = host->providers != NULL ? host->providers : "pinning_providers";

    fputs("# Made by pinctl enable, included by openssl.cnf; pinctl disable takes it out.\n"
          "# What else may stand in [pinning_sect]: pinning-provider(7).\n\n[default]\n",
          out);
    if (how->guard)
        fputs("config_diagnostics = 1\n", out);
    if (host->init == NULL)
        fprintf(out, "openssl_conf = %s\n", init);
    if (host->nodejs == NULL)
        fprintf(out, "# node reads this name where others read openssl_conf.\nnodejs_conf = %s\n",
                init);
    fprintf(out, "\n[%s]\n", init);
    if (how->guard && host->ssl == NULL)
        fputs("ssl_conf = pinning_ssl\n", out);
    /* Said again it stands behind ssl_conf, as the guard needs it. */
    fprintf(out, "providers = %s\n\n", providers);
    if (how->guard)
        put_groups(out, host);
    put_providers(out, host, how);
}

/* Is the line one that is written anew each time? */
static bool is_made(const char *line)
{
    static const char *const names[] = {"module", "activate", "pins", "strict"};

    line += strspn(line, " \t");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(line, names[i], len) == 0 && line[len + strspn(line + len, " \t")] == '=')
            return true;
    }
    return false;
}

char *pinctl_enabling_keep(const char *text, const char *old)
{
    static const char section[] = "\n[pinning_sect]\n";
    const char *at = strstr(old, section);
    char *kept = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&kept, &size);

    if (out == NULL)
        return NULL;
    fputs(text, out);
    for (at = at != NULL ? at + strlen(section) : ""; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        if (!is_made(at))
            fprintf(out, "%.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
    if (fclose(out) == 0)
        return kept;
    free(kept);
    return NULL;
}

/* What cannot be done, or would do harm. */
static const char *objection(const struct pinctl_hostconf *host, const struct pinctl_enabling *how)
{
    if (!is_plain(how->module) || !is_plain(how->pins))
        return "expected absolute paths without $, \\, # and quotes, which OpenSSL would not read "
               "as they "
               "stand";
    if (NCONF_get_section(host->conf, "pinning_sect") != NULL)
        return "it has a section [pinning_sect] already, which its providers do not name: remove "
               "it";
    if (how->strict && host->beyond_active)
        return "--strict: it activates other providers than default; write strict = by hand, see "
               "pinning-provider(7)";
    if (how->guard && host->ssl_default != NULL && OPENSSL_version_major() == 3 &&
        OPENSSL_version_minor() < 5)
        return "--guard needs OpenSSL 3.5; before, the unknown group would undo what "
               "system_default says: "
               "use --strict";
    return NULL;
}

char *pinctl_enabling_text(const struct pinctl_hostconf *host, const struct pinctl_enabling *how,
                           struct pin_error *err)
{
    const char *wrong = objection(host, how);
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (wrong != NULL) {
        pin_error_set(err, PIN_R_CONFIG, "%s", wrong);
        return NULL;
    }
    out = open_memstream(&text, &size);
    if (out != NULL)
        put_all(out, host, how);
    if (out == NULL || fclose(out) != 0) {
        free(text);
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
        return NULL;
    }
    return text;
}
