/* evaluate.c - from an SSL and its peer to a judgement. */
#include "evaluate.h"

#include "reference_ids.h"
#include "report.h"

#include <pthread.h>

struct pin_leaf pin_hook_leaf_of(const SSL *ssl)
{
    struct pin_leaf leaf = {.cert = SSL_get0_peer_certificate(ssl)};

    if (leaf.cert == NULL && pin_ossl_has(SSL_get0_peer_rpk))
        leaf.raw_key = SSL_get0_peer_rpk(ssl);
    return leaf;
}

struct pin_peer pin_hook_peer_of(SSL *ssl, struct pin_leaf leaf)
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

/* A client has no reference identifiers: it is looked up under the names in its certificate. */
static bool reference_ids_of(SSL *ssl, const struct pin_binding *binding,
                             const struct pin_peer *peer, struct pin_reference_ids *ids)
{
    struct pin_conn *conn = peer->is_client ? NULL : pin_conn_of(ssl, binding);

    if (peer->is_client)
        return true;
    if (conn == NULL)
        return false;
    if (!conn->sni_known)
        pin_hook_notice_replaced_security_cb(binding->instance);
    return (conn->sni_known || pin_conn_keep_sni(conn, ssl)) &&
           pin_reference_ids_read(ssl, conn->sni, ids);
}

static void lookup(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer,
                   struct pin_policies *policies)
{
    struct pin_reference_ids ids = {0};

    if (reference_ids_of(ssl, binding, peer, &ids))
        pin_judge_lookup(binding->instance, &ids, peer, NULL, policies);
    else
        pin_error_set(&policies->fault, PIN_R_INTERNAL, "out of memory");
    pin_reference_ids_clear(&ids);
}

void pin_hook_evaluate(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer,
                       struct pin_judgement *out)
{
    struct pin_conn *conn = peer->is_client ? NULL : pin_conn_peek(ssl, binding);
    struct pin_policies policies = {0};
    time_t now = time(NULL);
    int cancel;

    /* A thread that is cancelled while we read a file would leave it open for ever. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (conn == NULL || !pin_conn_take_cached(conn, ssl, &policies))
        lookup(ssl, binding, peer, &policies);
    pin_judge(binding->instance, &policies, peer, now, NULL, out);
    if (SSL_in_before(ssl))
        pin_conn_cache(conn, &policies);
    else
        pin_policies_clear(&policies);
    pthread_setcancelstate(cancel, NULL);
}

bool pin_hook_enforce(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer)
{
    struct pin_judgement judgement;

    ERR_set_mark();
    pin_hook_evaluate(ssl, binding, peer, &judgement);
    ERR_pop_to_mark();
    if (judgement.reason != PIN_OK)
        pin_hook_report(binding->instance, &judgement);
    const bool refused = judgement.verdict.action == PIN_REFUSE;
    if ((peer->leaf.cert != NULL || peer->leaf.raw_key != NULL) && (!refused || peer->is_client))
        pin_conn_set_judged(pin_conn_of(ssl, binding), &peer->leaf, refused);
    return !refused;
}
