/* verify_cb.c - the certificate verify callback: called in every full handshake that carries a
 * certificate or raw key. */
#include "callbacks.h"
#include "evaluate.h"
#include "info_cb.h"
#include "report.h"

#include <errno.h>

/* The peer of a verification. In one of raw public keys (RFC 7250) there is no certificate. */
static struct pin_peer peer_of(X509_STORE_CTX *ctx, const SSL *ssl)
{
    struct pin_peer peer = {
        .leaf = {.cert = X509_STORE_CTX_get0_cert(ctx)},
        .presented = X509_STORE_CTX_get0_untrusted(ctx),
        .trust = X509_STORE_CTX_get0_store(ctx),
        .param = X509_STORE_CTX_get0_param(ctx),
        .is_client = SSL_is_server(ssl),
    };

    if (peer.leaf.cert == NULL && pin_ossl_has(X509_STORE_CTX_get0_rpk))
        peer.leaf.raw_key = X509_STORE_CTX_get0_rpk(ctx);
    return peer;
}

/* Ends the handshake also where the program asked for no verification: libssl reads the mode after
 * this callback. The program's mode is put back when the handshake has ended, because connections
 * are reused. Where that cannot be seen (the alert was never written) the stricter mode stays: the
 * program may have set it itself meanwhile. */
static int refuse(X509_STORE_CTX *ctx, SSL *ssl, const struct pin_binding *binding)
{
    struct pin_conn *conn = binding != NULL ? pin_conn_of(ssl, binding) : NULL;
    int mode = SSL_get_verify_mode(ssl);

    X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_REJECTED);
    if ((mode & SSL_VERIFY_PEER) != 0)
        return 0;
    SSL_set_verify(ssl, mode | SSL_VERIFY_PEER, SSL_get_verify_callback(ssl));
    if (conn != NULL) {
        conn->verify_mode = mode;
        pin_info_watch(ssl, conn, PIN_WATCH_VERIFY_MODE);
    }
    return 0;
}

/* A store context without an SSL is a server's look at its own chain. Certificates of clients are a
 * server's own affair unless it has a store for them. Who cannot tell, for want of our mark,
 * refuses. */
static bool is_ours(const SSL *ssl, const struct pin_binding *binding)
{
    return ssl != NULL &&
           (!SSL_is_server(ssl) || binding == NULL || binding->instance->config.clients_wanted);
}

/* TLS 1.3 would give out tickets now, see is_not_resumable() in security_cb.c. */
static void withhold_tickets(SSL *ssl, const struct pin_binding *binding)
{
    struct pin_conn *conn = binding != NULL ? pin_conn_of(ssl, binding) : NULL;

    if (conn != NULL && !conn->num_tickets_replaced) {
        conn->num_tickets = (unsigned)SSL_get_num_tickets(ssl);
        conn->num_tickets_replaced = true;
    }
    SSL_set_num_tickets(ssl, 0);
}

int pin_hook_verify_cb(X509_STORE_CTX *ctx, void *arg)
{
    const struct pin_binding *binding = arg;
    int verified = X509_verify_cert(ctx) > 0;
    SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());

    /* A failure ends the handshake anyway, unless the program asked for no verification. */
    if (!is_ours(ssl, binding) || (!verified && (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0))
        return verified;

    const struct pin_peer peer = peer_of(ctx, ssl);
    int saved = errno;
    bool good = binding != NULL && pin_hook_enforce(ssl, binding, &peer);
    if (binding == NULL)
        pin_hook_report_unbound();
    if (peer.is_client)
        withhold_tickets(ssl, binding);
    errno = saved;
    return good ? verified : refuse(ctx, ssl, binding);
}
