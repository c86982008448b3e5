/* The security callback: many moments of every handshake, also of those that verify nothing. */
#include "hook_conn.h"

#include <errno.h>
#include <stdio.h>

/* What is known of the peer by now: before the handshake that of the session about to be offered,
 * later that of this handshake. Nothing of it is owned. */
static struct pin_leaf leaf_of(const SSL *ssl)
{
    struct pin_leaf leaf = {.cert = SSL_get0_peer_certificate(ssl)};

    if (leaf.cert == NULL && pin_ossl_has(SSL_get0_peer_rpk))
        leaf.raw_key = SSL_get0_peer_rpk(ssl);
    return leaf;
}

static struct pin_peer peer_of(SSL *ssl, struct pin_leaf leaf)
{
    struct pin_peer peer = {.leaf = leaf,
                            .presented = SSL_get_peer_cert_chain(ssl),
                            .param = SSL_get0_param(ssl),
                            .is_client = SSL_is_server(ssl)};

    SSL_get0_verify_cert_store(ssl, &peer.trust);
    if (peer.trust == NULL)
        peer.trust = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    return peer;
}

/* A program that already writes early data loses its connection with the session, and OpenSSL fails
 * without a word: all that can be seen of it is the alert that it sends to a peer which has not yet
 * said anything. So that is where the reason is told. */
static void explain_loss(const SSL *ssl, int where, int ret)
{
    const struct pin_door *door = pin_door_of(ssl, NULL);
    struct pin_conn *conn = door != NULL ? pin_conn_peek(ssl, door) : NULL;
    pin_info_fn *info = conn != NULL ? conn->info : NULL;
    const struct pin_peer nothing = {0};
    struct pin_judgement judgement;
    int saved = errno;

    if (info == NULL)
        info = SSL_CTX_get_info_callback(SSL_get_SSL_CTX(ssl));
    if (info != NULL)
        info(ssl, where, ret);
    if (door == NULL || where != SSL_CB_WRITE_ALERT || ERR_peek_error() != 0)
        return;
    pin_hook_ask((SSL *)ssl, door, &nothing, &judgement); /* the host, the file */
    judgement.reason = PIN_R_SESSION;
    snprintf(judgement.detail, sizeof judgement.detail,
             "the session was dropped, and the program was already sending early data with it");
    pin_hook_tell(door->module, &judgement);
    errno = saved;
}

static void stop_explaining(SSL *ssl, const struct pin_conn *conn)
{
    if (SSL_get_info_callback(ssl) == explain_loss)
        SSL_set_info_callback(ssl, conn != NULL ? conn->info : NULL);
}

/* Without memory there is no conn, so nowhere to keep a callback of the program's own: that one
 * then stays, and the loss without a word. */
static void drop_session(SSL *ssl, struct pin_conn *conn)
{
    const SSL_SESSION *session = SSL_get_session(ssl);
    pin_info_fn *info = SSL_get_info_callback(ssl);

    if (session != NULL && SSL_SESSION_get_max_early_data(session) > 0 && info != explain_loss &&
        (conn != NULL || info == NULL)) {
        if (conn != NULL)
            conn->info = info;
        SSL_set_info_callback(ssl, explain_loss);
    }
    SSL_set_session(ssl, NULL);
}

/* OpenSSL checks nothing of a session that is resumed: no chain, no name, no pin. So its peer is
 * held to what is written now. One that does not hold is dropped, and a full handshake follows of
 * which nobody sees more than that. Only in SSL_in_before(3) may it be taken away. */
static void judge_session(SSL *ssl, const struct pin_door *door, struct pin_conn *conn)
{
    struct pin_judgement judgement;
    const struct pin_peer peer = peer_of(ssl, leaf_of(ssl));

    pin_hook_ask(ssl, door, &peer, &judgement);
    if (judgement.verdict.action == PIN_REFUSE)
        drop_session(ssl, conn);
    else
        pin_conn_set_judged(conn, &peer.leaf);
}

/* Early data under an external pre-shared key is on the wire before any cipher is checked, so where
 * a peer that shows no certificate would be refused there is to be no such key at all. Those of
 * SSL_set_psk_client_callback(3) bring no early data: they are left to the check of the cipher,
 * which can say why it refuses. */
static bool is_psk_forbidden(SSL *ssl, const struct pin_door *door)
{
    const struct pin_peer nothing = {0};
    struct pin_judgement judgement;

    pin_hook_ask(ssl, door, &nothing, &judgement);
    return judgement.verdict.action == PIN_REFUSE;
}

/* External keys by which a peer that shows no certificate would do: those of TLS 1.3, and the
 * secret of EAP-FAST, of which the check of the cipher does not yet know anything. */
static void take_keys_away(SSL *ssl)
{
    SSL_set_psk_use_session_callback(ssl, NULL);
    if (pin_ossl_has(SSL_set_session_secret_cb))
        (void)!SSL_set_session_secret_cb(ssl, NULL, NULL);
}

#define IN_A_ROW_IN_NS 20000000u

/* OpenSSL asks for each version it knows, so this comes by several times in a row. It may also come
 * by long before the handshake, when a program asks what it could offer, and not yet for whom. */
static bool nothing_changed(const struct pin_conn *conn, SSL *ssl, uint64_t now_in_ns,
                            uint64_t asked_for)
{
    return !conn->begun && pin_conn_looked_within(conn, now_in_ns, IN_A_ROW_IN_NS) &&
           conn->offered == SSL_get_session(ssl) && conn->asked_for == asked_for;
}

static void look_ahead(SSL *ssl, const struct pin_door *door, struct pin_conn *conn)
{
    pin_conn_set_judged(conn, &(struct pin_leaf){0});
    pin_policies_clear(&conn->found);
    conn->holds = conn->begun = false;
    if (SSL_get_session(ssl) != NULL)
        judge_session(ssl, door, conn);
    conn->no_psk = is_psk_forbidden(ssl, door);
    conn->offered = SSL_get_session(ssl);
}

/* What the program set up is still what it asked for, and what comes first is still to come.
 * Without memory nothing can be told of a session or key, so there is to be none; verify then tries
 * again. */
static void before_handshake(SSL *ssl, const struct pin_door *door)
{
    struct pin_conn *conn = pin_conn_of(ssl, door);
    uint64_t now_in_ns = pin_conn_now_in_ns();

    /* A stray error of ours would be taken for the program's own: curl shows the first one. */
    ERR_set_mark();
    uint64_t asked_for = pin_conn_asked_for(ssl);
    bool known = conn != NULL && nothing_changed(conn, ssl, now_in_ns, asked_for);
    if (!known && conn != NULL && pin_conn_keep_sni(conn, ssl)) {
        conn->looked_at_in_ns = now_in_ns;
        conn->asked_for = asked_for;
        look_ahead(ssl, door, conn);
        known = true;
    }
    if (!known)
        drop_session(ssl, conn);
    if (!known || conn->no_psk) /* each time: it may have been set since we looked */
        take_keys_away(ssl);
    ERR_pop_to_mark();
}

/* Suites in which the peer proves a certificate's key within the handshake. */
static bool shows_certificate(const SSL_CIPHER *cipher)
{
    int kx = cipher != NULL ? SSL_CIPHER_get_kx_nid(cipher) : NID_undef;
    int auth = cipher != NULL ? SSL_CIPHER_get_auth_nid(cipher) : NID_undef;

    if (kx == NID_kx_any && auth == NID_auth_any) /* TLS 1.3 */
        return true;
    return (kx == NID_kx_ecdhe || kx == NID_kx_dhe) &&
           (auth == NID_auth_rsa || auth == NID_auth_ecdsa || auth == NID_auth_dss);
}

/* Whatever the application did with the verify callback: at the first moment at which the peer's
 * certificate is known, and not yet judged, it is. That of a resumed session is judged once more
 * when the server has agreed to it: what was looked at ahead may have changed since. */
static int during_handshake(SSL *ssl, const struct pin_door *door, int op, const void *other)
{
    const struct pin_leaf leaf = leaf_of(ssl);
    const bool shown = leaf.cert != NULL || leaf.raw_key != NULL;
    struct pin_conn *conn = pin_conn_peek(ssl, door);
    const bool resumed = op == SSL_SECOP_CIPHER_CHECK && SSL_session_reused(ssl);

    if (conn != NULL)
        conn->begun = true;
    if (op == SSL_SECOP_CIPHER_CHECK)
        stop_explaining(ssl, conn);
    if (shown && (resumed || conn == NULL || !pin_conn_was_judged(conn, &leaf))) {
        const struct pin_peer peer = peer_of(ssl, leaf);
        if (!pin_hook_judge(ssl, door, &peer))
            return 0;
    }
    if (op == SSL_SECOP_CIPHER_CHECK && (!shows_certificate(other) || (resumed && !shown))) {
        const struct pin_peer nothing = {0};
        return pin_hook_judge(ssl, door, &nothing);
    }
    return 1;
}

/* A server cannot drop a session that a client brings back, only fail; and of one that was in a
 * ticket the chain is gone, above which a pinned CA could be proven. So where client certificates
 * are asked for no session is given out: each connection is held to what is written when it is
 * made. */
static int is_not_resumable(SSL *ssl, int is_forward_secure)
{
    (void)is_forward_secure;
    return (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0;
}

/* The same for the certificate of a client, where we are a server that has pins for them. */
static int during_server(SSL *ssl, const struct pin_door *door)
{
    const struct pin_leaf leaf = leaf_of(ssl);
    const struct pin_conn *conn = pin_conn_peek(ssl, door);

    if (conn == NULL)
        SSL_set_not_resumable_session_callback(ssl, is_not_resumable);
    if ((leaf.cert == NULL && leaf.raw_key == NULL) ||
        (conn != NULL && pin_conn_was_judged(conn, &leaf)))
        return 1;
    const struct pin_peer peer = peer_of(ssl, leaf);
    return pin_hook_judge(ssl, door, &peer);
}

static __attribute__((noinline)) int watch(SSL *ssl, const struct pin_door *door, int op,
                                           const void *other)
{
    int saved = errno, allowed = 1;

    if (SSL_is_server(ssl))
        allowed = during_server(ssl, door);
    else if (!SSL_in_before(ssl))
        allowed = during_handshake(ssl, door, op, other);
    else if (op == SSL_SECOP_VERSION)
        before_handshake(ssl, door);
    errno = saved;
    return allowed;
}

/* Our callback without our mark: an SSL that was moved to a context we never saw, or no memory. */
static __attribute__((noinline)) int without_door(const SSL *ssl, int op)
{
    if (ssl != NULL && op == SSL_SECOP_VERSION && ERR_peek_error() == 0)
        pin_hook_tell_no_mark();
    return ssl == NULL;
}

static __attribute__((noinline)) bool is_judged(const SSL *ssl, const struct pin_door *door)
{
    const struct pin_conn *conn = pin_conn_peek(ssl, door);
    const struct pin_leaf leaf = leaf_of(ssl);

    return (leaf.cert == NULL && leaf.raw_key == NULL) ||
           (conn != NULL && pin_conn_was_judged(conn, &leaf));
}

/* Most of two hundred moments in a handshake are none of ours: these two are, and while a peer is
 * known that has not been judged all are. */
static bool is_ours(const SSL *ssl, const struct pin_door *door, int op)
{
    if (op == SSL_SECOP_CIPHER_CHECK || (op == SSL_SECOP_VERSION && SSL_in_before(ssl)))
        return true;
    return (SSL_get0_peer_certificate(ssl) != NULL || pin_ossl_has(SSL_get0_peer_rpk)) &&
           !is_judged(ssl, door);
}

int pin_hook_gate(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                  void *ex)
{
    const struct pin_door *door = pin_door_of(ssl, ctx);

    if (door == NULL)
        return without_door(ssl, op);
    int allowed = door->before(ssl, ctx, op, bits, nid, other, ex);
    if (!allowed || ssl == NULL || (SSL_is_server(ssl) && !door->module->config.clients_wanted) ||
        !is_ours(ssl, door, op))
        return allowed;
    return watch((SSL *)ssl, door, op, other);
}
