/* The evaluation of pinctl explain: the steps of the module, and each pin alone. */
#include "explain/explain.h"

#include <stdio.h>

static void print_step(void *arg, const char *text)
{
    struct explain *e = arg;

    if (e->ctl->json)
        pinctl_json_put(&e->json, NULL, pinctl_json_text(text));
    else
        pinctl_print(stdout, "  %s\n", text);
}

void explain_trace(struct explain *e)
{
    const struct pin_trace trace = {print_step, e};
    const struct pin_peer *peer = e->chain != NULL ? &e->peer : NULL;
    struct pin_error err = {.reason = PIN_OK};
    struct pin_reference_ids ids;

    if (e->ctl->json)
        pinctl_json_open(&e->json, "trace", '[');
    else
        pinctl_print(stdout, "\nsteps of the module, store %s\n",
                     e->instance.config.pins != NULL ? e->instance.config.pins : "(none)");
    if (reference_ids_for(&e->host, e->is_nameless, &ids, &err)) {
        pin_judge_lookup(&e->instance, &ids, peer, &trace, &e->policies);
        if (e->chain != NULL)
            pin_judge(&e->instance, &e->policies, &e->peer, e->ctl->now, &trace, &e->judgement);
    } else {
        print_step(e, err.text);
        e->judgement.verdict.action = PIN_REFUSE;
        e->judgement.reason = err.reason;
    }
    pin_reference_ids_clear(&ids);
    if (e->ctl->json)
        pinctl_json_close(&e->json);
}

/* What judge says of a pin. The names are the member "state" in JSON: do not change. */
enum pin_state {
    STATE_UNKNOWN,
    STATE_EXPIRED,
    STATE_MATCHES,
    STATE_NO_MATCH,
    STATE_MATCHES_EXPIRED,
    STATE_NO_MATCH_EXPIRED
};
static const char *const state_names[] = {[STATE_UNKNOWN] = "not known",
                                          [STATE_EXPIRED] = "lapsed",
                                          [STATE_MATCHES] = "holds",
                                          [STATE_NO_MATCH] = "does not hold",
                                          [STATE_MATCHES_EXPIRED] = "would hold, but has lapsed",
                                          [STATE_NO_MATCH_EXPIRED] =
                                              "does not hold, and has lapsed"};
static const char *const state_texts[] = {[STATE_UNKNOWN] = "unknown",
                                          [STATE_EXPIRED] = "expired",
                                          [STATE_MATCHES] = "matches",
                                          [STATE_NO_MATCH] = "does not match",
                                          [STATE_MATCHES_EXPIRED] = "would match, but has expired",
                                          [STATE_NO_MATCH_EXPIRED] =
                                              "does not match, and has expired"};

static enum pin_state state_of(const struct explain *e, const struct pin_applied_policy *applied,
                               const struct pin *pin)
{
    bool expired = pin->until < pin_day_of(e->ctl->now);

    if (e->chain == NULL)
        return expired ? STATE_EXPIRED : STATE_UNKNOWN;
    if (reference_pin_matches(&e->instance, applied, pin, &e->peer, e->ctl->now))
        return expired ? STATE_MATCHES_EXPIRED : STATE_MATCHES;
    return expired ? STATE_NO_MATCH_EXPIRED : STATE_NO_MATCH;
}

static void print_pin(struct explain *e, const struct pin_applied_policy *applied,
                      const struct pin *pin)
{
    char digest[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT];
    enum pin_state state = state_of(e, applied, pin);
    json_t *object;

    pin_digest_format(&pin->digest, digest);
    pin_day_format(pin->until, day);
    if (!e->ctl->json) {
        printf("  line %-3u %s %s%s%s: %s\n", pin->line, pin_kind_name(pin->kind), digest,
               pin->until != PIN_DAY_NEVER ? " until " : "", pin->until != PIN_DAY_NEVER ? day : "",
               state_texts[state]);
        return;
    }
    object = json_pack("{s:o, s:i, s:s, s:s}", "file", pinctl_json_text(applied->name), "line",
                       (int)pin->line, "kind", pin_kind_name(pin->kind), "pin", digest);
    if (pin->until != PIN_DAY_NEVER)
        pinctl_json_set(&object, "until", json_string(day));
    pinctl_json_set(&object, "state", json_string(state_names[state]));
    pinctl_json_put(&e->json, NULL, object);
}

void explain_pins(struct explain *e)
{
    if (e->ctl->json)
        pinctl_json_open(&e->json, "pins", '[');
    for (size_t i = 0; i < e->policies.count; i++) {
        const struct pin_applied_policy *applied = &e->policies.list[i];
        if (!e->ctl->json)
            printf("\npins of %s.pins\n", applied->name);
        for (size_t k = 0; k < applied->policy.count; k++)
            print_pin(e, applied, &applied->policy.pins[k]);
    }
    if (e->ctl->json)
        pinctl_json_close(&e->json);
}
