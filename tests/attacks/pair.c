/* pair.c - both ends of a connection in one thread; each in turn goes as far as it can. */
#include "core.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static const char question[] = "the client's secret";
static const char answer[] = "what the client believes";

static BIO *new_datagram(int fd)
{
    BIO *bio = BIO_new_dgram(fd, BIO_CLOSE);
    BIO_ADDR *peer = BIO_ADDR_new();

    ATK_NEED(bio != NULL && peer != NULL && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    ATK_NEED(BIO_ADDR_rawmake(peer, AF_UNIX, "", 1, 0));
    (void)BIO_ctrl_set_connected(bio, peer);
    BIO_ADDR_free(peer);
    return bio;
}

/* Each DTLS record is a datagram. The sockets are unnamed, so no address is visible. */
static void join_datagrams(struct atk_pair *pair)
{
    int fds[2];

    ATK_NEED(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == 0);
    SSL *ends[] = {pair->client, pair->server};
    for (int i = 0; i < 2; i++) {
        BIO *bio = new_datagram(fds[i]);
        SSL_set_bio(ends[i], bio, bio);
        SSL_set_options(ends[i], SSL_OP_NO_QUERY_MTU);
        DTLS_set_link_mtu(ends[i], 1500);
    }
}

void atk_join(struct atk_pair *pair)
{
    BIO *client = NULL, *server = NULL;

    SSL_set_connect_state(pair->client);
    SSL_set_accept_state(pair->server);
    if (pair->run->version == ATK_DTLS12) {
        join_datagrams(pair);
        return;
    }
    ATK_NEED(BIO_new_bio_pair(&client, 1 << 17, &server, 1 << 17));
    SSL_set_bio(pair->client, client, client);
    SSL_set_bio(pair->server, server, server);
}

void atk_open_to(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server,
                 const char *host)
{
    *pair = (struct atk_pair){.run = run, .client = SSL_new(client), .server = SSL_new(server)};
    ATK_NEED(pair->client != NULL && pair->server != NULL);
    if (host != NULL)
        ATK_NEED(SSL_set_tlsext_host_name(pair->client, host));
    if (host != NULL && run->verify != SSL_VERIFY_NONE)
        ATK_NEED(SSL_set1_host(pair->client, host));
    atk_join(pair);
}

void atk_open(struct atk_run *run, struct atk_pair *pair, SSL_CTX *client, SSL_CTX *server)
{
    atk_open_to(run, pair, client, server, ATK_HOST);
}

/* True if the SSL can go on after a call that returned ret. */
static bool may_go_on(SSL *ssl, int ret, int *error)
{
    *error = SSL_get_error(ssl, ret);
    return *error == SSL_ERROR_NONE || *error == SSL_ERROR_WANT_READ ||
           *error == SSL_ERROR_WANT_WRITE || *error == SSL_ERROR_WANT_ASYNC ||
           *error == SSL_ERROR_WANT_RETRY_VERIFY;
}

/* The number of the provider's library is assigned at run time, so compare its name. */
static bool of_provider(unsigned long error)
{
    const char *library = ERR_SYSTEM_ERROR(error) ? NULL : ERR_lib_error_string(error);

    return library != NULL && strcmp(library, "pinning") == 0 &&
           ERR_reason_error_string(error) != NULL;
}

/* The data of the first error is the whole text of a refusal, which nginx and others print. */
static bool is_refusal_text(const char *data)
{
    const char *end = strstr(data, "; see: pinctl ");

    return strncmp(data, "pinning[P", 9) == 0 && strlen(data) < 1000 && end != NULL &&
           strchr(end + 1, ';') == NULL;
}

void atk_read_errors(struct atk_pair *pair)
{
    const char *data;
    int flags;

    for (unsigned long error; (error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0;) {
        if (data != NULL && (flags & ERR_TXT_STRING) != 0 && is_refusal_text(data))
            pair->refusal_text = true;
        if (pair->provider_error || !of_provider(error))
            continue;
        pair->provider_error = true;
        pair->provider_reason = (unsigned)ERR_GET_REASON(error);
    }
}

static void read_queue(struct atk_pair *pair)
{
    pair->first_error = ERR_peek_error();
    atk_read_errors(pair);
}

void atk_client_result(struct atk_pair *pair, int ret)
{
    int error;

    if (ret > 0) {
        pair->stray = pair->stray || ERR_peek_error() != 0;
    } else if (!may_go_on(pair->client, ret, &error) && !pair->client_dead) {
        pair->client_dead = true;
        pair->client_error = error;
        read_queue(pair);
    }
}

static void step_client(struct atk_pair *pair, bool *asked, bool data)
{
    SSL *ssl = pair->client;
    char buffer[256];
    size_t done = 0;
    int ret;

    ERR_clear_error();
    if (pair->early && !pair->early_sent) {
        ret = SSL_write_early_data(ssl, question, sizeof question, &done);
        atk_client_result(pair, ret);
        pair->early_sent = ret > 0;
        return;
    }
    if (!pair->client_up && !pair->client_dead) {
        ret = SSL_do_handshake(ssl);
        atk_client_result(pair, ret);
        pair->client_up = ret == 1;
    }
    if (!data || (!pair->client_up && !pair->client_dead))
        return;
    /* Also after a failure, because a careless program does not look at it. */
    if (!*asked) {
        ERR_clear_error();
        ret = SSL_write(ssl, question, sizeof question);
        atk_client_result(pair, ret);
        *asked = ret > 0;
    }
    ERR_clear_error();
    ret = SSL_read(ssl, buffer, sizeof buffer);
    atk_client_result(pair, ret);
    if (ret > 0)
        pair->client_got += (size_t)ret;
}

enum { READING_EARLY, READ_EARLY };

/* Early data comes before the handshake is complete. */
static bool read_early(struct atk_pair *pair)
{
    char buffer[256];
    int error;

    while (pair->early && pair->server_early == READING_EARLY) {
        size_t got = 0;
        int ret = SSL_read_early_data(pair->server, buffer, sizeof buffer, &got);
        pair->early_got += got;
        if (ret == SSL_READ_EARLY_DATA_FINISH)
            pair->server_early = READ_EARLY;
        if (ret == SSL_READ_EARLY_DATA_ERROR) {
            pair->server_dead = !may_go_on(pair->server, 0, &error);
            return false;
        }
    }
    return true;
}

static void step_server(struct atk_pair *pair, bool *answered, bool data)
{
    SSL *ssl = pair->server;
    char buffer[256];
    int ret, error;

    ERR_clear_error();
    if (pair->server_dead || !read_early(pair))
        return;
    if (!pair->server_up) {
        ret = SSL_do_handshake(ssl);
        pair->server_up = ret == 1;
        pair->server_dead = !may_go_on(ssl, ret, &error);
        atk_read_errors(pair); /* where the server refuses */
    }
    if (!data || !pair->server_up)
        return;
    /* Reads first, because the data may begin another handshake. */
    ret = SSL_read(ssl, buffer, sizeof buffer);
    if (ret > 0)
        pair->server_got += (size_t)ret;
    if (!*answered && !SSL_in_init(ssl))
        *answered = SSL_write(ssl, answer, sizeof answer) > 0;
}

/* More rounds than any handshake takes; after a failure enough for what is in flight. */
static void pump(struct atk_pair *pair, bool data)
{
    bool asked = false, answered = false;
    int after = 4;

    for (int i = 0; i < 60 && after > 0; i++) {
        step_client(pair, &asked, data);
        step_server(pair, &answered, data);
        bool over = data ? pair->client_got > 0 && pair->server_got > 0
                         : pair->client_up && pair->server_up;
        if (over || pair->client_dead || pair->server_dead)
            after--;
    }
    ERR_clear_error();
}

void atk_talk(struct atk_pair *pair)
{
    pump(pair, true);
}

bool atk_shake(struct atk_pair *pair)
{
    pump(pair, false);
    return pair->client_up;
}

void atk_close(struct atk_pair *pair)
{
    if (pair->client_up && !pair->client_dead)
        SSL_shutdown(pair->client);
    if (pair->server_up && !pair->server_dead)
        SSL_shutdown(pair->server);
    SSL_free(pair->client);
    SSL_free(pair->server);
    pair->client = pair->server = NULL;
    ERR_clear_error();
}
