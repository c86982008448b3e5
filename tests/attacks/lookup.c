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

static void begin(struct bat *b, struct atk_pair *pair)
{
    SSL_CTX *client = atk_client(b);

    if (b->row->arg == UNVERIFIED)
        SSL_CTX_set_cert_verify_callback(client, yes, NULL);
    atk_open(b, pair, client, atk_server(b, atk_who(b)));
}

/* The same SSL, cleared, at a server that knows nothing of the first connection. */
static void meet_again(struct bat *b, struct atk_pair *pair)
{
    SSL_free(pair->server);
    *pair = (struct atk_pair){.b = b, .client = pair->client};
    pair->server = SSL_new(atk_server(b, atk_who(b)));
    atk_join(pair);
    atk_talk(pair);
    atk_expect(b, pair);
    atk_close(pair);
}

/* The pin is another one since the first connection of the same SSL. */
static void used_again(struct bat *b)
{
    struct atk_pair pair;

    atk_store(b, ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_who(b).cert));
    begin(b, &pair);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    atk_pin(b);
    SSL_shutdown(pair.client);
    ATK_NEED(SSL_clear(pair.client));
    meet_again(b, &pair);
}

/* The first connection came to nothing. */
static void tried_again(struct bat *b)
{
    struct atk_pair pair;

    begin(b, &pair);
    (void)SSL_do_handshake(pair.client);
    ATK_NEED(SSL_clear(pair.client));
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    atk_pin(b);
    meet_again(b, &pair);
}

/* Something had the SSL looked at, and the pin comes between that and the handshake. */
static void looked_at_before(struct bat *b)
{
    struct atk_pair pair;

    begin(b, &pair);
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(pair.client));
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    atk_pin(b);
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
}

/* The server lets us wait, and the pin comes meanwhile. */
static void kept_waiting(struct bat *b)
{
    struct atk_pair pair;

    begin(b, &pair);
    (void)SSL_do_handshake(pair.client);
    atk_pin(b);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
}

#define ROW(name, function)                                                                        \
    {name, function, function, "P07", ATK_EACH, 0, 0, VERIFIED},                                   \
    {                                                                                              \
        name ", callback replaced", function, function, "P07", ATK_EACH, 0, 0, UNVERIFIED          \
    }

static const struct atk_row rows[] = {
    ROW("SSL_clear, then pinned", used_again),
    ROW("SSL_clear without an answer, then pinned", tried_again),
    ROW("looked at, then pinned", looked_at_before),
    ROW("pinned while the server waits", kept_waiting),
};

const struct atk_group atk_lookup = {"lookup", rows, sizeof rows / sizeof rows[0]};
