/* Policies and peer to a judgement. */
#include <pinning/judge.h>

#include <pinning/chain.h>
#include <pinning/match.h>
#include <pinning/verdict.h>

#include "judge_look.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SOON_IN_DAYS 30

void pin_trace(const struct pin_trace *trace, const char *fmt, ...)
{
    char line[1024];
    va_list args;

    if (trace == NULL)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    trace->line(trace->arg, line);
}

/* One policy and one peer. */
struct trial {
    const struct pin_holding *holding;
    const struct pin_peer *peer;
    pin_day today;
    time_t now;
    const struct pin_trace *trace;
    struct pin_judgement *out;
};

static bool wanted(void *arg, X509 *ca)
{
    const struct trial *trial = arg;
    return pin_match_is_ca(&trial->holding->policy, trial->today, ca);
}

/* The CA with a pinned key that is proven to stand above the leaf, or NULL and why not. */
static X509 *prove_ca(const struct trial *trial, struct pin_error *err)
{
    const struct pin_holding *holding = trial->holding;
    const struct pin_peer *peer = trial->peer;
    struct pin_chain chain = {
        .leaf = peer->leaf.cert,
        .presented = peer->presented,
        .trust = peer->trust,
        .param = peer->param,
        .reference = holding->must_bear ? holding->subject.text : NULL,
        .reference_is_address = holding->subject.is_address,
        .of_client = peer->is_client,
        .now = trial->now,
    };

    if (!pin_match_has_ca(&holding->policy, trial->today))
        return NULL;
    if (holding->must_bear && holding->subject.text[0] == '\0') {
        pin_error_set(err, PIN_R_MISMATCH,
                      "a ca pin cannot hold where no name is known that the certificate must bear: "
                      "use an address file or _nameless.pins");
        return NULL;
    }
    return pin_chain_prove(&chain, wanted, (void *)trial, err);
}

static void show_subject(X509 *cert, char out[static PIN_SUBJECT_MAX])
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

static void show_one(struct pin_judgement *out, const struct pin_leaf *leaf)
{
    struct pin_digest digest;
    struct pin_shown *shown = &out->shown[out->shown_count];

    if (out->shown_count == PIN_SHOWN_MAX) {
        out->shown_more++;
        return;
    }
    if (!pin_match_key_digest(leaf, PIN_SHA256, &digest, NULL))
        return;
    pin_digest_format(&digest, shown->pin);
    if (leaf->cert != NULL)
        show_subject(leaf->cert, shown->subject);
    else
        snprintf(shown->subject, sizeof shown->subject, "a raw public key");
    out->shown_count++;
}

/* For the record of a refusal: what the peer showed, what the file wants. */
static void show_evidence(const struct trial *trial)
{
    const struct pin_policy *policy = &trial->holding->policy;
    const struct pin_peer *peer = trial->peer;
    struct pin_judgement *out = trial->out;

    show_one(out, &peer->leaf);
    for (int i = 0; i < sk_X509_num(peer->presented); i++) {
        const struct pin_leaf above = {.cert = sk_X509_value(peer->presented, i)};
        if (peer->leaf.cert == NULL || X509_cmp(above.cert, peer->leaf.cert) != 0)
            show_one(out, &above);
    }
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->pins[i].until < trial->today)
            continue;
        if (out->expected_count < PIN_SHOWN_MAX)
            out->expected[out->expected_count++] = policy->pins[i];
        else
            out->expected_more++;
    }
}

/* A hit that will be none soon is worth telling in time. */
static void warn_of_dates(const struct trial *trial, const struct pin *hit)
{
    const struct pin_policy *policy = &trial->holding->policy;
    struct pin_judgement *out = trial->out;
    char day[PIN_DAY_TEXT];

    if (hit->until != PIN_DAY_NEVER && hit->until - trial->today <= SOON_IN_DAYS) {
        pin_day_format(hit->until, day);
        snprintf(out->detail, sizeof out->detail,
                 "the pin that this peer holds (line %u) ends on %s", hit->line, day);
    } else if (policy->report_after != PIN_DAY_NEVER && policy->report_after >= trial->today &&
               policy->report_after - trial->today <= SOON_IN_DAYS) {
        pin_day_format(policy->report_after, day);
        snprintf(out->detail, sizeof out->detail, "nothing is enforced after %s (report-after)",
                 day);
    } else {
        return;
    }
    out->reason = PIN_R_ENDS_SOON;
}

static enum pin_finding miss(const struct trial *trial, enum pin_match match,
                             const struct pin_error *why)
{
    const struct pin_policy *policy = &trial->holding->policy;
    struct pin_judgement *out = trial->out;
    char advice[PIN_ADVICE_MAX] = "";

    show_evidence(trial);
    if (match == PIN_MATCH_LAPSED) {
        out->reason = PIN_R_LAPSED;
        snprintf(out->detail, sizeof out->detail, "the last of its dates (until) has passed");
        return PIN_FOUND_NO_HIT;
    }
    out->reason = PIN_R_MISMATCH;
    pin_match_advise(policy, trial->today, &trial->peer->leaf, trial->peer->presented, advice);
    snprintf(out->detail, sizeof out->detail, "%s", advice[0] != '\0' ? advice : why->text);
    return PIN_FOUND_NO_HIT;
}

static enum pin_finding try_peer(const struct trial *trial)
{
    const struct pin_policy *policy = &trial->holding->policy;
    struct pin_judgement *out = trial->out;
    struct pin_error err = {0};
    const struct pin *hit = NULL;
    enum pin_finding finding = PIN_FOUND_FAULT;
    X509 *proven = NULL;

    if (trial->peer->leaf.cert == NULL && trial->peer->leaf.raw_key == NULL) {
        out->reason = PIN_R_ANONYMOUS;
        pin_trace(trial->trace, "%s", pin_reason_text(out->reason));
        return PIN_FOUND_NO_HIT;
    }
    enum pin_match match = pin_match(policy, trial->today, &trial->peer->leaf, NULL, &hit, &err);
    if (match == PIN_MATCH_MISS && (proven = prove_ca(trial, &err)) != NULL)
        match = pin_match(policy, trial->today, &trial->peer->leaf, proven, &hit, &err);
    X509_free(proven);
    if (match == PIN_MATCH_HIT) {
        pin_trace(trial->trace, "line %u holds: %s", hit->line, pin_kind_name(hit->kind));
        warn_of_dates(trial, hit);
        return PIN_FOUND_HIT;
    }
    if (match != PIN_MATCH_ERROR && err.reason != PIN_R_INTERNAL) {
        finding = miss(trial, match, &err);
    } else {
        out->reason = PIN_R_INTERNAL;
        snprintf(out->detail, sizeof out->detail, "%s", err.text);
    }
    pin_trace(trial->trace, "%s%s%s", pin_reason_text(out->reason), out->detail[0] ? ": " : "",
              out->detail);
    return finding;
}

static const char *store_of(const struct pin_module *module, const struct pin_judgement *out)
{
    return out->of_client ? module->config.clients : module->config.pins;
}

static void name_file(struct pin_judgement *out, const struct pin_module *module, const char *name)
{
    char file[PIN_IDENTITY_MAX + sizeof "/.pins"];

    pin_join(file, sizeof file, "/", name);
    pin_join(file + strlen(file), sizeof file - strlen(file), ".pins", "");
    pin_join(out->file, sizeof out->file, store_of(module, out), file);
}

static void judge_one(const struct pin_module *module, struct pin_modes modes,
                      const struct trial *trial)
{
    const struct pin_holding *holding = trial->holding;
    struct pin_judgement *out = trial->out;
    enum pin_finding finding = PIN_FOUND_HIT;

    modes.file = pin_policy_mode(&holding->policy, trial->today);
    if (pin_verdict_asks(&modes)) {
        finding = try_peer(trial);
        name_file(out, module, holding->name);
    } else {
        pin_trace(trial->trace, "%s.pins: mode = off", holding->name);
    }
    out->verdict = pin_verdict(finding, &modes, false);
    memcpy(out->host, holding->subject.text, sizeof out->host);
}

static void judge_fault(const struct pin_module *module, const struct pin_modes *modes,
                        const struct pin_policies *policies, struct pin_judgement *out)
{
    out->verdict = pin_verdict(PIN_FOUND_FAULT, modes, false);
    out->reason = policies->fault.reason;
    snprintf(out->detail, sizeof out->detail, "%s", policies->fault.text);
    if (policies->fault_name[0] != '\0')
        name_file(out, module, policies->fault_name);
}

/* Of several judgements the worst is told; of equals the one that has something to tell. */
static bool is_worse(const struct pin_judgement *a, const struct pin_judgement *b)
{
    return a->verdict.action != b->verdict.action ? a->verdict.action > b->verdict.action
                                                  : a->reason != PIN_OK && b->reason == PIN_OK;
}

void pin_judge(const struct pin_module *module, const struct pin_policies *policies,
               const struct pin_peer *peer, time_t now, const struct pin_trace *trace,
               struct pin_judgement *out)
{
    const struct pin_modes modes = {module->config.mode,
                                    policies->head_known ? policies->head.mode : PIN_MODE_ENFORCE,
                                    PIN_MODE_ENFORCE};

    *out = (struct pin_judgement){.verdict = {.action = PIN_ALLOW}, .of_client = peer->is_client};
    memcpy(out->host, policies->subject.text, sizeof out->host);
    if (!pin_verdict_asks(&modes))
        return;
    if (policies->fault.reason != PIN_OK) {
        judge_fault(module, &modes, policies, out);
        return;
    }
    if (policies->count == 0) {
        out->verdict = pin_verdict(PIN_FOUND_UNPINNED, &modes, policies->head.refuse_unpinned);
        if (out->verdict.action != PIN_ALLOW) {
            out->reason = PIN_R_UNPINNED;
            snprintf(out->detail, sizeof out->detail,
                     "no file holds for it, and _store says unpinned = refuse");
            snprintf(out->file, sizeof out->file, "%s/_store", store_of(module, out));
        }
        return;
    }
    for (size_t i = 0; i < policies->count; i++) {
        struct pin_judgement other;
        const struct trial trial = {&policies->list[i],   peer, pin_day_of(now), now, trace,
                                    i == 0 ? out : &other};
        if (i > 0)
            other = (struct pin_judgement){.reason = PIN_OK, .of_client = peer->is_client};
        judge_one(module, modes, &trial);
        if (i > 0 && is_worse(&other, out))
            *out = other;
    }
}
