/* turn.h - one line of the report: a peer, and every fault there is on its way. */
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

/* What came of a line; shared with the processes that try it. */
struct report {
    struct fault_seen seen;
    char wrong[400];   /* what must not be; empty: nothing */
    unsigned runs;     /* whole connections */
    unsigned fired;    /* in which something failed */
    unsigned accepted; /* and data flowed all the same */
    unsigned unhooked; /* and the module could not get in, and said so */
    int log_may_fail;  /* the fault that is tried may keep a record from being written */
};

/* A process of its own for the line; it does not return. */
_Noreturn void run_line(const struct line *line, struct report *report, const char *module,
                        const char *dir, bool brief);

/* The verdict on one connection; writes what is wrong. */
void outcome_check(const struct line *line, const struct fault_plan *plan, const struct fixture *s,
                   struct report *report);

/* One after the other; NULL at the end. */
struct series {
    const char *name;
    struct fault_plan plan;
    enum { ALWAYS, NOT_BRIEF, IN_FULL } when; /* in full: only for the first peer */
};
extern const struct series all_series[];
extern const size_t series_count;

/* Says how often each call failed, over all; false if one that may fail never did. */
bool coverage_is_complete(const struct report *reports, size_t count);

void line_name(const struct line *line, char *out, size_t size);

#endif
