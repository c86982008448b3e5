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

/* What is evaluated, and who receives the steps (trace, or NULL). */
struct evaluation {
    const struct pin_binding *binding;
    const struct pin_peer *peer;
    const struct pin_trace *trace;
};

/* Judges under one set of reference identifiers. If the lookup was cached, *policies has it. */
static void judge_under(const struct evaluation *evaluation, const struct pin_reference_ids *ids,
                        bool cached, struct pin_policies *policies, struct pin_judgement *out)
{
    const struct pin_instance *instance = evaluation->binding->instance;

    if (!cached)
        pin_judge_lookup(instance, ids, evaluation->peer, evaluation->trace, policies);
    pin_judge(instance, policies, evaluation->peer, time(NULL), evaluation->trace, out);
}

static void judge_without_memory(const struct evaluation *evaluation, struct pin_judgement *out)
{
    struct pin_policies none = {0};

    pin_error_set(&none.fault, PIN_R_INTERNAL, "out of memory");
    pin_judge(evaluation->binding->instance, &none, evaluation->peer, time(NULL), NULL, out);
}

/* Judges under the identifiers as they are now. */
static void judge_present_ids(SSL *ssl, const struct evaluation *evaluation,
                              struct pin_judgement *out)
{
    struct pin_reference_ids present = {0};
    struct pin_policies policies = {0};

    if (pin_reference_ids_read(ssl, &present))
        judge_under(evaluation, &present, false, &policies, out);
    else
        judge_without_memory(evaluation, out);
    pin_policies_clear(&policies);
    pin_reference_ids_clear(&present);
}

/* Are the kept identifiers those of this handshake? If the program replaced the security callback,
 * there is no pre-handshake check: then they are an earlier handshake's once a leaf was accepted
 * under them. A callback that calls ours keeps the check alive, which starts over. */
static bool has_kept_ids(const SSL *ssl, const struct pin_binding *binding,
                         const struct pin_conn *conn)
{
    return conn->ids_known &&
           (!conn->ids_used || SSL_get_security_callback(ssl) == binding->security_cb);
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
static void judge_kept_ids(SSL *ssl, const struct evaluation *evaluation, struct pin_conn *conn,
                           struct pin_judgement *out)
{
    const bool before = SSL_in_before(ssl); /* then the pre-handshake check has just read them */
    uint64_t reference_hash = before ? conn->reference_hash : pin_reference_ids_hash(ssl);
    struct pin_policies policies = {0};
    bool cached = pin_conn_take_cached(conn, ssl, reference_hash, &policies);

    judge_under(evaluation, &conn->ids, cached, &policies, out);
    if (before) {
        pin_conn_cache(conn, &policies);
    } else if (reference_hash != conn->reference_hash && !has_name_of_session(ssl)) {
        struct pin_judgement other;
        judge_present_ids(ssl, evaluation, &other);
        if (pin_judgement_is_worse(&other, out))
            *out = other;
    }
    pin_policies_clear(&policies);
}

static void evaluate_server(SSL *ssl, const struct evaluation *evaluation,
                            struct pin_judgement *out)
{
    const struct pin_binding *binding = evaluation->binding;
    struct pin_conn *conn = pin_conn_of(ssl, binding);

    if (conn == NULL) {
        judge_without_memory(evaluation, out);
    } else if (has_kept_ids(ssl, binding, conn)) {
        judge_kept_ids(ssl, evaluation, conn, out);
    } else {
        pin_hook_notice_replaced_security_cb(binding->instance);
        judge_present_ids(ssl, evaluation, out);
    }
}

/* A client has no reference identifiers: it is looked up under the names in its certificate. */
static void evaluate_client(const struct evaluation *evaluation, struct pin_judgement *out)
{
    const struct pin_reference_ids none = {0};
    struct pin_policies policies = {0};

    judge_under(evaluation, &none, false, &policies, out);
    pin_policies_clear(&policies);
}

static void evaluate(SSL *ssl, const struct evaluation *evaluation, struct pin_judgement *out)
{
    int cancel;

    /* A thread that is cancelled while we read a file would leave it open for ever, and an
     * algorithm that pauses an SSL_MODE_ASYNC handshake half way would leave our errors and the
     * thread's cancel state behind. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    ASYNC_block_pause();
    if (evaluation->peer->is_client)
        evaluate_client(evaluation, out);
    else
        evaluate_server(ssl, evaluation, out);
    ASYNC_unblock_pause();
    pthread_setcancelstate(cancel, NULL);
}

void pin_hook_evaluate(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer,
                       struct pin_judgement *out)
{
    evaluate(ssl, &(const struct evaluation){.binding = binding, .peer = peer}, out);
}

/* Logs the steps that led to a refusal, for log = ... trace. They come from a second evaluation, so
 * that accepted peers and suppressed records cost nothing. In a frame of its own, which only a
 * trace pays for. */
static __attribute__((noinline)) void trace_refusal(SSL *ssl, const struct pin_binding *binding,
                                                    const struct pin_peer *peer,
                                                    const struct pin_judgement *judgement)
{
    struct pin_hook_steps steps = {.instance = binding->instance, .judgement = judgement};
    const struct pin_trace trace = {pin_hook_report_step, &steps};
    struct pin_judgement again;

    ERR_set_mark();
    evaluate(ssl, &(const struct evaluation){binding, peer, &trace}, &again);
    ERR_pop_to_mark();
}

bool pin_hook_enforce(SSL *ssl, const struct pin_binding *binding, const struct pin_peer *peer)
{
    struct pin_judgement judgement;

    ERR_set_mark();
    pin_hook_evaluate(ssl, binding, peer, &judgement);
    ERR_pop_to_mark();
    if (judgement.reason != PIN_OK && pin_hook_is_due(&judgement)) {
        pin_reference_ids_read_peer(ssl, judgement.peer_address, sizeof judgement.peer_address,
                                    &judgement.peer_port);
        if (pin_hook_report(binding->instance, &judgement) && binding->instance->config.trace &&
            judgement.verdict.action != PIN_ALLOW)
            trace_refusal(ssl, binding, peer, &judgement);
    }
    const bool refused = judgement.verdict.action == PIN_REFUSE;
    struct pin_conn *conn = pin_conn_of(ssl, binding);
    if ((peer->leaf.cert != NULL || peer->leaf.raw_key != NULL) && (!refused || peer->is_client))
        pin_conn_set_judged(conn, &peer->leaf, refused);
    if (conn != NULL && !refused)
        conn->ids_used = true;
    return !refused;
}
