/*
 * verdict.h - allow, report or refuse, and why?
 *
 * One truth table. No other room compares modes. Pure, thread-safe.
 */
#ifndef PINNING_VERDICT_H
#define PINNING_VERDICT_H

#include <pinning/policy.h>

/* Ordered: of several verdicts on one peer the greatest holds. */
enum pin_action { PIN_ALLOW, PIN_REPORT, PIN_REFUSE };
const char *pin_action_name(enum pin_action action);

/* What came out for one policy, or instead of one. */
enum pin_finding {
    PIN_FOUND_HIT,      /* a pinned key */
    PIN_FOUND_NO_HIT,   /* a policy that this peer does not satisfy, for whatever reason */
    PIN_FOUND_UNPINNED, /* nothing is written for it */
    PIN_FOUND_FAULT     /* could not be told: unreadable, unsafe, wrong, out of memory */
};

/* The places that have a say. What could not be read says enforce. */
struct pin_modes {
    enum pin_mode section; /* the provider's section of openssl.cnf */
    enum pin_mode store;   /* _store */
    enum pin_mode file;    /* the file of the policy; not looked at for UNPINNED and FAULT */
};

enum pin_mode_source { PIN_SOURCE_SECTION, PIN_SOURCE_STORE, PIN_SOURCE_FILE };
const char *pin_mode_source_name(enum pin_mode_source source);

struct pin_verdict {
    enum pin_action action;
    enum pin_mode mode;          /* the weakest */
    enum pin_mode_source source; /* who said so; of equals the one that reaches furthest */
};

struct pin_verdict pin_verdict(enum pin_finding finding, const struct pin_modes *modes,
                               bool refuse_unpinned);

/* Need a question be asked at all under these modes? False if one of them is off. */
bool pin_modes_enabled(const struct pin_modes *modes);

#endif
