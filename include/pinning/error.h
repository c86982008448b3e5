/*
 * error.h - the error object and the stable reasons.
 *
 * Shared by all components. Thread-safe: no state of its own.
 */
#ifndef PINNING_ERROR_H
#define PINNING_ERROR_H

/* The reason of a refusal, of a refusal that report mode suspended, or of a notice. reasons.list
 * explains each. */
enum pin_reason {
    PIN_OK = 0,
#define PIN_REASON(number, name, text, advice) PIN_R_##name = (number),
#include <pinning/reasons.list>
#undef PIN_REASON
    PIN_R_COUNT /* one more than the last reason */
};

struct pin_error {
    enum pin_reason reason; /* PIN_OK: no error */
    int sys;                /* errno of the call that failed, 0 if none did */
    char text[480];         /* for the administrator: what, where, what was expected; one line */
};

/* Fills *err. Only the first error counts: if *err has one already or err is NULL, nothing happens.
 * Cuts a text that is too long, and cleans it (PIN_CLEAN_LINE). Returns false always, so that a
 * caller can write "return pin_error_set(...)". */
__attribute__((format(printf, 3, 4))) _Bool
pin_error_set(struct pin_error *err, enum pin_reason reason, const char *fmt, ...);

/* As pin_error_set(), for a system call: sys is its errno, and ": " with its text is appended. */
__attribute__((format(printf, 4, 5))) _Bool
pin_error_set_sys(struct pin_error *err, enum pin_reason reason, int sys, const char *fmt, ...);

/* Returns the reason in a few words ("no pinned key"), which are also OpenSSL's reason string; for
 * any other number "unknown". Static storage. */
const char *pin_reason_text(enum pin_reason reason);

#endif
