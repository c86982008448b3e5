/* peers.c - both ends, their handshakes, and the table of cases. */
#include "peers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOME (ATK_TLS12 | ATK_TLS13)

/* ---- the SSL_CTXs ---- */

static void open_plain(struct fixture *s)
{
    s->ends = (struct ends){atk_client(s->run), atk_server(s->run, s->id)};
}

static void open_yes(struct fixture *s)
{
    open_plain(s);
    SSL_CTX_set_cert_verify_callback(s->ends.client, atk_accept_all, NULL);
}

static void open_in_context(struct fixture *s)
{
    s->ends.client = atk_client_in(s->run, s->libctx);
    s->ends.server = atk_server_in(s->run, s->libctx, s->id);
    atk_own_ctx(s->ends.client);
    atk_own_ctx(s->ends.server);
}

static X509_CRL *new_list(X509 *issuer, unsigned key)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = X509_gmtime_adj(NULL, -86400), *to = X509_gmtime_adj(NULL, 86400);

    ATK_NEED(crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2));
    ATK_NEED(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
    ATK_NEED(X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, to));
    ATK_NEED(X509_CRL_sort(crl) && X509_CRL_sign(crl, pki_key(key), EVP_sha256()));
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return crl;
}

static void open_with_lists(struct fixture *s)
{
    X509_CRL *lists[] = {new_list(atk_root(), ATK_ROOT_KEY),
                         new_list(fixture_ca(), FIXTURE_CA_KEY)};

    open_plain(s);
    X509_STORE *store = SSL_CTX_get_cert_store(s->ends.client);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        ATK_NEED(X509_STORE_add_crl(store, lists[i]));
        X509_CRL_free(lists[i]);
    }
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(s->ends.client), X509_V_FLAG_CRL_CHECK);
}

/* The server is the one to be protected. */
static void open_asking(struct fixture *s)
{
    s->ends = (struct ends){atk_client(s->run),
                            atk_server(s->run, atk_named("DNS:server.test", FIXTURE_CA_KEY))};
    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(s->ends.server), atk_root()));
    SSL_CTX_set_verify(s->ends.server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    ATK_NEED(SSL_CTX_use_cert_and_key(s->ends.client, s->id.cert, s->id.key, NULL, 1) == 1);
}

/* ---- sessions ---- */

static void open_for_sessions(struct fixture *s)
{
    s->ends = sessions_ends(s->run, s->id);
}

/* Gets a session while it is allowed; the impostor's is stale when it is offered. */
static void get_session(struct fixture *s)
{
    sessions_pin_before(s->run, PIN_NEW);
    s->session = sessions_get(s->run, &s->ends, ATK_HOST);
    sessions_pin_after(s->run, PIN_NEW);
}

static void pinned_ca_later(struct fixture *s)
{
    s->session = sessions_get(s->run, &s->ends, ATK_HOST);
    fixture_by_ca(s);
}

/* ---- the handshake ---- */

static void talk(struct fixture *s)
{
    atk_talk(&s->pair);
    atk_close(&s->pair);
}

static void exchange(struct fixture *s)
{
    atk_open(s->run, &s->pair, s->ends.client, s->ends.server);
    talk(s);
}

static void exchange_nameless(struct fixture *s)
{
    atk_open_to(s->run, &s->pair, s->ends.client, s->ends.server, NULL);
    talk(s);
}

static void exchange_server(struct fixture *s)
{
    atk_open_to(s->run, &s->pair, s->ends.client, s->ends.server, "server.test");
    talk(s);
}

static void exchange_address(struct fixture *s)
{
    atk_open_to(s->run, &s->pair, s->ends.client, s->ends.server, NULL);
    ATK_NEED(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->pair.client), FIXTURE_ADDRESS));
    talk(s);
}

/* The program accepts several hosts, of which the certificate has one. */
static void exchange_one_of_several(struct fixture *s)
{
    atk_open_to(s->run, &s->pair, s->ends.client, s->ends.server, NULL);
    X509_VERIFY_PARAM *param = SSL_get0_param(s->pair.client);
    ATK_NEED(X509_VERIFY_PARAM_add1_host(param, "other.test", 0) &&
             X509_VERIFY_PARAM_add1_host(param, "192.0.2.1", 0) &&
             X509_VERIFY_PARAM_add1_host(param, ATK_HOST, 0));
    talk(s);
}

/* Makes both ends of a TCP connection within this process. */
static void connect_pair(int fds[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ATK_NEED(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 1) == 0);
    ATK_NEED(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ATK_NEED(connect(fds[0], (struct sockaddr *)&at, sizeof at) == 0);
    fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ATK_NEED(fds[1] >= 0 && close(listener) == 0);
    for (int i = 0; i < 2; i++)
        ATK_NEED(fcntl(fds[i], F_SETFL, O_NONBLOCK) == 0 &&
                 setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0);
}

static void exchange_at_socket(struct fixture *s)
{
    int fds[2];

    atk_open_to(s->run, &s->pair, s->ends.client, s->ends.server, NULL);
    connect_pair(fds);
    ATK_NEED(SSL_set_fd(s->pair.client, fds[0]) && SSL_set_fd(s->pair.server, fds[1]));
    talk(s);
    close(fds[0]);
    close(fds[1]);
}

static void resume(struct fixture *s)
{
    atk_open(s->run, &s->pair, s->ends.client, s->ends.server);
    ATK_NEED(SSL_set_session(s->pair.client, s->session));
    talk(s);
}

static void resume_early(struct fixture *s)
{
    atk_open(s->run, &s->pair, s->ends.client, s->ends.server);
    ATK_NEED(SSL_set_session(s->pair.client, s->session));
    s->pair.early = true;
    talk(s);
}

/* In the case of a foreign file MAY_BE_EMPTY is needed because an empty uid_map is that of a user
 * namespace without a map, where such files are safe. */
#define PLAIN open_plain, NULL, exchange
const struct peer peers[] = {
    {"key pin", EITHER, SOME, fixture_by_key, PLAIN, NULL, 0},
    {"ca pin", EITHER, SOME, fixture_by_ca, PLAIN, NULL, 0},
    {"ca pin, revocation lists", EITHER, ATK_TLS13, fixture_by_ca, open_with_lists, NULL, exchange,
     NULL, 0},
    {"default file", EITHER, ATK_TLS13, fixture_by_default, PLAIN, NULL, BY_PIPE},
    {"file of a parent", EITHER, ATK_TLS13, fixture_by_parent, PLAIN, NULL, BY_SOCKET},
    {"not pinned", HONEST, ATK_TLS13, fixture_unpinned, PLAIN, NULL, 0},
    {"not pinned, refused", IMPOSTOR, ATK_TLS13, fixture_unpinned_refused, PLAIN, NULL, NEVER},
    {"others may write", EITHER, ATK_TLS13, fixture_writable, PLAIN, NULL, NEVER},
    {"foreign file", EITHER, ATK_TLS13, fixture_foreign, PLAIN, NULL, NEVER | MAY_BE_EMPTY},
    {"session", EITHER, SOME, fixture_not_pinned_yet, open_for_sessions, get_session, resume, NULL,
     0},
    {"session, ca pin", EITHER, ATK_TLS13, fixture_by_ca_later, open_for_sessions, pinned_ca_later,
     resume, NULL, 0},
    {"early data", EITHER, ATK_TLS13, fixture_not_pinned_yet, open_for_sessions, get_session,
     resume_early, NULL, 0},
    {"nameless, by certificate", EITHER, ATK_TLS13, fixture_by_key, open_plain, NULL,
     exchange_nameless, NULL, 0},
    {"nameless, _nameless", EITHER, ATK_TLS13, fixture_by_nameless, open_plain, NULL,
     exchange_nameless, NULL, 0},
    {"nameless, by socket", EITHER, ATK_TLS13, fixture_by_key_of_socket, open_plain, NULL,
     exchange_at_socket, NULL, 0},
    {"address", EITHER, ATK_TLS13, fixture_by_key_of_address, open_plain, NULL, exchange_address,
     NULL, 0},
    {"address, ca pin", EITHER, ATK_TLS13, fixture_by_ca_of_address, open_plain, NULL,
     exchange_address, NULL, 0},
    {"one of several", EITHER, ATK_TLS13, fixture_by_key, open_plain, NULL, exchange_one_of_several,
     NULL, 0},
    {"verify callback replaced", EITHER, SOME, fixture_by_key, open_yes, NULL, exchange, NULL, 0},
    {"client of a server", EITHER, SOME, fixture_by_certificate_of_client, open_asking, NULL,
     exchange_server, "clients", 0},
    {"strict", EITHER, ATK_TLS13, fixture_by_key, PLAIN, "strict", 0},
    {"context of its own", EITHER, ATK_TLS13, fixture_by_key, open_in_context, NULL, exchange, NULL,
     OWN_CONTEXT},
    {"context of its own, made default", EITHER, ATK_TLS13, fixture_by_key, open_in_context, NULL,
     exchange, NULL, OWN_CONTEXT | MADE_DEFAULT},
};
const size_t peer_count = sizeof peers / sizeof peers[0];
