/* ends.c - both ends of a TLS 1.3 handshake in one process. */
#include "ends.h"

#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

_Noreturn void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

uint64_t bench_clock_in_ns(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        bench_die("clock_gettime");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

SSL_CTX *bench_client(const char *ca)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL || !SSL_CTX_load_verify_file(ctx, ca))
        bench_die("client context");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

SSL_CTX *bench_server(const char *cert, const char *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL || !SSL_CTX_use_certificate_chain_file(ctx, cert) ||
        !SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM))
        bench_die("server context");
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return ctx;
}

/* Runs one end as far as it gets. True if its handshake is complete. */
static bool step(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);

    if (result <= 0 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
        bench_die("handshake");
    return result == 1;
}

static SSL *new_client(SSL_CTX *ctx, const char *name)
{
    SSL *ssl = SSL_new(ctx);

    if (ssl == NULL || !SSL_set_tlsext_host_name(ssl, name) || !SSL_set1_host(ssl, name))
        bench_die("SSL_new");
    SSL_set_connect_state(ssl);
    return ssl;
}

static SSL *new_server(SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);

    if (ssl == NULL)
        bench_die("SSL_new");
    SSL_set_accept_state(ssl);
    return ssl;
}

static void connect_ends(SSL *client, SSL *server)
{
    BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());

    if (to_server == NULL || to_client == NULL)
        bench_die("BIO_new");
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(client, to_client, to_server);
    SSL_set_bio(server, to_server, to_client);
}

void bench_handshake(SSL_CTX *client, SSL_CTX *server, const char *name, uint64_t *client_in_ns)
{
    const clockid_t mine = CLOCK_THREAD_CPUTIME_ID;
    SSL *s = new_server(server);
    uint64_t started = bench_clock_in_ns(mine);
    SSL *c = new_client(client, name);
    bool done = false;

    *client_in_ns += bench_clock_in_ns(mine) - started;
    connect_ends(c, s);
    for (int i = 0; i < 10 && !done; i++) {
        started = bench_clock_in_ns(mine);
        bool client_done = step(c);
        *client_in_ns += bench_clock_in_ns(mine) - started;
        done = step(s) && client_done;
    }
    if (!done)
        bench_die("handshake");
    started = bench_clock_in_ns(mine);
    SSL_free(c);
    *client_in_ns += bench_clock_in_ns(mine) - started;
    SSL_free(s);
}
