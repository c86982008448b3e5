/* Policies and peer to a judgement. */
#include <pinning/judge.h>

#include <pinning/chain.h>
#include <pinning/match.h>
#include <pinning/verdict.h>
#include <pinning/str.h>

#include "lookup.h"

#include <stdio.h>
#include <string.h>

#define SOON_IN_DAYS 30

/* One policy and one peer. */
struct evaluation {
    const struct pin_applied_policy *applied;
    const struct pin_peer *peer;
    pin_day today;
    time_t now;
    const struct pin_trace *trace;
    struct pin_judgement *out;
};

static bool is_pinned(void *arg, X509 *ca)
{
    const struct evaluation *evaluation = arg;
    return pin_match_is_ca(&evaluation->applied->policy, evaluation->today, ca);
}

/* The CA with a pinned key that is proven to stand above the leaf, or NULL and why not. */
static X509 *find_pinned_ca(const struct evaluation *evaluation, struct pin_error *err)
{
    const struct pin_applied_policy *applied = evaluation->applied;
    const struct pin_peer *peer = evaluation->peer;
    struct pin_chain chain = {
        .leaf = peer->leaf.cert,
        .presented = peer->presented,
        .trust = peer->trust,
        .param = peer->param,
        .reference = applied->require_name_match ? applied->subject.text : NULL,
        .reference_is_address = applied->subject.is_address,
        .of_client = peer->is_client,
        .now = evaluation->now,
    };

    if (!pin_match_has_ca(&applied->policy, evaluation->today))
        return NULL;
    if (applied->require_name_match && applied->subject.text[0] == '\0') {
        pin_error_set(err, PIN_R_MISMATCH,
                      "a ca pin cannot hold where no name is known that the certificate must bear: "
                      "use an address file or _nameless.pins");
        return NULL;
    }
    return pin_chain_validate(&chain, is_pinned, (void *)evaluation, err);
}

static void format_subject(X509 *cert, char out[static PIN_SUBJECT_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len = 0;

    out[0] = '\0';
    if (bio != NULL &&
        X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
        len = BIO_get_mem_data(bio, &text);
    if (len > 0 && text != NULL)
        snprintf(out, PIN_SUBJECT_MAX, "%.*s", (int)(len < PIN_SUBJECT_MAX ? len : PIN_SUBJECT_MAX),
                 text);
    BIO_free(bio);
}

static void add_presented(struct pin_judgement *out, const struct pin_leaf *leaf)
{
    struct pin_digest digest;
    struct pin_presented_key *presented = &out->presented[out->presented_count];

    if (out->presented_count == PIN_PRESENTED_MAX) {
        out->presented_more++;
        return;
    }
    if (!pin_match_key_digest(leaf, PIN_SHA256, &digest, NULL))
        return;
    pin_digest_format(&digest, presented->pin);
    if (leaf->cert != NULL)
        format_subject(leaf->cert, presented->subject);
    else
        snprintf(presented->subject, sizeof presented->subject, "a raw public key");
    out->presented_count++;
}

/* For the record of a refusal: what the peer showed, what the file wants. */
static void add_evidence(const struct evaluation *evaluation)
{
    const struct pin_policy *policy = &evaluation->applied->policy;
    const struct pin_peer *peer = evaluation->peer;
    struct pin_judgement *out = evaluation->out;

    add_presented(out, &peer->leaf);
    for (int i = 0; i < sk_X509_num(peer->presented); i++) {
        const struct pin_leaf above = {.cert = sk_X509_value(peer->presented, i)};
        if (peer->leaf.cert == NULL || X509_cmp(above.cert, peer->leaf.cert) != 0)
            add_presented(out, &above);
    }
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->pins[i].until < evaluation->today)
            continue;
        if (out->expected_count < PIN_PRESENTED_MAX)
            out->expected[out->expected_count++] = policy->pins[i];
        else
            out->expected_more++;
    }
}

/* A hit that will be none soon is worth telling in time. */
static void warn_of_expiry(const struct evaluation *evaluation, const struct pin *hit)
{
    const struct pin_policy *policy = &evaluation->applied->policy;
    struct pin_judgement *out = evaluation->out;
    char day[PIN_DAY_TEXT];

    if (hit->until != PIN_DAY_NEVER && hit->until - evaluation->today <= SOON_IN_DAYS) {
        pin_day_format(hit->until, day);
        snprintf(out->detail, sizeof out->detail,
                 "the pin that this peer holds (line %u) ends on %s", hit->line, day);
    } else if (policy->report_after != PIN_DAY_NEVER && policy->report_after >= evaluation->today &&
               policy->report_after - evaluation->today <= SOON_IN_DAYS) {
        pin_day_format(policy->report_after, day);
        snprintf(out->detail, sizeof out->detail, "nothing is enforced after %s (report-after)",
                 day);
    } else {
        return;
    }
    out->reason = PIN_R_EXPIRES_SOON;
}

static enum pin_finding miss(const struct evaluation *evaluation, enum pin_match match,
                             const struct pin_error *why)
{
    const struct pin_policy *policy = &evaluation->applied->policy;
    struct pin_judgement *out = evaluation->out;
    char advice[PIN_ADVICE_MAX] = "";

    add_evidence(evaluation);
    if (match == PIN_MATCH_EXPIRED) {
        out->reason = PIN_R_EXPIRED;
        snprintf(out->detail, sizeof out->detail, "the last of its dates (until) has passed");
        return PIN_FOUND_NO_HIT;
    }
    out->reason = PIN_R_MISMATCH;
    pin_match_advise(policy, evaluation->today, &evaluation->peer->leaf,
                     evaluation->peer->presented, advice);
    snprintf(out->detail, sizeof out->detail, "%s", advice[0] != '\0' ? advice : why->text);
    return PIN_FOUND_NO_HIT;
}

static enum pin_finding evaluate_policy(const struct evaluation *evaluation)
{
    const struct pin_policy *policy = &evaluation->applied->policy;
    struct pin_judgement *out = evaluation->out;
    struct pin_error err = {0};
    const struct pin *hit = NULL;
    enum pin_finding finding = PIN_FOUND_FAULT;
    X509 *pinned_ca = NULL;

    if (evaluation->peer->leaf.cert == NULL && evaluation->peer->leaf.raw_key == NULL) {
        out->reason = PIN_R_ANONYMOUS;
        pin_trace(evaluation->trace, "%s", pin_reason_text(out->reason));
        return PIN_FOUND_NO_HIT;
    }
    enum pin_match match =
        pin_match(policy, evaluation->today, &evaluation->peer->leaf, NULL, &hit, &err);
    if (match == PIN_MATCH_MISS && (pinned_ca = find_pinned_ca(evaluation, &err)) != NULL)
        match =
            pin_match(policy, evaluation->today, &evaluation->peer->leaf, pinned_ca, &hit, &err);
    X509_free(pinned_ca);
    if (match == PIN_MATCH_HIT) {
        pin_trace(evaluation->trace, "line %u holds: %s", hit->line, pin_kind_name(hit->kind));
        warn_of_expiry(evaluation, hit);
        return PIN_FOUND_HIT;
    }
    if (match != PIN_MATCH_ERROR && err.reason != PIN_R_INTERNAL) {
        finding = miss(evaluation, match, &err);
    } else {
        out->reason = PIN_R_INTERNAL;
        snprintf(out->detail, sizeof out->detail, "%s", err.text);
    }
    pin_trace(evaluation->trace, "%s%s%s", pin_reason_text(out->reason), out->detail[0] ? ": " : "",
              out->detail);
    return finding;
}

static const char *store_of(const struct pin_instance *instance, const struct pin_judgement *out)
{
    return out->of_client ? instance->config.clients : instance->config.pins;
}

static void name_file(struct pin_judgement *out, const struct pin_instance *instance,
                      const char *name)
{
    char file[PIN_IDENTITY_MAX + sizeof "/.pins"];

    pin_str_join(file, sizeof file, "/", name);
    pin_str_join(file + strlen(file), sizeof file - strlen(file), ".pins", "");
    pin_str_join(out->file, sizeof out->file, store_of(instance, out), file);
}

static void judge_policy(const struct pin_instance *instance, struct pin_modes modes,
                         const struct evaluation *evaluation)
{
    const struct pin_applied_policy *applied = evaluation->applied;
    struct pin_judgement *out = evaluation->out;
    enum pin_finding finding = PIN_FOUND_HIT;

    modes.file = pin_policy_mode(&applied->policy, evaluation->today);
    if (pin_modes_enabled(&modes)) {
        finding = evaluate_policy(evaluation);
        name_file(out, instance, applied->name);
    } else {
        pin_trace(evaluation->trace, "%s.pins: mode = off", applied->name);
    }
    out->verdict = pin_verdict(finding, &modes, false);
    memcpy(out->host, applied->subject.text, sizeof out->host);
}

static void judge_fault(const struct pin_instance *instance, const struct pin_modes *modes,
                        const struct pin_policies *policies, struct pin_judgement *out)
{
    out->verdict = pin_verdict(PIN_FOUND_FAULT, modes, false);
    out->reason = policies->fault.reason;
    snprintf(out->detail, sizeof out->detail, "%s", policies->fault.text);
    if (policies->fault_name[0] != '\0')
        name_file(out, instance, policies->fault_name);
}

bool pin_judgement_is_worse(const struct pin_judgement *a, const struct pin_judgement *b)
{
    return a->verdict.action != b->verdict.action ? a->verdict.action > b->verdict.action
                                                  : a->reason != PIN_OK && b->reason == PIN_OK;
}

void pin_judge(const struct pin_instance *instance, const struct pin_policies *policies,
               const struct pin_peer *peer, time_t now, const struct pin_trace *trace,
               struct pin_judgement *out)
{
    const struct pin_modes modes = {
        instance->config.mode,
        policies->settings_known ? policies->settings.mode : PIN_MODE_ENFORCE, PIN_MODE_ENFORCE};

    *out = (struct pin_judgement){.verdict = {.action = PIN_ALLOW}, .of_client = peer->is_client};
    memcpy(out->host, policies->subject.text, sizeof out->host);
    if (!pin_modes_enabled(&modes))
        return;
    if (policies->fault.reason != PIN_OK) {
        judge_fault(instance, &modes, policies, out);
        return;
    }
    if (policies->count == 0) {
        out->verdict = pin_verdict(PIN_FOUND_UNPINNED, &modes, policies->settings.refuse_unpinned);
        if (out->verdict.action != PIN_ALLOW) {
            out->reason = PIN_R_UNPINNED;
            snprintf(out->detail, sizeof out->detail,
                     "no file holds for it, and _store says unpinned = refuse");
            snprintf(out->file, sizeof out->file, "%s/_store", store_of(instance, out));
        }
        return;
    }
    for (size_t i = 0; i < policies->count; i++) {
        struct pin_judgement other;
        const struct evaluation evaluation = {
            &policies->list[i], peer, pin_day_of(now), now, trace, i == 0 ? out : &other};
        if (i > 0)
            other = (struct pin_judgement){.reason = PIN_OK, .of_client = peer->is_client};
        judge_policy(instance, modes, &evaluation);
        if (i > 0 && pin_judgement_is_worse(&other, out))
            *out = other;
    }
}
