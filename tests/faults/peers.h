/* peers.h - who meets whom, and how: the handshakes in which calls are made to fail. */
#ifndef FAULTS_PEERS_H
#define FAULTS_PEERS_H

#include "../attacks/sessions.h"

struct scene {
    struct bat *b; /* b->honest: whose turn it is */
    struct atk_id id;
    struct ends ends;
    SSL_SESSION *session;
    OSSL_LIB_CTX *libctx;
    struct atk_pair pair;
};
typedef void scene_fn(struct scene *s);

enum { HONEST = 1, IMPOSTOR = 2, ANYBODY = HONEST | IMPOSTOR };

#define SCENE_ADDRESS "127.0.0.1"
enum { SCENE_CA_KEY = ATK_FREE_KEY };
X509 *scene_ca(void); /* that of the ca pins; the impostor appends it */

/* ---- stores.c ---- */

scene_fn scene_by_key, scene_by_ca, scene_by_ca_of_address, scene_by_key_of_address,
    scene_by_key_of_socket, scene_by_nameless, scene_by_default, scene_by_parent, scene_unpinned,
    scene_unpinned_refused, scene_writable, scene_foreign, scene_by_certificate_of_client,
    scene_not_pinned_yet, scene_by_ca_later;

/* ---- peers.c ---- */

enum how {
    NEVER = 1,        /* nobody gets through, not even who is honest */
    MAY_BE_EMPTY = 2, /* a file of the kernel's is read: "nothing more to read" is no fault of it */
    OWN_CONTEXT = 4,  /* the configuration is loaded into a library context of its own, */
    MADE_DEFAULT = 8, /* which becomes the default of the thread */
    BY_PIPE = 16,     /* standard error is a pipe, */
    BY_SOCKET = 32    /* or a socket */
};

struct peer {
    const char *name;
    unsigned who, versions;
    scene_fn *prepare; /* store and certificates; before the module is there */
    scene_fn *open;    /* the SSL_CTXs */
    scene_fn *between; /* or NULL: what comes before the handshake in question */
    scene_fn *meet;    /* all of the handshake */
    const char *lines; /* or NULL: in the section of the provider */
    unsigned how;      /* of enum how */
};
extern const struct peer peers[];
extern const size_t peer_count;

#endif
