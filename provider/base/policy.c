#include <pinning/policy.h>

#include <stdlib.h>

const char *pin_kind_name(enum pin_kind kind)
{
    static const char *const names[] = {
        [PIN_KIND_KEY] = "key", [PIN_KIND_CERT] = "cert", [PIN_KIND_CA] = "ca"};
    return names[kind];
}

void pin_policy_clear(struct pin_policy *policy)
{
    if (policy == NULL)
        return;
    free(policy->pins);
    *policy = (struct pin_policy){0};
}

enum pin_mode pin_policy_mode(const struct pin_policy *policy, pin_day today)
{
    if (policy->mode == PIN_MODE_ENFORCE && today > policy->report_after)
        return PIN_MODE_REPORT;
    return policy->mode;
}
