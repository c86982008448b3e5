/* From a handshake to judge, and from its answer to the record and the error queue. */
#include <pinning/hook.h>
#include <pinning/record.h>
#include <pinning/sink.h>

#include "hook_conn.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Our errors have a library number of our own, once for the process. The core gives each library
 * context that loads us another one, of which there are 127; and through its upcalls an error could
 * only be raised while that context lives, so under a lock. */
static atomic_int error_library;

static void name_errors(void)
{
    static ERR_STRING_DATA strings[PIN_R_COUNT + 1]; /* the last is the end */

    for (unsigned i = 1; i < PIN_R_COUNT; i++)
        strings[i] = (ERR_STRING_DATA){ERR_PACK(0, 0, i), pin_reason_text((enum pin_reason)i)};
    int library = ERR_get_next_error_library();
    /* A list ends at an entry of 0, so the library's own cannot wait for its number. */
    strings[0] = (ERR_STRING_DATA){ERR_PACK(library, 0, 0), "pinning"};
    if (library != 0 && ERR_load_strings(library, strings))
        error_library = library;
}

void pin_hook_name_errors(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, name_errors);
}

/* The first error decides what curl and others do: it is libssl's own, with our text as data. The
 * second names the reason where a program prints the whole queue. */
static void raise_refusal(enum pin_reason reason, const char *text)
{
    ERR_new();
    ERR_set_debug(__FILE__, __LINE__, __func__);
    ERR_set_error(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, "%s", text);
    if (error_library == 0)
        return;
    ERR_new();
    ERR_set_debug(__FILE__, __LINE__, __func__);
    ERR_set_error(error_library, reason, "P%02d", reason);
}

/* Large, so in a frame of its own that only a refusal pays for. */
__attribute__((noinline)) void pin_hook_tell(const struct pin_module *module,
                                             const struct pin_judgement *judgement)
{
    const struct pin_process process = {program_invocation_short_name, getpid()};
    struct pin_record record;
    uint64_t held = 0;
    time_t now = time(NULL);
    bool admitted = pin_sink_admit(pin_record_key(judgement), now, &held);
    bool refused = judgement->verdict.action == PIN_REFUSE;
    int cancel;

    if (!admitted && !refused)
        return;
    pin_record_make(judgement, &process, now, held, &record);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (admitted)
        pin_sink_write(&module->config.sinks, record.severity, record.text, record.json);
    pthread_setcancelstate(cancel, NULL);
    if (refused)
        raise_refusal(judgement->reason, record.text);
}

__attribute__((noinline)) void pin_hook_tell_no_mark(void)
{
    static const struct pin_module without_log = {.config = {.mode = PIN_MODE_ENFORCE}};
    struct pin_judgement judgement = {
        .verdict = {.action = PIN_REFUSE, .mode = PIN_MODE_ENFORCE},
        .reason = PIN_R_INTERNAL,
        .detail = "this SSL_CTX could not be given our mark (out of memory?)"};

    pin_hook_tell(&without_log, &judgement);
}

void pin_hook_notice(const struct pin_module *module, const struct pin_error *what)
{
    struct pin_judgement judgement = {.verdict = {.action = PIN_ALLOW, .mode = module->config.mode},
                                      .reason = what->reason};

    snprintf(judgement.detail, sizeof judgement.detail, "%s", what->text);
    pin_hook_tell(module, &judgement);
}

/* An application that took the security callback away took the look before the handshake, too. */
static void note_missing_gate(const struct pin_module *module)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    struct pin_error what = {0};

    if (atomic_flag_test_and_set(&told))
        return;
    pin_error_set(
        &what, PIN_R_GATE,
        "the program replaced the security callback: certificates are judged when they are "
        "verified, and not at any other moment");
    pin_hook_notice(module, &what);
}

/* Of a client nothing is asked: it is looked up under what its certificate says. */
static bool asked_of(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer,
                     struct pin_asked *asked)
{
    struct pin_conn *conn = peer->is_client ? NULL : pin_conn_of(ssl, door);

    if (peer->is_client)
        return true;
    if (conn == NULL)
        return false;
    if (!conn->sni_known)
        note_missing_gate(door->module);
    return (conn->sni_known || pin_conn_keep_sni(conn, ssl)) && pin_conn_asked(conn, ssl, asked);
}

static void look(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer,
                 struct pin_policies *policies)
{
    struct pin_asked asked = {0};

    if (asked_of(ssl, door, peer, &asked))
        pin_judge_look(door->module, &asked, peer, NULL, policies);
    else
        pin_error_set(&policies->fault, PIN_R_INTERNAL, "out of memory");
    pin_asked_clear(&asked);
}

void pin_hook_ask(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer,
                  struct pin_judgement *out)
{
    struct pin_conn *conn = peer->is_client ? NULL : pin_conn_peek(ssl, door);
    struct pin_policies policies = {0};
    time_t now = time(NULL);
    int cancel;

    /* A thread that is cancelled while we read a file would leave it open for ever. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (conn == NULL || !pin_conn_take(conn, ssl, &policies))
        look(ssl, door, peer, &policies);
    pin_judge(door->module, &policies, peer, now, NULL, out);
    if (SSL_in_before(ssl))
        pin_conn_keep(conn, &policies);
    else
        pin_policies_clear(&policies);
    pthread_setcancelstate(cancel, NULL);
}

bool pin_hook_judge(SSL *ssl, const struct pin_door *door, const struct pin_peer *peer)
{
    struct pin_judgement judgement;

    ERR_set_mark();
    pin_hook_ask(ssl, door, peer, &judgement);
    ERR_pop_to_mark();
    if (judgement.reason != PIN_OK)
        pin_hook_tell(door->module, &judgement);
    if (judgement.verdict.action == PIN_REFUSE)
        return false;
    if (!peer->is_client && (peer->leaf.cert != NULL || peer->leaf.raw_key != NULL))
        pin_conn_set_judged(pin_conn_of(ssl, door), &peer->leaf);
    return true;
}
