/*
 * evaluation.h - the evaluation of one policy. Internal to judge/.
 */
#ifndef PINNING_JUDGE_EVALUATION_H
#define PINNING_JUDGE_EVALUATION_H

#include <pinning/judge.h>

struct pin_evaluation {
    const struct pin_applied_policy *applied;
    const struct pin_peer *peer;
    pin_day today;
    time_t now;
    const struct pin_trace *trace;
};

/* Evaluates the policy for the peer, and returns the finding. Sets reason, detail and compared of
 * *out; on a hit only if there is something to report. */
enum pin_finding pin_evaluate(const struct pin_evaluation *evaluation, struct pin_judgement *out);

/* Adds the presented keys and the pins in force to *out. Leaves out a key of which it cannot make
 * the digest. */
void pin_compared_add(const struct pin_evaluation *evaluation, struct pin_compared *out);

#endif
