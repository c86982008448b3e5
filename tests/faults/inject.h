/*
 * inject.h - makes one call of the module fail, and no call of the rest of the process.
 *
 * The module is the shipped one. Its table of imports (GOT) and its table of OpenSSL's functions
 * are changed in memory, so that each call goes through fault_enter(). An import that is missing
 * from calls.list is an error, because it could not be made to fail.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
    FAULT_SAFE, /* cannot fail, or only for wrong arguments */
    FAULT_SYSTEM,
    FAULT_READ, /* a system call that may also return less than requested */
    FAULT_MEMORY,
    FAULT_LOADER, /* dlopen(3), dlsym(3) */
    FAULT_OPENSSL,
    FAULT_OPENSSL_MEMORY /* an allocation by OpenSSL in a call of the module */
};

/* A function that the module calls, and its replacement. */
struct fault_call {
    const char *name;
    enum fault_kind kind;
    void *failure; /* called when it fails; a function of the same type */
    void *instead; /* called when it does not fail; NULL: real */
    void *real;
    bool is_openssl;
};
extern struct fault_call fault_calls[];
extern const size_t fault_call_count;

/* Which calls fail. */
struct fault_plan {
    enum fault_kind kind;
    unsigned at; /* counted from 1, among those of the kind; 0: none */
    bool for_ever;
    int error;
    enum { FAULT_FAILS, FAULT_ONE_BYTE, FAULT_ENDS } how; /* the last two: FAULT_READ */
};

#define FAULT_CALLS_MAX 256
/* What was observed; shared between processes. */
struct fault_seen {
    unsigned fired;
    char name[48];                    /* the first call that failed */
    char last_logged[512];            /* the last message to syslog, which is not sent */
    bool unhooked;                    /* syslog got P14 */
    bool now[FAULT_CALLS_MAX];        /* it failed in this connection */
    unsigned failed[FAULT_CALLS_MAX]; /* in the order of fault_calls */
    bool present[FAULT_CALLS_MAX];    /* the module calls it */
};
extern struct fault_seen *fault_seen;

/* Replaces OpenSSL's allocator. Called before any other function of OpenSSL. */
bool fault_hook_allocator(void);
/* Loads the module and replaces its imports. False on failure, with the reason on standard error.
 */
bool fault_install(const char *module);
/* True if calls.list and provider/ossl/ossl.list have the same OpenSSL functions. */
bool fault_lists_are_complete(void);

void fault_arm(const struct fault_plan *plan);
void fault_disarm(void);
/* The armed plan, for the functions that fail. */
extern struct fault_plan fault_armed;

struct fault_call *fault_call_named(const char *name);

/* Called by thunk.c: return the address to jump to, and the address to return to. */
void *fault_enter(size_t index, void **return_to);
void *fault_leave(void);
void *fault_thunk(size_t index);
extern char fault_landing[];

#endif
