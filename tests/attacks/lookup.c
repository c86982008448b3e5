/* lookup.c - the pre-handshake lookup serves its own handshake, and no other. */
#include "groups.h"

#include <time.h>

enum how { VERIFIED, UNVERIFIED };

static void begin(struct atk_run *run, struct atk_pair *pair)
{
    SSL_CTX *client = atk_client(run);

    if (run->test_case->arg == UNVERIFIED)
        SSL_CTX_set_cert_verify_callback(client, atk_accept_all, NULL);
    atk_open(run, pair, client, atk_server(run, atk_peer_id(run)));
}

/* Connects the same SSL, cleared, to a server that does not know the first connection. */
static void exchange_again(struct atk_run *run, struct atk_pair *pair)
{
    SSL_free(pair->server);
    *pair = (struct atk_pair){.run = run, .client = pair->client};
    pair->server = SSL_new(atk_server(run, atk_peer_id(run)));
    atk_join(pair);
    atk_talk(pair);
    atk_expect(run, pair);
    atk_close(pair);
}

/* The pin changed after the first connection of the same SSL. */
static void used_again(struct atk_run *run)
{
    struct atk_pair pair;

    atk_store(run, ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_peer_id(run).cert));
    begin(run, &pair);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    atk_pin(run);
    SSL_shutdown(pair.client);
    ATK_NEED(SSL_clear(pair.client));
    exchange_again(run, &pair);
}

/* The first handshake got no answer. */
static void tried_again(struct atk_run *run)
{
    struct atk_pair pair;

    begin(run, &pair);
    (void)SSL_do_handshake(pair.client);
    ATK_NEED(SSL_clear(pair.client));
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    atk_pin(run);
    exchange_again(run, &pair);
}

/* A call triggered the pre-handshake check, and the pin comes between it and the handshake. */
static void checked_before(struct atk_run *run)
{
    struct atk_pair pair;

    begin(run, &pair);
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(pair.client));
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    atk_pin(run);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* The server delays its answer, and the pin comes meanwhile. */
static void kept_waiting(struct atk_run *run)
{
    struct atk_pair pair;

    begin(run, &pair);
    (void)SSL_do_handshake(pair.client);
    atk_pin(run);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

#define CASE(name, function)                                                                       \
    {name, function, function, "P07", ATK_EACH, 0, 0, VERIFIED},                                   \
    {                                                                                              \
        name ", callback replaced", function, function, "P07", ATK_EACH, 0, 0, UNVERIFIED          \
    }

static const struct atk_case cases[] = {
    CASE("SSL_clear, then pinned", used_again),
    CASE("SSL_clear without an answer, then pinned", tried_again),
    CASE("checked, then pinned", checked_before),
    CASE("pinned while the server waits", kept_waiting),
};

const struct atk_group atk_lookup = {"lookup", cases, sizeof cases / sizeof cases[0]};
