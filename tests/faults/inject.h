/*
 * inject.h - makes a call of the module fail, and no call of anybody else.
 *
 * The module is the one that is shipped. Its table of imports (the GOT) and its table of OpenSSL's
 * functions are changed in memory, so that each function it calls comes by here first. An import
 * that is in no list below is an error: what is not listed could not be made to fail.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
    FAULT_SAFE, /* cannot fail, or not in a way of its own */
    FAULT_SYSTEM,
    FAULT_READ, /* a system call, too: it may also give less than was asked for */
    FAULT_MEMORY,
    FAULT_LOADER, /* dlopen(3), dlsym(3) */
    FAULT_OPENSSL,
    FAULT_OPENSSL_MEMORY /* an allocation of OpenSSL's, in a call of the module's */
};

/* A function that the module calls, and what it does where it fails. */
struct fault_call {
    const char *name;
    enum fault_kind kind;
    void *failure; /* a function of the same type */
    void *instead; /* NULL, or what is called where it does not fail */
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
    enum { FAULT_FAILS, FAULT_ONE_BYTE, FAULT_ENDS } how; /* the others: of FAULT_READ */
};

#define FAULT_CALLS_MAX 256
/* What came of it; shared between processes. */
struct fault_seen {
    unsigned fired;
    char name[48];                    /* the first that failed */
    char last_logged[512];            /* of syslog, which is never written to */
    bool unhooked;                    /* P14 was told there */
    bool now[FAULT_CALLS_MAX];        /* it failed in this connection */
    unsigned failed[FAULT_CALLS_MAX]; /* in the order of fault_calls */
    bool present[FAULT_CALLS_MAX];    /* the module has it */
};
extern struct fault_seen *fault_seen;

/* Before anything of OpenSSL's is called. */
bool fault_hook_allocator(void);
/* Loads the module and takes its imports. False, and said why on standard error. */
bool fault_install(const char *module);
/* Each OpenSSL function of the module's table is in the list, and nothing else is. */
bool fault_lists_are_complete(void);

void fault_arm(const struct fault_plan *plan);
void fault_disarm(void);
/* The plan that is armed, for the functions that fail. */
extern struct fault_plan fault_armed;

struct fault_call *fault_call_named(const char *name);

/* Called by thunk.c: where a call is to go on; and where it returns to. */
void *fault_enter(size_t index, void **return_to);
void *fault_leave(void);
void *fault_thunk(size_t index);
extern char fault_landing[];

#endif
