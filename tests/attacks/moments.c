/* moments.c - one connection under two names: the program changes the name between the
 * pre-handshake check and the certificate, or between two handshakes of one SSL. */
#include "groups.h"
#include "sessions.h"

#include <string.h>

#define OLD        (ATK_TLS11 | ATK_TLS12 | ATK_DTLS12) /* versions with renegotiation */
#define NEW_HOST   "new.test"
#define OTHER_HOST "other.test"
enum { OTHER_KEY = ATK_FREE_KEY };

/* ---- the name changes ---- */

/* Which of the two names is pinned. The peer must match the pins of both, so a pin of either one
 * refuses the impostor. */
enum pinned { NEW_NAME, OLD_NAME, BOTH_NAMES };

static void pin(struct atk_run *run)
{
    const char *key = atk_key_pin(atk_true().cert);

    if (run->test_case->arg != OLD_NAME)
        atk_store(run, NEW_HOST ".pins", "key = %s\n", key);
    if (run->test_case->arg != NEW_NAME)
        atk_store(run, ATK_HOST ".pins", "key = %s\n", key);
}

/* A certificate for both names, so that OpenSSL itself accepts it. */
static struct atk_id for_both(unsigned key)
{
    return atk_named("DNS:" ATK_HOST ",DNS:" NEW_HOST, key);
}

static struct atk_id peer_for_both(const struct atk_run *run)
{
    return for_both(run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY);
}

static void change_name(const SSL *ssl)
{
    ATK_NEED(SSL_set_tlsext_host_name((SSL *)ssl, NEW_HOST));
}

static void finish(struct atk_run *run, struct atk_pair *pair)
{
    atk_talk(pair);
    atk_expect(run, pair);
    if (run->honest && SSL_get_servername(pair->server, TLSEXT_NAMETYPE_host_name) != NULL &&
        strcmp(SSL_get_servername(pair->server, TLSEXT_NAMETYPE_host_name), NEW_HOST) != 0)
        atk_fail(run, "expected the new name on the wire, got %s",
                 SSL_get_servername(pair->server, TLSEXT_NAMETYPE_host_name));
    atk_close(pair);
}

/* The program renegotiates under the new name, and the server then has a different key. */
static void before_renegotiation(struct atk_run *run)
{
    SSL_CTX *server = atk_server(run, for_both(ATK_TRUE_KEY));
    const struct atk_id id = peer_for_both(run);
    struct atk_pair pair;

    pin(run);
    SSL_CTX_set_options(server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION |
                                    SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    atk_open(run, &pair, atk_client(run), server);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    pair.client_got = pair.server_got = 0;
    ATK_NEED(SSL_use_cert_and_key(pair.server, id.cert, id.key, NULL, 1) == 1);
    change_name(pair.client);
    ATK_NEED(SSL_renegotiate(pair.client));
    pair.client_up = pair.server_up = false;
    finish(run, &pair);
}

static void change_at_server_hello(int is_written, int version, int type, const void *bytes,
                                   size_t len, SSL *ssl, void *arg)
{
    (void)version;
    (void)arg;
    if (!is_written && type == SSL3_RT_HANDSHAKE && len > 0 &&
        *(const unsigned char *)bytes == SSL3_MT_SERVER_HELLO)
        change_name(ssl);
}

/* The first ServerHello is a HelloRetryRequest, because the client's first group is not the
 * server's. */
static void at_retry_request(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run), *server = atk_server(run, peer_for_both(run));
    struct atk_pair pair;

    pin(run);
    ATK_NEED(SSL_CTX_set1_groups_list(client, "P-256:P-384"));
    ATK_NEED(SSL_CTX_set1_groups_list(server, "P-384"));
    atk_open(run, &pair, client, server);
    SSL_set_msg_callback(pair.client, change_at_server_hello);
    finish(run, &pair);
}

static int add_extension(SSL *ssl, unsigned type, unsigned context, const unsigned char **out,
                         size_t *len, X509 *cert, size_t index, int *alert, void *arg)
{
    static const unsigned char value = 1;

    (void)type;
    (void)context;
    (void)cert;
    (void)index;
    (void)alert;
    (void)arg;
    change_name(ssl);
    *out = &value;
    *len = 1;
    return 1;
}

static void in_custom_extension(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);
    struct atk_pair pair;

    pin(run);
    ATK_NEED(SSL_CTX_add_custom_ext(client, 0xFE00, SSL_EXT_CLIENT_HELLO, add_extension, NULL, NULL,
                                    NULL, NULL));
    atk_open(run, &pair, client, atk_server(run, peer_for_both(run)));
    finish(run, &pair);
}

static void change_at_start(const SSL *ssl, int where, int ret)
{
    (void)ret;
    if (where == SSL_CB_HANDSHAKE_START)
        change_name(ssl);
}

static void change_after_hello(const SSL *ssl, int where, int ret)
{
    (void)ret;
    if (where == SSL_CB_CONNECT_LOOP && SSL_get_state(ssl) == TLS_ST_CW_CLNT_HELLO)
        change_name(ssl);
}

static void in_info_callback(struct atk_run *run)
{
    struct atk_pair pair;

    pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, peer_for_both(run)));
    SSL_set_info_callback(pair.client, change_at_start);
    finish(run, &pair);
}

/* After the ClientHello: the name is no longer sent, and counts all the same. */
static void after_client_hello(struct atk_run *run)
{
    struct atk_pair pair;

    pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, peer_for_both(run)));
    SSL_set_info_callback(pair.client, change_after_hello);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* ---- a session that has a name, and a program that names no host ---- */

static int acknowledge(SSL *ssl, int *alert, void *arg)
{
    (void)ssl;
    (void)alert;
    (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

/* A session has a name only if the server acknowledged it. */
static SSL_SESSION *named_session(struct atk_run *run, struct ends *ends)
{
    *ends = sessions_ends(run, atk_peer_id(run));
    SSL_CTX_set_tlsext_servername_callback(ends->server, acknowledge);
    SSL_SESSION *session = sessions_get(run, ends, ATK_HOST);
    ATK_NEED(SSL_SESSION_get0_hostname(session) != NULL || run->version == ATK_TLS13);
    return session;
}

static void offer(struct atk_run *run, struct ends ends, SSL_SESSION *session, bool must)
{
    struct atk_pair pair;

    atk_open_to(run, &pair, ends.client, ends.server, NULL);
    ATK_NEED(SSL_set_session(pair.client, session));
    sessions_end(run, &pair, session, must);
}

/* The server does not resume the session: the connection has no name. */
static void session_not_resumed(struct atk_run *run)
{
    struct ends ends;
    SSL_SESSION *session = named_session(run, &ends);

    atk_store(run, "_nameless.pins", "key = %s\n", atk_key_pin(atk_true().cert));
    ends.server = atk_server(run, atk_peer_id(run));
    offer(run, ends, session, false);
}

/* The server resumes it: the connection has the session's name, and only that. */
static void session_resumed(struct atk_run *run)
{
    struct ends ends;
    SSL_SESSION *session = named_session(run, &ends);

    atk_store(run, "_nameless.pins", "key = %s\n",
              atk_key_pin(run->honest ? atk_named("DNS:x.test", OTHER_KEY).cert : atk_true().cert));
    atk_pin(run);
    offer(run, ends, session, true);
}

static int add_only_later(SSL *ssl, unsigned type, unsigned context, const unsigned char **out,
                          size_t *len, X509 *cert, size_t index, int *alert, void *arg)
{
    return *(int *)arg == 0 ? 0
                            : add_extension(ssl, type, context, out, len, cert, index, alert, NULL);
}

enum { EXTENSION, RETRY };

/* The program offers a session of the old host and changes the name before the server resumes it.
 * That server is the impostor of the new host. */
static void resumed_under_new_name(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, peer_for_both(run));
    const bool retry = run->test_case->arg == RETRY;
    int adds = 0;
    struct atk_pair pair;

    if (retry) {
        ATK_NEED(SSL_CTX_set1_groups_list(ends.client, "P-256:P-384"));
        ATK_NEED(SSL_CTX_set1_groups_list(ends.server, "P-384"));
    } else {
        ATK_NEED(SSL_CTX_add_custom_ext(ends.client, 0xFE00, SSL_EXT_CLIENT_HELLO, add_only_later,
                                        NULL, &adds, NULL, NULL));
    }
    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    adds = 1;
    atk_store(run, NEW_HOST ".pins", "key = %s\n", atk_key_pin(atk_true().cert));
    atk_open(run, &pair, ends.client, ends.server);
    ATK_NEED(SSL_set_session(pair.client, session));
    if (retry)
        SSL_set_msg_callback(pair.client, change_at_server_hello);
    sessions_end(run, &pair, session, true);
}

/* ---- one SSL, two hosts ---- */

/* Where, or when, the program replaces the security callback. */
enum { OURS, ON_SSL, ON_CTX, LATER };

/* Each host has a pin of its own. The impostor of the second has the key of the first. */
static void two_hosts(struct atk_run *run)
{
    const unsigned where = run->test_case->arg, key = run->honest ? OTHER_KEY : ATK_TRUE_KEY;
    SSL_CTX *client = atk_client(run);
    struct atk_pair pair;

    atk_pin(run);
    atk_store(run, OTHER_HOST ".pins", "key = %s\n",
              atk_key_pin(atk_named("DNS:" OTHER_HOST, OTHER_KEY).cert));
    if (where == ON_CTX)
        SSL_CTX_set_security_callback(client, atk_allow_all);
    atk_open(run, &pair, client, atk_server(run, atk_true()));
    if (where == ON_SSL)
        SSL_set_security_callback(pair.client, atk_allow_all);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    SSL_shutdown(pair.client);
    SSL_free(pair.server);
    ATK_NEED(SSL_clear(pair.client));
    if (where == LATER)
        SSL_set_security_callback(pair.client, atk_allow_all);
    pair = (struct atk_pair){.run = run, .client = pair.client};
    pair.server = SSL_new(atk_server(run, atk_named("DNS:" OTHER_HOST, key)));
    ATK_NEED(pair.server != NULL && SSL_set_tlsext_host_name(pair.client, OTHER_HOST));
    if (run->verify != SSL_VERIFY_NONE)
        ATK_NEED(SSL_set1_host(pair.client, OTHER_HOST));
    atk_join(&pair);
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (run->module != NULL && atk_log(run, "P15", NULL) != (where != OURS))
        atk_fail(run, "expected %d records of P15, got %u", where != OURS,
                 atk_log(run, "P15", NULL));
    atk_close(&pair);
}

#define CASE(name, function, versions, arg)                                                        \
    {                                                                                              \
        name, function, function, "P07", versions, 0, 0, arg                                       \
    }
#define CHANGES(name, function, versions)                                                          \
    CASE(name ", the new name pinned", function, versions, NEW_NAME),                              \
        CASE(name ", the old name pinned", function, versions, OLD_NAME),                          \
        CASE(name ", both pinned", function, versions, BOTH_NAMES)

static const struct atk_case cases[] = {
    CHANGES("name changed before a renegotiation", before_renegotiation, OLD),
    CHANGES("name changed at a HelloRetryRequest", at_retry_request, ATK_TLS13),
    CHANGES("name changed in a custom extension", in_custom_extension, ATK_EACH),
    CASE("name changed in the info callback, the new name pinned", in_info_callback, ATK_EACH,
         NEW_NAME),
    CASE("name changed in the info callback, both pinned", in_info_callback, ATK_EACH, BOTH_NAMES),
    CHANGES("name changed after the ClientHello", after_client_hello, ATK_EACH),
    CASE("nameless, a session with a name is not resumed", session_not_resumed, ATK_EACH, 0),
    CASE("nameless, a session with a name is resumed", session_resumed, OLD, 0),
    CASE("resumed, name changed at a HelloRetryRequest", resumed_under_new_name, ATK_TLS13, RETRY),
    CASE("resumed, name changed in a custom extension", resumed_under_new_name, ATK_EACH,
         EXTENSION),
    CASE("two hosts, one SSL", two_hosts, ATK_EACH, OURS),
    CASE("two hosts, one SSL, security callback of the SSL", two_hosts, ATK_EACH, ON_SSL),
    CASE("two hosts, one SSL, security callback of the SSL_CTX", two_hosts, ATK_EACH, ON_CTX),
    CASE("two hosts, one SSL, security callback replaced between", two_hosts, ATK_EACH, LATER),
};

const struct atk_group atk_moments = {"moments", cases, sizeof cases / sizeof cases[0]};
