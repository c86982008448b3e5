/* suites.c - suites in which the peer presents no certificate, or something else in its place. */
#define OPENSSL_SUPPRESS_DEPRECATED /* for SRP */
#undef OPENSSL_NO_DEPRECATED
#include "groups.h"

#include <openssl/srp.h>
#include <string.h>

/* An honest program that offers such suites beside others must reach a pinned host by the others,
 * and an unpinned host by any. */
#define FREE_HOST "free.test"

/* ---- TLS 1.2 and before: the suite decides ---- */

static const unsigned char secret[32] = "thirty-two bytes that both know";

static unsigned tell_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_room,
                         unsigned char *psk, unsigned buffer)
{
    (void)ssl;
    (void)hint;
    ATK_NEED(identity_room > 2 && buffer >= sizeof secret);
    memcpy(identity, "me", 3);
    memcpy(psk, secret, sizeof secret);
    return sizeof secret;
}

static unsigned know_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned buffer)
{
    (void)ssl;
    (void)identity;
    ATK_NEED(buffer >= sizeof secret);
    memcpy(psk, secret, sizeof secret);
    return sizeof secret;
}

static struct atk_id rsa_id(void)
{
    static struct atk_id id;

    if (id.cert == NULL) {
        id.key = pki_key_of(PKI_RSA, ATK_TRUE_KEY);
        id.cert =
            ATK_CERT(.cn = "a server", .key = id.key, .san = "DNS:" ATK_HOST ",DNS:" FREE_HOST,
                     .issuer = atk_root(), .issuer_key = pki_key(ATK_ROOT_KEY));
    }
    return id;
}

static const struct {
    const char *list;
    bool shows; /* the server presents a certificate, with the pinned key */
} suites[] = {
    {"AECDH-AES128-SHA", false},
    {"ADH-AES128-SHA", false},
    {"PSK-AES128-CBC-SHA", false},
    {"ECDHE-PSK-AES128-CBC-SHA", false},
    {"DHE-PSK-AES128-CBC-SHA", false},
    {"RSA-PSK-AES128-CBC-SHA", true},
    {"AES128-SHA", true},
};
enum { AECDH, ADH, PSK, ECDHE_PSK, DHE_PSK, RSA_PSK, STATIC_RSA };

static void set_suites(SSL_CTX *ctx, const char *list, const char *more)
{
    char all[128];

    snprintf(all, sizeof all, "%s%s:@SECLEVEL=0", list, more);
    if (!SSL_CTX_set_cipher_list(ctx, all))
        atk_skip("this OpenSSL does not have the suite");
}

static SSL_CTX *suite_server(struct atk_run *run, bool shows, const char *list)
{
    SSL_CTX *server = atk_server(run, (struct atk_id){0});

    set_suites(server, list, "");
    if (shows)
        ATK_NEED(SSL_CTX_use_cert_and_key(server, rsa_id().cert, rsa_id().key, NULL, 1) == 1);
    SSL_CTX_set_psk_server_callback(server, know_psk);
    return server;
}

static SSL_CTX *suite_client(struct atk_run *run, const char *list, const char *more)
{
    SSL_CTX *client = atk_client(run);

    set_suites(client, list, more);
    SSL_CTX_set_psk_client_callback(client, tell_psk);
    return client;
}

/* No certificate is checked, so the pin cannot match, not even that of an honest peer. */
static void suite(struct atk_run *run)
{
    const char *list = suites[run->test_case->arg].list;
    const bool shows = suites[run->test_case->arg].shows;

    atk_store(run, ATK_HOST ".pins", "key = %s\n", atk_key_pin(rsa_id().cert));
    if (!run->honest) {
        atk_exchange(run, suite_client(run, list, ""), suite_server(run, shows, list));
        return;
    }
    atk_exchange(run, suite_client(run, list, ":ECDHE-RSA-AES128-SHA"),
                 suite_server(run, true, "ECDHE-RSA-AES128-SHA"));
    atk_exchange_at(run, suite_client(run, list, ""), suite_server(run, shows, list), FREE_HOST);
}

/* The client offers both kinds, the server chooses the one without a certificate. */
static void suite_beside(struct atk_run *run)
{
    const char *list = suites[run->test_case->arg].list;

    atk_store(run, ATK_HOST ".pins", "key = %s\n", atk_key_pin(rsa_id().cert));
    atk_exchange(run, suite_client(run, list, ":ECDHE-RSA-AES128-SHA"),
                 suite_server(run, suites[run->test_case->arg].shows, list));
}

static void nameless_anonymous(struct atk_run *run)
{
    const char *list = suites[AECDH].list;

    atk_store(run, "_nameless.pins", "key = %s\n", atk_key_pin(rsa_id().cert));
    atk_exchange_at(run, suite_client(run, list, run->honest ? ":ECDHE-RSA-AES128-SHA" : ""),
                    run->honest ? suite_server(run, true, "ECDHE-RSA-AES128-SHA")
                                : suite_server(run, false, list),
                    NULL);
}

/* ---- SRP ---- */

#ifndef OPENSSL_NO_SRP
static int know_srp(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    (void)arg;
    return SSL_set_srp_server_param_pw(ssl, "me", "a password", "1024") == 1 ? SSL_ERROR_NONE
                                                                             : SSL3_AL_FATAL;
}

static void srp(struct atk_run *run)
{
    const char *list = run->test_case->arg != 0 ? "SRP-RSA-AES-128-CBC-SHA" : "SRP-AES-128-CBC-SHA";
    const char *host = run->honest ? FREE_HOST : ATK_HOST;
    char name[] = "me", password[] = "a password";
    SSL_CTX *client = suite_client(run, list, ""), *server;

    atk_store(run, ATK_HOST ".pins", "key = %s\n", atk_key_pin(rsa_id().cert));
    server = suite_server(run, run->test_case->arg != 0, list);
    ATK_NEED(SSL_CTX_set_srp_username(client, name) && SSL_CTX_set_srp_password(client, password));
    SSL_CTX_set_srp_username_callback(server, know_srp);
    atk_exchange_at(run, client, server, host);
}
#else
static void srp(struct atk_run *run)
{
    (void)run;
    atk_skip("this OpenSSL has no SRP");
}
#endif

/* ---- EAP-FAST (RFC 4851 3.2.2): both ends derive the master secret from a ticket ---- */

static int know_secret(SSL *ssl, void *out, int *len, STACK_OF(SSL_CIPHER) * offered,
                       const SSL_CIPHER **cipher, void *arg)
{
    (void)ssl;
    (void)arg;
    if (offered != NULL) /* the server takes the first suite */
        *cipher = sk_SSL_CIPHER_value(offered, 0);
    memset(out, 's', 48);
    *len = 48;
    return 1;
}

static int take_ticket(SSL *ssl, const unsigned char *data, int len, void *arg)
{
    (void)ssl;
    (void)data;
    (void)len;
    (void)arg;
    return 1;
}

static void session_secret(struct atk_run *run)
{
    static unsigned char ticket[] = "opaque";
    const char *host = run->honest ? FREE_HOST : ATK_HOST;
    struct atk_pair pair;

    atk_pin(run);
    atk_open_to(run, &pair, atk_client(run), atk_server(run, atk_false()), host);
    ATK_NEED(SSL_set_session_secret_cb(pair.client, know_secret, NULL) &&
             SSL_set_session_ticket_ext(pair.client, ticket, sizeof ticket));
    ATK_NEED(SSL_set_session_secret_cb(pair.server, know_secret, NULL) &&
             SSL_set_session_ticket_ext_cb(pair.server, take_ticket, NULL));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* ---- TLS 1.3: external pre-shared keys ---- */

static SSL_SESSION *psk_session(SSL *ssl)
{
    static const unsigned char aes128_sha256[] = {0x13, 0x01};
    SSL_SESSION *session = SSL_SESSION_new();

    ATK_NEED(session != NULL && SSL_SESSION_set1_master_key(session, secret, sizeof secret) &&
             SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, aes128_sha256)) &&
             SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) &&
             SSL_SESSION_set_max_early_data(session, 1000));
    return session;
}

static int use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
                   SSL_SESSION **session)
{
    (void)md;
    *id = (const unsigned char *)"me";
    *len = 2;
    *session = psk_session(ssl);
    return 1;
}

static int find_psk(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
    (void)id;
    (void)len;
    *session = psk_session(ssl);
    return 1;
}

enum { BY_SESSION = 0, BY_KEY = 1, ON_SSL = 2, EARLY = 4 };

static void offer_psk(struct atk_run *run, SSL_CTX *ctx, SSL *ssl)
{
    switch (run->test_case->arg & (BY_KEY | ON_SSL)) {
    case BY_SESSION:
        SSL_CTX_set_psk_use_session_callback(ctx, use_psk);
        break;
    case BY_KEY:
        SSL_CTX_set_psk_client_callback(ctx, tell_psk);
        break;
    case ON_SSL | BY_SESSION:
        SSL_set_psk_use_session_callback(ssl, use_psk);
        break;
    default:
        SSL_set_psk_client_callback(ssl, tell_psk);
    }
}

static void exchange_with_psk(struct atk_run *run, SSL_CTX *server, const char *host)
{
    SSL_CTX *client = atk_client(run);
    struct atk_pair pair;

    SSL_CTX_set_ciphersuites(client, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_ciphersuites(server, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_max_early_data(server, 1000);
    SSL_CTX_set_options(server, SSL_OP_NO_ANTI_REPLAY);
    if ((run->test_case->arg & ON_SSL) == 0)
        offer_psk(run, client, NULL);
    atk_open_to(run, &pair, client, server, host);
    if ((run->test_case->arg & ON_SSL) != 0)
        offer_psk(run, client, pair.client);
    pair.early = (run->test_case->arg & EARLY) != 0;
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

static SSL_CTX *psk_server(struct atk_run *run, struct atk_id id)
{
    SSL_CTX *server = atk_server(run, id);

    SSL_CTX_set_psk_find_session_callback(server, find_psk);
    return server;
}

static void external_psk(struct atk_run *run)
{
    atk_pin(run);
    exchange_with_psk(run, psk_server(run, (struct atk_id){0}), run->honest ? FREE_HOST : ATK_HOST);
    /* The pinned host itself, which has a certificate. Where the module clears the key before the
     * handshake the host may know the key as well, because it is not offered. */
    if (run->honest && (run->test_case->arg & BY_KEY) != 0)
        exchange_with_psk(run, atk_server(run, atk_true()), ATK_HOST);
    else if (run->honest && (run->test_case->arg & EARLY) == 0)
        exchange_with_psk(run, psk_server(run, atk_true()), ATK_HOST);
}

/* A call triggered the pre-handshake check before the key was set. */
static void psk_after_lookup(struct atk_run *run)
{
    SSL_CTX *client = atk_client(run), *server = psk_server(run, (struct atk_id){0});
    struct atk_pair pair;

    atk_pin(run);
    SSL_CTX_set_ciphersuites(client, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_max_early_data(server, 1000);
    SSL_CTX_set_options(server, SSL_OP_NO_ANTI_REPLAY);
    atk_open(run, &pair, client, server);
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(pair.client));
    SSL_set_psk_use_session_callback(pair.client, use_psk);
    pair.early = true;
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* The server knows the key, and has the peer's certificate too. */
static void psk_or_certificate(struct atk_run *run)
{
    atk_pin(run);
    exchange_with_psk(run, psk_server(run, atk_peer_id(run)), ATK_HOST);
}

#define OLD (ATK_TLS11 | ATK_TLS12 | ATK_DTLS12)
#define SUITE(name, arg)                                                                           \
    {                                                                                              \
        name, suite, suite, "P12", OLD, 0, 0, arg                                                  \
    }
#define PSK13(name, reason, arg)                                                                   \
    {                                                                                              \
        name, external_psk, external_psk, reason, ATK_TLS13, 0, 0, arg                             \
    }

static const struct atk_case cases[] = {
    SUITE("AECDH", AECDH),
    SUITE("ADH", ADH),
    SUITE("PSK", PSK),
    SUITE("ECDHE-PSK", ECDHE_PSK),
    SUITE("DHE-PSK", DHE_PSK),
    SUITE("RSA-PSK", RSA_PSK),
    SUITE("static RSA", STATIC_RSA),
    {"AECDH beside others", suite_beside, NULL, "P12", OLD, 0, 0, AECDH},
    {"ECDHE-PSK beside others", suite_beside, NULL, "P12", OLD, 0, 0, ECDHE_PSK},
    {"static RSA beside others", suite_beside, NULL, "P12", OLD, 0, 0, STATIC_RSA},
    {"AECDH, nameless", nameless_anonymous, nameless_anonymous, "P12", OLD, 0, 0, 0},
    {"SRP", srp, srp, "P12", ATK_TLS11 | ATK_TLS12, 0, 0, 0},
    {"SRP with a certificate", srp, srp, "P12", ATK_TLS11 | ATK_TLS12, 0, 0, 1},
    {"session secret of EAP-FAST", session_secret, session_secret, NULL, ATK_TLS11 | ATK_TLS12, 0,
     0, 0},
    PSK13("external PSK", NULL, BY_SESSION),
    PSK13("external PSK, early data", NULL, BY_SESSION | EARLY),
    PSK13("external PSK of the SSL", NULL, ON_SSL),
    PSK13("external PSK of the SSL, early data", NULL, ON_SSL | EARLY),
    PSK13("external PSK by the old callback", "P12", BY_KEY),
    PSK13("external PSK of the SSL by the old callback", "P12", BY_KEY | ON_SSL),
    {"external PSK set after the check, early data", psk_after_lookup, NULL, NULL, ATK_TLS13, 0, 0,
     0},
    {"external PSK or certificate", psk_or_certificate, psk_or_certificate, "P07", ATK_TLS13, 0, 0,
     BY_SESSION},
};

const struct atk_group atk_suites = {"suites", cases, sizeof cases / sizeof cases[0]};
