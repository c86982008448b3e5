/*
 * Handshakes for the bench: both ends of TLS 1.3 in one process, over memory.
 *
 *     handshake CERT KEY CA NAME COUNT
 *
 * Certificates are loaded once; what COUNT handshakes cost more than one is what a handshake
 * costs.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void die(const char *what)
{
    fprintf(stderr, "handshake: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static SSL_CTX *client_ctx(const char *ca)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL || !SSL_CTX_load_verify_file(ctx, ca))
        die("client context");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

static SSL_CTX *server_ctx(const char *cert, const char *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || !SSL_CTX_use_certificate_chain_file(ctx, cert) ||
        !SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM))
        die("server context");
    return ctx;
}

/* One end as far as it gets. */
static bool step(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);
    if (result <= 0 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
        die("handshake");
    return result == 1;
}

static void handshake(SSL_CTX *client, SSL_CTX *server, const char *name)
{
    SSL *c = SSL_new(client), *s = SSL_new(server);
    BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());
    bool done = false;

    if (c == NULL || s == NULL || to_server == NULL || to_client == NULL)
        die("SSL_new");
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(c, to_client, to_server);
    SSL_set_bio(s, to_server, to_client);
    SSL_set_tlsext_host_name(c, name);
    SSL_set1_host(c, name);
    SSL_set_connect_state(c);
    SSL_set_accept_state(s);
    for (int i = 0; i < 10 && !done; i++) {
        bool client_done = step(c), server_done = step(s);
        done = client_done && server_done;
    }
    if (!done)
        die("handshake");
    SSL_free(c);
    SSL_free(s);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        die("usage: handshake CERT KEY CA NAME COUNT; this call");
    SSL_CTX *server = server_ctx(argv[1], argv[2]), *client = client_ctx(argv[3]);

    SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
    for (int i = 0; i < atoi(argv[5]); i++)
        handshake(client, server, argv[4]);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    return 0;
}
