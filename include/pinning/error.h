/*
 * error.h - the one error object, and the stable reasons.
 *
 * Shared by all rooms; knows none of them. Thread-safe: no state of its own.
 */
#ifndef PINNING_ERROR_H
#define PINNING_ERROR_H

/* Why something was refused, or would have been, or is worth telling. The number is part of every
 * record ("P07"), of the manual and of the provider's OpenSSL reason codes: never renumber. */
enum pin_reason {
    PIN_OK = 0,
    PIN_R_CONFIG = 1,        /* a value in the provider's section cannot be used */
    PIN_R_STORE = 2,         /* the store directory cannot be reached or looked into */
    PIN_R_NO_STORE = 3,      /* the directory holds no _store, or one with an error */
    PIN_R_UNSAFE = 4,        /* others could have written what we read */
    PIN_R_UNREADABLE = 5,    /* a pin file stands there and cannot be read */
    PIN_R_SYNTAX = 6,        /* a pin file has an error */
    PIN_R_MISMATCH = 7,      /* the peer holds no pinned key */
    PIN_R_EXPIRED = 8,       /* every pin of the file has lapsed */
    PIN_R_UNPINNED = 9,      /* nothing is pinned, and _store says unpinned = refuse */
    PIN_R_EXPIRES_SOON = 10, /* a date of the file is less than 30 days away */
    PIN_R_NAMES = 11,        /* more names in a certificate than are looked up */
    PIN_R_ANONYMOUS = 12,    /* a cipher suite or key exchange that shows no certificate */
    PIN_R_SESSION = 13,      /* a session about to be resumed does not hold */
    PIN_R_UNHOOKED = 14,     /* this program's OpenSSL cannot be reached */
    PIN_R_SECURITY_CB = 15,  /* the application replaced the security callback */
    PIN_R_INTERNAL = 16,     /* out of memory, or a call that must not fail did */
    PIN_R_BYPASS = 17,       /* a build with PINNING_BYPASS obeyed PINNING_MODE */
    PIN_R_COUNT              /* one more than the last reason */
};

struct pin_error {
    enum pin_reason reason; /* PIN_OK: nothing happened */
    int sys;                /* errno of the call that failed, 0 if none did */
    char text[480];         /* for a person: what, where, what was expected; no newline */
};

/* Fills *err. The first error is kept: on an *err that holds one already, and on NULL, nothing
 * happens. Too long a text is cut. Always returns false, so that "return pin_error_set(…)" reads
 * as what it does. */
__attribute__((format(printf, 3, 4))) _Bool
pin_error_set(struct pin_error *err, enum pin_reason reason, const char *fmt, ...);

/* The same for a system call: sys is its errno, and ": " with its text is appended. */
__attribute__((format(printf, 4, 5))) _Bool
pin_error_set_sys(struct pin_error *err, enum pin_reason reason, int sys, const char *fmt, ...);

/* Returns the reason in a few words ("no pinned key"); for a number that is no reason, "unknown".
 * Static storage, not to be freed. The same words are OpenSSL's reason string. */
const char *pin_reason_text(enum pin_reason reason);

#endif
