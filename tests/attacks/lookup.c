/* What the look before the handshake found in the store serves that handshake, and no other. */
#include "groups.h"

#include <time.h>

enum how { VERIFIED, UNVERIFIED };

static int yes(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx;
    (void)arg;
    return 1;
}

static void begin(struct atk_run *run, struct atk_pair *pair)
{
    SSL_CTX *client = atk_client(run);

    if (run->test_case->arg == UNVERIFIED)
        SSL_CTX_set_cert_verify_callback(client, yes, NULL);
    atk_open(run, pair, client, atk_server(run, atk_peer_id(run)));
}

/* The same SSL, cleared, at a server that knows nothing of the first connection. */
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

/* The pin is another one since the first connection of the same SSL. */
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

/* The first connection came to nothing. */
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

/* Something had the SSL looked at, and the pin comes between that and the handshake. */
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

/* The server lets us wait, and the pin comes meanwhile. */
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
    CASE("looked at, then pinned", checked_before),
    CASE("pinned while the server waits", kept_waiting),
};

const struct atk_group atk_lookup = {"lookup", cases, sizeof cases / sizeof cases[0]};
