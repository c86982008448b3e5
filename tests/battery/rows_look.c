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

static void begin(struct bat *b, struct bat_pair *pair)
{
    SSL_CTX *client = bat_client(b);

    if (b->row->arg == UNVERIFIED)
        SSL_CTX_set_cert_verify_callback(client, yes, NULL);
    bat_open(b, pair, client, bat_server(b, bat_who(b)));
}

/* The same SSL, cleared, at a server that knows nothing of the first connection. */
static void meet_again(struct bat *b, struct bat_pair *pair)
{
    SSL_free(pair->server);
    *pair = (struct bat_pair){.b = b, .client = pair->client};
    pair->server = SSL_new(bat_server(b, bat_who(b)));
    bat_join(pair);
    bat_talk(pair);
    bat_expect(b, pair);
    bat_close(pair);
}

/* The pin is another one since the first connection of the same SSL. */
static void used_again(struct bat *b)
{
    struct bat_pair pair;

    bat_store(b, BAT_HOST ".pins", "key = %s\n", bat_key_pin(bat_who(b).cert));
    begin(b, &pair);
    bat_talk(&pair);
    BAT_NEED(pair.client_got > 0 && pair.server_got > 0);
    bat_pin(b);
    SSL_shutdown(pair.client);
    BAT_NEED(SSL_clear(pair.client));
    meet_again(b, &pair);
}

/* The first connection came to nothing. */
static void tried_again(struct bat *b)
{
    struct bat_pair pair;

    begin(b, &pair);
    (void)SSL_do_handshake(pair.client);
    BAT_NEED(SSL_clear(pair.client));
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    bat_pin(b);
    meet_again(b, &pair);
}

/* Something had the SSL looked at, and the pin comes between that and the handshake. */
static void looked_at_before(struct bat *b)
{
    struct bat_pair pair;

    begin(b, &pair);
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(pair.client));
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    bat_pin(b);
    bat_talk(&pair);
    bat_expect(b, &pair);
    bat_close(&pair);
}

/* The server lets us wait, and the pin comes meanwhile. */
static void kept_waiting(struct bat *b)
{
    struct bat_pair pair;

    begin(b, &pair);
    (void)SSL_do_handshake(pair.client);
    bat_pin(b);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    bat_talk(&pair);
    bat_expect(b, &pair);
    bat_close(&pair);
}

#define ROW(name, function)                                                                        \
    {name, function, function, "P07", BAT_EACH, 0, 0, VERIFIED},                                   \
    {                                                                                              \
        name ", callback replaced", function, function, "P07", BAT_EACH, 0, 0, UNVERIFIED          \
    }

static const struct bat_row rows[] = {
    ROW("SSL_clear, then pinned", used_again),
    ROW("SSL_clear without an answer, then pinned", tried_again),
    ROW("looked at, then pinned", looked_at_before),
    ROW("pinned while the server waits", kept_waiting),
};

const struct bat_group bat_look = {"look", rows, sizeof rows / sizeof rows[0]};
