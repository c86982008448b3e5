/* The provider's section of openssl.cnf, read as the module reads it. */
#include "opensslcnf/settings.h"

#include "opensslcnf/hostconf.h"

#include <pinning/config.h>
#include <pinning/judge.h>
#include <pinning/names.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *pinctl_conf_file(const struct pinctl *ctl)
{
    static char *file;

    if (ctl->conf != NULL)
        return ctl->conf;
    if (file == NULL)
        file = CONF_get1_default_config_file(); /* honours OPENSSL_CONF */
    return file != NULL ? file : "openssl.cnf";
}

/* Reports at which step from openssl_conf to the provider's section a line is missing. */
static void report_missing(const struct pinctl_hostconf *host, const char *file,
                           struct pin_error *err)
{
    pin_error_set(err, PIN_R_CONFIG, "%s enables no pinning provider (%s)", file,
                  host->init == NULL ? "it has no line openssl_conf = SECTION"
                  : host->providers == NULL
                      ? "the section of openssl_conf has no line providers = SECTION"
                      : "the section of providers names none with module = " PIN_NAME_MODULE_FILE);
}

struct section {
    const CONF *conf;
    const char *name; /* NULL: every key is unset */
    const char *pins; /* replaces the value of pins =, or NULL */
};

static const char *value_of(void *arg, const char *key)
{
    const struct section *section = arg;

    if (section->pins != NULL && strcmp(key, "pins") == 0)
        return section->pins;
    return section->name != NULL ? NCONF_get_string(section->conf, section->name, key) : NULL;
}

/* Returns --pins as an absolute path; *exists is false if there is no such file. NULL with *err;
 * the caller frees. */
static char *absolute(const char *pins, bool *exists, struct pin_error *err)
{
    char *path = realpath(pins, NULL), *cwd;

    *exists = path != NULL || errno != ENOENT;
    if (path != NULL)
        return path;
    cwd = pins[0] != '/' ? getcwd(NULL, 0) : strdup("");
    if (pins[0] == '\0')
        pin_error_set(err, PIN_R_CONFIG, "--pins is empty: expected a directory");
    else if (cwd == NULL)
        pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                          "--pins %s: cannot find the working directory", pins);
    else if (asprintf(&path, "%s%s%s", cwd, pins[0] != '/' ? "/" : "", pins) < 0) {
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
        path = NULL;
    }
    free(cwd);
    return path;
}

bool pinctl_settings(const struct pinctl *ctl, struct pin_instance *out, struct pin_error *err)
{
    const char *file = pinctl_conf_file(ctl);
    bool exists = true;
    char *pins = ctl->pins != NULL ? absolute(ctl->pins, &exists, err) : NULL;
    struct pinctl_hostconf host;

    if (ctl->pins != NULL && pins == NULL)
        return false;
    *out = (struct pin_instance){.fault = {.reason = PIN_OK}};
    if (pinctl_hostconf_read(file, &host, err) && host.pinning_section == NULL)
        report_missing(&host, file, err);
    ERR_set_mark();
    struct section section = {host.conf, host.pinning_section, pins};
    bool has_settings = section.name != NULL || pins != NULL;
    if (has_settings) {
        *err = (struct pin_error){.reason = PIN_OK};
        if (!pin_config_read(&out->config, value_of, &section))
            out->fault = out->config.error;
        pin_instance_open(out);
        if (!exists && out->fault.reason == PIN_OK)
            pin_error_set(&out->fault, PIN_R_STORE,
                          "--pins %s: there is no such directory: expected a store", ctl->pins);
    }
    pinctl_hostconf_clear(&host);
    ERR_pop_to_mark();
    free(pins);
    return has_settings;
}

char *pinctl_store_path(const struct pinctl *ctl, struct pin_error *err)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    char *path = NULL;
    bool exists;

    if (ctl->pins != NULL)
        return absolute(ctl->pins, &exists, err);
    if (pinctl_settings(ctl, &instance, err)) {
        if (instance.fault.reason != PIN_OK)
            *err = instance.fault;
        else if ((path = strdup(instance.config.pins)) == NULL)
            pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    }
    pin_instance_clear(&instance);
    return path;
}
