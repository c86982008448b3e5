/*
 * handshake.c - handshakes for the bench, counted by callgrind.
 *
 *     handshake CERT KEY CA NAME COUNT
 *
 * Certificates are loaded once, so the cost of a handshake is the difference between two counts,
 * divided.
 */
#include "ends.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    uint64_t client_in_ns = 0;

    if (argc != 6)
        bench_die("usage: handshake CERT KEY CA NAME COUNT; this call");
    SSL_CTX *server = bench_server(argv[1], argv[2]), *client = bench_client(argv[3]);

    for (int i = 0; i < atoi(argv[5]); i++)
        bench_handshake(client, server, argv[4], &client_in_ns);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    return 0;
}
