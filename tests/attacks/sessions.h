/* sessions.h - what the rows of resumption share: how a session is got, kept and offered. */
#ifndef ATTACKS_SESSIONS_H
#define ATTACKS_SESSIONS_H

#include "core.h"

/* What happened to the pins in the meantime. */
enum change { PIN_NEW, KEY_REPLACED, FILE_REPLACED, REPORT_BEFORE, STORE_REPORT_BEFORE, EXPIRED };

/* Where the session was, and what made it; with a change in the argument of a row. */
enum carrier {
    MEMORY,
    DISK,       /* and back: of the chain only the leaf is left */
    DISK_NO_ID, /* an empty id; before TLS 1.3 OpenSSL's client fails by itself with such a one */
    CARRIER = 15,
    STATEFUL = 16, /* no ticket: the server remembers it by its id */
    FIXED = 32     /* the client has a method of one version */
};
#define WAY(carrier, change) ((carrier) | (change) << 8)
#define CHANGE(run)          ((enum change)((run)->test_case->arg >> 8))

/* A file under which whoever it is gets through, and one under which only the true one does. */
void sessions_pin_before(struct atk_run *run, enum change change);
void sessions_pin_after(struct atk_run *run, enum change change);

struct ends {
    SSL_CTX *client, *server;
};
struct ends sessions_ends(struct atk_run *run, struct atk_id id);

/* A session of a connection in which all went well, carried as the row says; to be freed. */
SSL_SESSION *sessions_get(struct atk_run *run, const struct ends *ends, const char *host);

/* The end of a connection that offers it: expects by whose turn it is; an honest one must be taken,
 * if it must. Frees it. */
void sessions_end(struct atk_run *run, struct atk_pair *pair, SSL_SESSION *session, bool must);

/* Offers it and expects by whose turn it is; an honest one must be taken, if it must. Frees it. */
void sessions_resume(struct atk_run *run, const struct ends *ends, SSL_SESSION *session, bool must);

#endif
