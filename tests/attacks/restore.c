/* restore.c - what the module changed on an SSL is put back, because programs reuse connections. */
#include "groups.h"

#include <stdlib.h>
#include <stdio.h>
#include <sys/stat.h>

#define FREE_HOST "free.test"

/* ---- after a refusal under SSL_VERIFY_NONE ---- */

/* Where the program set an info callback. */
enum { NOWHERE, ON_SSL, ON_CTX };

static unsigned starts, alerts;

static void count(const SSL *ssl, int where, int ret)
{
    (void)ssl;
    (void)ret;
    starts += where == SSL_CB_HANDSHAKE_START;
    alerts += where == SSL_CB_WRITE_ALERT;
}

/* A certificate that OpenSSL itself would refuse, for a host that is not pinned. */
static struct atk_id self_signed(void)
{
    return (struct atk_id){
        .cert = ATK_CERT(.cn = FREE_HOST, .san = "DNS:" FREE_HOST, .key = pki_key(ATK_FREE_KEY)),
        .key = pki_key(ATK_FREE_KEY)};
}

static void expect_settings(struct atk_run *run, SSL *ssl, unsigned where)
{
    if (SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
        atk_fail(run, "expected the program's verify mode 0, got %d", SSL_get_verify_mode(ssl));
    if (SSL_get_info_callback(ssl) != (where == ON_SSL ? count : NULL))
        atk_fail(run, "expected the program's info callback, got another");
    if (where != NOWHERE && (starts != 1 || alerts == 0))
        atk_fail(run, "expected the info callback to be called, got %u starts, %u alerts", starts,
                 alerts);
}

static void connect_again(struct atk_run *run, struct atk_pair *pair, struct atk_id id,
                          const char *host)
{
    SSL_free(pair->server);
    ATK_NEED(SSL_clear(pair->client));
    *pair = (struct atk_pair){.run = run, .client = pair->client};
    pair->server = SSL_new(atk_server(run, id));
    ATK_NEED(pair->server != NULL && SSL_set_tlsext_host_name(pair->client, host));
    atk_join(pair);
    atk_talk(pair);
}

static void after_refusal(struct atk_run *run)
{
    const unsigned where = run->test_case->arg;
    SSL_CTX *client = atk_client(run);
    struct atk_pair pair;

    atk_pin(run);
    if (where == ON_CTX)
        SSL_CTX_set_info_callback(client, count);
    atk_open(run, &pair, client, atk_server(run, atk_peer_id(run)));
    if (where == ON_SSL)
        SSL_set_info_callback(pair.client, count);
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (!run->honest)
        expect_settings(run, pair.client, where);
    connect_again(run, &pair, self_signed(), FREE_HOST);
    atk_expect_data(run, &pair);
    connect_again(run, &pair, atk_peer_id(run), ATK_HOST);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* The program sets a stricter mode for the next connection: that one stays. */
static void stricter_afterwards(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    atk_talk(&pair);
    atk_expect(run, &pair);
    SSL_set_verify(pair.client, SSL_VERIFY_PEER, NULL);
    connect_again(run, &pair, self_signed(), FREE_HOST);
    run->exchanges++;
    if (pair.client_got + pair.server_got > 0)
        atk_fail(run, "expected OpenSSL to refuse a self-signed certificate, got data");
    if (SSL_get_verify_mode(pair.client) != SSL_VERIFY_PEER)
        atk_fail(run, "expected the program's later verify mode, got %d",
                 SSL_get_verify_mode(pair.client));
    atk_close(&pair);
}

/* ---- external pre-shared keys ---- */

static unsigned asked_for_key;

static SSL_SESSION *key_session(SSL *ssl)
{
    static const unsigned char key[32] = "a key that both ends know";
    const unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
    SSL_SESSION *session = SSL_SESSION_new();

    ATK_NEED(session != NULL && SSL_SESSION_set1_master_key(session, key, sizeof key) &&
             SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, aes_128_gcm_sha256)) &&
             SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION));
    return session;
}

static int use_key(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
                   SSL_SESSION **session)
{
    asked_for_key++;
    *session = key_session(ssl);
    if (md != NULL && SSL_CIPHER_get_handshake_digest(SSL_SESSION_get0_cipher(*session)) != md) {
        SSL_SESSION_free(*session);
        *session = NULL;
    }
    *id = (const unsigned char *)"us";
    *len = 2;
    return 1;
}

/* The SSL met a pinned host, where no external key may be offered, and then one that is not pinned.
 * OpenSSL has no getter for the callback in any version, so the module cannot put it back. arg: the
 * program sets it again for each connection. */
static void pre_shared_key(struct atk_run *run)
{
    const bool sets_again = run->test_case->arg != 0;
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_true()));
    SSL_set_psk_use_session_callback(pair.client, use_key);
    atk_talk(&pair);
    atk_expect_data(run, &pair);
    SSL_shutdown(pair.client);
    asked_for_key = 0;
    if (sets_again)
        SSL_set_psk_use_session_callback(pair.client, use_key);
    SSL_set_verify(pair.client, SSL_VERIFY_NONE, NULL);
    ATK_NEED(SSL_set1_host(pair.client, NULL));
    connect_again(run, &pair, self_signed(), FREE_HOST);
    atk_expect_data(run, &pair);
    if (sets_again && asked_for_key == 0)
        atk_fail(run, "expected the program's key to be asked for, got no call");
    if (!sets_again && run->module != NULL) {
        /* The case fails once it is put back. */
        atk_known_limitation(run,
                             "a PSK callback that was cleared for a pinned host stays cleared: "
                             "OpenSSL has no getter for it");
        run->leaked = asked_for_key == 0;
        if (asked_for_key != 0)
            atk_fail(run, "expected the known limitation, got a callback that was put back");
    }
    atk_close(&pair);
}

/* ---- a server with pins for its clients ---- */

#define TICKETS 3

/* Called before OpenSSL is used. */
static void use_clients(struct atk_run *run)
{
    char path[256], lines[600];

    snprintf(path, sizeof path, "%s/clients", run->dir);
    ATK_NEED(mkdir(path, 0755) == 0);
    atk_store(run, "../clients/_store", "# empty\n");
    snprintf(lines, sizeof lines, "pins = %s/pins\nclients = %s\n", run->dir, path);
    char *conf = atk_conf(run, "clients.cnf", lines);
    ATK_NEED(conf != NULL && setenv("OPENSSL_CONF", conf, 1) == 0);
    free(conf);
}

/* After a client with a certificate no ticket is given out; the next client, without one, gets as
 * many as the program has set. */
static void tickets(struct atk_run *run)
{
    struct atk_pair pair;

    use_clients(run);
    const struct atk_id id = atk_peer_id(run);
    atk_store(run, "../clients/" ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_true().cert));
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_true());
    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(server), atk_root()));
    ATK_NEED(SSL_CTX_use_cert_and_key(client, id.cert, id.key, NULL, 1) == 1);
    atk_open(run, &pair, client, server);
    SSL_set_verify(pair.server, SSL_VERIFY_PEER, NULL);
    ATK_NEED(SSL_set_num_tickets(pair.server, TICKETS));
    atk_talk(&pair);
    atk_expect(run, &pair);
    SSL_shutdown(pair.server);
    SSL_free(pair.client);
    ATK_NEED(SSL_clear(pair.server));
    SSL_set_verify(pair.server, SSL_VERIFY_NONE, NULL);
    pair = (struct atk_pair){.run = run, .server = pair.server, .client = SSL_new(client)};
    ATK_NEED(pair.client != NULL && SSL_set_tlsext_host_name(pair.client, ATK_HOST));
    atk_join(&pair);
    atk_talk(&pair);
    atk_expect_data(run, &pair);
    if (SSL_get_num_tickets(pair.server) != TICKETS)
        atk_fail(run, "expected %d tickets, got %zu", TICKETS, SSL_get_num_tickets(pair.server));
    if (!SSL_SESSION_is_resumable(SSL_get_session(pair.client)))
        atk_fail(run, "expected a ticket for the next client, got none");
    atk_close(&pair);
}

static const struct atk_case cases[] = {
    {"after a refusal", after_refusal, after_refusal, "P07", ATK_EACH, ATK_NONE, 0, NOWHERE},
    {"after a refusal, info callback of the SSL", after_refusal, after_refusal, "P07", ATK_EACH,
     ATK_NONE, 0, ON_SSL},
    {"after a refusal, info callback of the SSL_CTX", after_refusal, after_refusal, "P07", ATK_EACH,
     ATK_NONE, 0, ON_CTX},
    {"a stricter mode after a refusal", stricter_afterwards, stricter_afterwards, "P07", ATK_EACH,
     ATK_NONE, 0, 0},
    {"PSK callback", NULL, pre_shared_key, NULL, ATK_TLS13, 0, 0, 0},
    {"PSK callback, set again", NULL, pre_shared_key, NULL, ATK_TLS13, 0, 0, 1},
    {"tickets of a server that pins its clients", tickets, tickets, "P07", ATK_TLS13, 0, 0, 0},
};

const struct atk_group atk_restore = {"restore", cases, sizeof cases / sizeof cases[0]};
