/* The text of pinning.cnf. */
#include "opensslcnf/enabling.h"

#include <pinning/names.h>
#include <stdio.h>
#include <stdlib.h>

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
    const char *section =
        host->default_section != NULL ? host->default_section : "pinning_default_sect";

    fprintf(out, "[%s]\n", host->providers != NULL ? host->providers : "pinning_providers");
    if (how->strict && host->default_section != NULL)
        fputs("default = pinning_unused_sect\n", out);
    if (!how->strict && host->default_section == NULL && !host->others_active)
        fprintf(out, "default = %s\n", section);
    fputs("pinning = " ENABLING_SECTION "\n\n", out);
    if (how->strict && host->default_section != NULL)
        fputs("# The module loads default, so that without the module there is none.\n"
              "[pinning_unused_sect]\n\n",
              out);
    if (!how->strict && !host->others_active)
        fprintf(out,
                "# Without this every program loses its cryptography, ssh and sshd included.\n"
                "[%s]\nactivate = 1\n\n",
                section);
    fprintf(out, "[" ENABLING_SECTION "]\nmodule = %s\nactivate = 1\npins = %s\n%s", how->module,
            how->pins, how->strict ? "strict = yes\n" : "");
}

static void put_all(FILE *out, const struct pinctl_hostconf *host,
                    const struct pinctl_enabling *how)
{
    const char *init = host->init != NULL ? host->init : "pinning_init";
    const char *providers = host->providers != NULL ? host->providers : "pinning_providers";

    fputs("# Made by pinctl enable, included by openssl.cnf; pinctl disable takes it out.\n"
          "# What else can be set in [" ENABLING_SECTION "]: pinning-provider(7).\n\n[default]\n",
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
    /* Repeated so that it comes after ssl_conf, which the guard requires. */
    fprintf(out, "providers = %s\n\n", providers);
    if (how->guard)
        put_groups(out, host);
    put_providers(out, host, how);
}

char *pinctl_enabling_text(const struct pinctl_hostconf *host, const struct pinctl_enabling *how,
                           struct pin_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (!pinctl_enabling_check(host, how, err))
        return NULL;
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
