/* judge.c - policies and peer to a judgement. */
#include <pinning/judge.h>

#include <pinning/str.h>
#include <pinning/verdict.h>

#include "evaluation.h"
#include "lookup.h"

#include <stdio.h>
#include <string.h>

const char *pin_known_by_name(enum pin_known_by known_by)
{
    static const char *const names[] = {[PIN_KNOWN_NO_PEER] = "",
                                        [PIN_KNOWN_NONE] = "none",
                                        [PIN_KNOWN_SNI] = "sni",
                                        [PIN_KNOWN_HOST] = "host",
                                        [PIN_KNOWN_ADDRESS] = "address",
                                        [PIN_KNOWN_SOCKET] = "socket",
                                        [PIN_KNOWN_CERTIFICATE] = "certificate"};
    return names[known_by];
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

/* Sets verdict, host and, if the policy was evaluated, the file of *out, which is zeroed but for
 * of_client. */
static void judge_policy(const struct pin_instance *instance, struct pin_modes modes,
                         const struct pin_evaluation *evaluation, struct pin_judgement *out)
{
    const struct pin_applied_policy *applied = evaluation->applied;
    enum pin_finding finding = PIN_FOUND_HIT;

    modes.file = pin_policy_mode(&applied->policy, evaluation->now, &modes.file_until);
    if (pin_modes_enabled(&modes)) {
        finding = pin_evaluate(evaluation, out);
        name_file(out, instance, applied->name);
    } else {
        pin_trace(evaluation->trace, "%s.pins: mode = off", applied->name);
    }
    out->verdict = pin_verdict(finding, &modes, false);
    memcpy(out->host, applied->identity.text, sizeof out->host);
    out->known_by = applied->known_by;
}

static void judge_fault(const struct pin_instance *instance, const struct pin_modes *modes,
                        const struct pin_policies *policies, const struct pin_trace *trace,
                        struct pin_judgement *out)
{
    out->verdict = pin_verdict(PIN_FOUND_FAULT, modes, false);
    out->reason = policies->fault.reason;
    snprintf(out->detail, sizeof out->detail, "%s", policies->fault.text);
    if (policies->fault_name[0] != '\0') /* then the lookup traced the error */
        name_file(out, instance, policies->fault_name);
    else
        pin_trace(trace, "%s", out->detail);
}

bool pin_judgement_is_worse(const struct pin_judgement *a, const struct pin_judgement *b)
{
    return a->verdict.action != b->verdict.action ? a->verdict.action > b->verdict.action
                                                  : a->reason != PIN_OK && b->reason == PIN_OK;
}

static void judge_unpinned(const struct pin_instance *instance, const struct pin_modes *modes,
                           const struct pin_policies *policies, const struct pin_trace *trace,
                           struct pin_judgement *out)
{
    out->verdict = pin_verdict(PIN_FOUND_UNPINNED, modes, policies->settings.refuse_unpinned);
    if (out->verdict.action == PIN_ALLOW)
        return;
    out->reason = PIN_R_UNPINNED;
    snprintf(out->detail, sizeof out->detail,
             "no file applies to it, and _store has unpinned = refuse");
    snprintf(out->file, sizeof out->file, "%s/_store", store_of(instance, out));
    pin_trace(trace, "%s", out->detail);
}

/* Reports that nothing but the peer's own word decides which pins apply, unless there is something
 * more severe to report. */
static void judge_nameless(const struct pin_instance *instance, const struct pin_modes *modes,
                           const struct pin_policies *policies, const struct pin_trace *trace,
                           struct pin_judgement *out)
{
    const bool refuse = policies->settings.refuse_nameless;
    struct pin_judgement nameless = {
        .verdict = pin_verdict(PIN_FOUND_UNPINNED, modes, refuse),
        .reason = PIN_R_NAMELESS,
        .known_by = policies->known_by,
    };

    if (!pin_judgement_is_worse(&nameless, out))
        return;
    memcpy(nameless.host, policies->identity.text, sizeof nameless.host);
    snprintf(nameless.detail, sizeof nameless.detail,
             "neither a file of its address nor _nameless.pins applies%s",
             refuse ? ", and _store has nameless = refuse" : "");
    if (refuse)
        snprintf(nameless.file, sizeof nameless.file, "%s/_store", store_of(instance, out));
    pin_trace(trace, "%s: %s", pin_reason_text(nameless.reason), nameless.detail);
    *out = nameless;
}

/* Reports the most severe judgement of all policies; there is at least one. */
static void judge_policies(const struct pin_instance *instance, const struct pin_modes *modes,
                           const struct pin_policies *policies, struct pin_evaluation *evaluation,
                           struct pin_judgement *out)
{
    struct pin_judgement other;

    evaluation->applied = &policies->list[0];
    judge_policy(instance, *modes, evaluation, out);
    for (size_t i = 1; i < policies->count; i++) {
        other = (struct pin_judgement){.of_client = evaluation->peer->is_client};
        evaluation->applied = &policies->list[i];
        judge_policy(instance, *modes, evaluation, &other);
        if (pin_judgement_is_worse(&other, out))
            *out = other;
    }
}

void pin_judge(const struct pin_instance *instance, const struct pin_policies *policies,
               const struct pin_peer *peer, time_t now, const struct pin_trace *trace,
               struct pin_judgement *out)
{
    struct pin_modes modes = {
        .section = instance->config.mode, .store = PIN_MODE_ENFORCE, .file = PIN_MODE_ENFORCE};
    struct pin_evaluation evaluation = {
        .peer = peer, .today = pin_day_of(now), .now = now, .trace = trace};

    *out = (struct pin_judgement){.verdict = {.action = PIN_ALLOW}, .of_client = peer->is_client};
    memcpy(out->host, policies->identity.text, sizeof out->host);
    out->known_by = policies->known_by != PIN_KNOWN_NO_PEER ? policies->known_by : PIN_KNOWN_NONE;
    if (policies->settings_known)
        modes.store = pin_settings_mode(&policies->settings, now, &modes.store_until);
    if (!pin_modes_enabled(&modes))
        return;
    if (policies->fault.reason != PIN_OK)
        judge_fault(instance, &modes, policies, trace, out);
    else if (policies->count == 0)
        judge_unpinned(instance, &modes, policies, trace, out);
    else
        judge_policies(instance, &modes, policies, &evaluation, out);
    if (policies->nameless && policies->fault.reason == PIN_OK)
        judge_nameless(instance, &modes, policies, trace, out);
}
