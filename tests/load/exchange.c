/* exchange.c - one handshake, and the check of its answer against the files that it can have read.
 */
#include "load.h"

#include <stdio.h>
#include <unistd.h>

#define NEW_CTXS_EVERY 50

struct test_case {
    enum host host;
    enum peer peer;
    unsigned version, mode; /* TLS 1.2, 1.3; PEER, NONE */
    bool resume;
};

struct answer {
    bool accepted, refused; /* neither: a different outcome */
    unsigned reason;
    unsigned long error;
    bool offered, resumed;
};

/* xorshift of 64 bits: good enough to mix the kinds of handshakes. */
uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 8;
}

static struct test_case draw_test_case(uint64_t *random)
{
    uint64_t number = draw(random);

    return (struct test_case){.host = number % HOSTS,
                              .peer = number >> 10 & 1,
                              .version = number >> 11 & 1,
                              .mode = number >> 12 & 1,
                              .resume = number >> 13 & 1};
}

static SSL_SESSION **place_of(struct sessions *sessions, const struct test_case *test_case)
{
    return &sessions->list[test_case->host][test_case->peer][test_case->version];
}

static SSL_SESSION *take_session(struct sessions *sessions, const struct test_case *test_case)
{
    pthread_mutex_lock(&sessions->lock);
    SSL_SESSION *session = *place_of(sessions, test_case);
    ATK_NEED(session == NULL || SSL_SESSION_up_ref(session));
    pthread_mutex_unlock(&sessions->lock);
    return session;
}

static void keep_session(struct sessions *sessions, const struct test_case *test_case, SSL *ssl)
{
    SSL_SESSION *session = SSL_get1_session(ssl);

    if (session != NULL && SSL_SESSION_is_resumable(session)) {
        pthread_mutex_lock(&sessions->lock);
        SSL_SESSION *old = *place_of(sessions, test_case);
        *place_of(sessions, test_case) = session;
        pthread_mutex_unlock(&sessions->lock);
        session = old;
    }
    SSL_SESSION_free(session);
}

static void prepare(SSL *ssl, const struct test_case *test_case)
{
    int version = test_case->version == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;

    ATK_NEED(SSL_set_min_proto_version(ssl, version) && SSL_set_max_proto_version(ssl, version));
    SSL_set_verify(ssl, test_case->mode == 0 ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
}

static struct answer handshake(struct worker *worker, const struct test_case *test_case)
{
    struct atk_run run = {.version = ATK_TLS13, .verify = SSL_VERIFY_PEER};
    struct answer answer = {0};
    struct atk_pair pair;
    SSL_SESSION *session = test_case->resume ? take_session(worker->sessions, test_case) : NULL;

    if (test_case->mode != 0)
        run.verify = SSL_VERIFY_NONE;
    atk_open_to(&run, &pair, worker->ends->client, worker->ends->servers[test_case->peer],
                host_names[test_case->host]);
    prepare(pair.client, test_case);
    if (session != NULL)
        ATK_NEED(SSL_set_session(pair.client, session));
    atk_talk(&pair);
    answer.accepted = pair.client_got > 0 && pair.server_got > 0 && !pair.client_dead;
    answer.refused =
        pair.client_dead && pair.provider_error && pair.client_got + pair.server_got == 0;
    answer.reason = pair.provider_reason;
    answer.error = pair.first_error;
    answer.offered = session != NULL;
    answer.resumed = answer.accepted && SSL_session_reused(pair.client);
    if (answer.accepted)
        keep_session(worker->sessions, test_case, pair.client);
    atk_close(&pair);
    SSL_SESSION_free(session);
    return answer;
}

/* What the files that were in the store during the handshake allow. */
struct allowed {
    bool accept, refuse, reason, known;
};

static struct allowed allowed_by(const struct history *history, const struct test_case *test_case,
                                 unsigned reason, uint64_t from, uint64_t to)
{
    struct allowed allowed = {.known = to - from < HISTORY_RING / 2};

    for (uint64_t i = from; allowed.known && i <= to; i++) {
        const struct state *state = &states[atomic_load(&history->ring[i % HISTORY_RING])];
        bool accepts = (state->accepts & (test_case->peer == PEER_A ? OK_A : OK_B)) != 0;
        allowed.accept = allowed.accept || accepts;
        allowed.refuse = allowed.refuse || !accepts;
        allowed.reason = allowed.reason || (!accepts && state->reason == reason);
    }
    /* Half a file of A may be an error, or have the first pin only. It never pins B. */
    if (test_case->host == HOST_TORN)
        allowed.refuse = allowed.reason = true;
    return allowed;
}

static void print_wrong(const struct history *history, const struct test_case *test_case,
                        const struct answer *answer, struct allowed allowed, uint64_t from,
                        uint64_t to)
{
    const char *expected = allowed.accept && allowed.refuse ? "accepted or refused"
                           : allowed.accept                 ? "accepted"
                                                            : "refused";
    const char *got = answer->accepted ? "accepted" : answer->refused ? "refused" : "neither";
    const char *error = ERR_reason_error_string(answer->error);

    fprintf(stderr,
            "# %s at %s, TLS 1.%u, %s%s: expected %s, got %s, P%02u (%s), process %d; files were:",
            test_case->peer == PEER_A ? "A" : "B", host_names[test_case->host],
            test_case->version + 2, test_case->mode == 0 ? "PEER" : "NONE",
            answer->resumed ? ", resumed" : "", expected, got, answer->reason,
            error != NULL ? error : "no error", (int)getpid());
    for (uint64_t i = from; i <= to && i < from + 8; i++)
        fprintf(stderr, " [%s]", states[history->ring[i % HISTORY_RING]].name);
    fputc('\n', stderr);
}

/* Counts the answer. False if it is wrong. */
static bool check_answer(struct tally *tally, const struct test_case *test_case,
                         const struct answer *answer, struct allowed allowed)
{
    tally->by_way[test_case->version][test_case->mode]++;
    tally->offered += answer->offered;
    tally->resumed += answer->resumed;
    tally->accepted[test_case->host][test_case->peer] += answer->accepted;
    tally->refused[test_case->host][test_case->peer] += answer->refused;
    tally->decided[test_case->host][test_case->peer] += allowed.accept != allowed.refuse;
    tally->overrun += !allowed.known;
    if (!answer->accepted && !answer->refused) {
        tally->unclear++;
        return false;
    }
    if (answer->accepted) {
        tally->wrongly_accepted[test_case->host] += !allowed.accept;
        return allowed.accept;
    }
    tally->wrongly_refused[test_case->host] += !allowed.refuse;
    tally->wrong_reason += allowed.refuse && !allowed.reason;
    return allowed.refuse && allowed.reason;
}

static void exchange_once(struct worker *worker)
{
    const struct test_case test_case = draw_test_case(&worker->random);
    const struct history *history = &worker->fixture->histories[test_case.host];
    uint64_t from = atomic_load(&history->done);
    const struct answer answer = handshake(worker, &test_case);
    uint64_t to = atomic_load(&history->begun);
    const struct allowed allowed = allowed_by(history, &test_case, answer.reason, from, to);

    if (to - from >= worker->tally->longest)
        worker->tally->longest = to - from + 1;
    if (!check_answer(worker->tally, &test_case, &answer, allowed) && !worker->quiet)
        print_wrong(history, &test_case, &answer, allowed, from, to);
}

/* As in programs that make an SSL_CTX for each connection. */
static void exchange_with_new_ctxs(struct worker *worker)
{
    struct ends *shared = worker->ends, own;
    struct sessions *sessions = worker->sessions;

    ends_open(&own, worker->fixture);
    worker->ends = &own;
    worker->sessions = &own.sessions;
    exchange_once(worker);
    worker->ends = shared;
    worker->sessions = sessions;
    ends_close(&own);
}

void exchange(struct worker *worker)
{
    if (++worker->exchanges % NEW_CTXS_EVERY == 0)
        exchange_with_new_ctxs(worker);
    else
        exchange_once(worker);
}
