/*
 * process_run.h - a process with an event (fork, chroot, a full disk) between its handshakes.
 *
 * It is a child of the run's own process. The run's process reads the results from shared memory,
 * because the child may have lost its log and its descriptors.
 */
#ifndef ATTACKS_PROCESS_H
#define ATTACKS_PROCESS_H

#include "core.h"

#include <sys/types.h>

struct proc;
typedef void proc_fn(struct proc *proc);

enum proc_peer { PROC_HONEST, PROC_IMPOSTOR, PROC_UNPINNED, PROC_PEERS };

enum {
    PROC_ROOT = 1,  /* needs root */
    PROC_LOGGED = 2 /* the log is reachable, so the refusal has a record */
};

/* The peers that are refused after the event. */
enum proc_refused { PROC_REFUSE_IMPOSTOR, PROC_REFUSE_PINNED, PROC_REFUSE_ALL };

/* Before the event the honest peer and the unpinned host are always accepted. */
struct proc_case {
    proc_fn *before;   /* called before OpenSSL is initialised; or NULL */
    proc_fn *event;    /* the event; it may return in another process, or in two */
    proc_fn *restores; /* undoes the event; NULL: this process cannot */
    enum proc_refused refused;
    unsigned flags;
};

struct proc_shared;

struct proc {
    struct atk_run *run;
    const struct proc_case *test_case;
    struct proc_shared *shared;
    SSL_CTX *client;              /* made before the event */
    SSL_CTX *servers[PROC_PEERS]; /* likewise */
    int mount_fd;                 /* descriptor of the detached mount made in init; -1: none */
};

/* Runs a whole case of this kind. */
void proc_run(struct atk_run *run, const struct proc_case *test_case);

/* Makes a handshake with data both ways, once with the first SSL_CTX and once with a new one. The
 * run's process checks the result against reason (NULL: accepted). */
void proc_exchange(struct proc *proc, enum proc_peer peer, const char *reason);
/* The same with the peers of this run. */
void proc_exchange_all(struct proc *proc);

/* As fork(2), with a time limit for the child. */
pid_t proc_fork(void);
/* Waits for a child; it must exit with status 0. */
void proc_wait(pid_t child);

/* Returns a path below the run's directory in a static buffer, reused after 8 calls. */
const char *proc_path(const struct proc *proc, const char *name);
/* Writes a whole file. */
void proc_write(const char *path, const char *text);
/* Makes a store at this name below the run's directory, with a pin of the host's unless cert is
 * NULL. Nothing may be there yet. */
void proc_make_store(struct proc *proc, const char *name, X509 *cert);
/* Makes the directory and its parents. */
void proc_make_path(const char *path);

/* Executes this program again, for the cases of this name. */
_Noreturn void proc_exec_again(const char *name);

/* Skips the case unless done: the kernel did not permit what. */
void proc_skip_unless(bool done, const char *what);

/* The events, for process.list; in process_….c. */
proc_fn proc_nothing;
proc_fn proc_fork_first, proc_fork_later, proc_fork_midway, proc_fork_in_a_thread;
proc_fn proc_list_descriptors, proc_exec;
proc_fn proc_exec_crowded, proc_count_objects;
proc_fn proc_daemonise, proc_daemonise_and_open;
proc_fn proc_chroot, proc_chroot_to_copy, proc_chroot_to_other, proc_chroot_as_nobody;
proc_fn proc_chroot_closed, proc_chroot_closed_to_copy, proc_chroot_taken_over;
proc_fn proc_chroot_replaced, proc_chroot_removed, proc_chroot_unmounted;
proc_fn proc_forbid_detached_mount, proc_filter_harmlessly, proc_copy_inside;
proc_fn proc_nobody, proc_nobody_no_store, proc_nobody_no_file;
proc_fn proc_no_descriptors, proc_one_descriptor, proc_two_descriptors, proc_more_descriptors;
proc_fn proc_filter_opens;
proc_fn proc_userns, proc_userns_foreign, proc_userns_writable;
proc_fn proc_store_emptied, proc_store_without_settings, proc_store_cut, proc_store_settings_cut;
proc_fn proc_store_removed, proc_store_writable, proc_store_replaced, proc_store_relinked;
proc_fn proc_store_restored;
proc_fn proc_own_mounts, proc_mount_store, proc_store_hidden;
proc_fn proc_store_unmounted, proc_store_remounted;
proc_fn proc_store_read_only, proc_store_read_only_chroot;
proc_fn proc_log_mounted, proc_log_full, proc_log_has_room, proc_log_no_growth;
proc_fn proc_log_syslog, proc_log_syslog_hangs, proc_log_syslog_read;
proc_fn proc_log_stderr, proc_log_stderr_hangs, proc_log_stderr_read;
proc_fn proc_log_trace, proc_log_has_steps, proc_log_has_no_steps;

#endif
