/* Sessions: OpenSSL checks nothing of one that is resumed, no chain, no name, no pin. */
#include "groups.h"

#include <pthread.h>
#include <string.h>

/* ---- what happened to the pins since ---- */

enum change { PIN_NEW, KEY_REPLACED, FILE_REPLACED, REPORT_BEFORE, STORE_REPORT_BEFORE, LAPSED };

static void date_in(int days, char out[static 16])
{
    time_t then = time(NULL) + (time_t)days * PKI_DAY_IN_SECS;
    struct tm tm;

    BAT_NEED(strftime(out, 16, "%Y-%m-%d", gmtime_r(&then, &tm)) > 0);
}

/* A file under which whoever it is gets through. */
static void before(struct bat *b, enum change change)
{
    X509 *cert = bat_who(b).cert;
    char day[16];

    date_in(40, day);
    if (change == KEY_REPLACED || change == FILE_REPLACED)
        bat_store(b, BAT_HOST ".pins", "key = %s\n", bat_key_pin(cert));
    if (change == LAPSED)
        bat_store(b, BAT_HOST ".pins", "key = %s until %s\n", bat_key_pin(cert), day);
    if (change == REPORT_BEFORE)
        bat_store(b, BAT_HOST ".pins", "mode = report\nkey = %s\n", bat_key_pin(bat_true().cert));
    if (change == STORE_REPORT_BEFORE) {
        bat_store(b, "_store", "mode = report\n");
        bat_pin(b);
    }
}

/* One under which only the true one does. */
static void after(struct bat *b, enum change change)
{
    char day[16];

    if (change == FILE_REPLACED)
        bat_store_remove(b, BAT_HOST ".pins");
    if (change == STORE_REPORT_BEFORE)
        bat_store(b, "_store", "# enforce\n");
    bat_pin(b);
    date_in(b->honest ? 40 : -1, day);
    if (change == LAPSED)
        bat_store(b, BAT_HOST ".pins", "key = %s until %s\n", bat_key_pin(bat_who(b).cert), day);
}

/* ---- where the session was in the meantime ---- */

enum carrier {
    MEMORY,
    DISK,       /* and back: of the chain only the leaf is left */
    DISK_NO_ID, /* an empty id; before TLS 1.3 OpenSSL's client fails by itself with such a one */
    CARRIER = 15,
    STATEFUL = 16, /* no ticket: the server remembers it by its id */
    FIXED = 32     /* a client method of one version */
};
#define WAY(carrier, change) ((carrier) | (change) << 8)
#define CHANGE(b)            ((enum change)((b)->row->arg >> 8))

static SSL_SESSION *carry(SSL_SESSION *session, enum carrier carrier)
{
    unsigned char *der = NULL;
    int len = i2d_SSL_SESSION(session, &der);
    const unsigned char *at = der;

    if (carrier != MEMORY) {
        BAT_NEED(len > 0);
        SSL_SESSION_free(session);
        session = d2i_SSL_SESSION(NULL, &at, len);
        BAT_NEED(session != NULL);
        if (carrier == DISK_NO_ID)
            BAT_NEED(SSL_SESSION_set1_id(session, (const unsigned char *)"", 0));
    }
    OPENSSL_free(der);
    return session;
}

struct ends {
    SSL_CTX *client, *server;
};

static struct ends new_ends(struct bat *b, struct bat_id id)
{
    struct ends ends = {bat_client(b), bat_server(b, id)};

    SSL_CTX_set_session_cache_mode(ends.client, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_set_max_early_data(ends.server, 1000);
    SSL_CTX_set_options(ends.server, SSL_OP_NO_ANTI_REPLAY);
    if ((b->row->arg & STATEFUL) != 0)
        SSL_CTX_set_options(ends.server, SSL_OP_NO_TICKET);
    return ends;
}

/* A session of a connection in which all went well. */
static SSL_SESSION *get_session(struct bat *b, const struct ends *ends, const char *host)
{
    struct bat_pair pair;

    bat_open_to(b, &pair, ends->client, ends->server, host);
    bat_talk(&pair);
    BAT_NEED(pair.client_got > 0 && pair.server_got > 0);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    BAT_NEED(session != NULL && SSL_SESSION_is_resumable(session));
    bat_close(&pair);
    return carry(session, (enum carrier)(b->row->arg & CARRIER));
}

/* Offers it. An honest one must be taken, where it must. */
static void resume(struct bat *b, const struct ends *ends, SSL_SESSION *session, bool must)
{
    struct bat_pair pair;

    bat_open(b, &pair, ends->client, ends->server);
    BAT_NEED(SSL_set_session(pair.client, session));
    bat_talk(&pair);
    bat_expect(b, &pair);
    if (b->honest && must && !SSL_session_reused(pair.client))
        bat_fail(b, "the session of an honest peer was not resumed");
    bat_close(&pair);
    SSL_SESSION_free(session);
}

/* The server is the same as before, and still has the keys of its tickets. */
static void stale(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));

    before(b, CHANGE(b));
    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    after(b, CHANGE(b));
    resume(b, &ends, session, true);
}

/* ---- ways to offer it ---- */

static struct bat_id two_hosts(const struct bat *b)
{
    return bat_named("DNS:" BAT_HOST ",DNS:other.test", b->honest ? BAT_TRUE_KEY : BAT_FALSE_KEY);
}

/* It comes from a host that is not pinned. */
static void other_host(struct bat *b)
{
    struct ends ends = new_ends(b, two_hosts(b));

    bat_pin(b);
    resume(b, &ends, get_session(b, &ends, "other.test"), false);
}

static void other_ctx(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));

    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    after(b, PIN_NEW);
    ends.client = bat_client(b);
    resume(b, &ends, session, true);
}

static void retried_hello(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));

    BAT_NEED(SSL_CTX_set1_groups_list(ends.client, "P-256:P-384"));
    BAT_NEED(SSL_CTX_set1_groups_list(ends.server, "P-384"));
    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    after(b, PIN_NEW);
    resume(b, &ends, session, true);
}

static void early(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));
    struct bat_pair pair;

    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    after(b, PIN_NEW);
    bat_open(b, &pair, ends.client, ends.server);
    BAT_NEED(SSL_set_session(pair.client, session));
    pair.early = true;
    bat_talk(&pair);
    bat_expect(b, &pair);
    if (b->honest && pair.early_got == 0)
        bat_fail(b, "early data of an honest connection did not arrive");
    if (!b->honest && pair.first_error == 0)
        bat_fail(b, "the connection was lost without a word");
    bat_close(&pair);
    SSL_SESSION_free(session);
}

/* Something had the SSL looked at while it did not yet name its host. */
static void early_after_look(struct bat *b)
{
    struct ends ends =
        new_ends(b, b->honest ? two_hosts(b) : bat_named("DNS:unpinned.test", BAT_FALSE_KEY));
    struct bat_pair pair;

    SSL_SESSION *session = get_session(b, &ends, NULL);
    bat_store(b, "other.test.pins", "key = %s\n", bat_key_pin(bat_true().cert));
    bat_open_to(b, &pair, ends.client, ends.server, NULL);
    BAT_NEED(SSL_set_session(pair.client, session));
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(pair.client));
    if (b->row->arg == 0)
        BAT_NEED(SSL_set1_host(pair.client, "other.test"));
    else
        BAT_NEED(SSL_set_tlsext_host_name(pair.client, "other.test"));
    pair.early = true;
    bat_talk(&pair);
    bat_expect(b, &pair);
    bat_close(&pair);
    SSL_SESSION_free(session);
}

/* The pin comes while the handshake is under way: after our look, before the server agrees. */
static void changed_underway(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));
    struct bat_pair pair;

    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    bat_open(b, &pair, ends.client, ends.server);
    BAT_NEED(SSL_set_session(pair.client, session));
    (void)SSL_do_handshake(pair.client);
    after(b, PIN_NEW);
    bat_talk(&pair);
    bat_expect(b, &pair);
    if (b->honest && !SSL_session_reused(pair.client))
        bat_fail(b, "the session of an honest peer was not resumed");
    bat_close(&pair);
    SSL_SESSION_free(session);
}

/* The client begins anew within the connection, with the session of its beginning. */
static void renegotiated(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));
    struct bat_pair pair;

    SSL_CTX_set_options(ends.server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    bat_open(b, &pair, ends.client, ends.server);
    bat_talk(&pair);
    BAT_NEED(pair.client_got > 0 && pair.server_got > 0);
    after(b, PIN_NEW);
    BAT_NEED(SSL_renegotiate_abbreviated(pair.client));
    pair.client_up = pair.server_up = false;
    pair.client_got = pair.server_got = 0;
    (void)SSL_do_handshake(pair.client);
    bat_talk(&pair);
    bat_expect(b, &pair);
    if (pair.client_got > 0)
        BAT_NEED(SSL_num_renegotiations(pair.client) == 1);
    bat_close(&pair);
}

/* One session, many threads, each with an SSL of its own. */
#define THREADS 8
struct worker {
    struct bat b;
    const struct ends *ends;
    SSL_SESSION *session;
};

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (int i = 0; i < 5; i++) {
        BAT_NEED(SSL_SESSION_up_ref(worker->session));
        resume(&worker->b, worker->ends, worker->session, false);
    }
    return NULL;
}

static void threads(struct bat *b)
{
    struct ends ends = new_ends(b, bat_who(b));
    struct worker workers[THREADS];
    pthread_t ids[THREADS];

    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    after(b, PIN_NEW);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){*b, &ends, session};
        BAT_NEED(pthread_create(&ids[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        BAT_NEED(pthread_join(ids[i], NULL) == 0);
        b->met += workers[i].b.met;
        b->failed = b->failed || workers[i].b.failed;
        b->leaked = b->leaked || workers[i].b.leaked;
    }
    SSL_SESSION_free(session);
}

/* ---- sessions without a peer ---- */

static void anonymous(struct bat *b)
{
    struct ends ends = new_ends(b, (struct bat_id){0});
    const char *list = "AECDH-AES128-SHA:@SECLEVEL=0";

    if (!SSL_CTX_set_cipher_list(ends.client, list) || !SSL_CTX_set_cipher_list(ends.server, list))
        bat_skip("this OpenSSL does not have the suite");
    SSL_SESSION *session = get_session(b, &ends, BAT_HOST);
    bat_pin(b);
    resume(b, &ends, session, false);
}

/* ---- honest ---- */

/* With pins of another kind it goes on as well; a ca pin where the chain is still known. */
static void kinds(struct bat *b)
{
    struct ends ends = new_ends(b, bat_true());
    const char *kind = (b->row->arg & CARRIER) == MEMORY ? "ca" : "cert";
    X509 *cert = (b->row->arg & CARRIER) == MEMORY ? bat_root() : bat_true().cert;
    const char *pin = (b->row->arg & CARRIER) == MEMORY ? bat_key_pin(cert) : bat_cert_pin(cert);

    bat_store(b, BAT_HOST ".pins", "%s = %s\n", kind, pin);
    resume(b, &ends, get_session(b, &ends, BAT_HOST), true);
}

/* Without the chain a ca pin cannot be proven: a full handshake, of which nobody sees anything. */
static void ca_of_disk(struct bat *b)
{
    struct ends ends = new_ends(b, bat_true());

    bat_store(b, BAT_HOST ".pins", "ca = %s\n", bat_key_pin(bat_root()));
    resume(b, &ends, get_session(b, &ends, BAT_HOST), false);
}

/* The server has a new key since, and the pins are those of the new one. The keys of its tickets
 * are the old ones: it would agree to resume. */
static struct ends renew(struct bat *b, SSL_SESSION **session)
{
    struct ends ends = new_ends(b, bat_false());
    struct bat_id id = bat_true();

    *session = get_session(b, &ends, BAT_HOST);
    BAT_NEED(SSL_CTX_use_cert_and_key(ends.server, id.cert, id.key, NULL, 1) == 1);
    bat_pin(b);
    return ends;
}

static void renewed(struct bat *b)
{
    SSL_SESSION *session;
    struct ends ends = renew(b, &session);

    resume(b, &ends, session, false);
}

/* With early data this connection is lost, but not in silence; and the next one must work. */
static void renewed_early(struct bat *b)
{
    SSL_SESSION *session;
    struct ends ends = renew(b, &session);
    struct bat_pair pair;

    bat_open(b, &pair, ends.client, ends.server);
    BAT_NEED(SSL_set_session(pair.client, session));
    pair.early = true;
    bat_talk(&pair);
    if (b->module != NULL && pair.first_error == 0)
        bat_fail(b, "the connection was lost without a word");
    bat_expect_refusal(b, &pair);
    bat_close(&pair);
    SSL_SESSION_free(session);
    bat_open(b, &pair, ends.client, ends.server);
    bat_talk(&pair);
    bat_expect_data(b, &pair);
    bat_close(&pair);
}

/* A program that could send early data, and does not, sees nothing at all. */
static void renewed_info(const SSL *ssl, int where, int ret)
{
    int *calls = SSL_get_app_data(ssl);

    (void)ret;
    *calls += (where & SSL_CB_HANDSHAKE_DONE) != 0;
}

static void renewed_with_info(struct bat *b)
{
    SSL_SESSION *session;
    struct ends ends = renew(b, &session);
    struct bat_pair pair;
    int calls = 0;

    bat_open(b, &pair, ends.client, ends.server);
    SSL_set_app_data(pair.client, &calls);
    SSL_set_info_callback(pair.client, renewed_info);
    BAT_NEED(SSL_set_session(pair.client, session));
    bat_talk(&pair);
    bat_expect(b, &pair);
    if (calls == 0 || SSL_get_info_callback(pair.client) != renewed_info)
        bat_fail(b, "the info callback of the program was called %d times", calls);
    bat_close(&pair);
    SSL_SESSION_free(session);
}

#define OLD (BAT_TLS11 | BAT_TLS12 | BAT_DTLS12)
#define STALE(name, reason, arg)                                                                   \
    {                                                                                              \
        name, stale, stale, reason, BAT_EACH, 0, 0, arg                                            \
    }
#define HONEST(name, function, versions, arg)                                                      \
    {                                                                                              \
        name, NULL, function, NULL, versions, 0, 0, arg                                            \
    }

static const struct bat_row rows[] = {
    STALE("pin is new", "P07", WAY(MEMORY, PIN_NEW)),
    STALE("pin is new, no ticket", "P07", WAY(MEMORY | STATEFUL, PIN_NEW)),
    STALE("pin is new, from disk", "P07", WAY(DISK, PIN_NEW)),
    STALE("pin is new, from disk, no ticket", "P07", WAY(DISK | STATEFUL, PIN_NEW)),
    {"pin is new, from disk, empty id", stale, stale, "P07", BAT_TLS13, 0, 0,
     WAY(DISK_NO_ID, PIN_NEW)},
    STALE("key replaced", "P07", WAY(MEMORY, KEY_REPLACED)),
    STALE("key replaced, from disk", "P07", WAY(DISK, KEY_REPLACED)),
    STALE("file removed and replaced", "P07", WAY(MEMORY, FILE_REPLACED)),
    STALE("mode was report", "P07", WAY(MEMORY, REPORT_BEFORE)),
    STALE("mode was report, from disk", "P07", WAY(DISK, REPORT_BEFORE)),
    STALE("mode of the store was report", "P07", WAY(MEMORY, STORE_REPORT_BEFORE)),
    STALE("pin has lapsed", "P08", WAY(MEMORY, LAPSED)),
    STALE("pin has lapsed, from disk", "P08", WAY(DISK, LAPSED)),
    {"another host's", other_host, other_host, "P07", BAT_EACH, 0, 0, MEMORY},
    {"another host's, from disk", other_host, other_host, "P07", BAT_EACH, 0, 0, DISK},
    {"another SSL_CTX's", other_ctx, other_ctx, "P07", BAT_EACH, 0, 0, MEMORY},
    {"several threads", threads, threads, "P07", BAT_EACH, 0, 0, MEMORY},
    {"after HelloRetryRequest", retried_hello, retried_hello, "P07", BAT_TLS13, 0, 0, MEMORY},
    {"early data", early, early, "P13", BAT_TLS13, 0, 0, MEMORY},
    {"early data, from disk", early, early, "P13", BAT_TLS13, 0, 0, DISK},
    {"early data, host named after a look", early_after_look, early_after_look, "P13", BAT_TLS13, 0,
     0, 0},
    {"early data, SNI set after a look", early_after_look, early_after_look, "P13", BAT_TLS13, 0, 0,
     MEMORY | STATEFUL},
    {"pin comes underway", changed_underway, changed_underway, "P07", BAT_EACH, 0, 0, MEMORY},
    {"renegotiation", renegotiated, renegotiated, "P07", OLD, 0, 0, MEMORY},
    {"session without a peer", anonymous, NULL, "P12", OLD, 0, 0, MEMORY},
    {"session without a peer, from disk", anonymous, NULL, "P12", OLD, 0, 0, DISK},
    HONEST("ca pin", kinds, BAT_EACH, MEMORY),
    HONEST("cert pin, from disk", kinds, BAT_EACH, DISK),
    HONEST("cert pin, from disk, no ticket", kinds, BAT_EACH, DISK | STATEFUL),
    HONEST("ca pin, from disk", ca_of_disk, BAT_EACH, DISK),
    HONEST("key renewed", renewed, BAT_EACH, MEMORY),
    HONEST("key renewed, from disk", renewed, BAT_EACH, DISK),
    HONEST("key renewed, no ticket", renewed, BAT_EACH, MEMORY | STATEFUL),
    HONEST("key renewed, info callback", renewed_with_info, BAT_EACH, MEMORY),
    {"key renewed, early data", renewed_early, NULL, "P13", BAT_TLS13, 0, 0, MEMORY},
};

const struct bat_group bat_resumption = {"resumption", rows, sizeof rows / sizeof rows[0]};
