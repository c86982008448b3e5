/*
 * hook_conn.h - what the files of the hook room share: the doors, and what is kept with an SSL.
 */
#ifndef PINNING_HOOK_CONN_H
#define PINNING_HOOK_CONN_H

#include <pinning/judge.h>
#include <pinning/module.h>
#include <pinning/ossl.h>

typedef int pin_gate_fn(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                        void *ex);

/* The way in to the SSL_CTXs of one table of ex_data: static, since its address is what an SSL_CTX
 * carries as our mark. */
struct pin_door {
    const struct pin_module *module;
    int ctx_index, ssl_index;
    pin_gate_fn *before; /* the security callback that stood there, to be asked first */
};

/* The door of an SSL_CTX, or of that of ssl if ctx is NULL, which has one of our callbacks; NULL if
 * none is known. Where there is but one, who comes with our callback came through it. */
extern _Atomic(const struct pin_door *) pin_only_door;
const struct pin_door *pin_door_find(const SSL *ssl, const SSL_CTX *ctx);

static inline const struct pin_door *pin_door_of(const SSL *ssl, const SSL_CTX *ctx)
{
    const struct pin_door *only = pin_only_door;
    return only != NULL ? only : pin_door_find(ssl, ctx);
}

typedef void pin_info_fn(const SSL *ssl, int where, int ret);

/* One client handshake. */
struct pin_conn {
    char *sni;                  /* owned: as it was while the handshake had not begun; or NULL */
    bool sni_known;
    uint64_t looked_at_in_ns;   /* when the look ahead was, see pin_conn_now_in_ns(), */
    uint64_t asked_for;         /* what the program asked for then, see pin_conn_asked_for(), */
    const SSL_SESSION *offered; /* and what it was about to resume; only to be compared */
    bool begun;                 /* the handshake it was for has begun */
    bool holds;                 /* what it found is still here, for this handshake alone: */
    struct pin_policies found;
    bool no_psk;                /* it may offer no key that both already have */
    pin_info_fn *info;          /* the program's own callback, while ours stands there */
    X509 *judged;               /* owned reference: it was judged and not refused */
    EVP_PKEY *judged_key;       /* the same for a raw key */
};

/* The state kept with ssl, made if there is none; NULL when out of memory. */
struct pin_conn *pin_conn_of(SSL *ssl, const struct pin_door *door);
/* The same, but NULL if there is none. */
struct pin_conn *pin_conn_peek(const SSL *ssl, const struct pin_door *door);

/* Keeps the server name of ssl. Later SSL_get_servername(3) may give that of a resumed session. False
 * when out of memory. */
__attribute__((warn_unused_result)) bool pin_conn_keep_sni(struct pin_conn *conn, SSL *ssl);

/* Fills *asked with what the program asked for; the caller clears it in any case. False when out of
 * memory. */
__attribute__((warn_unused_result)) bool pin_conn_asked(const struct pin_conn *conn, SSL *ssl,
                                                        struct pin_asked *asked);

/* A clock that goes on while the machine sleeps; 0 if there is none. */
uint64_t pin_conn_now_in_ns(void);

/* Was the look ahead less than span ago? */
bool pin_conn_looked_within(const struct pin_conn *conn, uint64_t now_in_ns, uint64_t span_in_ns);

/* Keeps what the look ahead found, so that the same handshake need not look again, if that is good
 * for any certificate. In either case *found is then empty. */
void pin_conn_keep(struct pin_conn *conn, struct pin_policies *found);

/* Takes it back, once, if that was a moment ago and the program still asks for the same peer. Not
 * for a resumed session: that is held to what is written when the server agrees to it. */
bool pin_conn_take(struct pin_conn *conn, SSL *ssl, struct pin_policies *found);

/* A number that is another one if the program asks for somebody else. */
uint64_t pin_conn_asked_for(SSL *ssl);

/* Has this very certificate or key been judged in this handshake, and not refused? It is held by a
 * reference, so its address belongs to no other. */
bool pin_conn_was_judged(const struct pin_conn *conn, const struct pin_leaf *leaf);
void pin_conn_set_judged(struct pin_conn *conn, const struct pin_leaf *leaf);

/* ex_data callbacks (CRYPTO_get_ex_new_index(3)). */
void pin_conn_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp);
int pin_conn_dup(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **from_d, int index, long argl,
                 void *argp);

/* The two callbacks. */
int pin_hook_verify(X509_STORE_CTX *ctx, void *door);
pin_gate_fn pin_hook_gate;

/* Judges a peer under the names of the connection; records nothing. */
void pin_hook_ask(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer,
                  struct pin_judgement *out);

/* The same, and writes the record; on a refusal it leaves the error queue as OpenSSL's callers
 * expect it. Returns false if the handshake must end. */
__attribute__((warn_unused_result)) bool pin_hook_judge(SSL *ssl, const struct pin_door *door,
                                                        const struct pin_peer *peer);

/* Gives our errors a library number and their texts (ERR_load_strings(3)), once. Where OpenSSL has
 * no number left, a refusal raises libssl's error alone. */
void pin_hook_name_errors(void);

/* Writes the record of a judgement, unless it is held back as a repeat; a refusal is raised on
 * OpenSSL's error queue as well. */
void pin_hook_tell(const struct pin_module *module, const struct pin_judgement *judgement);

/* Raises the refusal of a connection whose SSL_CTX has no door, so no module and no log: that was
 * written when it was made. */
void pin_hook_tell_no_mark(void);

#endif
