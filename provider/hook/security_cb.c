/* security_cb.c - the security callback: called many times in every handshake, also in those that
 * verify nothing. */
#include "callbacks.h"
#include "evaluate.h"
#include "info_cb.h"
#include "report.h"
#include "session.h"

#include <errno.h>

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
static int during_handshake(SSL *ssl, const struct pin_binding *binding, int op, const void *other)
{
    const struct pin_leaf leaf = pin_hook_leaf_of(ssl);
    const bool presented = leaf.cert != NULL || leaf.raw_key != NULL;
    struct pin_conn *conn = pin_conn_peek(ssl, binding);
    const bool resumed = op == SSL_SECOP_CIPHER_CHECK && SSL_session_reused(ssl);

    if (conn != NULL)
        conn->begun = true;
    if (op == SSL_SECOP_CIPHER_CHECK)
        pin_info_unwatch(ssl, conn, PIN_WATCH_EARLY_DATA);
    if (presented && (resumed || !pin_conn_was_judged(conn, &leaf))) {
        const struct pin_peer peer = pin_hook_peer_of(ssl, leaf);
        if (!pin_hook_enforce(ssl, binding, &peer))
            return 0;
    }
    if (op == SSL_SECOP_CIPHER_CHECK && (!shows_certificate(other) || (resumed && !presented))) {
        const struct pin_peer nothing = {0};
        return pin_hook_enforce(ssl, binding, &nothing);
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

/* A new handshake of a server: what the one before replaced is put back. */
static void begin_server(SSL *ssl, struct pin_conn *conn)
{
    if (conn != NULL && conn->num_tickets_replaced) {
        SSL_set_num_tickets(ssl, conn->num_tickets);
        conn->num_tickets_replaced = false;
    }
    if (conn == NULL || !conn->sessions_withheld)
        SSL_set_not_resumable_session_callback(ssl, is_not_resumable);
    if (conn != NULL)
        conn->sessions_withheld = true;
}

/* A server that has pins for the certificates of its clients. */
static int during_server(SSL *ssl, const struct pin_binding *binding, int op)
{
    const struct pin_leaf leaf = pin_hook_leaf_of(ssl);
    struct pin_conn *conn = pin_conn_of(ssl, binding);

    if (conn == NULL || !conn->sessions_withheld || (op == SSL_SECOP_VERSION && SSL_in_before(ssl)))
        begin_server(ssl, conn);
    if ((leaf.cert == NULL && leaf.raw_key == NULL) || pin_conn_was_judged(conn, &leaf))
        return 1;
    /* A program may ask what was offered after the refusal: that is not another judgement. */
    if (pin_conn_was_refused(conn, &leaf))
        return 0;
    const struct pin_peer peer = pin_hook_peer_of(ssl, leaf);
    return pin_hook_enforce(ssl, binding, &peer);
}

static __attribute__((noinline)) int dispatch_operation(SSL *ssl, const struct pin_binding *binding,
                                                        int op, const void *other)
{
    int saved = errno, allowed = 1;

    if (SSL_is_server(ssl))
        allowed = during_server(ssl, binding, op);
    else if (!SSL_in_before(ssl))
        allowed = during_handshake(ssl, binding, op, other);
    else if (op == SSL_SECOP_VERSION)
        pin_session_check(ssl, binding);
    errno = saved;
    return allowed;
}

/* Our callback without our mark: an SSL that was moved to a context we never saw, or no memory. */
static __attribute__((noinline)) int security_cb_unbound(const SSL *ssl, int op)
{
    if (ssl != NULL && op == SSL_SECOP_VERSION && ERR_peek_error() == 0)
        pin_hook_report_unbound();
    return ssl == NULL;
}

static __attribute__((noinline)) bool is_judged(const SSL *ssl, const struct pin_binding *binding)
{
    const struct pin_conn *conn = pin_conn_peek(ssl, binding);
    const struct pin_leaf leaf = pin_hook_leaf_of(ssl);

    return (leaf.cert == NULL && leaf.raw_key == NULL) || pin_conn_was_judged(conn, &leaf);
}

/* Most of two hundred moments in a handshake are none of ours: these two are, and while a peer is
 * known that has not been judged all are. */
static bool is_ours(const SSL *ssl, const struct pin_binding *binding, int op)
{
    if (op == SSL_SECOP_CIPHER_CHECK || (op == SSL_SECOP_VERSION && SSL_in_before(ssl)))
        return true;
    return (SSL_get0_peer_certificate(ssl) != NULL || pin_ossl_has(SSL_get0_peer_rpk)) &&
           !is_judged(ssl, binding);
}

int pin_hook_security_cb(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                         void *ex)
{
    const struct pin_binding *binding = pin_binding_of(ssl, ctx);

    if (binding == NULL)
        return security_cb_unbound(ssl, op);
    int allowed = binding->prev_security_cb(ssl, ctx, op, bits, nid, other, ex);
    if (!allowed || ssl == NULL ||
        (SSL_is_server(ssl) && !binding->instance->config.clients_wanted) ||
        !is_ours(ssl, binding, op))
        return allowed;
    return dispatch_operation((SSL *)ssl, binding, op, other);
}
