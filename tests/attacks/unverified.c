/* unverified.c - programs that switch verification off, or lose it by what they do with an SSL. */
#include "groups.h"

/* The plain case; the others vary it. */
static void plain(struct atk_run *run)
{
    atk_pin(run);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
}

/* ---- the verify callback is replaced, as by sendmail, lua-sec and Net::SSLeay ---- */

static int verify_and_say_yes(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    (void)X509_verify_cert(ctx);
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

/* The callback asks to be called again, as in a program that waits for an answer. */
static int say_later_then_yes(X509_STORE_CTX *ctx, void *arg)
{
    int *asked = arg;
    SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());

    if ((*asked)++ == 0)
        SSL_set_retry_verify(ssl);
    return 1;
}

enum instant { BEFORE_SSL, AFTER_SSL, UNDERWAY };

static void replaced(struct atk_run *run, int (*callback)(X509_STORE_CTX *, void *),
                     enum instant instant)
{
    SSL_CTX *client = atk_client(run);
    struct atk_pair pair;
    int asked = 0;

    atk_pin(run);
    if (instant == BEFORE_SSL)
        SSL_CTX_set_cert_verify_callback(client, callback, &asked);
    atk_open(run, &pair, client, atk_server(run, atk_peer_id(run)));
    if (instant == UNDERWAY)
        (void)SSL_do_handshake(pair.client);
    if (instant != BEFORE_SSL)
        SSL_CTX_set_cert_verify_callback(client, callback, &asked);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

static void replaced_by_yes(struct atk_run *run)
{
    replaced(run, atk_accept_all, (enum instant)run->test_case->arg);
}

static void replaced_by_verifier(struct atk_run *run)
{
    replaced(run, verify_and_say_yes, (enum instant)run->test_case->arg);
}

static void replaced_by_retry(struct atk_run *run)
{
    replaced(run, say_later_then_yes, BEFORE_SSL);
}

/* The program leaves our callback in place; its own inner callback retries and accepts. */
static int retry_once(int ok, X509_STORE_CTX *ctx)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    int *asked = SSL_get_app_data(ssl);

    (void)ok;
    if ((*asked)++ == 0)
        SSL_set_retry_verify(ssl);
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static void retry(struct atk_run *run)
{
    struct atk_pair pair;
    int asked = 0;

    atk_pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    SSL_set_app_data(pair.client, &asked);
    SSL_set_verify(pair.client, run->verify, retry_once);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* With a method of one version OpenSSL does not call the security callback about versions. */
static void fixed_method(struct atk_run *run)
{
    SSL_CTX *client = atk_client_fixed(run);

    atk_pin(run);
    if (run->test_case->arg != 0)
        SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    atk_exchange(run, client, atk_server(run, atk_peer_id(run)));
    if (atk_log(run, "P15", NULL) > 0)
        atk_fail(run, "expected no P15, because the security callback was not replaced");
}

/* ---- one SSL, two handshakes ---- */

enum { OURS, REPLACED };

static SSL_CTX *client_for(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);

    if (run->test_case->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    return client;
}

/* Makes the first connection, with an honest peer; its data are not counted. */
static void begin_honestly(struct atk_pair *pair)
{
    atk_talk(pair);
    ATK_NEED(pair->client_got > 0 && pair->server_got > 0);
    pair->client_got = pair->server_got = 0;
}

static void cleared(struct atk_run *run)
{
    SSL_CTX *client = client_for(run);
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, client, atk_server(run, atk_true()));
    begin_honestly(&pair);
    SSL_shutdown(pair.client);
    ATK_NEED(SSL_clear(pair.client));
    SSL_free(pair.server);
    SSL *again = pair.client;
    pair = (struct atk_pair){.run = run, .client = again};
    pair.server = SSL_new(atk_server(run, atk_peer_id(run)));
    atk_join(&pair);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* One end renegotiates, and the server has a different key. */
static void renegotiate(struct atk_run *run, bool by_client)
{
    const struct atk_id id = atk_peer_id(run);
    SSL_CTX *server = atk_server(run, atk_true());
    struct atk_pair pair;

    atk_pin(run);
    SSL_CTX_set_options(server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION |
                                    SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    atk_open(run, &pair, client_for(run), server);
    begin_honestly(&pair);
    ATK_NEED(SSL_use_cert_and_key(pair.server, id.cert, id.key, NULL, 1) == 1);
    ATK_NEED(SSL_renegotiate(by_client ? pair.client : pair.server));
    pair.client_up = pair.server_up = false;
    (void)SSL_do_handshake(by_client ? pair.client : pair.server);
    if (!by_client)
        (void)SSL_peek(pair.client, &(char){0}, 1); /* which reads the request */
    atk_talk(&pair);
    if (pair.client_got > 0)
        ATK_NEED(X509_cmp(SSL_get0_peer_certificate(pair.client), id.cert) == 0 &&
                 SSL_num_renegotiations(pair.client) == 1);
    atk_expect(run, &pair);
    atk_close(&pair);
}

static void renegotiated_by_client(struct atk_run *run)
{
    renegotiate(run, true);
}

static void renegotiated_by_server(struct atk_run *run)
{
    renegotiate(run, false);
}

/* ---- SSL_dup(3), SSL_set_SSL_CTX(3) ---- */

static void duplicated(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, client_for(run), atk_server(run, atk_peer_id(run)));
    SSL_free(pair.client);
    SSL *first = SSL_new(client_for(run));
    ATK_NEED(first != NULL && (pair.client = SSL_dup(first)) != NULL && pair.client != first);
    SSL_free(first);
    ATK_NEED(SSL_set_tlsext_host_name(pair.client, ATK_HOST));
    atk_join(&pair);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* arg: when the SSL is moved. */
static void moved(struct atk_run *run)
{
    SSL_CTX *other = atk_client(run);
    struct atk_pair pair;

    atk_pin(run);
    SSL_CTX_set_cert_verify_callback(other, atk_accept_all, NULL);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    if (run->test_case->arg == UNDERWAY)
        (void)SSL_do_handshake(pair.client);
    ATK_NEED(SSL_set_SSL_CTX(pair.client, other) == other);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* ---- outside the handshake proper ---- */

/* The server sends data before the client has finished (RFC 8446 2): they must not arrive. */
static void eager(struct atk_run *run)
{
    SSL_CTX *client = client_for(run), *server = atk_server(run, atk_peer_id(run));
    struct atk_pair pair;
    char buffer[8];
    size_t done = 0;

    atk_pin(run);
    ATK_NEED(SSL_CTX_set_max_early_data(server, 1000));
    atk_open(run, &pair, client, server);
    (void)SSL_do_handshake(pair.client);
    ATK_NEED(SSL_read_early_data(pair.server, buffer, sizeof buffer, &done) ==
             SSL_READ_EARLY_DATA_FINISH);
    ATK_NEED(SSL_write_early_data(pair.server, "believe me", 10, &done));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

static void after_handshake(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, client_for(run), atk_server(run, atk_peer_id(run)));
    atk_talk(&pair);
    if (run->honest) {
        ATK_NEED(SSL_new_session_ticket(pair.server) && SSL_do_handshake(pair.server) == 1);
        ATK_NEED(SSL_key_update(pair.server, SSL_KEY_UPDATE_REQUESTED));
        ATK_NEED(SSL_key_update(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED));
        pair.client_got = pair.server_got = 0;
        atk_talk(&pair);
    }
    atk_expect(run, &pair);
    atk_close(&pair);
}

#define OLD (ATK_TLS11 | ATK_TLS12 | ATK_DTLS12) /* versions with renegotiation */
static const struct atk_case cases[] = {
    {"plain", plain, plain, "P07", ATK_EACH, 0, 0, 0},
    {"callback replaced", replaced_by_yes, replaced_by_yes, "P07", ATK_EACH, 0, 0, BEFORE_SSL},
    {"callback replaced after SSL_new", replaced_by_yes, replaced_by_yes, "P07", ATK_EACH, 0, 0,
     AFTER_SSL},
    {"callback replaced underway", replaced_by_yes, replaced_by_yes, "P07", ATK_EACH, 0, 0,
     UNDERWAY},
    {"callback that verifies", replaced_by_verifier, replaced_by_verifier, "P07", ATK_EACH, 0, 0,
     BEFORE_SSL},
    {"callback that verifies, after SSL_new", replaced_by_verifier, replaced_by_verifier, "P07",
     ATK_EACH, 0, 0, AFTER_SSL},
    {"retry, callback replaced", replaced_by_retry, replaced_by_retry, "P07", ATK_EACH, 0, 0, 0},
    {"retry", retry, retry, "P07", ATK_EACH, 0, 0, 0},
    {"method of one version", fixed_method, fixed_method, "P07", OLD, 0, 0, 0},
    {"method of one version, callback replaced", fixed_method, fixed_method, "P07", OLD, 0, 0, 1},
    {"SSL_clear", cleared, cleared, "P07", ATK_EACH, 0, 0, OURS},
    {"SSL_clear, callback replaced", cleared, cleared, "P07", ATK_EACH, 0, 0, REPLACED},
    {"renegotiation by the client", renegotiated_by_client, renegotiated_by_client, "P07", OLD, 0,
     0, OURS},
    {"renegotiation by the client, callback replaced", renegotiated_by_client,
     renegotiated_by_client, "P07", OLD, 0, 0, REPLACED},
    {"renegotiation by the server", renegotiated_by_server, renegotiated_by_server, "P07", OLD, 0,
     0, OURS},
    {"renegotiation by the server, callback replaced", renegotiated_by_server,
     renegotiated_by_server, "P07", OLD, 0, 0, REPLACED},
    {"SSL_dup", duplicated, duplicated, "P07", ATK_EACH, 0, 0, OURS},
    {"SSL_dup, callback replaced", duplicated, duplicated, "P07", ATK_EACH, 0, 0, REPLACED},
    {"SSL_set_SSL_CTX", moved, moved, "P07", ATK_EACH, 0, 0, BEFORE_SSL},
    {"SSL_set_SSL_CTX underway", moved, moved, "P07", ATK_EACH, 0, 0, UNDERWAY},
    {"server speaks first", eager, eager, "P07", ATK_TLS13, 0, 0, OURS},
    {"server speaks first, callback replaced", eager, eager, "P07", ATK_TLS13, 0, 0, REPLACED},
    {"KeyUpdate, tickets", after_handshake, after_handshake, "P07", ATK_TLS13, 0, 0, OURS},
};

const struct atk_group atk_unverified = {"unverified", cases, sizeof cases / sizeof cases[0]};
