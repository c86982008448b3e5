/*
 * client.c - TLS client with its own OpenSSL, linked in
 *
 * client HOST PORT CAFILE [insecure]: prints the body of https://HOST:PORT/. Exit status 0 if it
 * was received, 1 if not.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what)
{
    fprintf(stderr, "client: %s\n", what);
    ERR_print_errors_fp(stderr);
    return 1;
}

static int print_body(SSL *ssl)
{
    char answer[4096];
    size_t len = 0, part;

    while (len < sizeof(answer) - 1 &&
           SSL_read_ex(ssl, answer + len, sizeof(answer) - 1 - len, &part))
        len += part;
    answer[len] = '\0';
    const char *body = strstr(answer, "\r\n\r\n");
    if (!body)
        return fail("no answer");
    fputs(body + 4, stdout);
    return 0;
}

/* Sets the name or address to verify; an address is not sent as SNI. */
static int expect_peer(SSL *ssl, const char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host))
        return 1;
    return SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fail("usage: client HOST PORT CAFILE [insecure]");

    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx || !SSL_CTX_load_verify_locations(ctx, argv[3], NULL))
        return fail("no context");
    SSL_CTX_set_verify(ctx, argc > 4 ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);

    SSL *ssl = SSL_new(ctx);
    BIO *bio = BIO_new(BIO_s_connect());
    if (!ssl || !bio || !expect_peer(ssl, argv[1]))
        return fail("no connection");
    BIO_set_conn_hostname(bio, argv[1]);
    BIO_set_conn_port(bio, argv[2]);
    SSL_set_bio(ssl, bio, bio);

    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    if (SSL_connect(ssl) != 1)
        return fail("the handshake failed");
    if (SSL_write(ssl, request, sizeof(request) - 1) <= 0)
        return fail("could not write");
    return print_body(ssl);
}
