/*
 * check.h - data and rules of pinctl check.
 *
 * A file is freed once it was checked, so that memory does not grow with the store.
 */
#ifndef PINCTL_CHECK_H
#define PINCTL_CHECK_H

#include "explain/reference.h"
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
    struct pin_instance instance;
    const struct pin_store *store;  /* the one being checked */
    struct pin_store_handle handle; /* to store */
    bool is_clients;                /* store is the one of client certificates */
    bool errors_only;               /* warnings are neither printed nor counted */
    bool is_live;                   /* --live */
    unsigned parallel, timeout_in_secs;
    const char *user; /* --as */
    const char *apt;  /* --apt: used instead of /etc/apt, on any release */
    int names;        /* fd that supplies file names when --as is used, else -1 */
    pin_day today;
    struct check_roots *roots; /* owned; NULL until needed */
    size_t files, hosts, count[CHECK_SEVERITIES];
    struct pinctl_json json;
};

/* Checks a store: the files that apply to the hosts named, or all files. The store itself may be
 * the finding. False with *err if the files could not be listed, or the servers not be reached. */
bool check_store(struct check *check, const struct pin_store *store, int argc, char **argv,
                 struct pin_error *err);

/* Prints and counts a finding. file: a name in the store, a path or a host; reason: PIN_OK for
 * none. */
__attribute__((format(printf, 5, 6))) void check_report(struct check *check,
                                                        enum check_severity severity,
                                                        const char *file, enum pin_reason reason,
                                                        const char *fmt, ...);

/* Calls each for all names in the store's directory, as pinctl_walk() does. Under --as the names
 * come from the parent process. False with *err. */
bool check_walk(struct check *check, pinctl_each_file *each, void *arg, struct pin_error *err);

/* Returns true if lookups use files of this name, and fills name, without .pins. A file that was
 * probably meant to be used, but is not, is a finding. */
bool check_name(struct check *check, const char *file, char name[static PINFILE_NAME]);

/* Reads NAME.pins as the module does. Returns false if there is none or, with a finding, if it
 * cannot be read or parsed. The caller clears both in every case. */
bool check_read(struct check *check, const char *name, struct pin_policy *policy,
                struct pin_text *text);

/* Checks the content of a file. */
void check_policy(struct check *check, const char *name, const struct pin_policy *policy,
                  const struct pin_text *text);

/* Returns true if all pins in force are keys of roots that programs on this host trust anyway. */
bool check_only_roots(struct check *check, const struct pin_policy *policy);
void check_roots_free(struct check_roots *roots);

/* Checks the pins of apt's servers: a renewal must not lock out the updates that repair a host. */
void check_apt(struct check *check);

/* Checks the servers (--live): of the hosts named, or of all files. False with *err. */
bool check_live(struct check *check, char **hosts, int count, struct pin_error *err);

#endif
