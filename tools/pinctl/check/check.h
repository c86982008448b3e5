/*
 * check.h - what the parts of pinctl check share.
 *
 * Nothing is kept of a file once it was checked: memory does not grow with the store.
 */
#ifndef PINCTL_CHECK_H
#define PINCTL_CHECK_H

#include "explain/ask.h"
#include "store/pinfile.h"
#include "say/json.h"
#include "say/say.h"
#include "store/files.h"

#include <pinning/instance.h>
#include <stdio.h>

enum check_severity { CHECK_ERROR, CHECK_WARNING, CHECK_UNKNOWN };
#define CHECK_SEVERITIES 3

struct check {
    struct pinctl *ctl;
    struct pin_instance module;
    const struct pin_store *store;  /* the one that is being checked */
    struct pin_store_handle handle; /* of it */
    bool is_clients;                /* it is that of the certificates of clients */
    bool errors_only;               /* warnings are not told and do not count */
    bool is_live;                   /* --live */
    unsigned parallel, timeout_in_secs;
    const char *user; /* --as */
    const char *apt;  /* --apt: instead of /etc/apt, whatever release this is */
    int names;        /* whence the names of files come under --as, else -1 */
    pin_day today;
    struct check_roots *roots; /* owned; NULL until asked for */
    size_t files, hosts, count[CHECK_SEVERITIES];
    struct pinctl_json json;
};

/* Reports a finding: file (the name in the store, a path, or a host), reason (PIN_OK: none). */
__attribute__((format(printf, 5, 6))) void check_report(struct check *check,
                                                        enum check_severity severity,
                                                        const char *file, enum pin_reason reason,
                                                        const char *fmt, ...);

/* Calls each for all names in the store's directory, as pinctl_walk() does. */
bool check_walk(struct check *check, pinctl_each_file *each, void *arg, struct pin_error *err);

/* Is this name in the directory one that is looked up? Fills name, without .pins. Tells where
 * somebody meant it to be one and it is not. */
bool check_name(struct check *check, const char *file, char name[static PINFILE_NAME]);

/* Reads NAME.pins as the module does; false where that failed, which is told, or there is none. The
 * caller clears both in either case. */
bool check_read(struct check *check, const char *name, struct pin_policy *policy,
                struct pin_text *text);

/* The rules on what a file says. */
void check_policy(struct check *check, const char *name, const struct pin_policy *policy,
                  const struct pin_text *text);

/* Are all pins that hold the keys of roots that programs here trust anyway? */
bool check_only_roots(struct check *check, const struct pin_policy *policy);
void check_roots_free(struct check_roots *roots);

/* What repairs this host must not be locked out by a renewal. */
void check_apt(struct check *check);

/* --live: the hosts named, or all of the store. Returns false with *err if that could not be done.
 */
bool check_live(struct check *check, char **hosts, int count, struct pin_error *err);

#endif
