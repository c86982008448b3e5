/* rawkeys.c - raw public keys (RFC 7250) and compressed certificates (RFC 8879). */
#include "groups.h"
#include "sessions.h"

enum { OURS, REPLACED, STALE };

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

static SSL_CTX *raw_server(struct atk_run *run)
{
    static unsigned char types[] = {TLSEXT_cert_type_rpk};
    SSL_CTX *server = atk_server(run, atk_peer_id(run));

    ATK_NEED(SSL_CTX_set1_server_cert_type(server, types, sizeof types));
    return server;
}

/* The program is configured with the key of this peer, also with the impostor's. */
static void open_raw(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server)
{
    static unsigned char types[] = {TLSEXT_cert_type_rpk};

    atk_open(run, pair, client, server);
    ATK_NEED(SSL_set1_server_cert_type(pair->client, types, sizeof types));
    ATK_NEED(SSL_dane_enable(pair->client, ATK_HOST) > 0);
    ATK_NEED(SSL_add_expected_rpk(pair->client, atk_peer_id(run).key));
}

static SSL_CTX *raw_client(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run);

    ATK_NEED(SSL_CTX_dane_enable(client));
    return client;
}

static void raw_key(struct atk_run *run)
{
    SSL_CTX *client = raw_client(run);
    struct atk_pair pair;

    atk_pin(run);
    if (run->test_case->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    open_raw(run, &pair, client, raw_server(run));
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (pair.client_got > 0)
        ATK_NEED(SSL_get0_peer_rpk(pair.client) != NULL);
    atk_close(&pair);
}

static void raw_key_resumed(struct atk_run *run)
{
    SSL_CTX *client = raw_client(run), *server = raw_server(run);
    struct atk_pair pair;

    open_raw(run, &pair, client, server);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    atk_close(&pair);
    atk_pin(run);
    open_raw(run, &pair, client, server);
    ATK_NEED(SSL_set_session(pair.client, session));
    sessions_end(run, &pair, session, true);
}

/* A peer with a certificate must be accepted although raw keys are allowed too. */
static void raw_or_certificate(struct atk_run *run)
{
    static unsigned char types[] = {TLSEXT_cert_type_rpk, TLSEXT_cert_type_x509};
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    ATK_NEED(SSL_set1_server_cert_type(pair.client, types, sizeof types));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

static void compressed(struct atk_run *run)
{
    static int algorithms[] = {TLSEXT_comp_cert_zlib, TLSEXT_comp_cert_brotli,
                               TLSEXT_comp_cert_zstd};
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_peer_id(run));

    atk_pin(run);
    if (run->test_case->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    for (size_t i = 0; i < 3; i++) /* algorithms that are not built in fail here */
        if (SSL_CTX_set1_cert_comp_preference(client, &algorithms[i], 1) &&
            SSL_CTX_set1_cert_comp_preference(server, &algorithms[i], 1) &&
            SSL_CTX_compress_certs(server, algorithms[i])) {
            atk_exchange(run, client, server);
            return;
        }
    atk_skip("this OpenSSL was built without certificate compression");
}

#else

#define raw_key            not_there
#define raw_key_resumed    not_there
#define raw_or_certificate not_there
#define compressed         not_there
static void not_there(struct atk_run *run)
{
    (void)run;
    atk_skip("OpenSSL has raw public keys and compressed certificates from 3.2 on");
}

#endif

#define NEW (ATK_TLS12 | ATK_TLS13 | ATK_DTLS12)
static const struct atk_case cases[] = {
    {"raw key", raw_key, raw_key, "P07", NEW, 0, 0, OURS},
    {"raw key, callback replaced", raw_key, raw_key, "P07", NEW, 0, 0, REPLACED},
    {"raw key, session from before the pin", raw_key_resumed, raw_key_resumed, "P07", NEW, 0, 0,
     STALE},
    {"raw key or certificate", raw_or_certificate, raw_or_certificate, "P07", NEW, 0, 0, OURS},
    {"compressed certificate", compressed, compressed, "P07", ATK_TLS13, 0, 0, OURS},
    {"compressed certificate, callback replaced", compressed, compressed, "P07", ATK_TLS13, 0, 0,
     REPLACED},
};

const struct atk_group atk_rawkeys = {"rawkeys", cases, sizeof cases / sizeof cases[0]};
