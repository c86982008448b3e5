/* sessions.c - sessions for the cases of resumption. */
#include "sessions.h"

#include <time.h>

static void date_in(int days, char out[static 16])
{
    time_t then = time(NULL) + (time_t)days * PKI_DAY_IN_SECS;
    struct tm tm;

    ATK_NEED(strftime(out, 16, "%Y-%m-%d", gmtime_r(&then, &tm)) > 0);
}

void sessions_pin_before(struct atk_run *run, enum change change)
{
    X509 *cert = atk_peer_id(run).cert;
    char day[16];

    date_in(40, day);
    if (change == KEY_REPLACED || change == FILE_REPLACED)
        atk_store(run, ATK_HOST ".pins", "key = %s\n", atk_key_pin(cert));
    if (change == EXPIRED)
        atk_store(run, ATK_HOST ".pins", "key = %s until %s\n", atk_key_pin(cert), day);
    if (change == REPORT_BEFORE)
        atk_store(run, ATK_HOST ".pins", "mode = report\nkey = %s\n", atk_key_pin(atk_true().cert));
    if (change == STORE_REPORT_BEFORE) {
        atk_store(run, "_store", "mode = report\n");
        atk_pin(run);
    }
}

void sessions_pin_after(struct atk_run *run, enum change change)
{
    char day[16];

    if (change == FILE_REPLACED)
        atk_store_remove(run, ATK_HOST ".pins");
    if (change == STORE_REPORT_BEFORE)
        atk_store(run, "_store", "# enforce\n");
    atk_pin(run);
    date_in(run->honest ? 40 : -1, day);
    if (change == EXPIRED)
        atk_store(run, ATK_HOST ".pins", "key = %s until %s\n", atk_key_pin(atk_peer_id(run).cert),
                  day);
}

static SSL_SESSION *carry(SSL_SESSION *session, enum carrier carrier)
{
    unsigned char *der = NULL;
    int len = i2d_SSL_SESSION(session, &der);
    const unsigned char *at = der;

    if (carrier != MEMORY) {
        ATK_NEED(len > 0);
        SSL_SESSION_free(session);
        session = d2i_SSL_SESSION(NULL, &at, len);
        ATK_NEED(session != NULL);
        if (carrier == DISK_NO_ID)
            ATK_NEED(SSL_SESSION_set1_id(session, (const unsigned char *)"", 0));
    }
    OPENSSL_free(der);
    return session;
}

struct ends sessions_ends(struct atk_run *run, struct atk_id id)
{
    struct ends ends = {(run->test_case->arg & FIXED) != 0 ? atk_client_fixed(run)
                                                           : atk_client(run),
                        atk_server(run, id)};

    SSL_CTX_set_session_cache_mode(ends.client, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_set_max_early_data(ends.server, 1000);
    SSL_CTX_set_options(ends.server, SSL_OP_NO_ANTI_REPLAY);
    if ((run->test_case->arg & STATEFUL) != 0)
        SSL_CTX_set_options(ends.server, SSL_OP_NO_TICKET);
    return ends;
}

SSL_SESSION *sessions_get(struct atk_run *run, const struct ends *ends, const char *host)
{
    struct atk_pair pair;

    atk_open_to(run, &pair, ends->client, ends->server, host);
    atk_talk(&pair);
    ATK_NEED(pair.client_got > 0 && pair.server_got > 0);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    ATK_NEED(session != NULL && SSL_SESSION_is_resumable(session));
    atk_close(&pair);
    return carry(session, (enum carrier)(run->test_case->arg & CARRIER));
}

void sessions_end(struct atk_run *run, struct atk_pair *pair, SSL_SESSION *session, bool must)
{
    atk_talk(pair);
    atk_expect(run, pair);
    if (run->honest && must && !SSL_session_reused(pair->client))
        atk_fail(run, "expected a resumed session, got a full handshake");
    atk_close(pair);
    SSL_SESSION_free(session);
}

void sessions_resume(struct atk_run *run, const struct ends *ends, SSL_SESSION *session, bool must)
{
    struct atk_pair pair;

    atk_open(run, &pair, ends->client, ends->server);
    ATK_NEED(SSL_set_session(pair.client, session));
    sessions_end(run, &pair, session, must);
}
