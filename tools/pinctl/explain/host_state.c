/* The state of a pin file: enforced or not, and why. */
#include "explain/host_state.h"
#include "store/files.h"

#include <stdio.h>
#include <string.h>

#define SOON_IN_DAYS 30

void host_state_read(const struct pin_instance *instance, const struct pin_store_settings *settings,
                     time_t now, struct host_state *state)
{
    struct pin_modes modes = {
        .section = instance->config.mode, .store = PIN_MODE_ENFORCE, .file = PIN_MODE_ENFORCE};
    const pin_day today = pin_day_of(now);
    struct pin_text text;
    enum pin_store_status status =
        pinctl_read(instance, state->name, &state->policy, &text, &state->err);
    enum pin_finding finding = PIN_FOUND_FAULT;

    modes.store = pin_settings_mode(settings, now, &modes.store_until);
    state->next_expiry = PIN_DAY_NEVER;
    if (status == PIN_STORE_NONE) /* removed since the directory was read */
        pin_error_set(&state->err, PIN_R_UNREADABLE, "the file was removed");
    if (status == PIN_STORE_FOUND) {
        finding = PIN_FOUND_NO_HIT;
        modes.file = pin_policy_mode(&state->policy, now, &modes.file_until);
        if (state->policy.mode == PIN_MODE_REPORT && state->policy.mode_until <= now)
            state->policy.mode = PIN_MODE_ENFORCE; /* as if the line were not there */
        state->suspended = pinfile_suspended(&text, &state->suspension);
        state->overdue = state->suspended && state->suspension.until < now;
        state->expired = state->policy.count > 0;
    }
    for (size_t i = 0; i < state->policy.count; i++) {
        pin_day until = state->policy.pins[i].until;
        if (until < today)
            continue;
        state->expired = false;
        state->next_expiry = until < state->next_expiry ? until : state->next_expiry;
    }
    state->verdict = pin_verdict(finding, &modes, false);
    pin_text_clear(&text);
}

/* The member "state" in JSON: do not change its values. */
static const char *state_name(const struct host_state *state)
{
    if (state->err.reason != PIN_OK)
        return "error";
    if (state->verdict.mode == PIN_MODE_OFF)
        return "off";
    if (state->overdue)
        return "suspension overdue";
    if (state->suspended)
        return "suspended";
    if (state->verdict.mode == PIN_MODE_REPORT)
        return "report";
    return state->expired ? "lapsed" : "enforced";
}

enum pinctl_colour host_state_describe(const struct host_state *state, pin_day today, char *out,
                                       size_t size)
{
    char when[PINFILE_TIME], day[PIN_DAY_TEXT], mode[PIN_MODE_TEXT];

    if (state->err.reason != PIN_OK) {
        snprintf(out, size, "ERROR, %s: %s", pin_action_text(state->verdict.action),
                 state->err.text);
        return PINCTL_BAD;
    }
    if (state->suspended)
        pinfile_time(state->suspension.until, when);
    if (state->overdue) {
        snprintf(out, size,
                 "NOT ENFORCED: suspended, should have ended %s: pinctl suspend --end %s", when,
                 state->name);
        return PINCTL_BAD;
    }
    if (state->suspended) {
        snprintf(out, size, "NOT ENFORCED: suspended until %s", when);
        return PINCTL_WARN;
    }
    pin_day_format(state->policy.report_after, day);
    if (state->verdict.mode != PIN_MODE_ENFORCE) {
        bool past =
            state->verdict.source == PIN_SOURCE_FILE && state->policy.mode == PIN_MODE_ENFORCE;
        pin_mode_format(state->verdict.mode, state->verdict.until, mode);
        snprintf(out, size, "NOT ENFORCED: %s%s in %s",
                 past ? "report-after = " : "mode = ", past ? day : mode,
                 pin_mode_source_text(state->verdict.source));
        return PINCTL_WARN;
    }
    if (state->expired) {
        snprintf(out, size, "every pin has EXPIRED: every peer is refused");
        return PINCTL_BAD;
    }
    snprintf(out, size, "enforced%s%s",
             state->policy.report_after != PIN_DAY_NEVER ? " until " : "",
             state->policy.report_after != PIN_DAY_NEVER ? day : "");
    if (state->policy.count == 1)
        snprintf(out + strlen(out), size - strlen(out), ", one pin and no backup");
    return state->next_expiry != PIN_DAY_NEVER && state->next_expiry - today <= SOON_IN_DAYS
               ? PINCTL_WARN
               : PINCTL_GOOD;
}

static json_t *pin_to_json(const struct pin *pin)
{
    char text[PIN_DIGEST_TEXT];
    json_t *object;

    pin_digest_format(&pin->digest, text);
    object = json_pack("{s:s, s:s}", "kind", pin_kind_name(pin->kind), "pin", text);
    if (pin->until != PIN_DAY_NEVER) {
        pin_day_format(pin->until, text);
        pinctl_json_set(&object, "until", json_string(text));
    }
    pinctl_json_set(&object, "line", json_integer(pin->line));
    return object;
}

static json_t *pins_to_json(const struct pin_policy *policy)
{
    json_t *list = json_array();

    for (size_t i = 0; i < policy->count; i++) {
        if (json_array_append_new(list, pin_to_json(&policy->pins[i])) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *host_state_to_json(const struct host_state *state)
{
    char text[PIN_DIGEST_TEXT];
    json_t *object = json_pack("{s:o, s:s, s:b}", "host", pinctl_json_text(state->name), "state",
                               state_name(state), "refuses", state->verdict.action == PIN_REFUSE);

    if (state->err.reason != PIN_OK) {
        pinctl_json_set(&object, "error", pinctl_json_text(state->err.text));
        return object;
    }
    pinctl_json_set(&object, "mode", json_string(pin_mode_name(state->verdict.mode)));
    pinctl_json_set(&object, "mode-of", json_string(pin_mode_source_name(state->verdict.source)));
    pinctl_json_set(&object, "subdomains", json_boolean(state->policy.subdomains));
    if (state->policy.report_after != PIN_DAY_NEVER) {
        pin_day_format(state->policy.report_after, text);
        pinctl_json_set(&object, "report-after", json_string(text));
    }
    if (state->suspended) {
        pinfile_time(state->suspension.until, text);
        pinctl_json_set(&object, "suspended-until", json_string(text));
    }
    pinctl_json_set(&object, "pins", pins_to_json(&state->policy));
    return object;
}
