/* run.h - one line of the report: a peer, and every fault in its handshake. */
#ifndef FAULTS_RUN_H
#define FAULTS_RUN_H

#include "inject.h"
#include "peers.h"

struct line {
    const struct peer *peer;
    enum atk_version version;
    int verify;
    bool honest;
    bool loading; /* the calls fail while the module is loaded, not in the handshake */
};

/* The result of a line; shared with its processes. */
struct report {
    struct fault_seen seen;
    char wrong[400];   /* what was expected and what was got; empty: all as expected */
    unsigned runs;     /* whole connections */
    unsigned fired;    /* connections in which a call failed */
    unsigned accepted; /* of these, those with data */
    unsigned unhooked; /* of these, those in which the module could not hook and reported it */
    int log_may_fail;  /* the fault may prevent the record */
};

/* Runs a line in a process of its own; does not return. */
_Noreturn void run_line(const struct line *line, struct report *report, const char *module,
                        const char *dir, bool brief);

/* Checks one connection; writes what is wrong into the report. */
void outcome_check(const struct line *line, const struct fault_plan *plan, const struct fixture *s,
                   struct report *report);

/* The kinds of faults. */
struct series {
    const char *name;
    struct fault_plan plan;
    enum { ALWAYS, NOT_BRIEF, IN_FULL } when; /* IN_FULL: for the first peer only */
};
extern const struct series all_series[];
extern const size_t series_count;

/* Prints how often each call failed; false if a call that may fail never did. */
bool coverage_is_complete(const struct report *reports, size_t count);

void line_name(const struct line *line, char *out, size_t size);

#endif
