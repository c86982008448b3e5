/* quic.c - QUIC. A connection has several SSLs, and only the inner one does TLS. */
#include "groups.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PLAIN, REPLACED, STALE, NAMELESS };

#if OPENSSL_VERSION_NUMBER >= 0x30500000L && !defined OPENSSL_NO_QUIC
#include <openssl/quic.h>

static const unsigned char protocol[] = {4, 't', 'e', 's', 't'};

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len,
                           const unsigned char *in, unsigned in_len, void *arg)
{
    (void)ssl;
    (void)arg;
    return SSL_select_next_proto((unsigned char **)out, len, protocol, sizeof protocol, in,
                                 in_len) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *quic_server(struct atk_id id)
{
    SSL_CTX *ctx = SSL_CTX_new(OSSL_QUIC_server_method());

    ATK_NEED(ctx != NULL && SSL_CTX_use_cert_and_key(ctx, id.cert, id.key, NULL, 1) == 1);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    atk_own_ctx(ctx);
    return ctx;
}

static SSL_CTX *quic_client(struct atk_run *run)
{
    SSL_CTX *ctx = SSL_CTX_new(OSSL_QUIC_client_method());

    ATK_NEED(ctx != NULL && X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), atk_root()));
    SSL_CTX_set_verify(ctx, run->verify, NULL);
    atk_own_ctx(ctx);
    return ctx;
}

static BIO *bind_socket(struct sockaddr_in *address)
{
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    ATK_NEED(fd >= 0 && bind(fd, (struct sockaddr *)address, len) == 0 &&
             getsockname(fd, (struct sockaddr *)address, &len) == 0);
    return BIO_new_dgram(fd, BIO_CLOSE);
}

/* Makes a pair whose server is a listener. */
static void open_quic(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server)
{
    struct sockaddr_in address;
    BIO_ADDR *peer = BIO_ADDR_new();

    *pair = (struct atk_pair){
        .run = run, .client = SSL_new(client), .server = SSL_new_listener(server, 0)};
    ATK_NEED(pair->client != NULL && pair->server != NULL && peer != NULL);
    BIO *bio = bind_socket(&address);
    SSL_set_bio(pair->server, bio, bio);
    ATK_NEED(SSL_set_blocking_mode(pair->server, 0) && SSL_listen(pair->server));
    ATK_NEED(BIO_ADDR_rawmake(peer, AF_INET, &address.sin_addr, sizeof address.sin_addr,
                              address.sin_port));
    bio = bind_socket(&address);
    SSL_set_bio(pair->client, bio, bio);
    ATK_NEED(SSL_set_blocking_mode(pair->client, 0));
    ATK_NEED(SSL_set1_initial_peer_addr(pair->client, peer));
    ATK_NEED(SSL_set_alpn_protos(pair->client, protocol, sizeof protocol) == 0);
    BIO_ADDR_free(peer);
    if (run->test_case->arg == NAMELESS)
        return;
    ATK_NEED(SSL_set_tlsext_host_name(pair->client, ATK_HOST));
    if (run->verify != SSL_VERIFY_NONE)
        ATK_NEED(SSL_set1_host(pair->client, ATK_HOST));
}

static void step_client(struct atk_pair *pair, bool *asked)
{
    char buffer[64];
    int ret;

    ERR_clear_error();
    if (!pair->client_up && !pair->client_dead) {
        ret = SSL_connect(pair->client);
        atk_client_result(pair, ret);
        pair->client_up = ret == 1;
    }
    if (!pair->client_up && !pair->client_dead)
        return;
    ERR_clear_error();
    if (!*asked)
        *asked = SSL_write(pair->client, "a secret", 8) > 0;
    ret = SSL_read(pair->client, buffer, sizeof buffer);
    if (ret > 0)
        pair->client_got += (size_t)ret;
}

static void step_server(struct atk_pair *pair, SSL **conn, bool *answered)
{
    char buffer[64];

    ERR_clear_error();
    (void)SSL_handle_events(pair->server);
    if (*conn == NULL) {
        *conn = SSL_accept_connection(pair->server, SSL_ACCEPT_CONNECTION_NO_BLOCK);
        if (*conn != NULL)
            ATK_NEED(SSL_set_blocking_mode(*conn, 0));
    }
    if (*conn == NULL)
        return;
    int ret = SSL_read(*conn, buffer, sizeof buffer);
    if (ret > 0)
        pair->server_got += (size_t)ret;
    if (pair->server_got > 0 && !*answered)
        *answered = SSL_write(*conn, "an answer", 9) > 0;
}

static void talk_quic(struct atk_pair *pair)
{
    bool asked = false, answered = false;
    SSL *conn = NULL;
    int after = 20;

    for (int i = 0; i < 4000 && after > 0; i++) {
        step_client(pair, &asked);
        step_server(pair, &conn, &answered);
        if (pair->client_dead || (pair->client_got > 0 && pair->server_got > 0))
            after--;
        usleep(500);
    }
    SSL_free(conn);
    ERR_clear_error();
}

static void close_quic(struct atk_pair *pair)
{
    SSL_free(pair->client);
    SSL_free(pair->server);
    ERR_clear_error();
}

static void quic(struct atk_run *run)
{
    SSL_CTX *client = quic_client(run);
    struct atk_pair pair;

    atk_pin(run);
    if (run->test_case->arg == REPLACED)
        SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    open_quic(run, &pair, client, quic_server(atk_peer_id(run)));
    talk_quic(&pair);
    atk_expect(run, &pair);
    close_quic(&pair);
}

/* The client offers the session. OpenSSL's own server, 3.5 to 4.0, was not observed to resume one,
 * pinned or not. */
static void quic_resumed(struct atk_run *run)
{
    SSL_CTX *client = quic_client(run), *server = quic_server(atk_peer_id(run));
    struct atk_pair pair;

    open_quic(run, &pair, client, server);
    talk_quic(&pair);
    ATK_NEED(pair.client_got > 0);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    ATK_NEED(session != NULL);
    close_quic(&pair);
    atk_pin(run);
    open_quic(run, &pair, client, server);
    ATK_NEED(SSL_set_session(pair.client, session));
    talk_quic(&pair);
    atk_expect(run, &pair);
    close_quic(&pair);
    SSL_SESSION_free(session);
}

#else

#define quic         not_there
#define quic_resumed not_there
static void not_there(struct atk_run *run)
{
    (void)run;
    atk_skip("OpenSSL has servers for QUIC from 3.5 on");
}

#endif

static const struct atk_case cases[] = {
    {"plain", quic, quic, "P07", ATK_QUIC, 0, 0, PLAIN},
    {"callback replaced", quic, quic, "P07", ATK_QUIC, 0, 0, REPLACED},
    {"nameless", quic, quic, "P07", ATK_QUIC, 0, 0, NAMELESS},
    {"session from before the pin", quic_resumed, quic_resumed, "P07", ATK_QUIC, 0, 0, STALE},
};

const struct atk_group atk_quic = {"quic", cases, sizeof cases / sizeof cases[0]};
