/* honest.c - honest programs that do unusual things: they must work, and pinning must be enforced
 * for them. */
#include "groups.h"

/* ---- one SSL_CTX in both roles ---- */

static void both_roles(struct atk_run *run)
{
    SSL_CTX *ctx = atk_server(run, atk_peer_id(run));

    atk_pin(run);
    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), atk_root()));
    SSL_CTX_set_verify(ctx, run->verify, NULL);
    atk_exchange(run, ctx, ctx);
}

/* ---- security callbacks ---- */

typedef int security_fn(const SSL *s, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                        void *ex);

static security_fn *before;
static int wrapped(const SSL *s, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                   void *ex)
{
    return before(s, ctx, op, bits, nid, other, ex);
}

/* Each connection is judged at verification; the notice that later checks are impossible comes
 * once. */
static void expect_notices(struct atk_run *run, unsigned expected)
{
    if (run->module != NULL && atk_log(run, "P15", NULL) != expected)
        atk_fail(run, "expected %u records of P15, got %u", expected, atk_log(run, "P15", NULL));
}

static void security_of_ctx(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);

    atk_pin(run);
    SSL_CTX_set_security_callback(client, atk_allow_all);
    for (int i = 0; i < 3; i++)
        atk_exchange(run, client, atk_server(run, atk_peer_id(run)));
    expect_notices(run, 1);
}

static void security_of_ssl(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);

    atk_pin(run);
    for (int i = 0; i < 3; i++) {
        struct atk_pair pair;
        atk_open(run, &pair, client, atk_server(run, atk_peer_id(run)));
        SSL_set_security_callback(pair.client, atk_allow_all);
        atk_talk(&pair);
        atk_expect(run, &pair);
        atk_close(&pair);
    }
    expect_notices(run, 1);
}

static void security_wrapped(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);

    atk_pin(run);
    before = SSL_CTX_get_security_callback(client);
    SSL_CTX_set_security_callback(client, wrapped);
    SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    for (int i = 0; i < 3; i++)
        atk_exchange(run, client, atk_server(run, atk_peer_id(run)));
    expect_notices(run, 0);
}

static void both_replaced(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);

    atk_pin(run);
    atk_known_limitation(run, "a program that replaces both the verify and the security callback");
    SSL_CTX_set_security_callback(client, atk_allow_all);
    SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    atk_exchange(run, client, atk_server(run, atk_peer_id(run)));
}

/* ---- DANE ---- */

/* The domain's TLSA record confirms the key (RFC 7671 5.1): OpenSSL verifies nothing, but the pin
 * applies. */
static void dane_ee(struct atk_run *run)
{
    const unsigned key = run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY;
    const struct atk_id id = {
        .cert = ATK_CERT(.cn = "self-signed", .key = pki_key(key), .san = "DNS:" ATK_HOST),
        .key = pki_key(key)};
    SSL_CTX *client = atk_client(run);
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct atk_pair pair;

    atk_pin(run);
    pki_spki_digest(id.cert, EVP_sha256(), digest);
    ATK_NEED(SSL_CTX_dane_enable(client));
    atk_open(run, &pair, client, atk_server(run, id));
    ATK_NEED(SSL_dane_enable(pair.client, ATK_HOST) > 0);
    ATK_NEED(SSL_dane_tlsa_add(pair.client, 3, 1, 1, digest, 32) > 0);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* ---- servers ---- */

/* The server asks its clients for certificates, and they resume their sessions. */
static void server_cache(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_true());
    const struct atk_id id = atk_false(); /* pins of servers do not apply to clients */
    SSL_SESSION *session = NULL;

    atk_pin(run);
    SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(server), atk_root()));
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    ATK_NEED(SSL_CTX_use_cert_and_key(client, id.cert, id.key, NULL, 1) == 1);
    for (int i = 0; i < 2; i++) {
        struct atk_pair pair;
        atk_open(run, &pair, client, server);
        if (session != NULL)
            ATK_NEED(SSL_set_session(pair.client, session));
        SSL_SESSION_free(session);
        atk_talk(&pair);
        atk_expect_data(run, &pair);
        session = SSL_get1_session(pair.client);
        atk_close(&pair);
    }
    SSL_SESSION_free(session);
    if (SSL_CTX_sess_hits(server) != 1)
        atk_fail(run, "expected a session from the server's cache, got a full handshake");
}

/* ---- clients in a hurry ---- */

/* A client that reconnects at once after each refusal, as wrk does. */
static void retries(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_peer_id(run));

    atk_pin(run);
    for (int i = 0; i < 1000 && !run->failed; i++)
        atk_exchange(run, client, server);
    if (atk_log(run, NULL, NULL) > 20)
        atk_fail(run, "expected at most 20 records of one refusal, got %u",
                 atk_log(run, NULL, NULL));
}

/* One SSL, cleared and used many times. */
static void reused(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_peer_id(run));
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, client, server);
    for (int i = 0; i < 20; i++) {
        atk_talk(&pair);
        atk_expect(run, &pair);
        SSL_shutdown(pair.client);
        SSL_free(pair.server);
        ATK_NEED(SSL_clear(pair.client));
        pair = (struct atk_pair){.run = run, .client = pair.client, .server = SSL_new(server)};
        atk_join(&pair);
    }
    atk_close(&pair);
}

static void unpinned(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_false());

    atk_store(run, "elsewhere.test.pins", "key = %s\n", atk_key_pin(atk_true().cert));
    atk_exchange(run, client, server);
    if (atk_log(run, NULL, NULL) != 0)
        atk_fail(run, "expected no record, got one");
    for (int i = 0; i < 2; i++)
        atk_exchange_at(run, client, server, NULL);
    if (run->module != NULL &&
        (atk_log(run, NULL, NULL) != 1 || atk_log_text(run, "\"reason\":\"P19\"") != 1))
        atk_fail(run, "expected one notice that the program names no host (P19)");
}

static const struct atk_case cases[] = {
    {"one SSL_CTX for both roles", both_roles, both_roles, "P07", ATK_EACH, 0, 0, 0},
    {"security callback of the SSL_CTX", security_of_ctx, security_of_ctx, "P07", ATK_EACH, 0, 0,
     0},
    {"security callback of the SSL", security_of_ssl, security_of_ssl, "P07", ATK_EACH, 0, 0, 0},
    {"security callback wrapped", security_wrapped, security_wrapped, "P07", ATK_EACH, 0, 0, 0},
    {"both callbacks replaced", both_replaced, both_replaced, NULL, ATK_EACH, 0, 0, 0},
    {"DANE-EE", dane_ee, dane_ee, "P07", ATK_EACH, 0, 0, 0},
    {"a server's session cache", NULL, server_cache, NULL, ATK_EACH, 0, 0, 0},
    {"retries at once", retries, NULL, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, 0},
    {"one SSL, many connections", reused, reused, "P07", ATK_EACH, 0, 0, 0},
    {"not pinned", NULL, unpinned, NULL, ATK_EACH, 0, 0, 0},
};

const struct atk_group atk_honest = {"honest", cases, sizeof cases / sizeof cases[0]};
