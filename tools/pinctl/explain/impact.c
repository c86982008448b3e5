/* What a change of the store means. */
#include "explain/impact.h"
#include "say/say.h"
#include "opensslcnf/settings.h"

#include <pinning/judge.h>
#include <stdio.h>
#include <pinning/verdict.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_holding(FILE *out, const struct pin_instance *module,
                          const struct pin_policies *policies,
                          const struct pin_applied_policy *applied, time_t now)
{
    const struct pin_modes modes = {module->config.mode, policies->settings.mode,
                                    pin_policy_mode(&applied->policy, pin_day_of(now))};
    struct pin_verdict verdict = pin_verdict(PIN_FOUND_NO_HIT, &modes, false);

    pinctl_print(out, "  %s.pins with %zu pin%s", applied->name, applied->policy.count,
                 applied->policy.count == 1 ? "" : "s");
    if (verdict.action == PIN_REFUSE)
        fputs(", enforced\n", out);
    else
        fprintf(out, ", %sNOT ENFORCED: mode = %s in %s%s\n", pinctl_colour(out, PINCTL_WARN),
                pin_mode_name(verdict.mode), pin_mode_source_text(verdict.source),
                pinctl_colour(out, PINCTL_PLAIN));
}

void effect_print(FILE *out, const struct pin_instance *module, const char *host, time_t now)
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
    pin_judge_lookup(module, &ids, NULL, NULL, &policies);
    if (policies.fault.reason != PIN_OK)
        pinctl_print(out, "  every connection to it is refused: %s\n", policies.fault.text);
    else if (module->config.mode == PIN_MODE_OFF || policies.settings.mode == PIN_MODE_OFF)
        fprintf(out, "  nothing: mode = off in %s\n",
                module->config.mode == PIN_MODE_OFF ? "openssl.cnf" : "_store");
    else if (policies.count == 0)
        fprintf(out, "  no file: %s\n",
                policies.settings.refuse_unpinned
                    ? "it is refused (unpinned = refuse in _store)"
                    : "it is not pinned, any certificate that a program trusts will do");
    for (size_t i = 0; i < policies.count; i++)
        print_holding(out, module, &policies, &policies.list[i], now);
    pin_policies_clear(&policies);
}

bool effect_stand_in(const char *name, char out[static EFFECT_STAND_IN])
{
    const unsigned mark = (unsigned)time(NULL) ^ (unsigned)getpid() << 16;
    struct pin_identity id;
    const char *parent;

    if (!pin_identity_parse(name, strlen(name), &id))
        return false;
    if (id.is_address) /* discard-only, RFC 6666 */
        snprintf(out, EFFECT_STAND_IN, "100::%x:%x", mark >> 16, mark & 0xffff);
    else if ((parent = pin_identity_parent(&id, id.text)) != NULL)
        snprintf(out, EFFECT_STAND_IN, "x%x.%s", mark, parent);
    else
        snprintf(out, EFFECT_STAND_IN, "x%x", mark);
    return pin_identity_parse(out, strlen(out), &id);
}

void effect_tell_who(FILE *out, const struct pinctl *ctl, const char *store)
{
    const struct pinctl plain = {.command = ctl->command, .conf = ctl->conf};
    static struct pin_instance module;
    struct pin_error err = {.reason = PIN_OK};
    char *here = realpath(store, NULL), *used = NULL;

    if (!pinctl_settings(&plain, &module, &err)) {
        pinctl_print(out, "No program looks at it yet: %s. pinctl enable changes that.\n",
                     err.text);
    } else if (module.fault.reason != PIN_OK) {
        pinctl_print(out, "Every connection is refused: %s\n", module.fault.text);
    } else if (here == NULL || (used = realpath(module.config.pins, NULL)) == NULL ||
               strcmp(here, used) != 0) {
        pinctl_print(out, "No program looks at it: %s names another store, %s.\n",
                     pinctl_conf_file(&plain), module.config.pins);
    } else {
        fputs(
            "Held to it from their next connection on: programs that use this host's OpenSSL and\n"
            "have loaded the module. Not held: programs started before it was enabled, and those\n"
            "with another TLS library (GnuTLS, Go, Java). pinctl status lists both.\n",
            out);
    }
    if (geteuid() != 0)
        fprintf(out, "Written as uid %lu: programs of other users do not believe it (P04).\n",
                (unsigned long)geteuid());
    free(here);
    free(used);
}
