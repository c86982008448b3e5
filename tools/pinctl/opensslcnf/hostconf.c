/* Providers and TLS settings in an openssl.cnf. */
#include "opensslcnf/hostconf.h"

#include <pinning/error.h>
#include <pinning/names.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static const char *get(const CONF *conf, const char *section, const char *name)
{
    return section != NULL && *section != '\0' ? NCONF_get_string(conf, section, name) : NULL;
}

/* OpenSSL 3.0 activates a provider for any value, later versions only for those that mean yes. */
static bool is_active(const CONF *conf, const char *section)
{
    const char *value = get(conf, section, "activate");

    return value != NULL && strchr("1yYtToO", value[0]) != NULL && strcasecmp(value, "off") != 0;
}

static bool is_pinning(const CONF *conf, const CONF_VALUE *provider)
{
    const char *module = get(conf, provider->value, "module");
    const char *name = module != NULL ? strrchr(module, '/') : NULL;

    name = name != NULL ? name + 1 : module != NULL ? module : provider->name;
    return strcmp(name, PIN_NAME_MODULE) == 0 || strcmp(name, PIN_NAME_MODULE_FILE) == 0;
}

static void read_providers(struct pinctl_hostconf *host)
{
    STACK_OF(CONF_VALUE) *list = NCONF_get_section(host->conf, host->providers);

    for (int i = 0; i < sk_CONF_VALUE_num(list); i++) {
        const CONF_VALUE *provider = sk_CONF_VALUE_value(list, i);
        bool active = is_active(host->conf, provider->value);
        if (is_pinning(host->conf, provider)) {
            host->pinning_section =
                host->pinning_section == NULL ? provider->value : host->pinning_section;
            continue;
        }
        host->others_active |= active;
        host->other_than_default_active |= active && strcmp(provider->name, "default") != 0;
        if (strcmp(provider->name, "default") == 0) {
            host->default_section = provider->value;
            host->default_active = active;
        }
        host->fips_active |= active && strcmp(provider->name, "fips") == 0;
    }
}

static void read_all(struct pinctl_hostconf *host)
{
    host->init = NCONF_get_string(host->conf, NULL, "openssl_conf");
    host->nodejs = NCONF_get_string(host->conf, NULL, "nodejs_conf");
    host->nodejs_same_section =
        host->init != NULL && host->nodejs != NULL && strcmp(host->init, host->nodejs) == 0;
    host->providers = get(host->conf, host->init, "providers");
    host->ssl = get(host->conf, host->init, "ssl_conf");
    host->ssl_default = get(host->conf, host->ssl, "system_default");
    if (host->providers != NULL)
        read_providers(host);
}

static bool read_bio(BIO *in, const char *name, struct pinctl_hostconf *out, struct pin_error *err)
{
    long line = 0;
    bool ok;

    *out = (struct pinctl_hostconf){.conf = in != NULL ? NCONF_new(NULL) : NULL};
    ok = out->conf != NULL && NCONF_load_bio(out->conf, in, &line) > 0;
    if (ok) {
        read_all(out);
    } else if (line > 0) {
        pin_error_set(err, PIN_R_CONFIG,
                      "%s:%ld: OpenSSL cannot read this line, and therefore ignores the whole file",
                      name, line);
    } else {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        pin_error_set(err, PIN_R_CONFIG, "%s: cannot read it: %s", name,
                      reason != NULL ? reason : "out of memory");
    }
    if (!ok)
        pinctl_hostconf_clear(out);
    BIO_free(in);
    return ok;
}

bool pinctl_hostconf_read(const char *file, struct pinctl_hostconf *out, struct pin_error *err)
{
    ERR_set_mark();
    bool ok = read_bio(BIO_new_file(file, "r"), file, out, err);
    ERR_pop_to_mark();
    return ok;
}

bool pinctl_hostconf_parse(const char *text, const char *name, struct pinctl_hostconf *out,
                           struct pin_error *err)
{
    ERR_set_mark();
    bool ok = read_bio(BIO_new_mem_buf(text, -1), name, out, err);
    ERR_pop_to_mark();
    return ok;
}

void pinctl_hostconf_clear(struct pinctl_hostconf *host)
{
    NCONF_free(host->conf);
    *host = (struct pinctl_hostconf){.conf = NULL};
}

/* Appends the names in a section that precede the one with this value. */
static void add_before(STACK_OF(CONF_VALUE) * list, const char *value, char *out, size_t size)
{
    for (int i = 0; i < sk_CONF_VALUE_num(list); i++) {
        const CONF_VALUE *entry = sk_CONF_VALUE_value(list, i);
        size_t used = strlen(out);
        if (strcmp(entry->value, value) == 0)
            return;
        /* These two are built into libcrypto, so they cannot fail to load. */
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
    if (host->pinning_section != NULL)
        add_before(NCONF_get_section(host->conf, host->providers), host->pinning_section, out,
                   size);
}
