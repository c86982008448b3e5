/* servers.c - servers with pins for their clients: the server is to be protected, the client is the
 * impostor. */
#include "groups.h"
#include "sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the store of clients ---- */

/* Called before OpenSSL is used. */
static void use_clients(struct atk_run *run, const char *lines)
{
    char path[256], all[1024];

    snprintf(path, sizeof path, "%s/clients", run->dir);
    ATK_NEED(mkdir(path, 0755) == 0);
    atk_store(run, "../clients/_store", "# empty\n");
    snprintf(all, sizeof all, "pins = %s/pins\nclients = %s\n%s", run->dir, path, lines);
    char *conf = atk_conf(run, "clients.cnf", all);
    ATK_NEED(conf != NULL && setenv("OPENSSL_CONF", conf, 1) == 0);
    free(conf);
}

static void pin_client(struct atk_run *run, const char *file, const char *before, unsigned key)
{
    char path[320];

    snprintf(path, sizeof path, "../clients/%s.pins", file);
    atk_store(run, path, "%skey = %s\n", before, atk_key_pin(ATK_CERT(.key = pki_key(key))));
}

static struct atk_id client_id(const char *cn, const char *san, unsigned key)
{
    return (struct atk_id){.cert =
                               ATK_CERT(.cn = cn, .san = san, .key = pki_key(key),
                                        .issuer = atk_root(), .issuer_key = pki_key(ATK_ROOT_KEY)),
                           .key = pki_key(key)};
}

static unsigned own_key(const struct atk_run *run)
{
    return run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY;
}

/* ---- the two ends ---- */

static SSL_CTX *asking_server(struct atk_run *run, int mode)
{
    SSL_CTX *ctx = atk_server(run, atk_true());

    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), atk_root()));
    SSL_CTX_set_verify(ctx, mode, NULL);
    return ctx;
}

static SSL_CTX *client_with(struct atk_run *run, struct atk_id id)
{
    SSL_CTX *ctx = atk_client(run);

    if (id.cert != NULL)
        ATK_NEED(SSL_CTX_use_cert_and_key(ctx, id.cert, id.key, id.above, 1) == 1);
    return ctx;
}

#define REQUIRED (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)

static void exchange_with_client(struct atk_run *run, struct atk_id id)
{
    atk_exchange(run, client_with(run, id), asking_server(run, REQUIRED));
}

/* ---- the names ---- */

static const struct {
    const char *cn, *san; /* of both clients */
    const char *file;     /* the pin file that applies to them */
    const char *before;   /* the lines before the key in it */
} client_names[] = {
    {"c", "DNS:Alice.Example.Com", "alice.example.com", ""},
    {"c", "email:Alice@Example.COM", "alice@example.com", ""},
    {"c", "DNS:a.test,email:b@a.test,DNS:c.test,DNS:alice.example.com", "alice.example.com", ""},
    {"c", "DNS:a.b.example.com", "b.example.com", "subdomains = yes\n"},
    {"c", "DNS:*.example.com", "example.com", ""},
    {"alice.example.com", NULL, "alice.example.com", ""},
    {"alice@example.com", NULL, "alice@example.com", ""},
    {"Alice", NULL, "alice", ""},
    {"alice.example.com", "DNS:other.test,email:a@other.test", "alice.example.com", ""},
    {"Alice of the Hill", "DNS:other.test", "_default", ""},
    {NULL, NULL, "_default", ""},
};

static void by_name(struct atk_run *run)
{
    unsigned i = run->test_case->arg;

    use_clients(run, "");
    pin_client(run, client_names[i].file, client_names[i].before, ATK_TRUE_KEY);
    exchange_with_client(run, client_id(client_names[i].cn, client_names[i].san, own_key(run)));
    if (!run->honest && run->module != NULL && atk_log_text(run, "\"client\":") == 0)
        atk_fail(run, "expected a record about a client, got another");
}

/* The impostor matches the pin of its own name, and has the common name of a different client. */
static void own_name_and_anothers(struct atk_run *run)
{
    use_clients(run, "");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    pin_client(run, "mallory.test", "", ATK_FALSE_KEY);
    exchange_with_client(run, client_id(run->honest ? "mallory.test" : "alice.test",
                                        "DNS:mallory.test", ATK_FALSE_KEY));
}

/* The last of them is pinned. */
static void many_names(struct atk_run *run)
{
    char san[4096] = "DNS:n0.test";
    size_t used = strlen(san);

    use_clients(run, "");
    for (int i = 1; i < 200; i++)
        used += (size_t)snprintf(san + used, sizeof san - used, ",email:n%d@n.test", i);
    pin_client(run, "n199@n.test", "", ATK_TRUE_KEY);
    exchange_with_client(run, client_id("no name at all", san, own_key(run)));
}

static void unpinned(struct atk_run *run)
{
    use_clients(run, "");
    atk_store(run, "../clients/_store", "unpinned = refuse\n");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    exchange_with_client(
        run, client_id("c", run->honest ? "DNS:alice.test" : "DNS:bob.test", ATK_TRUE_KEY));
}

/* The CA of the clients is pinned; the impostor has a certificate of a different trusted CA, and
 * appends the pinned CA's. */
static void by_ca(struct atk_run *run)
{
    enum { CA = ATK_FREE_KEY };

    use_clients(run, "");
    X509 *ca = ATK_CERT(.cn = "clients", .key = pki_key(CA), .ca = true, .issuer = atk_root(),
                        .issuer_key = pki_key(ATK_ROOT_KEY));
    atk_store(run, "../clients/_default.pins", "ca = %s\n", atk_key_pin(ca));
    struct atk_id id = {.cert = ATK_CERT(.cn = "c", .san = "DNS:alice.test", .eku = "clientAuth",
                                         .key = pki_key(ATK_TRUE_KEY),
                                         .issuer = run->honest ? ca : atk_root(),
                                         .issuer_key = pki_key(run->honest ? CA : ATK_ROOT_KEY)),
                        .key = pki_key(ATK_TRUE_KEY),
                        .above = pki_stack(PKI_CERTS(ca))};
    exchange_with_client(run, id);
}

/* ---- the store cannot be used ---- */

enum { STORE_GONE, STORE_UNSAFE };

static void bad_store(struct atk_run *run)
{
    char path[256], head[300];

    use_clients(run, "");
    snprintf(path, sizeof path, "%s/clients", run->dir);
    snprintf(head, sizeof head, "%s/_store", path);
    if (run->test_case->arg == STORE_GONE)
        ATK_NEED(unlink(head) == 0 && rmdir(path) == 0);
    else
        ATK_NEED(chmod(path, 0777) == 0);
    if (run->honest) /* a client without a certificate; for the client itself the other store
                        applies */
        atk_exchange(run, atk_client(run), asking_server(run, SSL_VERIFY_PEER));
    else
        exchange_with_client(run, client_id("c", "DNS:alice.test", ATK_TRUE_KEY));
}

/* ---- other ways ---- */

static int say_yes(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static void replaced_callback(struct atk_run *run)
{
    use_clients(run, "");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    SSL_CTX *server = asking_server(run, REQUIRED);
    SSL_CTX_set_cert_verify_callback(server, say_yes, NULL);
    atk_exchange(run, client_with(run, client_id("c", "DNS:alice.test", own_key(run))), server);
}

/* The pin changes between two connections of one client, which offers its session again. */
static void resumed(struct atk_run *run)
{
    struct atk_pair pair;

    use_clients(run, "");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    SSL_CTX *server = asking_server(run, REQUIRED);
    SSL_CTX *client = client_with(run, client_id("c", "DNS:alice.test", ATK_TRUE_KEY));
    if (run->test_case->arg)
        SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT);
    atk_open(run, &pair, client, server);
    atk_talk(&pair);
    atk_expect_data(run, &pair);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    atk_close(&pair);
    if (!run->honest)
        pin_client(run, "alice.test", "", ATK_FREE_KEY);
    sessions_resume(run, &(struct ends){client, server}, session, false);
}

/* The server issues a ticket on its own initiative; the session is judged when a client offers it.
 */
static void resumed_at_wish(struct atk_run *run)
{
    struct atk_pair pair;
    char buffer[64];

    use_clients(run, "");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    SSL_CTX *server = asking_server(run, REQUIRED);
    SSL_CTX *client = client_with(run, client_id("c", "DNS:alice.test", ATK_TRUE_KEY));
    atk_open(run, &pair, client, server);
    ATK_NEED(atk_shake(&pair));
    ATK_NEED(SSL_new_session_ticket(pair.server) && SSL_do_handshake(pair.server) == 1);
    (void)!SSL_read(pair.client, buffer, sizeof buffer);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    ATK_NEED(SSL_SESSION_is_resumable(session));
    atk_close(&pair);
    if (!run->honest)
        pin_client(run, "alice.test", "", ATK_FREE_KEY);
    sessions_resume(run, &(struct ends){client, server}, session, true);
}

/* TLS 1.3: the server requests the certificate after the handshake. */
static void asked_later(struct atk_run *run)
{
    struct atk_pair pair;
    char buffer[64];

    use_clients(run, "");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    SSL_CTX *client = client_with(run, client_id("c", "DNS:alice.test", own_key(run)));
    SSL_CTX_set_post_handshake_auth(client, 1);
    atk_open(run, &pair, client, asking_server(run, REQUIRED | SSL_VERIFY_POST_HANDSHAKE));
    ATK_NEED(atk_shake(&pair));
    ATK_NEED(SSL_verify_client_post_handshake(pair.server) == 1);
    ATK_NEED(SSL_do_handshake(pair.server) == 1);
    for (int i = 0; i < 4; i++) {
        (void)!SSL_read(pair.client, buffer, sizeof buffer);
        (void)!SSL_read(pair.server, buffer, sizeof buffer);
        atk_read_errors(&pair);
    }
    if (run->honest && SSL_get0_peer_certificate(pair.server) == NULL)
        atk_fail(run, "expected a client certificate, got none");
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* ---- one judgement and one record a handshake ---- */

enum { SAYS_YES = 1 };

/* Watches the settings of the clients' store: each judgement opens that file once. */
static int watch_settings(struct atk_run *run)
{
    char path[256];
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    snprintf(path, sizeof path, "%s/clients/_store", run->dir);
    /* The kernel merges equal events in a row, so watch the closes between the opens too. */
    ATK_NEED(watch >= 0 && inotify_add_watch(watch, path, IN_OPEN | IN_CLOSE_NOWRITE) >= 0);
    return watch;
}

static unsigned opens_seen(int watch)
{
    struct inotify_event events[64]; /* events of a watched file have no name */
    unsigned opens = 0;
    ssize_t got;

    while ((got = read(watch, events, sizeof events)) > 0)
        for (size_t i = 0; i < (size_t)got / sizeof events[0]; i++) {
            ATK_NEED(events[i].len == 0 && (events[i].mask & IN_Q_OVERFLOW) == 0);
            opens += (events[i].mask & IN_OPEN) != 0;
        }
    return opens;
}

/* Makes the calls by which s_server prints a connection; each calls the security callback. With
 * them a server once judged one client 72 times a handshake. */
static void inspect(SSL *server)
{
    int count = SSL_get_shared_sigalgs(server, 0, NULL, NULL, NULL, NULL, NULL);
    char buffer[1024];

    for (int i = 0; i < count; i++)
        (void)SSL_get_shared_sigalgs(server, i, NULL, NULL, NULL, NULL, NULL);
    for (long i = SSL_get_shared_group(server, -1) - 1; i >= 0; i--)
        (void)SSL_get_shared_group(server, (int)i);
    (void)SSL_get_shared_ciphers(server, buffer, sizeof buffer);
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(server));
}

/* Connects twice, so that one judgement a process would be found, too. */
static void count_handshakes(struct atk_run *run, struct atk_id id, unsigned records_each)
{
    unsigned judgements = 0, records = 0;
    struct atk_pair pair;
    SSL_CTX *server = asking_server(run, REQUIRED), *client = client_with(run, id);

    if ((run->test_case->arg & SAYS_YES) != 0)
        SSL_CTX_set_cert_verify_callback(server, say_yes, NULL);
    int watch = watch_settings(run);
    for (unsigned handshake = 1; handshake <= 2; handshake++) {
        atk_open(run, &pair, client, server);
        atk_talk(&pair);
        inspect(pair.server);
        atk_expect(run, &pair);
        atk_close(&pair);
        judgements += opens_seen(watch);
        records = atk_log(run, NULL, NULL);
        if (run->module != NULL && judgements != handshake)
            atk_fail(run, "judgements after handshake %u: expected %u, got %u", handshake,
                     handshake, judgements);
        if (run->module != NULL && records != handshake * records_each)
            atk_fail(run, "records after handshake %u: expected %u, got %u", handshake,
                     handshake * records_each, records);
    }
    close(watch);
}

static void judged_once(struct atk_run *run)
{
    use_clients(run, "");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    count_handshakes(run, client_id("c", "DNS:alice.test", own_key(run)), run->honest ? 0 : 1);
}

/* Report mode allows the impostor, so the handshake and its security callbacks go on. */
static void judged_once_in_report_mode(struct atk_run *run)
{
    use_clients(run, "");
    atk_store(run, "../clients/_store", "mode = report\n");
    pin_client(run, "alice.test", "", ATK_TRUE_KEY);
    count_handshakes(run, client_id("c", "DNS:alice.test", ATK_FALSE_KEY), 1);
}

/* ---- honest clients ---- */

static void shows_none(struct atk_run *run)
{
    use_clients(run, "");
    atk_store(run, "../clients/_store", "unpinned = refuse\n");
    atk_exchange(run, atk_client(run), asking_server(run, SSL_VERIFY_PEER));
}

/* Neither the host that a client asks for nor pins of servers apply to the client. */
static void names_of_the_server(struct atk_run *run)
{
    use_clients(run, "");
    pin_client(run, ATK_HOST, "", ATK_FREE_KEY);
    atk_store(run, "alice.test.pins", "key = %s\n", atk_key_pin(atk_root()));
    atk_pin(run);
    exchange_with_client(run, client_id("c", "DNS:alice.test", ATK_TRUE_KEY));
}

/* Without a store of clients sessions are resumed, and pins do not apply to clients. */
static void no_store(struct atk_run *run)
{
    struct atk_pair pair;

    atk_store(run, "alice.test.pins", "key = %s\n", atk_key_pin(atk_root()));
    SSL_CTX *server = asking_server(run, REQUIRED);
    SSL_CTX *client = client_with(run, client_id("c", "DNS:alice.test", ATK_TRUE_KEY));
    atk_open(run, &pair, client, server);
    atk_talk(&pair);
    atk_expect_data(run, &pair);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    atk_close(&pair);
    sessions_resume(run, &(struct ends){client, server}, session, true);
}

#define BY_NAME(name, i)                                                                           \
    {                                                                                              \
        name, by_name, by_name, "P07", ATK_EACH, ATK_PEER, 0, i                                    \
    }

static const struct atk_case cases[] = {
    BY_NAME("DNS name", 0),
    BY_NAME("mail address", 1),
    BY_NAME("last of several names", 2),
    BY_NAME("file of a parent", 3),
    BY_NAME("wildcard", 4),
    BY_NAME("host as common name", 5),
    BY_NAME("mail address as common name", 6),
    BY_NAME("one word as common name", 7),
    BY_NAME("common name beside other names", 8),
    BY_NAME("no file: _default", 9),
    BY_NAME("no names: _default", 10),
    {"own name and another's CN", own_name_and_anothers, own_name_and_anothers, "P07", ATK_EACH,
     ATK_PEER, 0, 0},
    {"200 names, last pinned", many_names, many_names, "P07", ATK_EACH, ATK_PEER, 0, 0},
    {"unpinned = refuse", unpinned, unpinned, "P09", ATK_EACH, ATK_PEER, 0, 0},
    {"pinned CA appended", by_ca, by_ca, "P07", ATK_EACH, ATK_PEER, 0, 0},
    {"store missing", bad_store, bad_store, "P02", ATK_EACH, ATK_PEER, 0, STORE_GONE},
    {"store unsafe", bad_store, bad_store, "P04", ATK_EACH, ATK_PEER, 0, STORE_UNSAFE},
    {"verify callback replaced", replaced_callback, replaced_callback, "P07", ATK_EACH, ATK_PEER, 0,
     0},
    {"session of a ticket, pin changed", resumed, resumed, "P07", ATK_EACH, ATK_PEER, 0, 0},
    {"session of the cache, pin changed", resumed, resumed, "P07", ATK_EACH, ATK_PEER, 0, 1},
    {"session of a ticket at wish, pin changed", resumed_at_wish, resumed_at_wish, "P07", ATK_TLS13,
     ATK_PEER, 0, 0},
    {"post-handshake authentication", asked_later, asked_later, "P07", ATK_TLS13, ATK_PEER, 0, 0},
    {"one judgement a handshake", judged_once, judged_once, "P07", ATK_EACH, ATK_PEER, 0, 0},
    {"one judgement a handshake, callback replaced", judged_once, judged_once, "P07", ATK_EACH,
     ATK_PEER, 0, SAYS_YES},
    {"one judgement a handshake, mode = report", NULL, judged_once_in_report_mode, NULL, ATK_EACH,
     ATK_PEER, 0, 0},
    {"one judgement a handshake, mode = report, callback replaced", NULL,
     judged_once_in_report_mode, NULL, ATK_EACH, ATK_PEER, 0, SAYS_YES},
    {"no certificate", NULL, shows_none, NULL, ATK_EACH, ATK_PEER, 0, 0},
    {"names of the server", NULL, names_of_the_server, NULL, ATK_EACH, ATK_PEER, 0, 0},
    {"no store of clients", NULL, no_store, NULL, ATK_EACH, ATK_PEER, 0, 0},
};

const struct atk_group atk_servers = {"servers", cases, sizeof cases / sizeof cases[0]};
