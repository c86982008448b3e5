/* One handshake, and whether its answer is that of a file that it can have met. */
#include "load.h"

#include <stdio.h>
#include <unistd.h>

#define ANEW_EVERY 50

struct deal {
    enum host host;
    enum person person;
    unsigned version, mode; /* TLS 1.2, 1.3; PEER, NONE */
    bool resume;
};

struct answer {
    bool accepted, refused; /* neither: something else happened */
    unsigned reason;
    unsigned long error;
    bool offered, resumed;
};

/* Written by nobody else, good enough to mix the ways: xorshift of 64 bits. */
uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 8;
}

static struct deal draw_deal(uint64_t *random)
{
    uint64_t number = draw(random);

    return (struct deal){.host = number % HOSTS,
                         .person = number >> 10 & 1,
                         .version = number >> 11 & 1,
                         .mode = number >> 12 & 1,
                         .resume = number >> 13 & 1};
}

static SSL_SESSION **place_of(struct sessions *sessions, const struct deal *deal)
{
    return &sessions->list[deal->host][deal->person][deal->version];
}

static SSL_SESSION *take_session(struct sessions *sessions, const struct deal *deal)
{
    pthread_mutex_lock(&sessions->lock);
    SSL_SESSION *session = *place_of(sessions, deal);
    ATK_NEED(session == NULL || SSL_SESSION_up_ref(session));
    pthread_mutex_unlock(&sessions->lock);
    return session;
}

static void keep_session(struct sessions *sessions, const struct deal *deal, SSL *ssl)
{
    SSL_SESSION *session = SSL_get1_session(ssl);

    if (session != NULL && SSL_SESSION_is_resumable(session)) {
        pthread_mutex_lock(&sessions->lock);
        SSL_SESSION *old = *place_of(sessions, deal);
        *place_of(sessions, deal) = session;
        pthread_mutex_unlock(&sessions->lock);
        session = old;
    }
    SSL_SESSION_free(session);
}

static void prepare(SSL *ssl, const struct deal *deal)
{
    int version = deal->version == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;

    ATK_NEED(SSL_set_min_proto_version(ssl, version) && SSL_set_max_proto_version(ssl, version));
    SSL_set_verify(ssl, deal->mode == 0 ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
}

static struct answer shake(struct worker *worker, const struct deal *deal)
{
    struct bat b = {.version = ATK_TLS13, .verify = SSL_VERIFY_PEER};
    struct answer answer = {0};
    struct atk_pair pair;
    SSL_SESSION *session = deal->resume ? take_session(worker->sessions, deal) : NULL;

    if (deal->mode != 0)
        b.verify = SSL_VERIFY_NONE;
    atk_open_to(&b, &pair, worker->ends->client, worker->ends->servers[deal->person],
                host_names[deal->host]);
    prepare(pair.client, deal);
    if (session != NULL)
        ATK_NEED(SSL_set_session(pair.client, session));
    atk_talk(&pair);
    answer.accepted = pair.client_got > 0 && pair.server_got > 0 && !pair.client_dead;
    answer.refused = pair.client_dead && pair.told && pair.client_got + pair.server_got == 0;
    answer.reason = pair.told_reason;
    answer.error = pair.first_error;
    answer.offered = session != NULL;
    answer.resumed = answer.accepted && SSL_session_reused(pair.client);
    if (answer.accepted)
        keep_session(worker->sessions, deal, pair.client);
    atk_close(&pair);
    SSL_SESSION_free(session);
    return answer;
}

/* What the files that held at some moment of the handshake allow. */
struct legal {
    bool accept, refuse, reason, known;
};

static struct legal legal_of(const struct ledger *ledger, const struct deal *deal, unsigned reason,
                             uint64_t from, uint64_t to)
{
    struct legal legal = {.known = to - from < LEDGER_RING / 2};

    for (uint64_t i = from; legal.known && i <= to; i++) {
        const struct state *state = &states[atomic_load(&ledger->ring[i % LEDGER_RING])];
        bool accepts = (state->accepts & (deal->person == PERSON_A ? OK_A : OK_B)) != 0;
        legal.accept = legal.accept || accepts;
        legal.refuse = legal.refuse || !accepts;
        legal.reason = legal.reason || (!accepts && state->reason == reason);
    }
    /* Half of a file of A may be wrong, or pin only what stands first. Never does it speak for B.
     */
    if (deal->host == HOST_TORN)
        legal.refuse = legal.reason = true;
    return legal;
}

static void show(const struct ledger *ledger, const struct deal *deal, const struct answer *answer,
                 uint64_t from, uint64_t to)
{
    const char *what = answer->accepted ? "accepted" : answer->refused ? "refused" : "neither";
    const char *error = ERR_reason_error_string(answer->error);

    fprintf(stderr,
            "# wrong: %s %s at %s, TLS 1.%u, %s%s, P%02u (%s), process %d; files were:", what,
            deal->person == PERSON_A ? "A" : "B", host_names[deal->host], deal->version + 2,
            deal->mode == 0 ? "PEER" : "NONE", answer->resumed ? ", resumed" : "", answer->reason,
            error != NULL ? error : "no error", (int)getpid());
    for (uint64_t i = from; i <= to && i < from + 8; i++)
        fprintf(stderr, " [%s]", states[ledger->ring[i % LEDGER_RING]].name);
    fputc('\n', stderr);
}

/* Counts it. False if it is wrong. */
static bool judge(struct tally *tally, const struct deal *deal, const struct answer *answer,
                  struct legal legal)
{
    tally->by_way[deal->version][deal->mode]++;
    tally->offered += answer->offered;
    tally->resumed += answer->resumed;
    tally->accepted[deal->host][deal->person] += answer->accepted;
    tally->refused[deal->host][deal->person] += answer->refused;
    tally->decided[deal->host][deal->person] += legal.accept != legal.refuse;
    tally->overrun += !legal.known;
    if (!answer->accepted && !answer->refused) {
        tally->unclear++;
        return false;
    }
    if (answer->accepted) {
        tally->wrongly_accepted[deal->host] += !legal.accept;
        return legal.accept;
    }
    tally->wrongly_refused[deal->host] += !legal.refuse;
    tally->wrong_reason += legal.refuse && !legal.reason;
    return legal.refuse && legal.reason;
}

static void meet_one(struct worker *worker)
{
    const struct deal deal = draw_deal(&worker->random);
    const struct ledger *ledger = &worker->world->ledgers[deal.host];
    uint64_t from = atomic_load(&ledger->done);
    const struct answer answer = shake(worker, &deal);
    uint64_t to = atomic_load(&ledger->begun);
    const struct legal legal = legal_of(ledger, &deal, answer.reason, from, to);

    if (to - from >= worker->tally->longest)
        worker->tally->longest = to - from + 1;
    if (!judge(worker->tally, &deal, &answer, legal) && !worker->quiet)
        show(ledger, &deal, &answer, from, to);
}

/* As programs do that make an SSL_CTX for each connection. */
static void meet_anew(struct worker *worker)
{
    struct ends *shared = worker->ends, own;
    struct sessions *sessions = worker->sessions;

    people_open(&own, worker->world);
    worker->ends = &own;
    worker->sessions = &own.sessions;
    meet_one(worker);
    worker->ends = shared;
    worker->sessions = sessions;
    people_close(&own);
}

void meet(struct worker *worker)
{
    if (++worker->met % ANEW_EVERY == 0)
        meet_anew(worker);
    else
        meet_one(worker);
}
