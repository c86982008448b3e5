/*
 * verdict.h - the truth table from findings and modes to allow, report or refuse.
 *
 * No other component compares modes. Pure, thread-safe.
 */
#ifndef PINNING_VERDICT_H
#define PINNING_VERDICT_H

#include <pinning/date.h>
#include <pinning/mode.h>

/* Ordered: of several verdicts on one peer the greatest applies. */
enum pin_action { PIN_ALLOW, PIN_REPORT, PIN_REFUSE };

/* The member "action" in JSON, of records and of pinctl. Users' programs compare these values: do
 * not change. A record of an allowed connection has NOTICE in place of ALLOW; TRACE is that of a
 * step that led to a refusal. */
#define PIN_ACTION_NAME_ALLOW  "allowed"
#define PIN_ACTION_NAME_REPORT "would be refused"
#define PIN_ACTION_NAME_REFUSE "refused"
#define PIN_ACTION_NAME_NOTICE "notice"
#define PIN_ACTION_NAME_TRACE  "trace"

/* Returns the value for JSON (PIN_ACTION_NAME_...), and the words of messages. Static storage. */
const char *pin_action_name(enum pin_action action);
const char *pin_action_text(enum pin_action action);

/* The result for one policy, or in place of one. */
enum pin_finding {
    PIN_FOUND_HIT,       /* a pinned key */
    PIN_FOUND_NO_HIT,    /* a policy that the peer does not satisfy, for whatever reason */
    PIN_FOUND_UNDECIDED, /* a policy was read, and whether the peer satisfies it is unknown */
    PIN_FOUND_UNPINNED,  /* no policy applies to the peer */
    PIN_FOUND_FAULT      /* no policy could be read: unreadable, unsafe, wrong, out of memory */
};

/* Returns the finding in a word, for tests. Static storage. */
const char *pin_finding_name(enum pin_finding finding);

/* The modes by source. A source that cannot be read counts as enforce. */
struct pin_modes {
    enum pin_mode section; /* the provider's section of openssl.cnf */
    enum pin_mode store;   /* _store */
    enum pin_mode file;    /* the file of the policy; ignored for UNPINNED and FAULT */
    pin_instant store_until, file_until; /* the end of their report; 0: none */
};

enum pin_mode_source { PIN_SOURCE_SECTION, PIN_SOURCE_STORE, PIN_SOURCE_FILE };

/* Returns the member "mode-of" of a record ("openssl.cnf", "_store", "the pin file"; do not
 * change), and the words of messages. Static storage. */
const char *pin_mode_source_name(enum pin_mode_source source);
const char *pin_mode_source_text(enum pin_mode_source source);

struct pin_verdict {
    enum pin_action action;
    enum pin_mode mode;          /* the weakest */
    enum pin_mode_source source; /* of that mode; of equal modes the source with the widest scope */
    pin_instant until;           /* the end of that mode of that source; 0: none */
};

/* Returns the verdict. refuse_unpinned (_store: unpinned = refuse) matters for UNPINNED only. */
struct pin_verdict pin_verdict(enum pin_finding finding, const struct pin_modes *modes,
                               bool refuse_unpinned);

/* Returns false if any mode is off: no lookup is then needed. */
bool pin_modes_enabled(const struct pin_modes *modes);

#endif
