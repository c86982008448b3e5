/* resumption.c - stale sessions. OpenSSL checks nothing when it resumes one: no chain, no name, no
 * pin. */
#include "groups.h"
#include "sessions.h"

#include <pthread.h>

/* The server is the same as before and still has its ticket keys. */
static void stale(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));

    sessions_pin_before(run, CHANGE(run));
    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    sessions_pin_after(run, CHANGE(run));
    sessions_resume(run, &ends, session, true);
}

/* ---- ways to offer a session ---- */

static struct atk_id two_hosts(const struct atk_run *run)
{
    return atk_named("DNS:" ATK_HOST ",DNS:other.test", run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY);
}

/* The session is of a host that is not pinned. */
static void other_host(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, two_hosts(run));

    atk_pin(run);
    sessions_resume(run, &ends, sessions_get(run, &ends, "other.test"), false);
}

static void other_ctx(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));

    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    sessions_pin_after(run, PIN_NEW);
    ends.client = atk_client(run);
    sessions_resume(run, &ends, session, true);
}

static void retried_hello(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));

    ATK_NEED(SSL_CTX_set1_groups_list(ends.client, "P-256:P-384"));
    ATK_NEED(SSL_CTX_set1_groups_list(ends.server, "P-384"));
    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    sessions_pin_after(run, PIN_NEW);
    sessions_resume(run, &ends, session, true);
}

static void early(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));
    struct atk_pair pair;

    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    sessions_pin_after(run, PIN_NEW);
    atk_open(run, &pair, ends.client, ends.server);
    ATK_NEED(SSL_set_session(pair.client, session));
    pair.early = true;
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (run->honest && pair.early_got == 0)
        atk_fail(run, "expected early data of an honest connection to arrive, got none");
    if (!run->honest && pair.first_error == 0)
        atk_fail(run, "expected the reason in the error queue, got none");
    atk_close(&pair);
    SSL_SESSION_free(session);
}

/* A call triggered the pre-handshake check before the program named its host. */
static void early_after_lookup(struct atk_run *run)
{
    struct ends ends = sessions_ends(
        run, run->honest ? two_hosts(run) : atk_named("DNS:unpinned.test", ATK_FALSE_KEY));
    struct atk_pair pair;

    SSL_SESSION *session = sessions_get(run, &ends, NULL);
    atk_store(run, "other.test.pins", "key = %s\n", atk_key_pin(atk_true().cert));
    atk_open_to(run, &pair, ends.client, ends.server, NULL);
    ATK_NEED(SSL_set_session(pair.client, session));
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(pair.client));
    if (run->test_case->arg == 0)
        ATK_NEED(SSL_set1_host(pair.client, "other.test"));
    else
        ATK_NEED(SSL_set_tlsext_host_name(pair.client, "other.test"));
    pair.early = true;
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
    SSL_SESSION_free(session);
}

/* The pin comes during the handshake: after the pre-handshake check, before the server agrees. */
static void changed_underway(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));
    struct atk_pair pair;

    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    atk_open(run, &pair, ends.client, ends.server);
    ATK_NEED(SSL_set_session(pair.client, session));
    (void)SSL_do_handshake(pair.client);
    sessions_pin_after(run, PIN_NEW);
    sessions_end(run, &pair, session, true);
}

/* The client renegotiates with the session of the same connection. */
static void renegotiated(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));
    struct atk_pair pair;

    SSL_CTX_set_options(ends.server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    atk_open(run, &pair, ends.client, ends.server);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    sessions_pin_after(run, PIN_NEW);
    ATK_NEED(SSL_renegotiate_abbreviated(pair.client));
    pair.client_up = pair.server_up = false;
    pair.client_got = pair.server_got = 0;
    (void)SSL_do_handshake(pair.client);
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (pair.client_got > 0)
        ATK_NEED(SSL_num_renegotiations(pair.client) == 1);
    atk_close(&pair);
}

/* One session, many threads with an SSL each. */
#define THREADS 8
struct worker {
    struct atk_run run;
    const struct ends *ends;
    SSL_SESSION *session;
};

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (int i = 0; i < 5; i++) {
        ATK_NEED(SSL_SESSION_up_ref(worker->session));
        sessions_resume(&worker->run, worker->ends, worker->session, false);
    }
    return NULL;
}

static void threads(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_peer_id(run));
    struct worker workers[THREADS];
    pthread_t ids[THREADS];

    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    sessions_pin_after(run, PIN_NEW);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){*run, &ends, session};
        ATK_NEED(pthread_create(&ids[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ATK_NEED(pthread_join(ids[i], NULL) == 0);
        run->exchanges += workers[i].run.exchanges;
        run->failed = run->failed || workers[i].run.failed;
        run->leaked = run->leaked || workers[i].run.leaked;
    }
    SSL_SESSION_free(session);
}

/* ---- sessions without a peer ---- */

static void anonymous(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, (struct atk_id){0});
    const char *list = "AECDH-AES128-SHA:@SECLEVEL=0";

    if (!SSL_CTX_set_cipher_list(ends.client, list) || !SSL_CTX_set_cipher_list(ends.server, list))
        atk_skip("this OpenSSL does not have the suite");
    SSL_SESSION *session = sessions_get(run, &ends, ATK_HOST);
    atk_pin(run);
    sessions_resume(run, &ends, session, false);
}

#define OLD (ATK_TLS11 | ATK_TLS12 | ATK_DTLS12)
#define STALE(name, reason, arg)                                                                   \
    {                                                                                              \
        name, stale, stale, reason, ATK_EACH, 0, 0, arg                                            \
    }
static const struct atk_case cases[] = {
    STALE("pin is new", "P07", WAY(MEMORY, PIN_NEW)),
    STALE("pin is new, no ticket", "P07", WAY(MEMORY | STATEFUL, PIN_NEW)),
    STALE("pin is new, from disk", "P07", WAY(DISK, PIN_NEW)),
    STALE("pin is new, from disk, no ticket", "P07", WAY(DISK | STATEFUL, PIN_NEW)),
    {"pin is new, from disk, empty id", stale, stale, "P07", ATK_TLS13, 0, 0,
     WAY(DISK_NO_ID, PIN_NEW)},
    STALE("key replaced", "P07", WAY(MEMORY, KEY_REPLACED)),
    STALE("key replaced, from disk", "P07", WAY(DISK, KEY_REPLACED)),
    STALE("file removed and replaced", "P07", WAY(MEMORY, FILE_REPLACED)),
    STALE("mode was report", "P07", WAY(MEMORY, REPORT_BEFORE)),
    STALE("mode was report, from disk", "P07", WAY(DISK, REPORT_BEFORE)),
    STALE("mode of the store was report", "P07", WAY(MEMORY, STORE_REPORT_BEFORE)),
    STALE("pin has expired", "P08", WAY(MEMORY, EXPIRED)),
    STALE("pin has expired, from disk", "P08", WAY(DISK, EXPIRED)),
    {"pin is new, method of one version", stale, stale, "P07", OLD, 0, 0, WAY(FIXED, PIN_NEW)},
    {"pin is new, no ticket, method of one version", stale, stale, "P07", OLD, 0, 0,
     WAY(FIXED | STATEFUL, PIN_NEW)},
    {"session of a different host", other_host, other_host, "P07", ATK_EACH, 0, 0, MEMORY},
    {"session of a different host, from disk", other_host, other_host, "P07", ATK_EACH, 0, 0, DISK},
    {"session of another SSL_CTX", other_ctx, other_ctx, "P07", ATK_EACH, 0, 0, MEMORY},
    {"several threads", threads, threads, "P07", ATK_EACH, 0, 0, MEMORY},
    {"after HelloRetryRequest", retried_hello, retried_hello, "P07", ATK_TLS13, 0, 0, MEMORY},
    {"early data", early, early, "P13", ATK_TLS13, 0, 0, MEMORY},
    {"early data, from disk", early, early, "P13", ATK_TLS13, 0, 0, DISK},
    {"early data, host named after the check", early_after_lookup, early_after_lookup, "P13",
     ATK_TLS13, 0, 0, 0},
    {"early data, SNI set after the check", early_after_lookup, early_after_lookup, "P13",
     ATK_TLS13, 0, 0, MEMORY | STATEFUL},
    {"pin comes underway", changed_underway, changed_underway, "P07", ATK_EACH, 0, 0, MEMORY},
    {"renegotiation", renegotiated, renegotiated, "P07", OLD, 0, 0, MEMORY},
    {"session without a peer", anonymous, NULL, "P12", OLD, 0, 0, MEMORY},
    {"session without a peer, from disk", anonymous, NULL, "P12", OLD, 0, 0, DISK},
};

const struct atk_group atk_resumption = {"resumption", cases, sizeof cases / sizeof cases[0]};
