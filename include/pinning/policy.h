/*
 * policy.h - the contents of the files of a store as data.
 *
 * Shared by the components. A policy belongs to its owner; the functions are pure and thread-safe.
 */
#ifndef PINNING_POLICY_H
#define PINNING_POLICY_H

#include <pinning/date.h>
#include <pinning/digest.h>
#include <pinning/mode.h>
#include <stdbool.h>
#include <stddef.h>

enum pin_kind {
    PIN_KIND_KEY,  /* SubjectPublicKeyInfo of the peer's own certificate, DER (RFC 5280 4.1) */
    PIN_KIND_CERT, /* the peer's own certificate, DER */
    PIN_KIND_CA    /* SubjectPublicKeyInfo of an issuer in the validated path */
};

/* Returns the word of a kind as it is written in files. Static storage. */
const char *pin_kind_name(enum pin_kind kind);

struct pin {
    enum pin_kind kind;
    struct pin_digest digest;
    pin_day until; /* the last day on which the pin is in force; PIN_DAY_NEVER: no end */
    unsigned line; /* of its file, from 1 */
};

/* One HOST.pins. A zeroed policy is empty and may be cleared. */
struct pin_policy {
    struct pin *pins; /* owned */
    size_t count;
    bool subdomains;
    enum pin_mode mode;
    pin_instant mode_until; /* the end of mode = report: from then on the mode is enforce */
    pin_day report_after;   /* the last day of mode; from the next day on the mode is report */
};

/* Frees the pins and zeroes the policy; NULL is allowed. */
void pin_policy_clear(struct pin_policy *policy);

/* Returns the mode in force at an instant: mode; enforce in place of a report that has ended; and
 * report in place of enforce when report_after has passed. Sets *until, unless it is NULL, to the
 * instant at which report ends and enforce begins, or to 0 if the mode is not report or has no such
 * end. */
enum pin_mode pin_policy_mode(const struct pin_policy *policy, time_t now, pin_instant *until);

/* The file _store. */
struct pin_store_settings {
    enum pin_mode mode;
    bool refuse_unpinned;
    bool refuse_nameless;
    pin_instant mode_until; /* as in struct pin_policy */
};

/* Returns the mode in force at an instant, and *until, as pin_policy_mode() does. */
enum pin_mode pin_settings_mode(const struct pin_store_settings *settings, time_t now,
                                pin_instant *until);

#endif
