/* renewal.c - sessions of honest peers: they are resumed, and where one cannot be, the program does
 * not notice. */
#include "groups.h"
#include "sessions.h"

/* Pins of other kinds allow resumption too; a ca pin if the chain is still known. */
static void kinds(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_true());
    const char *kind = (run->test_case->arg & CARRIER) == MEMORY ? "ca" : "cert";
    X509 *cert = (run->test_case->arg & CARRIER) == MEMORY ? atk_root() : atk_true().cert;
    const char *pin =
        (run->test_case->arg & CARRIER) == MEMORY ? atk_key_pin(cert) : atk_cert_pin(cert);

    atk_store(run, ATK_HOST ".pins", "%s = %s\n", kind, pin);
    sessions_resume(run, &ends, sessions_get(run, &ends, ATK_HOST), true);
}

/* Without the chain a ca pin cannot be validated: a full handshake follows. */
static void ca_of_disk(struct atk_run *run)
{
    struct ends ends = sessions_ends(run, atk_true());

    atk_store(run, ATK_HOST ".pins", "ca = %s\n", atk_key_pin(atk_root()));
    sessions_resume(run, &ends, sessions_get(run, &ends, ATK_HOST), false);
}

/* The server's key was renewed, and the new one is pinned. The server kept its ticket keys, so it
 * would resume the old session. */
static struct ends renew(struct atk_run *run, SSL_SESSION **session)
{
    struct ends ends = sessions_ends(run, atk_false());
    struct atk_id id = atk_true();

    *session = sessions_get(run, &ends, ATK_HOST);
    ATK_NEED(SSL_CTX_use_cert_and_key(ends.server, id.cert, id.key, NULL, 1) == 1);
    atk_pin(run);
    return ends;
}

static void renewed(struct atk_run *run)
{
    SSL_SESSION *session;
    struct ends ends = renew(run, &session);

    sessions_resume(run, &ends, session, false);
}

/* With early data this connection is lost, with a reason; the next one must work. */
static void renewed_early(struct atk_run *run)
{
    SSL_SESSION *session;
    struct ends ends = renew(run, &session);
    struct atk_pair pair;

    atk_open(run, &pair, ends.client, ends.server);
    ATK_NEED(SSL_set_session(pair.client, session));
    pair.early = true;
    atk_talk(&pair);
    if (run->module != NULL && pair.first_error == 0)
        atk_fail(run, "expected the reason in the error queue, got none");
    atk_expect_refusal(run, &pair);
    atk_close(&pair);
    SSL_SESSION_free(session);
    atk_open(run, &pair, ends.client, ends.server);
    atk_talk(&pair);
    atk_expect_data(run, &pair);
    atk_close(&pair);
}

/* A program that could send early data, and does not, notices nothing. */
static void renewed_info(const SSL *ssl, int where, int ret)
{
    int *calls = SSL_get_app_data(ssl);

    (void)ret;
    *calls += (where & SSL_CB_HANDSHAKE_DONE) != 0;
}

static void renewed_with_info(struct atk_run *run)
{
    SSL_SESSION *session;
    struct ends ends = renew(run, &session);
    struct atk_pair pair;
    int calls = 0;

    atk_open(run, &pair, ends.client, ends.server);
    SSL_set_app_data(pair.client, &calls);
    SSL_set_info_callback(pair.client, renewed_info);
    ATK_NEED(SSL_set_session(pair.client, session));
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (calls == 0 || SSL_get_info_callback(pair.client) != renewed_info)
        atk_fail(run,
                 "expected the program's info callback at the end of the handshake, got %d calls",
                 calls);
    atk_close(&pair);
    SSL_SESSION_free(session);
}

#define HONEST(name, function, versions, arg)                                                      \
    {                                                                                              \
        name, NULL, function, NULL, versions, 0, 0, arg                                            \
    }

static const struct atk_case cases[] = {
    HONEST("ca pin", kinds, ATK_EACH, MEMORY),
    HONEST("cert pin, from disk", kinds, ATK_EACH, DISK),
    HONEST("cert pin, from disk, no ticket", kinds, ATK_EACH, DISK | STATEFUL),
    HONEST("ca pin, from disk", ca_of_disk, ATK_EACH, DISK),
    HONEST("key renewed", renewed, ATK_EACH, MEMORY),
    HONEST("key renewed, from disk", renewed, ATK_EACH, DISK),
    HONEST("key renewed, no ticket", renewed, ATK_EACH, MEMORY | STATEFUL),
    HONEST("key renewed, info callback", renewed_with_info, ATK_EACH, MEMORY),
    {"key renewed, early data", renewed_early, NULL, "P13", ATK_TLS13, 0, 0, MEMORY},
};

const struct atk_group atk_renewal = {"renewal", cases, sizeof cases / sizeof cases[0]};
