/* The parts of what pinctl explain prints: evidence first, then what the module makes of it. */
#include "explain/explain.h"
#include "say/say.h"
#include "x509/keys.h"

#include <pinning/judge.h>
#include <stdio.h>
#include <string.h>

#define SOON_IN_DAYS 30

/* ---- evidence ---- */

static void evidence_text(const struct explain *e, int i, const char *pin)
{
    const struct pinctl_key key = {.cert = sk_X509_value(e->chain, i)};
    char subject[1024], issuer[1024], first[PIN_DAY_TEXT], last[PIN_DAY_TEXT];
    pin_day begins, ends, today = pin_day_of(e->ctl->now);

    pinctl_subject(&key, subject, sizeof subject);
    pinctl_issuer(&key, issuer, sizeof issuer);
    pinctl_validity(key.cert, &begins, &ends);
    pin_day_format(begins, first);
    pin_day_format(ends, last);
    pinctl_print(stdout, "  %d  %s\n", i, subject[0] != '\0' ? subject : "(an empty subject)");
    pinctl_print(stdout, "     issued by %s\n", strcmp(subject, issuer) == 0 ? "itself" : issuer);
    printf("     valid from %s to %s%s\n", first, last,
           ends < today                  ? ": it has ended"
           : begins > today              ? ": not yet"
           : ends - today < SOON_IN_DAYS ? ": it ends soon"
                                         : "");
    printf("     key %s\n", pin);
}

static void evidence_json(struct explain *e, int i, const char *pin)
{
    const struct pinctl_key key = {.cert = sk_X509_value(e->chain, i)};
    char text[1024], day[PIN_DAY_TEXT];
    pin_day begins, ends;

    pinctl_json_open(&e->json, NULL, '{');
    pinctl_subject(&key, text, sizeof text);
    pinctl_json_text(&e->json, "subject", text);
    pinctl_issuer(&key, text, sizeof text);
    pinctl_json_text(&e->json, "issuer", text);
    pinctl_validity(key.cert, &begins, &ends);
    pin_day_format(begins, day);
    pinctl_json_text(&e->json, "not-before", day);
    pin_day_format(ends, day);
    pinctl_json_text(&e->json, "not-after", day);
    pinctl_json_text(&e->json, "key", pin);
    pinctl_json_close(&e->json, '}');
}

static void each_certificate(struct explain *e)
{
    for (int i = 0; i < sk_X509_num(e->chain); i++) {
        const struct pinctl_key key = {.cert = sk_X509_value(e->chain, i)};
        struct pin_digest digest;
        char pin[PIN_DIGEST_TEXT] = "(cannot be hashed)";
        if (pinctl_key_digest(&key, false, PIN_SHA256, &digest, NULL))
            pin_digest_format(&digest, pin);
        if (e->ctl->json)
            evidence_json(e, i, pin);
        else
            evidence_text(e, i, pin);
    }
}

void explain_evidence(struct explain *e)
{
    char why[ASK_WHY] = "";
    bool ok = e->chain != NULL && ask_verifies(e->trust, e->chain, &e->host, e->ctl->now, why);

    if (e->ctl->json) {
        pinctl_json_text(&e->json, "host", e->host.text);
        pinctl_json_number(&e->json, "port", e->target.port);
        pinctl_json_open(&e->json, "presented", '[');
        each_certificate(e);
        pinctl_json_close(&e->json, ']');
        pinctl_json_bool(&e->json, "verifies", ok);
        pinctl_json_text(&e->json, "why", e->chain != NULL ? why : e->fault.text);
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
        pinctl_json_text(&e->json, NULL, text);
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
        pinctl_json_close(&e->json, ']');
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

    pin_digest_format(&pin->digest, digest);
    pin_day_format(pin->until, day);
    if (!e->ctl->json) {
        printf("  line %-3u %s %s%s%s: %s\n", pin->line, pin_kind_name(pin->kind), digest,
               pin->until != PIN_DAY_NEVER ? " until " : "", pin->until != PIN_DAY_NEVER ? day : "",
               state);
        return;
    }
    pinctl_json_open(&e->json, NULL, '{');
    pinctl_json_text(&e->json, "file", applied->name);
    pinctl_json_number(&e->json, "line", pin->line);
    pinctl_json_text(&e->json, "kind", pin_kind_name(pin->kind));
    pinctl_json_text(&e->json, "pin", digest);
    if (pin->until != PIN_DAY_NEVER)
        pinctl_json_text(&e->json, "until", day);
    pinctl_json_text(&e->json, "state", state);
    pinctl_json_close(&e->json, '}');
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
        pinctl_json_close(&e->json, ']');
}
