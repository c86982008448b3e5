/* peers.h - the handshakes in which calls are made to fail. */
#ifndef FAULTS_PEERS_H
#define FAULTS_PEERS_H

#include "../attacks/sessions.h"

struct fixture {
    struct atk_run *run; /* run->honest: the honest peer's run */
    struct atk_id id;
    struct ends ends;
    SSL_SESSION *session;
    OSSL_LIB_CTX *libctx;
    struct atk_pair pair;
};
typedef void fixture_fn(struct fixture *s);

enum { HONEST = 1, IMPOSTOR = 2, EITHER = HONEST | IMPOSTOR };

#define FIXTURE_ADDRESS "127.0.0.1"
enum { FIXTURE_CA_KEY = ATK_FREE_KEY };
X509 *fixture_ca(void); /* the CA of the ca pins; the impostor appends it */

/* ---- stores.c ---- */

fixture_fn fixture_by_key, fixture_by_ca, fixture_by_ca_of_address, fixture_by_key_of_address,
    fixture_by_key_of_socket, fixture_by_nameless, fixture_by_default, fixture_by_parent,
    fixture_unpinned, fixture_unpinned_refused, fixture_writable, fixture_foreign,
    fixture_by_certificate_of_client, fixture_not_pinned_yet, fixture_by_ca_later;

/* ---- peers.c ---- */

enum how {
    NEVER = 1,        /* every peer is refused, the honest one too */
    MAY_BE_EMPTY = 2, /* a file of the kernel is read, so "nothing more to read" is not a fault */
    OWN_CONTEXT = 4,  /* the configuration is loaded into a library context of its own … */
    MADE_DEFAULT = 8, /* … which becomes the default of the thread */
    BY_PIPE = 16,     /* standard error is a pipe … */
    BY_SOCKET = 32    /* … or a socket */
};

struct peer {
    const char *name;
    unsigned roles, versions;
    fixture_fn *prepare;  /* store and certificates; called before the module is loaded */
    fixture_fn *open;     /* the SSL_CTXs */
    fixture_fn *between;  /* what precedes the handshake in question; or NULL */
    fixture_fn *exchange; /* the whole handshake */
    const char *lines;    /* a further setting of the provider's section; or NULL */
    unsigned how;         /* of enum how */
};
extern const struct peer peers[];
extern const size_t peer_count;

#endif
