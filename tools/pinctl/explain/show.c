/* The parts of what pinctl explain prints: evidence first, then what the module makes of it. */
#include "explain/explain.h"
#include "explain/certificate.h"
#include "say/say.h"
#include "x509/keys.h"

#include <pinning/judge.h>
#include <stdio.h>
#include <string.h>

#define SOON_IN_DAYS 30

/* ---- evidence ---- */

static void print_certificate(const struct explain *e, int i, const struct certificate_text *text,
                              const char *pin)
{
    pin_day today = pin_day_of(e->ctl->now);

    pinctl_print(stdout, "  %d  %s\n", i,
                 text->subject[0] != '\0' ? text->subject : "(an empty subject)");
    pinctl_print(stdout, "     issued by %s\n", text->is_self_issued ? "itself" : text->issuer);
    printf("     valid from %s to %s%s\n", text->first, text->last,
           text->ends < today                  ? ": it has expired"
           : text->begins > today              ? ": not yet"
           : text->ends - today < SOON_IN_DAYS ? ": it expires soon"
                                               : "");
    printf("     key %s\n", pin);
}

static void each_certificate(struct explain *e)
{
    for (int i = 0; i < sk_X509_num(e->chain); i++) {
        const struct pinctl_key key = {.cert = sk_X509_value(e->chain, i)};
        struct certificate_text text;
        struct pin_digest digest;
        char pin[PIN_DIGEST_TEXT] = "(cannot be hashed)";
        if (pinctl_key_digest(&key, false, PIN_SHA256, &digest, NULL))
            pin_digest_format(&digest, pin);
        certificate_describe(&key, &text);
        if (!e->ctl->json) {
            print_certificate(e, i, &text, pin);
            continue;
        }
        json_t *object = json_object();
        certificate_to_json(&object, &text);
        pinctl_json_set(&object, "key", json_string(pin));
        pinctl_json_put(&e->json, NULL, object);
    }
}

void explain_evidence(struct explain *e)
{
    char why[ASK_WHY] = "";
    bool ok = e->chain != NULL && ask_verifies(e->trust, e->chain, &e->host, e->ctl->now, why);

    if (e->ctl->json) {
        pinctl_json_put(&e->json, "host", pinctl_json_text(e->host.text));
        pinctl_json_put(&e->json, "port", json_integer(e->target.port));
        pinctl_json_open(&e->json, "presented", '[');
        each_certificate(e);
        pinctl_json_close(&e->json);
        pinctl_json_put(&e->json, "verifies", json_boolean(ok));
        pinctl_json_put(&e->json, "why", pinctl_json_text(e->chain != NULL ? why : e->fault.text));
        return;
    }
    if (e->chain_file != NULL)
        pinctl_print(stdout, "evidence: %s\n", e->chain_file);
    else
        pinctl_print(stdout, "evidence: what %s:%u presents\n", e->target.host.text,
                     e->target.port);
    each_certificate(e);
    if (e->chain == NULL)
        pinctl_print(stdout, "  none: %s\n", e->fault.text);
    else if (ok)
        printf("  the chain verifies against the trust store: %syes%s\n",
               pinctl_colour(stdout, PINCTL_GOOD), pinctl_colour(stdout, PINCTL_PLAIN));
    else
        pinctl_print(stdout, "  the chain verifies against the trust store: no: %s\n", why);
}

/* ---- the trace ---- */

static void trace_line(void *arg, const char *text)
{
    struct explain *e = arg;

    if (e->ctl->json)
        pinctl_json_put(&e->json, NULL, pinctl_json_text(text));
    else
        pinctl_print(stdout, "  %s\n", text);
}

void explain_trace(struct explain *e)
{
    const struct pin_trace trace = {trace_line, e};
    const struct pin_peer *peer = e->chain != NULL ? &e->peer : NULL;
    struct pin_error err = {.reason = PIN_OK};
    struct pin_reference_ids ids;

    if (e->ctl->json)
        pinctl_json_open(&e->json, "trace", '[');
    else
        pinctl_print(stdout, "\nwhat the module does, store %s\n",
                     e->module.config.pins != NULL ? e->module.config.pins : "(none)");
    if (ask_for(&e->host, e->is_nameless, &ids, &err)) {
        pin_judge_lookup(&e->module, &ids, peer, &trace, &e->policies);
        if (e->chain != NULL)
            pin_judge(&e->module, &e->policies, &e->peer, e->ctl->now, &trace, &e->judgement);
    } else {
        trace_line(e, err.text);
        e->judgement.verdict.action = PIN_REFUSE;
        e->judgement.reason = err.reason;
    }
    pin_reference_ids_clear(&ids);
    if (e->ctl->json)
        pinctl_json_close(&e->json);
}

/* ---- each pin ---- */

static const char *state_of(const struct explain *e, const struct pin_applied_policy *applied,
                            const struct pin *pin)
{
    bool lapsed = pin->until < pin_day_of(e->ctl->now);

    if (e->chain == NULL)
        return lapsed ? "lapsed" : "not known";
    if (ask_pin(&e->module, applied, pin, &e->peer, e->ctl->now))
        return lapsed ? "would hold, but has lapsed" : "holds";
    return lapsed ? "does not hold, and has lapsed" : "does not hold";
}

static void show_pin(struct explain *e, const struct pin_applied_policy *applied,
                     const struct pin *pin)
{
    char digest[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT];
    const char *state = state_of(e, applied, pin);
    json_t *object;

    pin_digest_format(&pin->digest, digest);
    pin_day_format(pin->until, day);
    if (!e->ctl->json) {
        printf("  line %-3u %s %s%s%s: %s\n", pin->line, pin_kind_name(pin->kind), digest,
               pin->until != PIN_DAY_NEVER ? " until " : "", pin->until != PIN_DAY_NEVER ? day : "",
               state);
        return;
    }
    object = json_pack("{s:o, s:i, s:s, s:s}", "file", pinctl_json_text(applied->name), "line",
                       (int)pin->line, "kind", pin_kind_name(pin->kind), "pin", digest);
    if (pin->until != PIN_DAY_NEVER)
        pinctl_json_set(&object, "until", json_string(day));
    pinctl_json_set(&object, "state", json_string(state));
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
            show_pin(e, applied, &applied->policy.pins[k]);
    }
    if (e->ctl->json)
        pinctl_json_close(&e->json);
}
