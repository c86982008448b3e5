/* until.c - mode = report until MOMENT ends while the process runs. */
#include "groups.h"
#include "sessions.h"

#include <stdio.h>
#include <time.h>

/* The clock of this process, also for the module and for OpenSSL. */
static time_t ahead_in_secs;

__attribute__((visibility("default"))) time_t time(time_t *out)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    now.tv_sec += ahead_in_secs;
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

enum place { IN_STORE = 256, IN_FILE = 512 };

static time_t next_minute_but_one(void)
{
    return (time(NULL) / 60 + 2) * 60;
}

static void report_until(struct atk_run *run, time_t end)
{
    const char *pin = atk_key_pin(atk_true().cert);
    char moment[32];
    struct tm tm;

    ATK_NEED(strftime(moment, sizeof moment, "%Y-%m-%dT%H:%MZ", gmtime_r(&end, &tm)) > 0);
    if ((run->test_case->arg & IN_STORE) != 0)
        atk_store(run, "_store", "mode = report until %s\n", moment);
    atk_store(run, ATK_HOST ".pins", "%s%s\nkey = %s\n",
              (run->test_case->arg & IN_FILE) != 0 ? "mode = report until " : "# ", moment, pin);
}

static void set_clock(time_t now)
{
    ahead_in_secs = 0;
    ahead_in_secs = now - time(NULL);
}

/* Fails unless the impostor's connection was reported, and no other. */
static void expect_report(struct atk_run *run)
{
    const unsigned records = atk_log(run, "P07", "would be refused");

    if (run->module != NULL && (records > 0) == run->honest)
        atk_fail(run, "expected %s, got %u", run->honest ? "no report" : "a report", records);
}

/* A connection before the end, one at it. */
static void exchanged_before(struct atk_run *run)
{
    const time_t end = next_minute_but_one();
    SSL_CTX *client = atk_client(run), *server = atk_server(run, atk_peer_id(run));
    struct atk_pair pair;

    report_until(run, end);
    atk_open(run, &pair, client, server);
    atk_talk(&pair);
    atk_expect_data(run, &pair);
    atk_close(&pair);
    expect_report(run);
    set_clock(end);
    atk_exchange(run, client, server);
}

/* The end comes between the ClientHello and the certificate. */
static void ended_underway(struct atk_run *run)
{
    const time_t end = next_minute_but_one();
    struct atk_pair pair;

    report_until(run, end);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    (void)SSL_do_handshake(pair.client);
    set_clock(end);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* A session from before the end is offered after it. */
static void session_from_before(struct atk_run *run)
{
    const time_t end = next_minute_but_one();
    struct ends ends = sessions_ends(run, atk_peer_id(run));
    SSL_SESSION *session;

    report_until(run, end);
    session = sessions_get(run, &ends, ATK_HOST);
    expect_report(run);
    set_clock(end);
    sessions_resume(run, &ends, session, true);
}

#define CASES(name, function, versions)                                                            \
    {"_store, " name, function, function, "P07", versions, 0, 0, IN_STORE},                        \
    {                                                                                              \
        "a file, " name, function, function, "P07", versions, 0, 0, IN_FILE                        \
    }

static const struct atk_case cases[] = {
    CASES("a connection before the end", exchanged_before, ATK_EACH),
    CASES("the end comes in a handshake", ended_underway, ATK_EACH),
    CASES("a session from before the end", session_from_before, ATK_EACH),
};

const struct atk_group atk_until = {"until", cases, sizeof cases / sizeof cases[0]};
