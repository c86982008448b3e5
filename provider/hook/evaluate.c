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

/* Judges under one set of reference identifiers. If the lookup was cached, *policies has it. */
static void judge_under(const struct pin_binding *binding, const struct pin_reference_ids *ids,
                        const struct pin_peer *peer, bool cached, struct pin_policies *policies,
                        struct pin_judgement *out)
{
    if (!cached)
        pin_judge_lookup(binding->instance, ids, peer, NULL, policies);
    pin_judge(binding->instance, policies, peer, time(NULL), NULL, out);
}

static void judge_without_memory(const struct pin_binding *binding, const struct pin_peer *peer,
                                 struct pin_judgement *out)
{
    struct pin_policies none = {0};

    pin_error_set(&none.fault, PIN_R_INTERNAL, "out of memory");
    pin_judge(binding->instance, &none, peer, time(NULL), NULL, out);
}

/* Judges under the identifiers as they are now. */
static void judge_present_ids(SSL *ssl, const struct pin_binding *binding,
                              const struct pin_peer *peer, struct pin_judgement *out)
{
    struct pin_reference_ids present = {0};
    struct pin_policies policies = {0};

    if (pin_reference_ids_read(ssl, &present))
        judge_under(binding, &present, peer, false, &policies, out);
    else
        judge_without_memory(binding, peer, out);
    pin_policies_clear(&policies);
    pin_reference_ids_clear(&present);
}

/* Are the kept identifiers those of this handshake? If the program replaced the security callback,
 * there is no pre-handshake check: then they are an earlier handshake's once a leaf was judged
 * under them. A callback that calls ours keeps the check alive, which forgets that leaf. */
static bool has_kept_ids(const SSL *ssl, const struct pin_binding *binding,
                         const struct pin_conn *conn)
{
    return conn->ids_known && (SSL_get_security_callback(ssl) == binding->security_cb ||
                               (conn->judged == NULL && conn->judged_key == NULL));
}

/* Before TLS 1.3 the name of a resumed connection is the session's, if that has one, and not the
 * program's. */
static bool has_name_of_session(const SSL *ssl)
{
    return SSL_session_reused(ssl) && SSL_version(ssl) != TLS1_3_VERSION &&
           SSL_SESSION_get0_hostname(SSL_get_session(ssl)) != NULL;
}

/* Between the pre-handshake check and the certificate the program may have changed whom it names,
 * and before the handshake OpenSSL reports the name of a session that the server then did not
 * resume. So where the identifiers differ now, the peer must satisfy both sets. */
static void judge_kept_ids(SSL *ssl, const struct pin_binding *binding, struct pin_conn *conn,
                           const struct pin_peer *peer, struct pin_judgement *out)
{
    uint64_t reference_hash = pin_reference_ids_hash(ssl);
    struct pin_policies policies = {0};
    bool cached = pin_conn_take_cached(conn, ssl, reference_hash, &policies);

    judge_under(binding, &conn->ids, peer, cached, &policies, out);
    if (SSL_in_before(ssl)) {
        pin_conn_cache(conn, &policies);
    } else if (reference_hash != conn->reference_hash && !has_name_of_session(ssl)) {
        struct pin_judgement other;
        judge_present_ids(ssl, binding, peer, &other);
        if (pin_judgement_is_worse(&other, out))
            *out = other;
    }
    pin_policies_clear(&policies);
}

static void evaluate_server(SSL *ssl, const struct pin_binding *binding,
                            const struct pin_peer *peer, struct pin_judgement *out)
{
    struct pin_conn *conn = pin_conn_of(ssl, binding);

    if (conn == NULL) {
        judge_without_memory(binding, peer, out);
    } else if (has_kept_ids(ssl, binding, conn)) {
        judge_kept_ids(ssl, binding, conn, peer, out);
    } else {
        pin_hook_notice_replaced_security_cb(binding->instance);
        judge_present_ids(ssl, binding, peer, out);
    }
}

/* A client has no reference identifiers: it is looked up under the names in its certificate. */
static void evaluate_client(const struct pin_binding *binding, const struct pin_peer *peer,
                            struct pin_judgement *out)
{
    const struct pin_reference_ids none = {0};
    struct pin_policies policies = {0};

    judge_under(binding, &none, peer, false, &policies, out);
    pin_policies_clear(&policies);
}

void pin_hook_evaluate(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer,
                       struct pin_judgement *out)
{
    int cancel;

    /* A thread that is cancelled while we read a file would leave it open for ever, and an
     * algorithm that pauses an SSL_MODE_ASYNC handshake half way would leave our errors and the
     * thread's cancel state behind. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    ASYNC_block_pause();
    if (peer->is_client)
        evaluate_client(binding, peer, out);
    else
        evaluate_server(ssl, binding, peer, out);
    ASYNC_unblock_pause();
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
