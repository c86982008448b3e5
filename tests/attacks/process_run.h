/*
 * process.h - a process to which something happens, and what its handshakes come to after that.
 *
 * It is a child of the turn's own process, which stays as it was: it reads what the child met with
 * from memory that both share, since the child may have no log and no descriptor any more.
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
    PROC_LOGGED = 2 /* the log can be reached, so it has a record */
};

/* Whom it keeps out, from then on. */
enum proc_refused { PROC_REFUSE_IMPOSTOR, PROC_REFUSE_PINNED, PROC_REFUSE_ALL };

/* Before it happens the honest peer and the unpinned host are always accepted. */
struct proc_case {
    proc_fn *before;   /* ahead of everything of OpenSSL; or NULL */
    proc_fn *happens;  /* it may return in another process, or in two */
    proc_fn *restores; /* after it all is as before; NULL: that cannot be had from within */
    enum proc_refused refused;
    unsigned flags;
};

struct proc_shared;

struct proc {
    struct atk_run *run;
    const struct proc_case *test_case;
    struct proc_shared *shared;
    SSL_CTX *client;              /* made before it happened */
    SSL_CTX *servers[PROC_PEERS]; /* likewise */
    int clone;                    /* descriptor that the module took in its init; -1: none */
};

/* A turn of a row of this kind, whole. */
void proc_run(struct atk_run *run, const struct proc_case *test_case);

/* A handshake and data both ways; what is expected of it is judged by the turn's own process. Of
 * the contexts the client's is the one made at first, and then another that is made now. */
void proc_exchange(struct proc *proc, enum proc_peer peer, const char *reason);
/* The row's impostor or honest peer and unpinned host, by whose turn it is. */
void proc_exchange_all(struct proc *proc);

/* fork(2), with a limit of time for the child. */
pid_t proc_fork(void);
/* Waits for a child, which must have ended well. */
void proc_wait(pid_t child);

/* A path below the turn's directory, good until eight calls later. */
const char *proc_path(const struct proc *proc, const char *name);
/* A file, whole. */
void proc_write(const char *path, const char *text);
/* A directory with a _store, and with a pin of the host's unless cert is NULL. It is at the name
 * below the turn's directory, at which nothing may be. */
void proc_make_store(struct proc *proc, const char *name, X509 *cert);
/* Directories on the way to that path, and that one. */
void proc_make_path(const char *path);

/* Skips the row if what confine.h or the kernel was asked for did not come about. */
void proc_skip_unless(bool done, const char *what);

/* What can happen, for process.list; in rows_process_….c. */
proc_fn proc_nothing;
proc_fn proc_fork_first, proc_fork_later, proc_fork_midway, proc_fork_in_a_thread;
proc_fn proc_list_descriptors, proc_exec;
proc_fn proc_daemonise, proc_daemonise_and_open;
proc_fn proc_chroot, proc_chroot_to_copy, proc_chroot_to_other, proc_chroot_as_nobody;
proc_fn proc_chroot_closed, proc_chroot_closed_to_copy, proc_chroot_taken_over;
proc_fn proc_chroot_replaced, proc_chroot_removed, proc_chroot_unmounted;
proc_fn proc_drop_clone, proc_filter_harmlessly, proc_copy_inside;
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

#endif
