/* Resolution of a network-security-config: inheritance and exemptions. */
#include "form/nsc.h"

#include <pinning/policy.h>
#include <stdio.h>
#include <string.h>

static const struct nsc_config *parent(const struct nsc_file *file, const struct nsc_config *config)
{
    return config->parent != NSC_NO_PARENT ? &file->configs[config->parent] : NULL;
}

/* Returns the config whose pin-set applies to a domain, or NULL if it is not pinned. */
static const struct nsc_config *pins_of(const struct nsc_file *file,
                                        const struct nsc_domain *domain)
{
    const struct nsc_config *config = &file->configs[domain->config];

    while (config != NULL && !config->has_pins)
        config = parent(file, config);
    return config != NULL && config->pin_count > 0 ? config : NULL;
}

static bool is_reported(const struct nsc_file *file, const struct nsc_domain *domain)
{
    const struct nsc_config *config = &file->configs[domain->config];

    while (config != NULL && !config->has_mode)
        config = parent(file, config);
    return config != NULL && config->reports;
}

/* Returns whether the file of another pinned domain would apply to this one. */
static bool is_below_pinned(const struct nsc_file *file, const struct nsc_domain *domain)
{
    char suffix[PIN_IDENTITY_MAX + 2];

    for (size_t i = 0; i < file->domain_count; i++) {
        const struct nsc_domain *other = &file->domains[i];
        snprintf(suffix, sizeof suffix, ".%s", other->id.text);
        if (other->subdomains && pin_identity_is_below(&domain->id, suffix) &&
            pins_of(file, other) != NULL)
            return true;
    }
    return false;
}

bool nsc_add_hosts(struct imports *in, const struct nsc_file *file)
{
    for (size_t i = 0; i < file->domain_count; i++) {
        const struct nsc_domain *domain = &file->domains[i];
        const struct nsc_config *config = pins_of(file, domain);
        struct import_host *host;
        if (config == NULL && !is_below_pinned(file, domain))
            continue;
        host = imports_host(in, domain->at, domain->id.text, strlen(domain->id.text));
        if (host == NULL)
            return false;
        host->subdomains = domain->subdomains;
        host->exempt = config == NULL;
        if (config == NULL)
            continue;
        host->report = is_reported(file, domain);
        host->report_after = config->report_after;
        for (size_t p = 0; p < config->pin_count; p++) {
            if (!imports_add_any(in, host, &config->pins[p], PIN_DAY_NEVER))
                return false;
        }
    }
    return true;
}
