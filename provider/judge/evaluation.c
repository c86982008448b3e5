/* evaluation.c - one policy and one peer to a finding. */
#include "evaluation.h"

#include <pinning/chain.h>
#include <pinning/match.h>

#include "lookup.h"

#include <stdio.h>

#define SOON_IN_DAYS 30

static bool is_pinned(void *arg, X509 *ca)
{
    const struct pin_evaluation *evaluation = arg;
    return pin_match_is_ca(&evaluation->applied->policy, evaluation->today, ca);
}

/* Returns the CA with a pinned key that is an issuer in the validated path, or NULL and why there
 * is none. The caller frees it. */
static X509 *find_pinned_ca(const struct pin_evaluation *evaluation, struct pin_error *err)
{
    const struct pin_applied_policy *applied = evaluation->applied;
    const struct pin_peer *peer = evaluation->peer;
    struct pin_chain chain = {
        .leaf = peer->leaf.cert,
        .presented = peer->presented,
        .trust = peer->trust,
        .param = peer->param,
        .reference = applied->require_name_match ? applied->identity.text : NULL,
        .reference_is_address = applied->identity.is_address,
        .of_client = peer->is_client,
        .now = evaluation->now,
    };

    if (!pin_match_has_ca(&applied->policy, evaluation->today))
        return NULL;
    if (applied->require_name_match && applied->identity.text[0] == '\0') {
        pin_error_set(err, PIN_R_MISMATCH,
                      "a ca pin cannot match because no name is known that the certificate must "
                      "have: use an address file or _nameless.pins");
        return NULL;
    }
    return pin_chain_validate(&chain, is_pinned, (void *)evaluation, err);
}

/* Compares the leaf with the pins, and its validated issuers only if it misses. */
static enum pin_match match_peer(const struct pin_evaluation *evaluation, const struct pin **hit,
                                 struct pin_error *err)
{
    const struct pin_policy *policy = &evaluation->applied->policy;
    const struct pin_leaf *leaf = &evaluation->peer->leaf;
    enum pin_match match = pin_match(policy, evaluation->today, leaf, NULL, hit, err);
    X509 *ca = match == PIN_MATCH_MISS ? find_pinned_ca(evaluation, err) : NULL;

    if (ca != NULL)
        match = pin_match(policy, evaluation->today, leaf, ca, hit, err);
    X509_free(ca);
    return match;
}

/* Reports a hit that expires within 30 days. */
static void report_expiry(const struct pin_evaluation *evaluation, const struct pin *hit,
                          struct pin_judgement *out)
{
    const pin_day report_after = evaluation->applied->policy.report_after;
    const pin_day today = evaluation->today;
    char day[PIN_DAY_TEXT];

    if (hit->until != PIN_DAY_NEVER && hit->until - today <= SOON_IN_DAYS) {
        pin_day_format(hit->until, day);
        snprintf(out->detail, sizeof out->detail,
                 "the pin that this peer matches (line %u) ends on %s", hit->line, day);
    } else if (report_after != PIN_DAY_NEVER && report_after >= today &&
               report_after - today <= SOON_IN_DAYS) {
        pin_day_format(report_after, day);
        snprintf(out->detail, sizeof out->detail, "nothing is enforced after %s (report-after)",
                 day);
    } else {
        return;
    }
    out->reason = PIN_R_EXPIRES_SOON;
}

static void report_miss(const struct pin_evaluation *evaluation, const char *why,
                        struct pin_judgement *out)
{
    char advice[PIN_ADVICE_MAX] = "";

    out->reason = PIN_R_MISMATCH;
    pin_match_advise(&evaluation->applied->policy, evaluation->today, &evaluation->peer->leaf,
                     evaluation->peer->presented, advice);
    snprintf(out->detail, sizeof out->detail, "%s", advice[0] != '\0' ? advice : why);
}

static void report(enum pin_reason reason, const char *detail, struct pin_judgement *out)
{
    out->reason = reason;
    snprintf(out->detail, sizeof out->detail, "%s", detail);
}

static enum pin_finding evaluate(const struct pin_evaluation *evaluation, const struct pin **hit,
                                 struct pin_judgement *out)
{
    struct pin_error err = {0};
    enum pin_match match;

    if (evaluation->peer->leaf.cert == NULL && evaluation->peer->leaf.raw_key == NULL) {
        out->reason = PIN_R_ANONYMOUS;
        return PIN_FOUND_NO_HIT;
    }
    match = match_peer(evaluation, hit, &err);
    if (match == PIN_MATCH_HIT) {
        report_expiry(evaluation, *hit, out);
        return PIN_FOUND_HIT;
    }
    if (match == PIN_MATCH_ERROR || err.reason == PIN_R_INTERNAL) {
        report(PIN_R_INTERNAL, err.text, out);
        return PIN_FOUND_UNDECIDED;
    }
    if (match == PIN_MATCH_EXPIRED)
        report(PIN_R_EXPIRED, "the last of its dates (until) has passed", out);
    else
        report_miss(evaluation, err.text, out);
    pin_compared_add(evaluation, &out->compared);
    return PIN_FOUND_NO_HIT;
}

/* Traces the pin that matches, or why each pin does not. */
static void trace_pins(const struct pin_evaluation *evaluation, const struct pin *hit)
{
    const struct pin_policy *policy = &evaluation->applied->policy;

    for (size_t i = 0; i < policy->count; i++) {
        const struct pin *pin = &policy->pins[i];
        char digest[PIN_DIGEST_TEXT];

        if (hit != NULL && pin != hit)
            continue;
        pin_digest_format(&pin->digest, digest);
        pin_trace(evaluation->trace, "%s.pins line %u %s: %s %s", evaluation->applied->name,
                  pin->line,
                  pin == hit                       ? "matches"
                  : pin->until < evaluation->today ? "has expired"
                                                   : "does not match",
                  pin_kind_name(pin->kind), digest);
    }
}

enum pin_finding pin_evaluate(const struct pin_evaluation *evaluation, struct pin_judgement *out)
{
    const struct pin *hit = NULL;
    enum pin_finding finding = evaluate(evaluation, &hit, out);

    if (evaluation->trace == NULL)
        return finding;
    if (out->reason != PIN_R_ANONYMOUS && finding != PIN_FOUND_UNDECIDED)
        trace_pins(evaluation, hit);
    if (finding != PIN_FOUND_HIT)
        pin_trace(evaluation->trace, "%s%s%s", pin_reason_text(out->reason),
                  out->detail[0] != '\0' ? ": " : "", out->detail);
    return finding;
}
