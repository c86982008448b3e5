/* Other forms in which a key is shown: raw public keys (RFC 7250), compressed certificates (RFC
 * 8879). */
#include "groups.h"
#include "sessions.h"

static int say_yes(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx;
    (void)arg;
    return 1;
}

enum { OURS, REPLACED, STALE };

#if OPENSSL_VERSION_NUMBER >= 0x30200000L

static SSL_CTX *raw_server(struct bat *b)
{
    static unsigned char types[] = {TLSEXT_cert_type_rpk};
    SSL_CTX *server = atk_server(b, atk_who(b));

    ATK_NEED(SSL_CTX_set1_server_cert_type(server, types, sizeof types));
    return server;
}

/* The program expects the key of whoever it is: as if it had been given the wrong one. */
static void open_raw(struct bat *b, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server)
{
    static unsigned char types[] = {TLSEXT_cert_type_rpk};

    atk_open(b, pair, client, server);
    ATK_NEED(SSL_set1_server_cert_type(pair->client, types, sizeof types));
    ATK_NEED(SSL_dane_enable(pair->client, ATK_HOST) > 0);
    ATK_NEED(SSL_add_expected_rpk(pair->client, atk_who(b).key));
}

static SSL_CTX *raw_client(struct bat *b)
{
    SSL_CTX *client = atk_client(b);

    ATK_NEED(SSL_CTX_dane_enable(client));
    return client;
}

static void raw_key(struct bat *b)
{
    SSL_CTX *client = raw_client(b);
    struct atk_pair pair;

    atk_pin(b);
    if (b->row->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, say_yes, NULL);
    open_raw(b, &pair, client, raw_server(b));
    atk_talk(&pair);
    atk_expect(b, &pair);
    if (pair.client_got > 0)
        ATK_NEED(SSL_get0_peer_rpk(pair.client) != NULL);
    atk_close(&pair);
}

static void raw_key_resumed(struct bat *b)
{
    SSL_CTX *client = raw_client(b), *server = raw_server(b);
    struct atk_pair pair;

    open_raw(b, &pair, client, server);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    atk_close(&pair);
    atk_pin(b);
    open_raw(b, &pair, client, server);
    ATK_NEED(SSL_set_session(pair.client, session));
    sessions_end(b, &pair, session, true);
}

/* Who has a certificate must not be refused because others may show raw keys. */
static void raw_or_certificate(struct bat *b)
{
    static unsigned char types[] = {TLSEXT_cert_type_rpk, TLSEXT_cert_type_x509};
    struct atk_pair pair;

    atk_pin(b);
    atk_open(b, &pair, atk_client(b), atk_server(b, atk_who(b)));
    ATK_NEED(SSL_set1_server_cert_type(pair.client, types, sizeof types));
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
}

static void compressed(struct bat *b)
{
    static int algorithms[] = {TLSEXT_comp_cert_zlib, TLSEXT_comp_cert_brotli,
                               TLSEXT_comp_cert_zstd};
    SSL_CTX *client = atk_client(b), *server = atk_server(b, atk_who(b));

    atk_pin(b);
    if (b->row->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, say_yes, NULL);
    for (size_t i = 0; i < 3; i++) /* those that are not built in are refused */
        if (SSL_CTX_set1_cert_comp_preference(client, &algorithms[i], 1) &&
            SSL_CTX_set1_cert_comp_preference(server, &algorithms[i], 1) &&
            SSL_CTX_compress_certs(server, algorithms[i])) {
            atk_meet(b, client, server);
            return;
        }
    atk_skip("this OpenSSL was built without certificate compression");
}

#else

#define raw_key            not_there
#define raw_key_resumed    not_there
#define raw_or_certificate not_there
#define compressed         not_there
static void not_there(struct bat *b)
{
    (void)b;
    (void)say_yes;
    atk_skip("OpenSSL has this from 3.2 on");
}

#endif

#define NEW (ATK_TLS12 | ATK_TLS13 | ATK_DTLS12)
static const struct atk_row rows[] = {
    {"raw key", raw_key, raw_key, "P07", NEW, 0, 0, OURS},
    {"raw key, callback replaced", raw_key, raw_key, "P07", NEW, 0, 0, REPLACED},
    {"raw key, session from before the pin", raw_key_resumed, raw_key_resumed, "P07", NEW, 0, 0,
     STALE},
    {"raw key or certificate", raw_or_certificate, raw_or_certificate, "P07", NEW, 0, 0, OURS},
    {"compressed certificate", compressed, compressed, "P07", ATK_TLS13, 0, 0, OURS},
    {"compressed certificate, callback replaced", compressed, compressed, "P07", ATK_TLS13, 0, 0,
     REPLACED},
};

const struct atk_group atk_rawkeys = {"rawkeys", rows, sizeof rows / sizeof rows[0]};
