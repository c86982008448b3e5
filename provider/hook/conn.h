/*
 * conn.h - the state of one connection, of a client or of a server that pins its clients, kept as
 * ex_data of its SSL.
 */
#ifndef PINNING_HOOK_CONN_H
#define PINNING_HOOK_CONN_H

#include "binding.h"

#include <pinning/judge.h>

typedef void pin_info_fn(const SSL *ssl, int where, int ret);

struct pin_conn {
    /* Both roles: the certificate or key that was judged. */
    X509 *judged;         /* owned reference */
    EVP_PKEY *judged_key; /* owned reference */

    /* A server. */
    bool judged_refused;    /* the judged one was refused; a client does not remember a refusal */
    bool sessions_withheld; /* it gives out no session to be resumed */

    unsigned num_tickets; /* the program's setting, while ours replaces it */
    bool num_tickets_replaced;

    /* A client: what the pre-handshake check found. */
    struct pin_reference_ids ids; /* owned: as they were before the handshake began */
    bool ids_known;
    uint64_t looked_up_at_in_ns; /* of that check, see pin_conn_now_in_ns() */
    uint64_t reference_hash;     /* pin_reference_ids_hash() at that time */
    const SSL_SESSION *offered;  /* the session to be resumed; only to be compared */
    bool begun;                  /* the handshake that the check was for has begun */
    bool no_psk;                 /* it may offer no external pre-shared key */
    bool cache_valid; /* found still holds what was looked up, for this handshake alone */
    struct pin_policies found;

    /* The program's own settings, while ours replace them: see info_cb.h. */
    pin_info_fn *info;
    unsigned watched;
    int verify_mode;
};

/* The state kept with ssl, made if there is none; NULL when out of memory. */
struct pin_conn *pin_conn_of(SSL *ssl, const struct pin_binding *binding);
/* The same, but NULL if there is none. */
struct pin_conn *pin_conn_peek(const SSL *ssl, const struct pin_binding *binding);

/* Keeps the present reference identifiers of ssl, with their hash. Later SSL_get_servername(3) may
 * return the name of a resumed session. False when out of memory. */
__attribute__((warn_unused_result)) bool pin_conn_keep_ids(struct pin_conn *conn, SSL *ssl,
                                                           uint64_t reference_hash);

/* A clock that goes on while the machine sleeps; 0 if there is none. */
uint64_t pin_conn_now_in_ns(void);

/* Was the pre-handshake lookup less than span ago? */
bool pin_conn_lookup_is_recent(const struct pin_conn *conn, uint64_t now_in_ns,
                               uint64_t span_in_ns);

/* Keeps what the pre-handshake lookup found, so that the same handshake need not repeat it, if it
 * applies to any certificate. In either case *found is then empty. conn may be NULL. */
void pin_conn_cache(struct pin_conn *conn, struct pin_policies *found);

/* Takes it back, once, if that lookup is recent and the program still names the same peer, which
 * reference_hash tells. Not for a resumed session: that is judged by the policy at the time at
 * which the server agrees to it. */
bool pin_conn_take_cached(struct pin_conn *conn, SSL *ssl, uint64_t reference_hash,
                          struct pin_policies *found);

/* Has this very certificate or key been judged in this handshake, and not refused? It is held by a
 * reference, so its address belongs to no other. conn may be NULL: then it has not. */
bool pin_conn_was_judged(const struct pin_conn *conn, const struct pin_leaf *leaf);
/* Has it been judged in this handshake of a server, and refused? Likewise. */
bool pin_conn_was_refused(const struct pin_conn *conn, const struct pin_leaf *leaf);
/* Remembers it. A conn of NULL remembers nothing, and the peer is judged again. */
void pin_conn_set_judged(struct pin_conn *conn, const struct pin_leaf *leaf, bool refused);

/* ex_data callbacks (CRYPTO_get_ex_new_index(3)). */
void pin_conn_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp);
int pin_conn_dup(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **from_d, int index,
                 long argl, void *argp);

#endif
