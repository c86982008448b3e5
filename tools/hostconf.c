/* What an openssl.cnf says about providers. */
#include "hostconf.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static const char *get(const CONF *conf, const char *section, const char *name)
{
    return section != NULL && *section != '\0' ? NCONF_get_string(conf, section, name) : NULL;
}

/* OpenSSL 3.0 takes any value of activate, later versions only what means yes. */
static bool is_active(const CONF *conf, const char *section)
{
    const char *value = get(conf, section, "activate");

    return value != NULL && strchr("1yYtToO", value[0]) != NULL && strcasecmp(value, "off") != 0;
}

static bool is_ours(const CONF *conf, const CONF_VALUE *provider)
{
    const char *module = get(conf, provider->value, "module");
    const char *name = module != NULL ? strrchr(module, '/') : NULL;

    name = name != NULL ? name + 1 : module != NULL ? module : provider->name;
    return strcmp(name, "pinning") == 0 || strcmp(name, "pinning.so") == 0;
}

static void read_providers(struct pinctl_hostconf *host)
{
    STACK_OF(CONF_VALUE) *list = NCONF_get_section(host->conf, host->providers);

    for (int i = 0; i < sk_CONF_VALUE_num(list); i++) {
        const CONF_VALUE *provider = sk_CONF_VALUE_value(list, i);
        bool active = is_active(host->conf, provider->value);
        if (is_ours(host->conf, provider)) {
            host->ours = host->ours == NULL ? provider->value : host->ours;
            continue;
        }
        host->others_active |= active;
        if (strcmp(provider->name, "default") == 0) {
            host->def = provider->value;
            host->def_active = active;
        }
        host->fips_active |= active && strcmp(provider->name, "fips") == 0;
    }
}

bool pinctl_hostconf_read(const char *file, struct pinctl_hostconf *out, struct pin_error *err)
{
    long line = 0;
    const char *node;

    *out = (struct pinctl_hostconf){.conf = NCONF_new(NULL)};
    ERR_set_mark();
    if (out->conf == NULL || NCONF_load(out->conf, file, &line) <= 0) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        if (line > 0)
            pin_error_set(err, PIN_R_CONFIG,
                          "%s:%ld: OpenSSL cannot read this line, and so nothing of the file", file,
                          line);
        else
            pin_error_set(err, PIN_R_CONFIG, "%s: cannot read it: %s", file,
                          reason != NULL ? reason : "out of memory");
        ERR_pop_to_mark();
        pinctl_hostconf_clear(out);
        return false;
    }
    out->init = NCONF_get_string(out->conf, NULL, "openssl_conf");
    node = NCONF_get_string(out->conf, NULL, "nodejs_conf");
    out->node = out->init != NULL && node != NULL && strcmp(out->init, node) == 0;
    out->providers = get(out->conf, out->init, "providers");
    out->ssl = get(out->conf, out->init, "ssl_conf");
    out->ssl_default = get(out->conf, out->ssl, "system_default");
    if (out->providers != NULL)
        read_providers(out);
    ERR_pop_to_mark();
    return true;
}

void pinctl_hostconf_clear(struct pinctl_hostconf *host)
{
    NCONF_free(host->conf);
    *host = (struct pinctl_hostconf){.conf = NULL};
}

/* Adds the names of a section that stand before one of them. */
static void add_before(STACK_OF(CONF_VALUE) * list, const char *value, char *out, size_t size)
{
    for (int i = 0; i < sk_CONF_VALUE_num(list); i++) {
        const CONF_VALUE *entry = sk_CONF_VALUE_value(list, i);
        size_t used = strlen(out);
        if (strcmp(entry->value, value) == 0)
            return;
        /* These two are built into libcrypto: they cannot fail to load. */
        if (strcmp(entry->name, "default") == 0 || strcmp(entry->name, "base") == 0)
            continue;
        snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", entry->name);
    }
}

void pinctl_hostconf_before(const struct pinctl_hostconf *host, char *out, size_t size)
{
    out[0] = '\0';
    if (host->providers == NULL)
        return;
    add_before(NCONF_get_section(host->conf, host->init), host->providers, out, size);
    if (host->ours != NULL)
        add_before(NCONF_get_section(host->conf, host->providers), host->ours, out, size);
}
