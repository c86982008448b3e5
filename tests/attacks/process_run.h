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

struct life;
typedef void life_fn(struct life *life);

enum life_who { LIFE_HONEST, LIFE_IMPOSTOR, LIFE_UNPINNED, LIFE_WHO };

enum {
    LIFE_ROOT = 1,  /* needs root */
    LIFE_LOGGED = 2 /* the log can be reached, so it has a record */
};

/* Whom it keeps out, from then on. */
enum life_refused { LIFE_REFUSE_IMPOSTOR, LIFE_REFUSE_PINNED, LIFE_REFUSE_ALL };

/* Before it happens the honest peer and the unpinned host are always accepted. */
struct life_row {
    life_fn *before;  /* ahead of everything of OpenSSL; or NULL */
    life_fn *happens; /* it may return in another process, or in two */
    life_fn *mends;   /* after it all is as before; NULL: that cannot be had from within */
    enum life_refused refused;
    unsigned flags;
};

struct life_shared;

struct life {
    struct bat *b;
    const struct life_row *row;
    struct life_shared *shared;
    SSL_CTX *client;            /* made before it happened */
    SSL_CTX *servers[LIFE_WHO]; /* likewise */
    int clone;                  /* descriptor that the module took in its init; -1: none */
};

/* A turn of a row of this kind, whole. */
void life_turn(struct bat *b, const struct life_row *row);

/* A handshake and data both ways; what is expected of it is judged by the turn's own process. Of
 * the contexts the client's is the one made at first, and then another that is made now. */
void life_meet(struct life *life, enum life_who who, const char *reason);
/* The row's impostor or honest peer and unpinned host, by whose turn it is. */
void life_meet_all(struct life *life);

/* fork(2), with a limit of time for the child. */
pid_t life_fork(void);
/* Waits for a child, which must have ended well. */
void life_wait(pid_t child);

/* A path below the turn's directory, good until eight calls later. */
const char *life_path(const struct life *life, const char *name);
/* A file, whole. */
void life_write(const char *path, const char *text);
/* A directory with a _store, and with a pin of the host's unless cert is NULL. It is at the name
 * below the turn's directory, at which nothing may be. */
void life_make_store(struct life *life, const char *name, X509 *cert);
/* Directories on the way to that path, and that one. */
void life_make_path(const char *path);

/* Skips the row if what confine.h or the kernel was asked for did not come about. */
void life_permitted(bool done, const char *what);

/* What can happen, for process.list; in rows_process_….c. */
life_fn life_nothing;
life_fn life_fork_first, life_fork_later, life_fork_midway, life_fork_in_a_thread;
life_fn life_list_descriptors, life_exec;
life_fn life_daemonise, life_daemonise_and_open;
life_fn life_chroot, life_chroot_to_copy, life_chroot_to_other, life_chroot_as_nobody;
life_fn life_chroot_closed, life_chroot_closed_to_copy, life_chroot_taken_over;
life_fn life_chroot_replaced, life_chroot_removed, life_chroot_unmounted;
life_fn life_drop_clone, life_filter_harmlessly, life_copy_inside;
life_fn life_nobody, life_nobody_no_store, life_nobody_no_file;
life_fn life_no_descriptors, life_one_descriptor, life_two_descriptors, life_more_descriptors;
life_fn life_filter_opens;
life_fn life_userns, life_userns_foreign, life_userns_writable;
life_fn life_store_emptied, life_store_headless, life_store_cut, life_store_head_cut;
life_fn life_store_removed, life_store_writable, life_store_replaced, life_store_relinked;
life_fn life_store_again;
life_fn life_own_mounts, life_mount_store, life_store_hidden;
life_fn life_store_unmounted, life_store_remounted;
life_fn life_store_read_only, life_store_read_only_chroot;
life_fn life_log_mounted, life_log_full, life_log_has_room, life_log_no_growth;
life_fn life_log_syslog, life_log_syslog_hangs, life_log_syslog_read;
life_fn life_log_stderr, life_log_stderr_hangs, life_log_stderr_read;

#endif
