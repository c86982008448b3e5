/* The impact of a change of the store: the policies that then apply to a host. */
#include "explain/impact.h"
#include "say/say.h"

#include <pinning/judge.h>
#include <stdio.h>
#include <pinning/verdict.h>

#include <string.h>
#include <unistd.h>

static void print_applied(FILE *out, const struct pin_instance *instance,
                          const struct pin_policies *policies,
                          const struct pin_applied_policy *applied, time_t now)
{
    struct pin_modes modes = {.section = instance->config.mode};
    struct pin_verdict verdict;
    char mode[PIN_MODE_TEXT];

    modes.store = pin_settings_mode(&policies->settings, now, &modes.store_until);
    modes.file = pin_policy_mode(&applied->policy, now, &modes.file_until);
    verdict = pin_verdict(PIN_FOUND_NO_HIT, &modes, false);
    pin_mode_format(verdict.mode, verdict.until, mode);

    pinctl_print(out, "  %s.pins with %zu pin%s", applied->name, applied->policy.count,
                 applied->policy.count == 1 ? "" : "s");
    if (verdict.action == PIN_REFUSE)
        fputs(", enforced\n", out);
    else
        fprintf(out, ", %sNOT ENFORCED: mode = %s in %s%s\n", pinctl_colour(out, PINCTL_WARN), mode,
                pin_mode_source_text(verdict.source), pinctl_colour(out, PINCTL_PLAIN));
}

void impact_print(FILE *out, const struct pin_instance *instance, const char *host, time_t now)
{
    char *hosts[] = {(char *)host};
    struct pin_identity id = {.is_address = false};
    struct pin_reference_ids ids = {.host_count = 0};
    struct pin_policies policies;

    if (pin_identity_parse(host, strlen(host), &id) && id.is_address) {
        ids.address = hosts[0];
    } else {
        ids.hosts = hosts;
        ids.host_count = 1;
    }
    pin_judge_lookup(instance, &ids, NULL, NULL, &policies);
    if (policies.fault.reason != PIN_OK)
        pinctl_print(out, "  every connection to it is refused: %s\n", policies.fault.text);
    else if (instance->config.mode == PIN_MODE_OFF || policies.settings.mode == PIN_MODE_OFF)
        fprintf(out, "  nothing: mode = off in %s\n",
                instance->config.mode == PIN_MODE_OFF ? "openssl.cnf" : "_store");
    else if (policies.count == 0)
        fprintf(out, "  no file: %s\n",
                policies.settings.refuse_unpinned
                    ? "it is refused (unpinned = refuse in _store)"
                    : "it is not pinned, programs accept any certificate that they trust");
    for (size_t i = 0; i < policies.count; i++)
        print_applied(out, instance, &policies, &policies.list[i], now);
    pin_policies_clear(&policies);
}

bool impact_stand_in(const char *name, char out[static IMPACT_STAND_IN])
{
    const unsigned unique = (unsigned)time(NULL) ^ (unsigned)getpid() << 16;
    struct pin_identity id;
    const char *parent;

    if (!pin_identity_parse(name, strlen(name), &id))
        return false;
    if (id.is_address) /* discard-only, RFC 6666 */
        snprintf(out, IMPACT_STAND_IN, "100::%x:%x", unique >> 16, unique & 0xffff);
    else if ((parent = pin_identity_parent(&id, id.text)) != NULL)
        snprintf(out, IMPACT_STAND_IN, "x%x.%s", unique, parent);
    else
        snprintf(out, IMPACT_STAND_IN, "x%x", unique);
    return pin_identity_parse(out, strlen(out), &id);
}
