/* sessions.h - sessions for the cases of resumption: how one is made, stored and offered. */
#ifndef ATTACKS_SESSIONS_H
#define ATTACKS_SESSIONS_H

#include "core.h"

/* What changed between the two connections. */
enum change { PIN_NEW, KEY_REPLACED, FILE_REPLACED, REPORT_BEFORE, STORE_REPORT_BEFORE, EXPIRED };

/* Where the session was stored and how it was made; combined with a change in the argument of a
 * case. */
enum carrier {
    MEMORY,
    DISK,       /* serialised: only the leaf of the chain is left */
    DISK_NO_ID, /* serialised, with an empty id; before TLS 1.3 OpenSSL's client fails with one */
    CARRIER = 15,
    STATEFUL = 16, /* no ticket: the server finds it by its id */
    FIXED = 32     /* the client uses a method of one version */
};
#define WAY(carrier, change) ((carrier) | (change) << 8)
#define CHANGE(run)          ((enum change)((run)->test_case->arg >> 8))

/* Write a pin file that accepts the peer, whichever it is, and one that accepts the honest peer
 * only. */
void sessions_pin_before(struct atk_run *run, enum change change);
void sessions_pin_after(struct atk_run *run, enum change change);

struct ends {
    SSL_CTX *client, *server;
};
struct ends sessions_ends(struct atk_run *run, struct atk_id id);

/* Returns the session of a successful connection, stored as the case says. The caller frees it. */
SSL_SESSION *sessions_get(struct atk_run *run, const struct ends *ends, const char *host);

/* Completes a connection that offers the session and expects as run->honest says; if must, an
 * honest session must be resumed. Frees both. */
void sessions_end(struct atk_run *run, struct atk_pair *pair, SSL_SESSION *session, bool must);

/* Opens a connection that offers the session, then as sessions_end(). */
void sessions_resume(struct atk_run *run, const struct ends *ends, SSL_SESSION *session, bool must);

#endif
