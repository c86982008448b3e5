/* The check of a pin file, alone and beside the files of its parents. */
#include "check/check.h"

#include <pinning/identity.h>
#include <pinning/store.h>
#include <stdio.h>
#include <pinning/parse.h>
#include <string.h>

#define SOON_IN_DAYS 30

bool check_read(struct check *check, const char *name, struct pin_policy *policy,
                struct pin_text *text)
{
    struct pin_error err = {.reason = PIN_OK};
    enum pin_store_status status = pin_store_read(&check->handle, name, text, &err);
    char file[PIN_STORE_NAME_MAX + sizeof ".pins"];

    *policy = (struct pin_policy){.pins = NULL};
    if (status == PIN_STORE_NONE)
        return false;
    snprintf(file, sizeof file, "%s.pins", name);
    if (status == PIN_STORE_FOUND && pin_parse_policy(text->bytes, text->len, file, policy, &err))
        return true;
    check_report(check, CHECK_ERROR, file, err.reason, "%s", err.text);
    return false;
}

static size_t count_in_force(const struct pin_policy *policy, pin_day today)
{
    size_t in_force = 0;

    for (size_t i = 0; i < policy->count; i++)
        in_force += policy->pins[i].until >= today;
    return in_force;
}

static void check_dates(struct check *check, const char *file, const struct pin_policy *policy)
{
    const bool enforced =
        policy->mode == PIN_MODE_ENFORCE ||
        (policy->mode == PIN_MODE_REPORT && policy->mode_until <= check->ctl->now);
    char day[PIN_DAY_TEXT];

    for (size_t i = 0; i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        if (pin->until == PIN_DAY_NEVER || pin->until < check->today ||
            pin->until - check->today > SOON_IN_DAYS)
            continue;
        pin_day_format(pin->until, day);
        check_report(check, CHECK_WARNING, file, PIN_R_EXPIRES_SOON,
                     "the pin of line %u expires on %s", pin->line, day);
    }
    if (policy->report_after == PIN_DAY_NEVER || !enforced ||
        (policy->report_after >= check->today &&
         policy->report_after - check->today > SOON_IN_DAYS))
        return;
    pin_day_format(policy->report_after, day);
    check_report(check, CHECK_WARNING, file, PIN_R_EXPIRES_SOON, "%s on %s (report-after)",
                 policy->report_after < check->today
                     ? "report only: the last day of enforcement was"
                     : "expires soon: the last day of enforcement is",
                 day);
}

static void check_pins(struct check *check, const char *file, const struct pin_policy *policy)
{
    size_t in_force = count_in_force(policy, check->today);

    if (policy->mode == PIN_MODE_OFF)
        return;
    if (in_force == 0)
        check_report(check, CHECK_ERROR, file, PIN_R_EXPIRED,
                     "every pin has expired: every peer is refused");
    else if (in_force == 1)
        check_report(
            check, CHECK_WARNING, file, PIN_OK,
            "a single pin: when its key is lost or replaced, every peer is refused; add a backup");
    if (in_force > 0 && check_only_roots(check, policy))
        check_report(
            check, CHECK_WARNING, file, PIN_OK,
            "only roots are pinned that programs on this host trust anyway: any certificate of "
            "theirs for the name is accepted");
}

/* Only the most specific file applies: this one hides the policy of a parent for the name itself,
 * but not for hosts below it, which an administrator may not expect. */
static void check_shadow(struct check *check, const char *name, const struct pin_policy *policy)
{
    struct pin_identity id;

    if (check->is_clients || policy->subdomains || !pin_identity_parse(name, strlen(name), &id))
        return;
    for (const char *parent = pin_identity_parent(&id, id.text); parent != NULL;
         parent = pin_identity_parent(&id, parent)) {
        struct pin_error ignored = {.reason = PIN_OK}; /* reported by the check of that file */
        struct pin_policy above = {.pins = NULL};
        struct pin_text text = {NULL, 0};
        bool shadows = pin_store_read(&check->handle, parent, &text, &ignored) == PIN_STORE_FOUND &&
                       pin_parse_policy(text.bytes, text.len, parent, &above, &ignored) &&
                       above.subdomains;
        char file[PIN_STORE_NAME_MAX + sizeof ".pins"];

        pin_text_clear(&text);
        pin_policy_clear(&above);
        if (!shadows)
            continue;
        snprintf(file, sizeof file, "%s.pins", name);
        check_report(
            check, CHECK_WARNING, file, PIN_OK,
            "%s.pins has subdomains = yes: this file applies to %s, but that of the parent to the "
            "hosts below it; set subdomains = yes here to have one file for both",
            parent, name);
        return;
    }
}

static void check_suspension(struct check *check, const char *file, const struct pin_text *text)
{
    struct pinfile_suspension suspension;
    char when[PINFILE_TIME];

    if (!pinfile_suspended(text, &suspension))
        return;
    pinfile_time(suspension.until, when);
    if (suspension.until < check->ctl->now)
        check_report(check, CHECK_WARNING, file, PIN_OK,

                     "nothing is enforced: the suspension should have ended %s; end it: pinctl "
                     "suspend --end",
                     when);
    else
        check_report(check, CHECK_WARNING, file, PIN_OK, "nothing is enforced: suspended until %s",
                     when);
}

void check_policy(struct check *check, const char *name, const struct pin_policy *policy,
                  const struct pin_text *text)
{
    char file[PIN_STORE_NAME_MAX + sizeof ".pins"];

    snprintf(file, sizeof file, "%s.pins", name);
    check_pins(check, file, policy);
    if (check->errors_only)
        return;
    check_dates(check, file, policy);
    check_shadow(check, name, policy);
    check_suspension(check, file, text);
}
