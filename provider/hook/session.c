/* session.c - the pre-handshake check: sessions and pre-shared keys that must not be offered. */
#include "session.h"

#include "evaluate.h"
#include "info_cb.h"
#include "reference_ids.h"

static void drop_session(SSL *ssl, struct pin_conn *conn)
{
    const SSL_SESSION *session = SSL_get_session(ssl);

    if (session != NULL && SSL_SESSION_get_max_early_data(session) > 0)
        pin_info_watch(ssl, conn, PIN_WATCH_EARLY_DATA);
    SSL_set_session(ssl, NULL);
}

/* OpenSSL checks nothing of a session that is resumed: no chain, no name, no pin. So its peer is
 * judged by the present policy. A session that does not match is dropped, and a full handshake
 * follows, which the program does not notice. Only in SSL_in_before(3) may it be dropped. */
static void judge_session(SSL *ssl, const struct pin_binding *binding, struct pin_conn *conn)
{
    struct pin_judgement judgement;
    const struct pin_peer peer = pin_hook_peer_of(ssl, pin_hook_leaf_of(ssl));

    pin_hook_evaluate(ssl, binding, &peer, &judgement);
    if (judgement.verdict.action == PIN_REFUSE)
        drop_session(ssl, conn);
    else
        pin_conn_set_judged(conn, &peer.leaf, false);
}

/* Early data under an external pre-shared key is on the wire before any cipher is checked, so where
 * a peer that shows no certificate would be refused there is to be no such key at all. Those of
 * SSL_set_psk_client_callback(3) bring no early data: they are left to the check of the cipher,
 * which can say why it refuses. */
static bool is_psk_forbidden(SSL *ssl, const struct pin_binding *binding)
{
    const struct pin_peer nothing = {0};
    struct pin_judgement judgement;

    pin_hook_evaluate(ssl, binding, &nothing, &judgement);
    return judgement.verdict.action == PIN_REFUSE;
}

/* External keys by which a peer that shows no certificate would do: those of TLS 1.3, and the
 * secret of EAP-FAST, of which the check of the cipher does not yet know anything. */
static void clear_psk_callbacks(SSL *ssl)
{
    SSL_set_psk_use_session_callback(ssl, NULL);
    if (pin_ossl_has(SSL_set_session_secret_cb))
        (void)!SSL_set_session_secret_cb(ssl, NULL, NULL);
}

/* The maximum age of a check that is not repeated, since OpenSSL calls for each version it knows.
 */
#define REPEAT_IN_NS 20000000u

/* It may also be called long before the handshake, when a program asks what it could offer, before
 * it sets whom it wants to reach. */
static bool nothing_changed(const struct pin_conn *conn, SSL *ssl, uint64_t now_in_ns,
                            uint64_t reference_hash)
{
    return !conn->begun && pin_conn_lookup_is_recent(conn, now_in_ns, REPEAT_IN_NS) &&
           conn->offered == SSL_get_session(ssl) && conn->reference_hash == reference_hash;
}

static void check_ahead(SSL *ssl, const struct pin_binding *binding, struct pin_conn *conn)
{
    pin_conn_set_judged(conn, &(struct pin_leaf){0}, false);
    pin_policies_clear(&conn->found);
    conn->cache_valid = conn->begun = false;
    if (SSL_get_session(ssl) != NULL)
        judge_session(ssl, binding, conn);
    conn->no_psk = is_psk_forbidden(ssl, binding);
    conn->offered = SSL_get_session(ssl);
}

void pin_session_check(SSL *ssl, const struct pin_binding *binding)
{
    struct pin_conn *conn = pin_conn_of(ssl, binding);
    uint64_t now_in_ns = pin_conn_now_in_ns();

    /* A stray error of ours would be taken for the program's own: curl shows the first one. */
    ERR_set_mark();
    uint64_t reference_hash = pin_reference_ids_hash(ssl);
    bool known = conn != NULL && nothing_changed(conn, ssl, now_in_ns, reference_hash);
    if (!known && conn != NULL && pin_conn_keep_ids(conn, ssl, reference_hash)) {
        conn->looked_up_at_in_ns = now_in_ns;
        check_ahead(ssl, binding, conn);
        known = true;
    }
    if (!known)
        drop_session(ssl, conn);
    if (!known || conn->no_psk) /* each time: it may have been set since we looked */
        clear_psk_callbacks(ssl);
    ERR_pop_to_mark();
}
