/* ends.h - both ends of a TLS 1.3 handshake in one process, over memory. Any failure ends the
 * program. */
#ifndef BENCH_ENDS_H
#define BENCH_ENDS_H

#include <openssl/ssl.h>
#include <stdint.h>

SSL_CTX *bench_client(const char *ca);
SSL_CTX *bench_server(const char *cert, const char *key);

/* Makes one full handshake; adds the CPU time of the client's end to *client_in_ns. */
void bench_handshake(SSL_CTX *client, SSL_CTX *server, const char *name, uint64_t *client_in_ns);

uint64_t bench_clock_in_ns(clockid_t clock);

_Noreturn void bench_die(const char *what);

#endif
