#include <pinning/policy.h>

#include <stdlib.h>

#define DAY_IN_SECS (24 * 60 * 60)

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

/* Returns whether enforcement begins at the end of mode = report: it ends, and report-after has not
 * passed then. */
static bool enforced_at_end(const struct pin_policy *policy)
{
    return policy->mode_until != PIN_INSTANT_NEVER &&
           policy->mode_until / DAY_IN_SECS <= policy->report_after;
}

enum pin_mode pin_policy_mode(const struct pin_policy *policy, time_t now, pin_instant *until)
{
    const bool ended = policy->mode == PIN_MODE_REPORT && now >= policy->mode_until;
    enum pin_mode mode = ended ? PIN_MODE_ENFORCE : policy->mode;

    if (until != NULL)
        *until = mode == PIN_MODE_REPORT && enforced_at_end(policy) ? policy->mode_until : 0;
    if (mode == PIN_MODE_ENFORCE && pin_day_of(now) > policy->report_after)
        mode = PIN_MODE_REPORT;
    return mode;
}

enum pin_mode pin_settings_mode(const struct pin_store_settings *settings, time_t now,
                                pin_instant *until)
{
    const struct pin_policy policy = {
        .mode = settings->mode, .mode_until = settings->mode_until, .report_after = PIN_DAY_NEVER};
    return pin_policy_mode(&policy, now, until);
}
